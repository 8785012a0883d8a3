"""The recovery phrase: twelve English words (BIP39, 128 bits of entropy and 4 of checksum) that open a vault.

What goes into a key slot is the 16 bytes of *entropy*, through Argon2id like a passphrase, and not the 64-byte seed of
BIP39: the words and the entropy are one to one, the checksum is verified on the way, the bytes can be wiped (the seed
is derived from the phrase as text), and the 2,048 rounds of PBKDF2 add nothing to 128 random bits under Argon2id.

A share, which a coordinator keeps, is 16 random bytes as well, and is spoken as the same kind of twelve words. Two
shares together open a slot of their own; its secret is the text "fieldapp shares 1", a zero byte, and both shares, the
smaller first. One share says nothing about it: the other 128 bits are missing.

Whether somebody has the right share is tried with other words, which can be overheard without harm: the first 16 bytes
of SHA-256 of the text "fieldapp rehearsal 1", a zero byte, the SHA-256 of the share, its number, and the day (from 0,
the first of 1970, in UTC; 8 bytes each, big-endian), as twelve words. Words that were noted prove nothing later.

Typed words are folded before they are read: NFKD, lower case, any white space. An error names the place of a word,
never the word; suggestions are an attribute for the screen and appear in no text.
"""

from __future__ import annotations

import difflib
import hashlib
import secrets
import unicodedata
from typing import Final

from fieldapp.crypto.words import english
from fieldapp.errors import BugError, PhraseChecksumError, PhraseLengthError, PhraseWordError

WORD_COUNT: Final = 12
ENTROPY_SIZE: Final = 16
SHARES_LABEL: Final = b"fieldapp shares 1\0"
REHEARSAL_LABEL: Final = b"fieldapp rehearsal 1\0"

_MOST_WORD_CHARACTERS: Final = 20
_SUGGESTIONS: Final = 3
_DAY_MS: Final = 24 * 60 * 60 * 1000


def new_phrase() -> str:
    """A fresh recovery phrase. It is text, which nobody can wipe: show it, and let the process end at the next lock."""
    return phrase_of(secrets.token_bytes(ENTROPY_SIZE))


def phrase_of(entropy: bytes) -> str:
    """The twelve words of 16 bytes of entropy, with single spaces."""
    if len(entropy) != ENTROPY_SIZE:
        raise BugError("a recovery phrase is made of 16 bytes")
    return english().to_mnemonic(entropy)


def to_secret(phrase: str) -> bytearray:
    """The 16 bytes of entropy of what was typed; the caller wipes them.

    Raises PhraseLengthError, PhraseWordError (the first word that is not in the list), PhraseChecksumError.
    """
    words = _fold(phrase)
    if len(words) != WORD_COUNT:
        raise PhraseLengthError(len(words))
    for position, word in enumerate(words, start=1):
        if word not in english().wordlist:
            raise PhraseWordError(position, _nearest(word))
    try:
        return english().to_entropy(words)
    except ValueError:
        raise PhraseChecksumError from None


def shares_secret(one: bytes | bytearray, other: bytes | bytearray) -> bytearray:
    """What opens the slot of a pair of shares, in whichever order they are given; the caller wipes it."""
    if len(one) != ENTROPY_SIZE or len(other) != ENTROPY_SIZE:
        raise BugError("a share is 16 bytes")
    low, high = sorted((bytes(one), bytes(other)))
    return bytearray(SHARES_LABEL + low + high)


def rehearsal_entropy(share_digest: bytes, number: int, day: int) -> bytes:
    """The words by which a share is told without being spoken, as 16 bytes; `share_digest` is its SHA-256."""
    if len(share_digest) != hashlib.sha256().digest_size:
        raise BugError("a digest is 32 bytes")
    material = REHEARSAL_LABEL + share_digest + number.to_bytes(8, "big") + day.to_bytes(8, "big", signed=True)
    return hashlib.sha256(material).digest()[:ENTROPY_SIZE]


def day_of(time_ms: int) -> int:
    """The day of a moment, in UTC, counted from the first of 1970."""
    return time_ms // _DAY_MS


def _fold(phrase: str) -> list[str]:
    return unicodedata.normalize("NFKD", phrase).lower().split()


def _nearest(word: str) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(word[:_MOST_WORD_CHARACTERS], english().wordlist, _SUGGESTIONS))
