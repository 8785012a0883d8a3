"""What still stands in a damaged database: rows read from single pages, in whatever order they lie. Nothing is written.

The file format (https://www.sqlite.org/fileformat2.html), under the encryption of `crypto.pages`. A table is a tree of
pages. Where one in the middle is damaged, SQLite reaches nothing below it, though those pages are whole; so here the
trees are walked as far as they hold, and pages that no tree reaches any more are read on their own.

Rule 1: only pages that verify are read, so what they hold was written by us; where it makes no sense all the same, it
        is passed over, never guessed.
Rule 2: a row is given whole or not at all: a long one goes on over pages of its own, of which none may be missing.
Rule 3: memory does not grow with the rows: one byte for each page, and the page in hand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import RawIOBase
from typing import Final

from fieldapp.crypto.pages import PAGE_SIZE, USABLE_SIZE, PageOpener

Value = int | float | str | bytes | None
Record = tuple[Value, ...]

_TABLE_LEAF: Final = 0x0D
_TABLE_INNER: Final = 0x05
_INDEX_LEAF: Final = 0x0A
_INDEX_INNER: Final = 0x02
_LEAVES: Final = (_TABLE_LEAF, _INDEX_LEAF)
_FIRST_PAGE_STARTS: Final = 100
_SMALL: Final = (USABLE_SIZE - 12) * 32 // 255 - 23
_MOST_LOCAL: Final = {_TABLE_LEAF: USABLE_SIZE - 35}
_MOST_LOCAL_OF_INDEX: Final = (USABLE_SIZE - 12) * 64 // 255 - 23
_INTS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
NEVER_WRITTEN: Final = 2**30 // PAGE_SIZE + 1
"""The page of SQLite's locks, at one GiB."""

_MOST_LISTED: Final = (USABLE_SIZE - 8) // 4
"""So many free pages stand in one page of their list."""

_MOST_PAYLOAD: Final = 64 * 1024 * 1024


class _OddError(Exception):
    """Bytes that are no row; never leaves this file."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its rowid (None in a table or index that has none), and its values as they are stored."""

    rowid: int | None
    values: Record


@dataclass(slots=True)
class Pages:
    """The pages of a database file that nobody in this process has open. `seen`: of which ones was made use."""

    file: RawIOBase
    opener: PageOpener
    count: int
    seen: bytearray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.seen = bytearray(self.count + 1)

    def raw(self, number: int) -> bytes:
        """The page as it lies there; fewer bytes where the disk does not give it out."""
        try:
            self.file.seek((number - 1) * PAGE_SIZE)
            return self.file.read(PAGE_SIZE) or b""
        except OSError:
            return b""

    def verifies(self, number: int) -> bool:
        """Whether a page is as it was written; the one that SQLite never writes counts as such."""
        return number == NEVER_WRITTEN or self.opener.verifies(number, self.raw(number))

    def plain(self, number: int) -> bytes | None:
        """What a page holds; None where there is none, or it does not verify."""
        return self.opener.open(number, self.raw(number)) if 1 <= number <= self.count else None


@dataclass(slots=True)
class Lost:
    """What was met while reading: pages that do not verify, and rows that were not whole."""

    pages: set[int] = field(default_factory=set)
    rows: int = 0


def user_version(pages: Pages) -> int | None:
    """The number of the schema that the first page tells; None where it does not verify."""
    first = pages.plain(1)
    return None if first is None else int(struct.unpack_from(">I", first, 60)[0])


def mark_in(first: bytes | None) -> int | None:
    """The mark of the last commit (`marks`) in a first page; None where it did not verify."""
    return None if first is None else int(struct.unpack_from(">i", first, 68)[0])


def unused(pages: Pages) -> set[int]:
    """Pages that are free and hold nothing, not even the list of the free ones; those of which that can be read."""
    plain, place = pages.plain(1), 32
    found = set[int]()
    lists = set[int]()
    while plain is not None:
        (number,) = struct.unpack_from(">I", plain, place)
        plain, place = (None if number in lists else pages.plain(number)), 0
        lists.add(number)
        if plain is not None:
            (count,) = struct.unpack_from(">I", plain, 4)
            found.update(struct.unpack_from(f">{min(count, _MOST_LISTED)}I", plain, 8))
    return found - lists


def tree(pages: Pages, root: int, lost: Lost) -> Iterator[Row]:
    """All rows that a tree still reaches from its root. Notes each page as seen."""
    for number, plain in _reached(pages, root, lost):
        yield from _rows(pages, plain, _start(number), lost)


def pass_tree(pages: Pages, root: int, lost: Lost) -> Iterator[None]:
    """Only note the pages of a tree as seen; stops after each."""
    for _page in _reached(pages, root, lost):
        yield


