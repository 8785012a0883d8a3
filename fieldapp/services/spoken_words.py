"""Twelve words that are read from paper or heard on the phone, looked at while they are typed.

Of a phrase and of a share alike: both are sixteen bytes as words of one list (`crypto.recovery`).
"""

from __future__ import annotations

from fieldapp.crypto import keyslots, recovery
from fieldapp.crypto.words import english
from fieldapp.errors import RecoveryPhraseError

COUNT = recovery.WORD_COUNT
_TELLING = 4
"""No two words of the list begin with the same four letters."""


def is_word(typed: str) -> bool:
    """Whether it is a word of the list."""
    return typed.lower() in english().wordlist


def may_become(typed: str) -> bool:
    """Whether a word of the list begins so."""
    beginning = typed.lower()
    return any(word.startswith(beginning) for word in english().wordlist)


def rest_of(typed: str) -> str:
    """What is left of the only word that begins with these letters, at least four; empty where there is none."""
    beginning = typed.lower()
    if len(beginning) < _TELLING:
        return ""
    found = [word for word in english().wordlist if word.startswith(beginning)]
    return found[0][len(beginning) :] if len(found) == 1 else ""


def fits(typed: str) -> bool:
    """Whether it is twelve words that belong together, by their checksum."""
    try:
        keyslots.wipe(recovery.to_secret(typed))
    except RecoveryPhraseError:
        return False
    return True
