r"""A receipt: what its maker holds of the journal and its files, told to one recipient and signed.

    statement  canonical CBOR map, at most 1 MiB, these keys and no others:
               v=1, from and to (fingerprints, 32 bytes), n (from 1: of two receipts the one with the larger n counts),
               time (ms since 1970), keeps, earlier, have (one item for each log, ascending), missing, bundles
    keeps      whether this is a promise: a person has set the device to keep things for others. Only then is it a copy
               that anybody may rely on, and only then does it bind its maker
    earlier    the logs (16 bytes each, ascending) that were written on this device before the log of `from`: whoever
               trusts a card of one of them too knows one machine, and not two
    have       [log (16 bytes), seq, head (id of the entry at seq), withheld, gone, points]
    withheld   ranges of places in the log, up to seq, whose bodies have not come
    gone       ranges whose bodies were here and are not any more: shredded or taken off the device
    points     [[seq, entry id], …] descending, below seq, all on the chain that ends at head: whoever does not know
               head finds here how far both agree
    missing    hashes (SHA-256) that bodies named above speak of and that are not held, ascending; or null: too many to
               tell, and no file is held as far as anybody may believe
    bundles    ranges of the numbers of the recipient's bundles that came
    range      [first, last]; a list of ranges ascends, and between two of them something is left out
    signature  Ed25519 over "fieldapp receipt 1\0" ‖ statement, with the key of the log of who made it

In a bundle it is an entry of kind `receipt`, {statement, signature} (records.decisions). In a file of its own it is

    file       age( "fieldapp receipt\r\n" ‖ length of statement, 4 bytes, big end first ‖ statement ‖ signature[64]
                    ‖ zeros that bring the whole to `padding.padded_body_size` )

sealed for its recipient alone. What is not told is not held: a statement that would be too long tells less. Withheld
counts before gone where both name a place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from fieldapp.bundles.sealed_statement import Envelope
from fieldapp.crypto.age_hybrid import HybridIdentity, HybridRecipient
from fieldapp.crypto.identity import IdentitySecrets, sign_ed25519, verify_ed25519
from fieldapp.crypto.padding import padded_body_size
from fieldapp.crypto.stream import ByteSource
from fieldapp.errors import (
    BugError,
    EntryMalformedError,
    ReceiptDamagedError,
    ReceiptNewerError,
    ReceiptNotForYouError,
)
from fieldapp.values import EntryId, LogId
from fieldapp.vault.encoding import Plain, decode_map, encode, take_bytes, take_int
from fieldapp.vault.entry import MAX_SEQ

VERSION: Final = 1
MAGIC: Final = b"fieldapp receipt\r\n"
MAX_STATEMENT_BYTES: Final = 1024 * 1024
MAX_FILE_BYTES: Final = 2 * 1024 * 1024
"""More than any sealed receipt has; files above it are not looked into."""

MOST_LOGS: Final = 2_000
MOST_RANGES: Final = 12_000
MOST_POINTS: Final = 3_000
MOST_MISSING: Final = 12_000
MOST_BUNDLES: Final = 2_000
MOST_EARLIER: Final = 500
"""What a writer tells at most: all together stays below `MAX_STATEMENT_BYTES`."""

_CONTEXT: Final = b"fieldapp receipt 1\0"
_KEYS: Final = {"v", "from", "to", "n", "time", "keeps", "earlier", "have", "missing", "bundles"}
_MAX_NUMBER: Final = 2**53
_MAX_TIME_MS: Final = 2**48
_ENVELOPE: Final = Envelope(MAGIC, MAX_STATEMENT_BYTES, padded_body_size, ReceiptDamagedError, ReceiptNotForYouError)

Range = tuple[int, int]
"""First and last of consecutive numbers."""


@dataclass(frozen=True, slots=True)
class HeldLog:
    """How much of a log is held: all headers on the chain to `head`, and all bodies but those of the ranges."""

    log: LogId
    seq: int
    head: EntryId
    withheld: tuple[Range, ...] = ()
    gone: tuple[Range, ...] = ()
    points: tuple[tuple[int, EntryId], ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """What a receipt says. `sender` made it, `recipient` is told; both are fingerprints.

    `keeps`: it is a promise. `earlier`: the logs that were written on the same device before.
    """

    sender: bytes
    recipient: bytes
    number: int
    time_ms: int
    have: tuple[HeldLog, ...] = ()
    missing: tuple[bytes, ...] | None = ()
    bundles: tuple[Range, ...] = ()
    keeps: bool = False
    earlier: tuple[LogId, ...] = ()


def write_statement(statement: Statement) -> bytes:
    """The bytes of a statement. Call `bounded` before, where the facts may be many.

    Raises:
        BugError: the reader would refuse it.
    """
    encoded = encode(
        {
            "v": VERSION,
            "from": statement.sender,
            "to": statement.recipient,
            "n": statement.number,
            "time": statement.time_ms,
            "keeps": statement.keeps,
            "earlier": list(statement.earlier),
            "have": [_write_held(held) for held in statement.have],
            "missing": None if statement.missing is None else list(statement.missing),
            "bundles": _write_ranges(statement.bundles),
        }
    )
    try:
        read_statement(encoded)
    except ReceiptDamagedError as problem:
        raise BugError("a statement that no reader would take") from problem
    return encoded


def read_statement(encoded: bytes) -> Statement:
    """What these bytes state; the signature is not looked at.

    Raises:
        ReceiptNewerError: a later version.
        ReceiptDamagedError: (size, encoding, type, range, order) anything that `write_statement` would not write.
    """
    if len(encoded) > MAX_STATEMENT_BYTES:
        raise ReceiptDamagedError("size")
    try:
        fields = decode_map(encoded)
        _check_version(fields)
        missing = fields["missing"]
        statement = Statement(
            sender=take_bytes(fields["from"], 32),
            recipient=take_bytes(fields["to"], 32),
            number=take_int(fields["n"], 1, _MAX_NUMBER),
            time_ms=take_int(fields["time"], -_MAX_TIME_MS, _MAX_TIME_MS),
            have=tuple(_read_held(held) for held in _list(fields["have"])),
            missing=None if missing is None else tuple(take_bytes(each, 32) for each in _list(missing)),
            bundles=_read_ranges(fields["bundles"], 1, _MAX_NUMBER),
            keeps=_read_bool(fields["keeps"]),
            earlier=tuple(LogId(take_bytes(each, 16)) for each in _list(fields["earlier"])),
        )
    except EntryMalformedError as problem:
        raise ReceiptDamagedError(problem.reason) from problem
    _check_ascending([held.log for held in statement.have])
    _check_ascending(statement.missing or ())
    _check_ascending(statement.earlier)
    return statement


def bounded(statement: Statement) -> Statement:
    """The same or less, so that it can be written: never a body, a file or a bundle more than `statement` says.

    Logs are left out from the end as they stand, earlier ones too: put those that matter most in front. They come back
    in order.
    """
    logs = statement.have[:MOST_LOGS]
    each = MOST_RANGES // (2 * max(1, len(logs)))
    points = MOST_POINTS // max(1, len(logs))
    told = [
        replace(
            held,
            withheld=coalesced(held.withheld, each),
            gone=coalesced(held.gone, each),
            points=held.points[:points],
        )
        for held in logs
    ]
    too_many = statement.missing is not None and len(statement.missing) > MOST_MISSING
    return replace(
        statement,
        have=tuple(sorted(told, key=lambda held: held.log)),
        missing=None if too_many else statement.missing,
        bundles=statement.bundles[-MOST_BUNDLES:],
        earlier=tuple(sorted(statement.earlier[:MOST_EARLIER])),
    )


def coalesced(ranges: Sequence[Range], most: int) -> tuple[Range, ...]:
    """Ranges that hold all of these and more, at most `most` of them (at least one): the smallest gaps are filled."""
    excess = len(ranges) - max(1, most)
    if excess <= 0:
        return tuple(ranges)
    gaps = sorted(range(1, len(ranges)), key=lambda place: ranges[place][0] - ranges[place - 1][1])
    filled = set(gaps[:excess])
    joined: list[Range] = []
    for place, (first, last) in enumerate(ranges):
        if place in filled:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return tuple(joined)


def ranges_of(numbers: Iterable[int]) -> tuple[Range, ...]:
    """Ascending numbers as ranges; the same number twice counts once."""
    ranges: list[Range] = []
    for number in numbers:
        if ranges and number <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(number, ranges[-1][1]))
        else:
            ranges.append((number, number))
    return tuple(ranges)


def sign(keys: IdentitySecrets, encoded: bytes) -> bytes:
    """The signature of a statement."""
    return sign_ed25519(keys.ed25519, _CONTEXT + encoded)


def verify(encoded: bytes, signature: bytes, ed25519: bytes) -> None:
    """Whether the owner of this key signed the statement. Raises SignatureError, KeyRefusedError."""
    verify_ed25519(ed25519, signature, _CONTEXT + encoded)


def seal_receipt(encoded: bytes, signature: bytes, recipient: HybridRecipient) -> bytes:
    """The file that carries a receipt to its recipient."""
    return _ENVELOPE.seal(encoded, signature, recipient)


def begins_as_receipt(source: ByteSource, identities: Sequence[HybridIdentity]) -> bool:
    """Whether this is a file sealed for us whose content begins as that of a receipt. Raises OSError from `source`."""
    return _ENVELOPE.begins(source, identities)


def open_receipt(source: ByteSource, identities: Sequence[HybridIdentity]) -> tuple[bytes, bytes]:
    """Statement and signature out of a file; neither is checked.

    Raises:
        ReceiptNotForYouError: it was sealed for somebody else.
        ReceiptDamagedError: (seal, magic, size, padding) it is none, or a changed one. OSError from `source`.
    """
    return _ENVELOPE.open(source, identities)


def _write_held(held: HeldLog) -> Plain:
    points: list[Plain] = [[seq, entry] for seq, entry in held.points]
    return [held.log, held.seq, held.head, _write_ranges(held.withheld), _write_ranges(held.gone), points]


def _write_ranges(ranges: Sequence[Range]) -> list[Plain]:
    return [[first, last] for first, last in ranges]


def _check_version(fields: dict[str, Plain]) -> None:
    version = take_int(fields.get("v"), VERSION, _MAX_NUMBER)
    if version > VERSION:
        raise ReceiptNewerError(version, VERSION)
    if set(fields) != _KEYS:
        raise ReceiptDamagedError("encoding")


def _read_held(value: Plain) -> HeldLog:
    log, seq, head, withheld, gone, points = _list(value, 6)
    newest = take_int(seq, 0, MAX_SEQ)
    return HeldLog(
        LogId(take_bytes(log, 16)),
        newest,
        EntryId(take_bytes(head, 32)),
        _read_ranges(withheld, 0, newest),
        _read_ranges(gone, 0, newest),
        _read_points(points, newest),
    )


def _read_points(value: Plain, below: int) -> tuple[tuple[int, EntryId], ...]:
    points = []
    for each in _list(value):
        seq, entry = _list(each, 2)
        below = take_int(seq, 0, below - 1)
        points.append((below, EntryId(take_bytes(entry, 32))))
    return tuple(points)


def _read_ranges(value: Plain, least: int, most: int) -> tuple[Range, ...]:
    ranges = []
    for each in _list(value):
        first, last = _list(each, 2)
        begin = take_int(first, least, most)
        end = take_int(last, begin, most)
        ranges.append((begin, end))
        least = end + 2  # what is next to it would belong to it
    return tuple(ranges)


def _read_bool(value: Plain) -> bool:
    if not isinstance(value, bool):
        raise ReceiptDamagedError("type")
    return value


def _list(value: Plain, size: int | None = None) -> list[Plain]:
    if not isinstance(value, list) or (size is not None and len(value) != size):
        raise ReceiptDamagedError("type")
    return value


def _check_ascending(values: Sequence[bytes]) -> None:
    if any(one >= other for one, other in pairwise(values)):
        raise ReceiptDamagedError("order")
