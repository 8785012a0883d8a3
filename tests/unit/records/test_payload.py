"""Bodies about records: what is written is read, and what others write is read without trust."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.records.payload import (
    Claims,
    CustodyEvent,
    NewClaim,
    claims_body,
    custody_body,
    first_of_each_key,
    part_of,
    part_of_key,
    read_claims,
    read_custody,
    record_of,
)
from fieldapp.values import EntryId, RecordId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body

RECORD = RecordId(b"r" * 16)
SAVE = b"s" * 16
ENTRY = EntryId(b"e" * 32)


def body(claims: Plain, kind: str = "edit", **more: Plain) -> Body:
    return Body(kind, SAVE, {"record": RECORD, "type": "person", "part": "ordinary", "claims": claims, **more})


def test_what_is_written_is_read() -> None:
    said = Claims(
        RECORD,
        "person",
        "contact",
        (
            NewClaim(
                "phone#00000001", "+998", (ENTRY,), "mother", "likely", "by phone", preferred=True, restates=ENTRY
            ),
            NewClaim("name", None),
        ),
        SAVE,
    )

    assert read_claims(claims_body(said, kind="edit", save=SAVE)) == said


def test_a_custody_event_is_read() -> None:
    event = CustodyEvent(RECORD, "access", "for the lawyer", b"h" * 32)

    assert read_custody(custody_body(event, save=SAVE)) == event
    assert read_custody(custody_body(CustodyEvent(RECORD, "ingest"), save=SAVE)) == CustodyEvent(RECORD, "ingest")


def test_a_claim_without_a_value_is_not_taken_for_cleared() -> None:
    read = read_claims(body([{"field": "name", "value2": "A", "replaces": [ENTRY]}, {"field": "sex", "value": None}]))

    assert read is not None
    assert [claim.key for claim in read.claims] == ["sex"]


@pytest.mark.parametrize(
    "claim",
    [
        None,
        [],
        "name",
        {},
        {"field": 5, "value": 1},
        {"field": "", "value": 1},
        {"field": "x" * 101, "value": 1},
        {"field": "name", "value": 1, "replaces": "all"},
    ],
)
def test_a_claim_that_cannot_be_read_is_left_out_and_the_others_stay(claim: Plain) -> None:
    read = read_claims(body([claim, {"field": "name", "value": "A", "replaces": [b"short", 5, ENTRY], "note": 7}]))

    assert read is not None
    assert read.claims == (NewClaim("name", "A", (ENTRY,)),)


@pytest.mark.parametrize(
    "changes",
    [{"record": b"short"}, {"record": "text"}, {"type": 5}, {"part": None}, {"claims": {}}],
)
def test_a_body_that_says_no_record_or_claims_gives_none(changes: dict[str, Plain]) -> None:
    made = body([])

    assert read_claims(Body(made.kind, SAVE, {**made.payload, **changes})) is None


def test_other_kinds_claim_nothing() -> None:
    assert read_claims(body([{"field": "name", "value": "A"}], kind="judge")) is None
    assert read_custody(body([])) is None
    assert record_of(body([], kind="judge")) == RECORD


def test_of_a_key_that_is_claimed_twice_the_first_counts() -> None:
    twice = [NewClaim("name", "A"), NewClaim("name", "B")]

    assert first_of_each_key(twice) == {"name": twice[0]}


def test_compartments_follow_from_the_field() -> None:
    assert part_of_key("person", "phone#00000001") == "contact"
    assert part_of_key("person", "trouble_word") == "codes"
    assert part_of_key("person", "of a newer version") == "ordinary"
    assert part_of(Body("new", SAVE, {"part": "codes"})) == "codes"
    assert part_of(Body("new", SAVE, {"part": 5})) == "ordinary"


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9) | st.binary(max_size=33),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["record", "type", "part", "claims", "undoes", "event", "purpose", "sha256"])


@given(st.sampled_from(["edit", "hide", "custody", "?"]), st.dictionaries(NAMES, PLAIN))
def test_nothing_that_comes_raises(kind: str, payload: dict[str, Plain]) -> None:
    made = Body(kind, SAVE, payload)

    read_claims(made)
    read_custody(made)
    assert isinstance(part_of(made), str)
