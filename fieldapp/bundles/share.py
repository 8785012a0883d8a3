r"""A share: one of two or three pieces of which any two open the owner's vault, told to one keeper and signed.

    statement  canonical CBOR map, at most 3,584 bytes, these keys and no others, the last only where it says something:
               v=1, owner and to (fingerprints, 32 bytes, not the same), person and device (what the owner's card calls
               them), n (from 1: of two shares of one owner the one with the larger n counts), time (ms since 1970),
               share (16 bytes), others (names of who keeps the other shares, 1 or 2, in the owner's words), replaces
    replaces   [[fingerprint, voucher], …], 1 to 16, ascending, none of them `owner`: the other cards of the same vault,
               of earlier days or of who else writes there. What one of them signed for the same keeper, with a smaller
               n, most likely opens nothing any more
    voucher    Ed25519 over "fieldapp share replaced 1\0" ‖ owner ‖ to ‖ n, 8 bytes, big end first, with the key of the
               other card: nobody else can say that of it
    signature  Ed25519 over "fieldapp share 1\0" ‖ statement, with the key of the owner's log

    file       age( "fieldapp share\r\n" ‖ length of statement, 4 bytes, big end first ‖ statement ‖ signature[64]
                    ‖ zeros, 3,840 bytes in all )

sealed for its keeper alone. Every file is as long as every other. A share is spoken as twelve words
(`crypto.recovery.phrase_of`); two of them make the secret of a slot (`crypto.recovery.shares_secret`). One alone opens
nothing and tells nothing about the other. It never travels in a bundle: its keeper cannot pass it on by accident.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from fieldapp.bundles.card import check_card_text
from fieldapp.bundles.sealed_statement import Envelope
from fieldapp.crypto.age_hybrid import HybridIdentity, HybridRecipient
from fieldapp.crypto.identity import ED25519_SIGNATURE_SIZE, IdentitySecrets, sign_ed25519, verify_ed25519
from fieldapp.crypto.recovery import ENTROPY_SIZE
from fieldapp.crypto.stream import ByteSource
from fieldapp.errors import (
    BugError,
    CardTextError,
    EntryMalformedError,
    ShareDamagedError,
    ShareNewerError,
    ShareNotForYouError,
)
from fieldapp.vault.encoding import Plain, decode_map, encode, take_bytes, take_int

VERSION: Final = 1
MAGIC: Final = b"fieldapp share\r\n"
SHARE_SIZE: Final = ENTROPY_SIZE
MAX_STATEMENT_BYTES: Final = 3584
MAX_FILE_BYTES: Final = 16 * 1024
"""More than any sealed share has; files above it are not looked into."""

MOST_OTHERS: Final = 2
MOST_REPLACED: Final = 16

_CONTEXT: Final = b"fieldapp share 1\0"
_VOUCHER: Final = b"fieldapp share replaced 1\0"
_NUMBER_BYTES: Final = 8
_REPLACES: Final = "replaces"
_KEYS: Final = {"v", "owner", "to", "person", "device", "n", "time", "share", "others"}
_MAX_NUMBER: Final = 2**53
_MAX_TIME_MS: Final = 2**48
_INSIDE_BYTES: Final = 3840
_ENVELOPE: Final = Envelope(
    MAGIC, MAX_STATEMENT_BYTES, lambda _size_bytes: _INSIDE_BYTES, ShareDamagedError, ShareNotForYouError
)


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another card of the owner's vault, by fingerprint, and its signature on being replaced."""

    owner: bytes
    voucher: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """What a share file says. `owner` made it, `holder` keeps it; both are fingerprints."""

    owner: bytes
    holder: bytes
    person: str
    device: str
    number: int
    time_ms: int
    share: bytes = field(repr=False)
    others: tuple[str, ...]
    replaces: tuple[Replaced, ...] = ()


def write_statement(statement: Statement) -> bytes:
    """The bytes of a statement.

    Raises:
        BugError: the reader would refuse it.
    """
    fields: dict[str, Plain] = {
        "v": VERSION,
        "owner": statement.owner,
        "to": statement.holder,
        "person": statement.person,
        "device": statement.device,
        "n": statement.number,
        "time": statement.time_ms,
        "share": statement.share,
        "others": list(statement.others),
    }
    if statement.replaces:
        fields[_REPLACES] = [[each.owner, each.voucher] for each in statement.replaces]
    encoded = encode(fields)
    try:
        read_statement(encoded)
    except ShareDamagedError as problem:
        raise BugError("a share that no reader would take") from problem
    return encoded


