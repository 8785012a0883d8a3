"""Fingerprints of public keys, and how people compare them: as words read aloud, or as groups of hex digits.

    fingerprint[32] = SHA-256 ("fieldapp/fingerprint/v1" 0x00 public_material)
    words           = the first 88 bits, eight times 11 bits, most significant first, in the English list of BIP39
    short hex       = the first 128 bits, eight groups of four digits

What a comparison resists. To put their own key in the place of another person's, an attacker must find a second
preimage: 2^88 tries for the words, 2^128 for the digits, divided by the number of people whom they would be content to
imitate. To make *two identities of their own* that compare equal costs only the square root: 2^44 tries for the words,
which is feasible, 2^64 for the digits. That imitates nobody, but one person could show two faces: programs therefore
compare and store the whole fingerprint, never words, and two coordinators who want to be sure that they know the same
person compare the digits.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final

from mnemonic import Mnemonic

from fieldapp.errors import BugError

FINGERPRINT_SIZE: Final = 32
WORD_COUNT: Final = 8

_LABEL: Final = b"fieldapp/fingerprint/v1\0"
_BITS_PER_WORD: Final = 11
_SHORT_HEX_DIGITS: Final = 32


@cache
def english() -> Mnemonic:
    """The English list of BIP39, with its coding; read from the library's file once."""
    return Mnemonic("english")


def fingerprint(public_material: bytes) -> bytes:
    """32 bytes that stand for all public keys of a person; the caller joins them in one unambiguous way."""
    return hashlib.sha256(_LABEL + public_material).digest()


def compare_words(of_fingerprint: bytes) -> tuple[str, ...]:
    """Eight English words for two people to read to each other."""
    _expect_fingerprint(of_fingerprint)
    bits = int.from_bytes(of_fingerprint[: WORD_COUNT * _BITS_PER_WORD // 8])
    places = range((WORD_COUNT - 1) * _BITS_PER_WORD, -1, -_BITS_PER_WORD)
    return tuple(english().wordlist[bits >> place & 0x7FF] for place in places)


def short_hex(of_fingerprint: bytes) -> str:
    """Eight groups of four hex digits, with spaces between."""
    _expect_fingerprint(of_fingerprint)
    digits = of_fingerprint.hex()[:_SHORT_HEX_DIGITS]
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def _expect_fingerprint(value: bytes) -> None:
    if len(value) != FINGERPRINT_SIZE:
        raise BugError("a fingerprint has 32 bytes")
