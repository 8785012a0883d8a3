"""Asking the database about many rows at once: sets of rows of entries as conditions of SQL, and as bits."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

from fieldapp.vault.connection import Connection, Row

AT_ONCE: Final = 500
_DENSE: Final = 4
"""Up to so many times as many rows as are asked for are read in one run rather than one by one."""


def about(connection: Connection, query: str, column: str, rows: Collection[int] | None) -> Iterator[Row]:
    """What `query` gives where `column` is one of `rows` (None: any). The first column of the query is that row.

    `query` is ours and ends before WHERE; `{where}` in it, if it is there, is where the condition goes.
    """
    if rows is None:
        yield from connection.rows(_conditioned(query, f"{column} IS NOT NULL"))
        return
    wanted = rows if isinstance(rows, (set, frozenset)) else frozenset(rows)
    ordered = iter(sorted(wanted))
    while chunk := tuple(islice(ordered, AT_ONCE)):
        if chunk[-1] - chunk[0] < _DENSE * len(chunk):
            found = connection.rows(_conditioned(query, f"{column} BETWEEN ? AND ?"), (chunk[0], chunk[-1]))
        else:
            found = connection.rows(_conditioned(query, f"{column} IN ({','.join('?' * len(chunk))})"), chunk)
        yield from (row for row in found if row[0] in wanted)


def pack(rows: Collection[int]) -> bytes:
    """A set of rows, kept small: a bit for each, deflated."""
    bits = bytearray(max(rows, default=-1) // 8 + 1)
    set_bits(bits, rows)
    return zlib.compress(bytes(bits))


def unpack(packed: bytes | None) -> bytes:
    """The bits of what `pack` gave; nothing where there is none."""
    return zlib.decompress(packed) if packed else b""


def set_bits(bits: bytearray, rows: Collection[int]) -> None:
    """Set the bits of rows; `bits` grows as it must."""
    bits.extend(bytes(max(0, max(rows, default=0) // 8 + 1 - len(bits))))
    for rowid in rows:
        bits[rowid // 8] |= 1 << rowid % 8


def has_bit(bits: bytes, rowid: int) -> bool:
    """Whether the bit of a row is set."""
    return rowid // 8 < len(bits) and bool(bits[rowid // 8] >> rowid % 8 & 1)


def _conditioned(query: str, condition: str) -> str:
    return query.replace("{where}", condition) if "{where}" in query else f"{query} WHERE {condition}"
