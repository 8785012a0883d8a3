"""Signatures checked in a process beside: it says how many are valid, and never more than that."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from fieldapp.crypto.checking import MOST, Signed, checks_beside, no_checks
from fieldapp.crypto.identity import ed25519_public, sign_ed25519

SEED = bytes(range(32))


def signed(count: int) -> list[Signed]:
    key = ed25519_public(SEED)
    return [Signed(key, sign_ed25519(SEED, message), message) for message in (os.urandom(200) for _ in range(count))]


def test_what_is_signed_well_is_called_valid_and_the_process_goes_on_answering() -> None:
    with checks_beside() as check:
        assert check(signed(300))() == 300
        assert check(signed(1))() == 1
        assert check([])() == 0


@pytest.mark.parametrize("spoiled", ["signature", "message", "key"])
def test_only_those_before_the_first_that_is_wrong_are_called_valid(spoiled: str) -> None:
    others = ed25519_public(bytes(32))
    changes: dict[str, bytes] = {"signature": bytes(64), "message": b"another", "key": others}
    good = signed(5)
    bad = replace(good[2], **{spoiled: changes[spoiled]})
    with checks_beside() as check:
        assert check([*good[:2], bad, *good[3:]])() == 2
        assert check(good)() == 5


def test_a_key_of_low_order_is_refused_there_too() -> None:
    good = signed(2)
    with checks_beside() as check:
        assert check([good[0], replace(good[1], key=bytes(32))])() == 1


def test_no_more_are_taken_than_one_question_holds() -> None:
    one = signed(1)
    with checks_beside() as check:
        assert check(one * (MOST + 1))() == MOST


@pytest.mark.parametrize(
    "command",
    [
        ["/nothing/is/here"],
        [sys.executable, "-c", ""],
        [sys.executable, "-c", "import sys; sys.stdin.buffer.read(4); sys.stdout.buffer.write(b'ab')"],
        [sys.executable, "-c", "import sys; sys.stdin.buffer.read(4); sys.stdout.buffer.write(b'\\xff' * 4)"],
    ],
    ids=["missing", "dies", "cut off", "nonsense"],
)
def test_a_process_that_cannot_be_trusted_to_answer_calls_nothing_valid(command: Sequence[str]) -> None:
    with checks_beside(command) as check:
        assert check(signed(3))() == 0
        assert check(signed(3))() == 0


def test_without_a_process_nothing_is_called_valid() -> None:
    assert no_checks(signed(2))() == 0
