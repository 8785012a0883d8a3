"""The recovery phrase: what a person types back, and what is said when it is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto import recovery
from fieldapp.crypto.words import english
from fieldapp.errors import (
    BugError,
    PhraseChecksumError,
    PhraseLengthError,
    PhraseWordError,
    RecoveryPhraseError,
)

PHRASE = "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic"
ENTROPY = bytes.fromhex("9e885d952ad362caeb4efe34a8e91bd2")


def test_a_new_phrase_is_twelve_words_and_never_the_same() -> None:
    phrases = {recovery.new_phrase() for _ in range(20)}

    assert len(phrases) == 20
    assert all(len(phrase.split(" ")) == 12 and len(recovery.to_secret(phrase)) == 16 for phrase in phrases)


@given(st.binary(min_size=16, max_size=16))
def test_every_entropy_comes_back_from_its_words(entropy: bytes) -> None:
    assert recovery.to_secret(recovery.phrase_of(entropy)) == entropy


@pytest.mark.parametrize(
    "typed",
    [
        PHRASE.upper(),
        PHRASE.title(),
        f"\n  {PHRASE}\t ",
        PHRASE.replace(" ", "\n"),
        PHRASE.replace(" ", " \u00a0  "),
        PHRASE.replace("fiber", "ﬁber"),
        PHRASE.replace("ozone", "ｏｚｏｎｅ"),
    ],
    ids=["upper", "title", "space around", "one per line", "no-break spaces", "ligature", "wide letters"],
)
def test_a_phrase_opens_however_it_was_typed(typed: str) -> None:
    assert recovery.to_secret(typed) == ENTROPY


@pytest.mark.parametrize("position", range(1, 13))
def test_a_misspelt_word_is_named_by_its_place_with_the_nearest_words(position: int) -> None:
    words = PHRASE.split()
    right = words[position - 1]
    words[position - 1] = right + "q"

    with pytest.raises(PhraseWordError) as wrong:
        recovery.to_secret(" ".join(words))

    assert wrong.value.position == position
    assert right in wrong.value.suggestions
    assert right not in str(wrong.value)
    assert right not in repr(wrong.value)


def test_a_word_like_no_other_has_no_suggestions() -> None:
    with pytest.raises(PhraseWordError) as wrong:
        recovery.to_secret(PHRASE.replace("picnic", "щ" * 100_000))

    assert wrong.value.suggestions == ()


def test_two_words_that_changed_places_are_noticed() -> None:
    with pytest.raises(PhraseChecksumError):
        recovery.to_secret("drill ozone grab fiber curtain grace pudding thank cruise elder eight picnic")


@pytest.mark.parametrize("count", [0, 1, 11, 13, 15, 24, 100_000])
def test_more_or_fewer_than_twelve_words_are_counted(count: int) -> None:
    with pytest.raises(PhraseLengthError) as wrong:
        recovery.to_secret(" ".join(["abandon"] * count))

    assert wrong.value.found == count


@given(st.text() | st.lists(st.sampled_from(english().wordlist), min_size=12, max_size=12).map(" ".join))
def test_any_text_is_a_phrase_or_a_typed_error(typed: str) -> None:
    try:
        entropy = recovery.to_secret(typed)
    except RecoveryPhraseError:
        return
    assert recovery.phrase_of(bytes(entropy)) == typed


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_entropy_of_another_size_is_our_mistake(size: int) -> None:
    with pytest.raises(BugError):
        recovery.phrase_of(bytes(size))


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_a_pair_of_shares_gives_one_secret_in_either_order_and_each_pair_another(one: bytes, other: bytes) -> None:
    secret = recovery.shares_secret(one, other)

    assert secret == recovery.shares_secret(bytearray(other), one)
    assert len(secret) == 18 + 32
    assert (secret == recovery.shares_secret(one, one)) == (one == other)


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_share_of_another_size_is_our_mistake(size: int) -> None:
    with pytest.raises(BugError):
        recovery.shares_secret(bytes(size), bytes(16))
