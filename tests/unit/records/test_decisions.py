"""Decisions in entries: what is written is read again, and what others write is read without trust."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.records.decisions import (
    KINDS,
    MOST_NAMED,
    Decision,
    Keep,
    Receipt,
    Revoke,
    Shred,
    Standing,
    Trust,
    Withdraw,
    decision_body,
    read_decision,
)
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.encoding import Plain, decode, encode
from fieldapp.vault.entry import Body

RECORD, LOG, HEAD, PRINT = RecordId(b"r" * 16), LogId(b"l" * 16), EntryId(b"h" * 32), b"f" * 32
SAVE = bytes(16)

DECISIONS: list[Decision] = [
    Trust(b"card", "Bek", True, "coordinator", LOG, PRINT, (HEAD,)),
    Trust(b"card", "Bek", False),
    Revoke(PRINT, LOG, 5, HEAD, "lost on a train", "Bek"),
    Revoke(PRINT, LOG, -1, EntryId(bytes(32))),
    Standing(LOG, 9, HEAD, True),
    Standing(LOG, 9, HEAD, False),
    Withdraw(RECORD, True, "Ainura", "audio", "2026-11-20", "fear"),
    Withdraw(RECORD, False, "Ainura", "written", "2026-11-21", "", (HEAD,)),
    Keep(RECORD, HEAD, "not theirs"),
    Shred(RECORD, HEAD, 4, 1),
    Shred(RECORD, None, 0, 0),
    Receipt(b"statement", b"s" * 64),
]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: type(each).__name__)
def test_what_is_written_is_read_again(decision: Decision) -> None:
    body = decision_body(decision, save=SAVE)

    assert decode(encode(body.payload)) == body.payload
    assert read_decision(body) == decision


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: type(each).__name__)
def test_a_body_that_lacks_what_it_is_about_decides_nothing(decision: Decision) -> None:
    assert read_decision(Body(decision.KIND, SAVE, {})) is None
    assert read_decision(Body("of a newer version", SAVE, decision.payload())) is None


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("revoke", {"seq": -1}),
        ("revoke", {"seq": 2**41}),
        ("revoke", {"seq": True}),
        ("revoke", {"head": b""}),
        ("revoke", {"log": b"short"}),
        ("revoke", {"fingerprint": "text"}),
        ("standing", {"state": "maybe"}),
        ("withdraw", {"state": "postponed"}),
        ("withdraw", {"record": b"short"}),
        ("keep", {"withdrawal": None}),
        ("receipt", {"signature": b"short"}),
        ("receipt", {"statement": bytes(2**20 + 1)}),
        ("trust", {"card": bytes(2**16 + 1)}),
        ("trust", {"name": 5}),
    ],
)
def test_what_does_not_fit_is_not_guessed(kind: str, changed: dict[str, Plain]) -> None:
    whole = next(each for each in DECISIONS if kind == each.KIND).payload()

    assert read_decision(Body(kind, SAVE, {**whole, **changed})) is None


def test_what_is_too_long_is_cut_and_only_a_coordinator_is_one() -> None:
    told = Withdraw(RECORD, True, "x" * 5000, "y" * 5000, lifts=(HEAD,) * (MOST_NAMED + 9))
    read = read_decision(decision_body(told, save=SAVE))
    trust = read_decision(Body("trust", SAVE, {"card": b"", "name": "B", "state": "trusted", "role": "chief"}))

    assert isinstance(read, Withdraw)
    assert (len(read.by), len(read.how), len(read.lifts)) == (1000, 100, MOST_NAMED)
    assert isinstance(trust, Trust)
    assert (trust.trusted, trust.role, trust.log, trust.despite) == (True, "field", b"", ())


ANY: st.SearchStrategy[Plain] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.binary(max_size=33),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = sorted({name for each in DECISIONS for name in each.payload()})


@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.sampled_from(NAMES), ANY))
def test_any_payload_is_read_or_left_aside(kind: str, payload: dict[str, Plain]) -> None:
    read = read_decision(Body(kind, SAVE, payload))

    assert read is None or read_decision(decision_body(read, save=SAVE)) == read


SHAPES: list[Plain] = [None, True, 7, -1, "word", b"bytes", [], ["x"], [[]], {}, {"x": []}]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: type(each).__name__)
def test_whatever_stands_in_a_field_the_reader_answers(decision: Decision) -> None:
    whole = decision.payload()
    for name in whole:
        for shape in SHAPES:
            read_decision(Body(decision.KIND, SAVE, {**whole, name: shape}))
            read_decision(Body(decision.KIND, SAVE, {**whole, "seq": -1, name: shape}))
