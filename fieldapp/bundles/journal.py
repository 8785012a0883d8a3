"""Entries of the journal as they travel: a CBOR sequence (RFC 8742), cut into segments.

    segment  item…           at least one
    item     canonical CBOR list [header (bytes), signature (64 bytes), body (bytes) or null]

An item is `83`, two byte strings, and a byte string or `f6`: so little of CBOR that the reader takes it apart itself,
writes the item again and requires equal bytes. Whether an entry is genuine is not checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from fieldapp.errors import BugError, BundleDamagedError
from fieldapp.vault.encoding import encode
from fieldapp.vault.entry import MAX_BODY, MAX_HEADER, SIGNATURE_SIZE
from fieldapp.vault.journal import SealedEntry

SEGMENT_BYTES: Final = 4 * 1024 * 1024
MAX_SEGMENT_BYTES: Final = 24 * 1024 * 1024
"""A segment passes `SEGMENT_BYTES` only where one entry does, and an entry has at most 16 MiB and a little."""

_LIST_OF_THREE: Final = b"\x83"
_NULL: Final = b"\xf6"
_BYTES: Final = 2 << 5
_LENGTH_SIZES: Final = {24: 1, 25: 2, 26: 4}


def write_segments(entries: Iterable[SealedEntry], limit: int = SEGMENT_BYTES) -> Iterator[bytes]:
    """The entries in the order given, in segments of at most `limit` bytes where no single entry is longer.

    Raises:
        BugError: an entry longer than the journal allows.
    """
    segment = bytearray()
    for entry in entries:
        item = _item(entry)
        if segment and len(segment) + len(item) > limit:
            yield bytes(segment)
            segment.clear()
        segment += item
    if segment:
        yield bytes(segment)


def read_segment(content: bytes) -> Iterator[SealedEntry]:
    """The entries of a segment, in order.

    Raises:
        BundleDamagedError: (journal) anything that `write_segments` would not write.
    """
    place = 0
    if not content:
        raise BundleDamagedError("journal")
    while place < len(content):
        entry, end = _entry_at(content, place)
        yield entry
        place = end


def _item(entry: SealedEntry) -> bytes:
    body_size = len(entry.body_bytes or b"")
    if len(entry.header_bytes) > MAX_HEADER or len(entry.signature) != SIGNATURE_SIZE or body_size > MAX_BODY:
        raise BugError("an entry that the journal would not hold")
    return encode([entry.header_bytes, entry.signature, entry.body_bytes])


def _entry_at(content: bytes, start: int) -> tuple[SealedEntry, int]:
    if content[start : start + 1] != _LIST_OF_THREE:
        raise BundleDamagedError("journal")
    header, place = _string_at(content, start + 1, MAX_HEADER)
    signature, place = _string_at(content, place, SIGNATURE_SIZE)
    body = None
    if content[place : place + 1] == _NULL:
        place += 1
    else:
        body, place = _string_at(content, place, MAX_BODY)
    entry = SealedEntry(header, signature, body)
    if len(signature) != SIGNATURE_SIZE or _item(entry) != content[start:place]:
        raise BundleDamagedError("journal")
    return entry, place


def _string_at(content: bytes, start: int, most: int) -> tuple[bytes, int]:
    """A byte string of at most `most` bytes, and where it ends."""
    head = int.from_bytes(content[start : start + 1])
    length = head - _BYTES
    begin = start + 1
    if length in _LENGTH_SIZES:
        begin += _LENGTH_SIZES[length]
        length = int.from_bytes(content[start + 1 : begin])
    elif not 0 <= length < 24:
        raise BundleDamagedError("journal")
    end = begin + length
    if length > most or end > len(content):
        raise BundleDamagedError("journal")
    return content[begin:end], end
