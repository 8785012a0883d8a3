"""The page of proofs: figures are added up, zeros are asked for, and what was not run says that it was not."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import proofs
import pytest
from devtool import proof_page

from tests import figures


def suite(*rows: tuple[str, str, dict[str, Any]], passed: bool = True, quick: bool = False) -> dict[str, Any]:
    lines = [{"table": table, "row": row, "numbers": numbers} for table, row, numbers in rows]
    facts = {"made": "2026-11-22", "commit": "abc", "machine": "a small one", "quick": quick, "passed": passed}
    return facts | {"rows": proof_page.added_up(lines)}


def test_what_a_test_notes_is_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDAPP_FIGURES", str(tmp_path / "lines"))
    figures.note("vectors", "Padmé", vectors=2, failures=0)
    figures.note("vectors", "Padmé", vectors=3, failures=1)

    assert proof_page.added_up(proofs.read_lines(tmp_path / "lines")) == [
        {"table": "vectors", "row": "Padmé", "numbers": {"vectors": 5, "failures": 1}}
    ]


def test_nothing_is_noted_where_no_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIELDAPP_FIGURES", raising=False)
    monkeypatch.chdir(tmp_path)
    figures.note("vectors", "Padmé", vectors=2)

    assert list(tmp_path.iterdir()) == []


def test_the_worst_is_kept_and_texts_are_as_said_last() -> None:
    lines = [
        {"table": "locking", "row": "key", "numbers": {"worst_ms": worst, "runs": 1, "how": how}}
        for worst, how in ((300, "a"), (200, "b"))
    ]

    assert proof_page.added_up(lines)[0]["numbers"] == {"worst_ms": 300, "runs": 2, "how": "b"}


def test_a_table_has_its_columns_in_order_failures_last_and_sums() -> None:
    given = {
        "faults": suite(
            ("crash points", "export", {"failures": 0, "faults": 1200, "kills": 400}),
            ("crash points", "create", {"failures": 0, "faults": 30, "kills": 10, "new": 1}),
        )
    }

    page = proof_page.page(given).splitlines()

    at = page.index("| operation | faults | kills | new | failures |")
    assert page[at + 1 : at + 5] == [
        "|---|---:|---:|---:|---:|",
        "| create | 30 | 10 | 1 | 0 |",
        "| export | 1,200 | 400 |  | 0 |",
        "| **2 in all** | **1,230** | **410** | **1** | **0** |",
    ]
    assert "| crash points | 1,230 | 0 |" in page
    assert "`packaging/dev proofs faults`, 2026-11-22, abc, a small one." in page
    assert "Not run yet: `packaging/dev proofs leaks`." in page


def test_a_suite_that_failed_says_so_and_its_failures_count() -> None:
    given = {"vault": suite(("tampering", "pages", {"tries": 9, "failures": 2}), passed=False, quick=True)}

    assert proof_page.failures(given) == 2
    assert "`packaging/dev proofs vault --quick`, 2026-11-22, abc, a small one. **This suite did not pass.**" in (
        proof_page.page(given)
    )


def test_a_row_under_a_name_that_no_page_shows_is_told() -> None:
    assert proof_page.unknown_tables([{"table": "crash point"}, {"table": "leaks"}]) == {"crash point"}


@pytest.fixture
def two_suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Suites that note one line each in no time; the second does not pass."""
    code = (
        "import sys, json, os; open(os.environ['FIELDAPP_FIGURES'], 'a').write(json.dumps("
        "{'table': 'vectors', 'row': sys.argv[1], 'numbers': {'vectors': 1, 'failures': 0}}) + chr(10));"
        "sys.exit(sys.argv[1] == 'leaks')"
    )
    monkeypatch.setattr(proofs, "command_of", lambda name, _asked: [sys.executable, "-c", code, name])
    for name in ("LINES", "FIGURES", "PAGE"):
        monkeypatch.setattr(proofs, name, tmp_path / name.lower())
    monkeypatch.setattr(proofs, "ROOT", tmp_path)
    return tmp_path


def test_suites_are_run_one_by_one_and_keep_what_others_found(two_suites: Path) -> None:
    assert proofs.main(["vectors"]) == 0
    assert proofs.main(["faults", "--quick"]) == 0

    found = json.loads(proofs.FIGURES.read_text("utf-8"))
    assert {name: (made["quick"], made["passed"], len(made["rows"])) for name, made in found.items()} == {
        "vectors": (False, True, 1),
        "faults": (True, True, 1),
    }
    assert proofs.PAGE.read_text("utf-8") == proof_page.page(found)


def test_what_has_changed_is_tried_again_in_place_of_its_rows_and_the_page_says_so() -> None:
    long = suite(
        ("crash points", "create", {"faults": 30, "failures": 0}),
        ("crash points", "faults", {"faults": 12, "failures": 4}),
        passed=False,
    )
    made = suite(("crash points", "faults", {"faults": 13, "failures": 0}))

    found = proofs.joined(long, made | {"made": "2026-11-23", "commit": "def"})

    assert [row["numbers"]["faults"] for row in found["rows"]] == [30, 13]
    assert found["passed"] and found["commit"] == "abc"
    assert "Again, as they had changed, 2026-11-23, def: faults." in proof_page.page({"faults": found})
    assert not proofs.joined(long, suite(("crash points", "create", {"faults": 30, "failures": 0})))["passed"]
    asked = proofs._parsed(["faults", "--again", "repair", "--again", "new keys"])
    assert [each.partition("[")[2] for each in proofs.command_of("faults", asked)[-2:]] == ["repair]", "new keys]"]
    with pytest.raises(SystemExit):
        proofs.main(["leaks", "--again", "repair"])


def test_a_suite_that_does_not_pass_is_the_status(two_suites: Path) -> None:
    assert proofs.main(["leaks", "vectors"]) == 1
    assert not json.loads(proofs.FIGURES.read_text("utf-8"))["leaks"]["passed"]


def test_each_suite_runs_tests_or_fuzzing_quickly_or_at_length() -> None:
    quick, long = proofs.Asked(["vectors"], quick=True, seconds=60), proofs.Asked(["vectors"], quick=False, seconds=60)

    assert "not slow" in proofs.command_of("vectors", quick)
    assert "not slow" not in proofs.command_of("vectors", long)
    assert proofs.command_of("fuzzing", quick)[-1] == str(proofs.QUICK_SECONDS)
    assert proofs.command_of("fuzzing", long)[-1] == "60"
    assert set(proofs.TESTS) | {"fuzzing"} == set(proof_page.SUITES)
