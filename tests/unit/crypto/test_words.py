"""Fingerprints and the words that people compare."""

from __future__ import annotations

import pytest

from fieldapp.crypto import words
from fieldapp.errors import BugError


def test_words_are_eight_and_read_back_as_the_first_88_bits() -> None:
    mark = words.fingerprint(b"public keys of A")

    spoken = words.compare_words(mark)

    bits = 0
    for word in spoken:
        bits = bits << 11 | words.english().wordlist.index(word)
    assert len(spoken) == 8
    assert bits.to_bytes(11) == mark[:11]


def test_every_word_has_its_own_first_four_letters() -> None:
    assert len({word[:4] for word in words.english().wordlist}) == 2048


def test_another_key_has_other_words_and_digits() -> None:
    one, other = words.fingerprint(b"public keys of A"), words.fingerprint(b"public keys of B")

    assert words.compare_words(one) != words.compare_words(other)
    assert words.short_hex(one) != words.short_hex(other)


def test_the_edges_of_the_list_are_reached() -> None:
    assert words.compare_words(bytes(32)) == ("abandon",) * 8
    assert words.compare_words(b"\xff" * 32) == ("zoo",) * 8


def test_digits_come_in_eight_groups_of_four() -> None:
    mark = words.fingerprint(b"public keys of A")

    groups = words.short_hex(mark).split(" ")

    assert [len(group) for group in groups] == [4] * 8
    assert bytes.fromhex("".join(groups)) == mark[:16]


@pytest.mark.parametrize("size", [0, 31, 33])
def test_what_is_no_fingerprint_is_our_mistake(size: int) -> None:
    with pytest.raises(BugError):
        words.compare_words(bytes(size))
    with pytest.raises(BugError):
        words.short_hex(bytes(size))
