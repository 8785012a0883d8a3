"""What a person has in hand to come into a vault: the passphrase, the phrase on paper, or the words of two who keep
shares. The last two also give a new passphrase; a vault that is made of a copy or a backup opens with any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from fieldapp.crypto import keyslots, recovery
from fieldapp.errors import WrongPassphraseError, WrongSharesError
from fieldapp.services import shares
from fieldapp.vault import header as headers
from fieldapp.vault.header import Header


@dataclass(frozen=True, slots=True)
class ByPhrase:
    """The twelve words on paper. `writer`: who comes in, where several people write there."""

    phrase: str = field(repr=False)
    new_passphrase: str = field(repr=False)
    writer: str | None = None


@dataclass(frozen=True, slots=True)
class ByShares:
    """The twelve words of two people who keep shares. `writer`: who comes in, where several people write there."""

    words: str = field(repr=False)
    other: str = field(repr=False)
    new_passphrase: str = field(repr=False)
    writer: str | None = None


Way = str | ByPhrase | ByShares
"""A passphrase, or one of the two others."""


def passphrase_after(way: Way) -> str:
    """The passphrase that opens the vault once this way was taken."""
    return way if isinstance(way, str) else way.new_passphrase


@contextmanager
def secret_of(way: Way) -> Iterator[bytearray]:
    """The bytes that open a slot; wiped at the end. Where they open none, it is told as what was typed.

    Raises:
        PassphraseTooShortError, PassphraseTextError, RecoveryPhraseError and its kinds, ShareSameError.
        WrongSharesError: where WrongPassphraseError was met inside, and these are shares.
    """
    if not isinstance(way, str):
        keyslots.check_new_passphrase(way.new_passphrase)
    secret = _secret(way)
    try:
        yield secret
    except WrongPassphraseError as problem:
        if isinstance(way, ByShares):
            raise WrongSharesError from problem
        raise
    finally:
        keyslots.wipe(secret)


def expect_opens(copies: Sequence[Header], way: Way) -> None:
    """See that this way opens one of the copies of a header, before much is copied.

    Raises:
        WrongPassphraseError, WrongSharesError, VaultDamagedError, MemoryShortError, and what `secret_of` raises.
    """
    with secret_of(way) as secret:
        keyslots.wipe(headers.open_copies(list(copies), secret).slot.master_key)


def _secret(way: Way) -> bytearray:
    if isinstance(way, ByPhrase):
        return recovery.to_secret(way.phrase)
    if isinstance(way, ByShares):
        return shares.secret_of(way.words, way.other)
    return keyslots.normalise_passphrase(way)