def read_statement(encoded: bytes) -> Statement:
    """What these bytes state; the signature is not looked at.

    Raises:
        ShareNewerError: a later version.
        ShareDamagedError: (size, encoding, type, range, text, order) anything that `write_statement` would not write.
    """
    if len(encoded) > MAX_STATEMENT_BYTES:
        raise ShareDamagedError("size")
    try:
        fields = decode_map(encoded)
        _check_version(fields)
        statement = Statement(
            owner=take_bytes(fields["owner"], 32),
            holder=take_bytes(fields["to"], 32),
            person=_read_text(fields["person"]),
            device=_read_text(fields["device"]),
            number=take_int(fields["n"], 1, _MAX_NUMBER),
            time_ms=take_int(fields["time"], -_MAX_TIME_MS, _MAX_TIME_MS),
            share=take_bytes(fields["share"], SHARE_SIZE),
            others=_read_others(fields["others"]),
            replaces=_read_replaced(fields[_REPLACES]) if _REPLACES in fields else (),
        )
    except EntryMalformedError as problem:
        raise ShareDamagedError(problem.reason) from problem
    if statement.owner in {statement.holder, *(each.owner for each in statement.replaces)}:
        raise ShareDamagedError("range")
    return statement


def sign(keys: IdentitySecrets, encoded: bytes) -> bytes:
    """The signature of a statement."""
    return sign_ed25519(keys.ed25519, _CONTEXT + encoded)


def verify(encoded: bytes, signature: bytes, ed25519: bytes) -> None:
    """Whether the owner of this key signed the statement. Raises SignatureError, KeyRefusedError."""
    verify_ed25519(ed25519, signature, _CONTEXT + encoded)


def vouch(keys: IdentitySecrets, owner: bytes, holder: bytes, number: int) -> bytes:
    """The signature of another card of the vault: that this share of `owner` stands in for those that it signed."""
    return sign_ed25519(keys.ed25519, _vouched(owner, holder, number))


def verify_voucher(statement: Statement, replaced: Replaced, ed25519: bytes) -> None:
    """Whether the owner of this key says so of a statement. Raises SignatureError, KeyRefusedError."""
    verify_ed25519(ed25519, replaced.voucher, _vouched(statement.owner, statement.holder, statement.number))


def seal_share(encoded: bytes, signature: bytes, recipient: HybridRecipient) -> bytes:
    """The file that carries a share to its keeper."""
    return _ENVELOPE.seal(encoded, signature, recipient)


def open_share(source: ByteSource, identities: Sequence[HybridIdentity]) -> tuple[bytes, bytes]:
    """Statement and signature out of a file; neither is checked.

    Raises:
        ShareNotForYouError: it was sealed for somebody else.
        ShareDamagedError: (seal, magic, size, padding) it is none, or a changed one. OSError from `source`.
    """
    return _ENVELOPE.open(source, identities)


def _check_version(fields: dict[str, Plain]) -> None:
    version = take_int(fields.get("v"), VERSION, _MAX_NUMBER)
    if version > VERSION:
        raise ShareNewerError(version, VERSION)
    if set(fields) - {_REPLACES} != _KEYS:
        raise ShareDamagedError("encoding")


def _read_text(value: Plain) -> str:
    """A name as it may stand on a card."""
    if not isinstance(value, str):
        raise ShareDamagedError("type")
    try:
        check_card_text(value)
    except CardTextError as problem:
        raise ShareDamagedError("text") from problem
    return value


def _read_others(value: Plain) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ShareDamagedError("type")
    if not 1 <= len(value) <= MOST_OTHERS:
        raise ShareDamagedError("range")
    return tuple(_read_text(each) for each in value)


def _read_replaced(value: Plain) -> tuple[Replaced, ...]:
    if not isinstance(value, list):
        raise ShareDamagedError("type")
    if not 1 <= len(value) <= MOST_REPLACED:
        raise ShareDamagedError("range")
    replaced = []
    for each in value:
        if not isinstance(each, list) or len(each) != 2:
            raise ShareDamagedError("type")
        replaced.append(Replaced(take_bytes(each[0], 32), take_bytes(each[1], ED25519_SIGNATURE_SIZE)))
    if any(one.owner >= other.owner for one, other in pairwise(replaced)):
        raise ShareDamagedError("order")
    return tuple(replaced)


def _vouched(owner: bytes, holder: bytes, number: int) -> bytes:
    return _VOUCHER + owner + holder + number.to_bytes(_NUMBER_BYTES, "big")
