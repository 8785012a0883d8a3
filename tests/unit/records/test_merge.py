"""Claims become fields: what is shown, what stands beside it, and what asks for a decision."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.records.merge import Claim, is_hidden, merge, same_value, shown_values
from fieldapp.values import EntryId, LogId
from fieldapp.vault.encoding import Plain


def claim(value: Plain, tick: int = 1, key: str = "name", **more: object) -> Claim:
    entry = EntryId(hashlib.sha256(repr((value, tick, key, more)).encode()).digest())
    return Claim(key, value, entry, LogId(bytes(16)), tick, tick * 1000, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("phone", "+998 90 123-45-67", "+998901234567"),
        ("phone#0a0b0c0d", "90 123 45 67", "(90) 1234567"),
        ("name", "+998 (90) 123 45 67", "+998901234567"),
        ("phone", "8 (921) 123-45-67", "+7 921 123 45 67"),
        ("phone", "8 701 123 45 67", "77011234567"),
        ("phone", "00 998 90 123 45 67", "+998901234567"),
        ("phone", "8 10 998 90 123 45 67", "+998 (90) 1234567"),
        ("name", "Oʻktam  KARIMOV", "o'ktam karimov"),
        ("name", "Оʻктам", "О`ктам"),
        ("name", "О‘ктам Каримов", "О'КТАМ каримов"),
        ("occupation", "ООО «Ромашка»", 'ооо "ромашка"'),
        ("name", "Абдул‑Карим угли", "абдул-карим  угли"),
        ("place", "2024 – 2025", "2024-2025"),
        ("name", "Abdul-Karim", "Abdul Karim"),
        ("name", "Ёдгор", "Едгор"),
        ("identity_document", "AB 1234567", "ab1234567"),
        ("place", "Москва, склад.", "москва  склад"),
        ("birth_date", {"edtf": "2026-03-05"}, {"edtf": "2026-03-05", "told": "5 March 2026"}),
        ("birth_date", {"edtf": "XXXX", "told": "After  Nowruz"}, {"edtf": "XXXX", "told": "after nowruz"}),
    ],
)
def test_values_that_differ_in_writing_only_count_as_one(key: str, one: Plain, other: Plain) -> None:
    state = merge([claim(one, 1, key), claim(other, 2, key)])[key]

    assert not state.contested
    assert [each.value for each in state.accounts] == [other]
    assert len(state.claims) == 2


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("phone", "+81312345678", "+7 131 234 56 78"),
        ("phone", "+8 921 123 45 67", "+7 921 123 45 67"),
        ("phone", "90 123 45 67", "+998 90 123 45 67"),
        ("name", "Marufjon", "Marufzhon"),
        ("narrative", "1.12 at night", "11.2 at night"),
        ("notes", "paid 10.5", "paid 105"),
        ("name", "Karim?", "Karim"),
        ("notes", "the rapist", "therapist"),
        ("notes", "100%", "100"),
        ("status", "free", None),
        ("group_size", 5, 50),
        ("birth_date", {"edtf": "/2026-05"}, {"edtf": "2026-05/"}),
        ("birth_date", {"edtf": "2026"}, {"edtf": "2026?"}),
        ("birth_date", {"edtf": "2026-03", "told": "after Nowruz"}, {"edtf": "2026-03", "told": "before Nowruz"}),
        ("unknown", ["1.12"], ["112"]),
        ("unknown", b"1", "1"),
        ("name", "?", "!"),
    ],
)
def test_values_that_say_something_else_contest_each_other(key: str, one: Plain, other: Plain) -> None:
    state = merge([claim(one, 1, key), claim(other, 2, key)])[key]

    assert state.contested
    assert {repr(each.value) for each in state.accounts} == {repr(one), repr(other)}


def test_sources_stand_side_by_side_and_only_one_source_contests_itself() -> None:
    calm = merge([claim("A", 1, source="mother"), claim("B", 2, source="brother"), claim("C", 3)])["name"]
    torn = merge([claim("A", 1, source="Mother"), claim("B", 2, source="mother ")])["name"]

    assert (calm.contested, calm.value, len(calm.accounts)) == (False, "C", 3)
    assert torn.contested


def test_the_preferred_is_shown_before_the_latest() -> None:
    state = merge([claim("A", 1, source="mother", preferred=True), claim("B", 2)])["name"]

    assert [each.value for each in state.claims] == ["A", "B"]


def test_evidence_shows_what_is_from_here_then_what_came_first_whatever_its_tick() -> None:
    came_first = claim(b"first", 9, "sha256", foreign=True, place=3)
    came_later = claim(b"later", 1, "sha256", foreign=True, place=4, preferred=True)
    from_here = claim(b"own", 5, "sha256", place=5)

    state = merge([came_later, came_first])["sha256"]
    own = merge([came_later, from_here, came_first])["sha256"]

    assert (state.value, state.contested) == (b"first", True)
    assert [each.value for each in own.claims] == [b"own", b"first", b"later"]


@pytest.mark.parametrize(
    ("said", "hidden", "contested"),
    [
        ([], False, False),
        ([True], True, False),
        ([True, True], True, False),
        ([True, None], True, False),
        ([True, False], False, True),
        ([False, None], False, False),
        ([None], False, False),
        ([1], False, False),
        (["yes"], False, False),
    ],
)
def test_a_record_is_hidden_while_somebody_hides_it_and_nobody_brings_it_back(
    said: list[Plain], hidden: bool, contested: bool
) -> None:
    fields = merge([claim(value, tick, "hidden") for tick, value in enumerate(said)])

    assert is_hidden(fields) is hidden
    assert any(state.contested for state in fields.values()) is contested


def test_items_stand_in_the_order_in_which_they_were_first_told() -> None:
    first, second = "phone#00000002", "phone#00000001"
    fields = merge([claim("1", 9, first), claim("2", 8, second)], {first: 2, second: 3})

    assert list(shown_values(fields)) == [first, second]


CLAIMS = st.lists(
    st.builds(
        claim,
        st.sampled_from(["A", "a ", "B", None, 5, b"x", {"edtf": "2026", "told": "t"}]),
        st.integers(0, 3),
        st.sampled_from(["name", "sha256", "hidden", "phone#00000001"]),
        source=st.sampled_from(["", "m", "M "]),
        preferred=st.booleans(),
        foreign=st.booleans(),
        place=st.integers(0, 2),
    ),
    max_size=8,
)


@given(CLAIMS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter_and_nothing_is_dropped(claims: list[Claim], order: random.Random) -> None:
    shuffled = list(claims)
    order.shuffle(shuffled)

    fields = merge(claims)

    assert merge(shuffled) == fields
    assert sorted(each.entry for state in fields.values() for each in state.claims) == sorted(c.entry for c in claims)
    for state in fields.values():
        shown = {(same_value(state.key, each.value), each.source.strip().casefold()) for each in state.accounts}
        assert shown == {(same_value(state.key, c.value), c.source.strip().casefold()) for c in state.claims}


@given(
    st.text(max_size=50) | st.binary(max_size=9) | st.none() | st.integers(-5, 5), st.sampled_from(["name", "phone"])
)
def test_every_value_is_the_same_as_itself(value: Plain, key: str) -> None:
    assert same_value(key, value) == same_value(key, value)
    assert not merge([claim(value, 1, key), claim(value, 2, key)])[key].contested
