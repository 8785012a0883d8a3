"""Entries as they stand in the database and as they travel, and how one is put there; `journal.py` has the rules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fieldapp.errors import EntryMalformedError, VaultDamagedError
from fieldapp.values import EntryId, LogId
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.entry import MAX_TICK, Body, Entry, parse_body

Sign = Callable[[bytes], bytes]

INSERT_ENTRY = (
    "INSERT INTO entry (id, entry, log, seq, tick, time_ms, zone_minutes, header, signature, arrival)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_BODY = "INSERT INTO body VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Moment:
    """What the clock of this machine says: milliseconds since 1970, and minutes east of UTC."""

    time_ms: int
    zone_minutes: int


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes here: a log and the key that signs it."""

    log: LogId
    sign: Sign


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry in the database, with its body if that is here."""

    rowid: int
    id: EntryId
    log: LogId
    seq: int
    tick: int
    time_ms: int
    zone_minutes: int
    arrival: int | None
    body: Body | None


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry as it travels: original bytes, and the body's bytes where it goes along."""

    header_bytes: bytes
    signature: bytes
    body_bytes: bytes | None


def stored_entries(connection: Connection, *, kind: str | None = None) -> Iterator[StoredEntry]:
    """Every entry that has a body here, in the order of arrival; of one kind, if asked."""
    where, values = (" WHERE body.kind = ?", (kind,)) if kind else ("", ())
    for row in connection.rows(f"{_SELECT_STORED}{where} ORDER BY entry.id", values):
        yield _from_row(row)


def stored_entry(connection: Connection, rowid: int) -> StoredEntry:
    """One entry by its row."""
    return _from_row(connection.execute(f"{_SELECT_STORED} WHERE entry.id = ?", (rowid,))[0])


def sealed_entries(connection: Connection, log: LogId, *, after_seq: int = -1) -> Iterator[tuple[int, SealedEntry]]:
    """One log in order, from the place after `after_seq`: each entry with its row, and its body if that is here."""
    rows = connection.rows(
        "SELECT entry.id, entry.header, entry.signature, body.body FROM entry JOIN log ON log.id = entry.log"
        " LEFT JOIN body ON body.entry = entry.id WHERE log.log = ? AND entry.seq > ? ORDER BY entry.seq, entry.entry",
        (log, after_seq),
    )
    for rowid, header_bytes, signature, body_bytes in rows:
        yield rowid, SealedEntry(header_bytes, signature, body_bytes)


def as_stored(rowid: int, entry: Entry, log: LogId, arrival: int | None, body: Body | None) -> StoredEntry:
    """The entry with its row."""
    header = entry.header
    return StoredEntry(
        rowid, entry.id, log, header.seq, header.tick, header.time_ms, header.zone_minutes, arrival, body
    )


def entry_values(rowid: int, entry: Entry, log_row: int, arrival: int | None) -> Row:
    """What `INSERT_ENTRY` takes."""
    header = entry.header
    return (
        rowid,
        entry.id,
        log_row,
        header.seq,
        header.tick,
        header.time_ms,
        header.zone_minutes,
        entry.header_bytes,
        entry.signature,
        arrival,
    )


def next_row(connection: Connection) -> int:
    """The row of the entry that is stored next."""
    return int(connection.value("SELECT coalesce(max(id), 0) + 1 FROM entry"))


def newest_tick(connection: Connection) -> int:
    """The largest tick that counts here (Lamport), or 0."""
    return int.from_bytes(connection.value("SELECT value FROM setting WHERE name = 'tick'") or b"", "big")


def next_tick(connection: Connection) -> int:
    """One more than the newest; stops at the largest the format can say."""
    return min(newest_tick(connection) + 1, MAX_TICK)


def note_tick(connection: Connection, tick: int) -> None:
    """Make `tick` the newest, unless a larger one is."""
    connection.execute(
        "INSERT INTO setting VALUES ('tick', ?1) ON CONFLICT (name) DO UPDATE SET value = max(value, ?1)",
        (tick.to_bytes(7, "big"),),
    )


_SELECT_STORED = (
    "SELECT entry.id, entry.entry, log.log, entry.seq, entry.tick, entry.time_ms, entry.zone_minutes, entry.arrival,"
    " entry.header, body.body FROM entry JOIN log ON log.id = entry.log JOIN body ON body.entry = entry.id"
)


def _from_row(row: Row) -> StoredEntry:
    rowid, entry_id, log, seq, tick, time_ms, zone_minutes, arrival, header_bytes, body_bytes = row
    if hashlib.sha256(body_bytes).digest() not in header_bytes:  # 32 bytes are found in a header only where it says so
        raise VaultDamagedError("journal")
    try:
        body = parse_body(body_bytes)
    except EntryMalformedError as problem:
        raise VaultDamagedError("journal") from problem
    return StoredEntry(rowid, EntryId(entry_id), LogId(log), seq, tick, time_ms, zone_minutes, arrival, body)