def _reached(pages: Pages, root: int, lost: Lost) -> Iterator[tuple[int, bytes]]:
    waiting = [root]
    while waiting:
        number = waiting.pop()
        if not 1 <= number <= pages.count or pages.seen[number]:
            continue
        pages.seen[number] = 1
        plain = pages.plain(number)
        if plain is None:
            lost.pages.add(number)
            continue
        waiting += reversed(_children(plain, _start(number)))
        yield number, plain


def stray(pages: Pages, number: int, lost: Lost) -> tuple[list[Row], bool] | None:
    """The rows of a page that no tree reaches, and whether it is of a table with rowids; None where it has no rows."""
    plain = pages.plain(number)
    if plain is None or plain[_start(number)] not in (*_LEAVES, _INDEX_INNER):
        return None
    return list(_rows(pages, plain, _start(number), lost)), plain[_start(number)] == _TABLE_LEAF


def _start(number: int) -> int:
    return _FIRST_PAGE_STARTS if number == 1 else 0


def _children(plain: bytes, start: int) -> list[int]:
    """The pages below an inner page; none of a leaf."""
    if plain[start] not in (_TABLE_INNER, _INDEX_INNER):
        return []
    (last,) = struct.unpack_from(">I", plain, start + 8)
    below = [struct.unpack_from(">I", plain, place)[0] for place in _places(plain, start) if place + 4 <= USABLE_SIZE]
    return [*below, last]


def _places(plain: bytes, start: int) -> list[int]:
    """Where the cells of a page begin."""
    (count,) = struct.unpack_from(">H", plain, start + 3)
    first = start + (8 if plain[start] in _LEAVES else 12)
    if first + 2 * count > USABLE_SIZE:
        return []
    return list(struct.unpack_from(f">{count}H", plain, first))


def _rows(pages: Pages, plain: bytes, start: int, lost: Lost) -> Iterator[Row]:
    kind = plain[start]
    if kind not in (*_LEAVES, _INDEX_INNER):
        return
    for place in _places(plain, start):
        try:
            yield _row(pages, plain, place + (4 if kind == _INDEX_INNER else 0), kind, lost)
        except (_OddError, IndexError, struct.error, UnicodeDecodeError):
            lost.rows += 1


def _row(pages: Pages, plain: bytes, place: int, kind: int, lost: Lost) -> Row:
    size, place = _varint(plain, place)
    rowid: int | None = None
    if kind == _TABLE_LEAF:
        rowid, place = _varint(plain, place)
        rowid -= 2**64 if rowid >= 2**63 else 0
    if size > _MOST_PAYLOAD:
        raise _OddError
    local = _local_size(size, _MOST_LOCAL.get(kind, _MOST_LOCAL_OF_INDEX))
    payload = plain[place : place + local]
    if local < size:
        (beyond,) = struct.unpack_from(">I", plain, place + local)
        payload += _overflow(pages, beyond, size - local, lost)
    if len(payload) != size:
        raise _OddError
    return Row(rowid, _values(payload))


def _local_size(size: int, most: int) -> int:
    """How much of a payload stands in the page of its cell."""
    if size <= most:
        return size
    fitting = _SMALL + (size - _SMALL) % (USABLE_SIZE - 4)
    return fitting if fitting <= most else _SMALL


def _overflow(pages: Pages, number: int, size: int, lost: Lost) -> bytes:
    """The rest of a payload, over pages of its own."""
    parts: list[bytes] = []
    while size > 0:
        if not 1 <= number <= pages.count:
            raise _OddError
        pages.seen[number] = 1
        plain = pages.plain(number)
        if plain is None:
            lost.pages.add(number)
            raise _OddError
        (following,) = struct.unpack_from(">I", plain)
        parts.append(plain[4 : 4 + size])
        size -= len(parts[-1])
        number = following
    return b"".join(parts)


def _values(payload: bytes) -> Record:
    """The values of one record."""
    header_size, place = _varint(payload, 0)
    body = header_size
    values: list[Value] = []
    while place < header_size:
        kind, place = _varint(payload, place)
        value, body = _value(payload, body, kind)
        values.append(value)
    if place != header_size or body != len(payload):
        raise _OddError
    return tuple(values)


def _value(payload: bytes, place: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, place
    if kind in (8, 9):
        return kind - 8, place
    if kind in (10, 11):
        raise _OddError
    size = 8 if kind == 7 else _INTS[kind] if kind < 12 else (kind - 12) // 2
    content = payload[place : place + size]
    if len(content) != size:
        raise _OddError
    if kind == 7:
        return struct.unpack(">d", content)[0], place + size
    if kind < 12:
        return int.from_bytes(content, "big", signed=True), place + size
    return (content if kind % 2 == 0 else content.decode()), place + size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends."""
    value = 0
    for count in range(9):
        byte = data[place + count]
        if count == 8:
            return value << 8 | byte, place + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + count + 1
    raise _OddError
