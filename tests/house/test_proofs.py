"""The page of proofs is what its figures make, and the figures hold the zeros that are promised."""

from __future__ import annotations

from pathlib import Path

import proofs
from devtool import proof_page
from devtool.verbs import VERBS

LEAST = {
    "crash points": 15_000,
    "lost writes": 1_000,
    "random kills": 500,
    "tampering": 2_000,
    "wrong secrets": 100_000,
    "leaks": 100,
    "vectors": 7_000,
    "fuzzing": 1_000_000,
}
"""What a full run comes to, roughly: a run that was cut short does not pass for one."""


def test_the_page_is_made_of_the_figures_and_by_nobody_s_hand() -> None:
    found = proofs.read(proofs.FIGURES)

    assert proofs.PAGE.read_text(encoding="utf-8") == proof_page.page(found)


def test_what_is_promised_to_be_zero_is_zero() -> None:
    found = proofs.read(proofs.FIGURES)

    assert proof_page.failures(found) == 0
    assert [name for name, suite in found.items() if not suite["passed"]] == []


def test_nothing_that_is_promised_was_left_out_or_tried_only_a_little() -> None:
    found = proofs.read(proofs.FIGURES)

    assert set(found) == set(proof_page.SUITES)
    assert [name for name, suite in found.items() if suite["quick"]] == []
    assert {name: tried for name, tried in proof_page.tried(found).items() if tried < LEAST.get(name, 1)} == {}


def test_every_table_can_be_made_again_by_a_command_that_is_there(root: Path) -> None:
    assert "proofs" in VERBS
    assert {table.suite for table in proof_page.TABLES} == {*proofs.TESTS, "fuzzing"}
    assert [path for paths in proofs.TESTS.values() for path in paths if not (root / path).is_dir()] == []


def test_every_row_belongs_to_a_table_and_was_counted_under_its_column() -> None:
    for suite in proofs.read(proofs.FIGURES).values():
        assert proof_page.unknown_tables(suite["rows"]) == set()
