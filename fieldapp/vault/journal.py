"""The journal in the database: entries are appended here and received from others, and never changed or removed.

Rule 1: an entry is stored only after its signature, its place in the chain and its bytes are checked.
Rule 2: bodies stand apart from headers: one may be missing, and may come later.
Rule 3: receiving is idempotent, and its order matters only within one log.
Rule 4: two different entries at one place of one log (a fork) are both kept, and the place is marked. The head of a log
        follows the branch that came first. The log that is written here takes no continuation from elsewhere: an entry
        of it that comes in and is not here was made with a copy of its key, and is marked as a fork too.
Rule 5: what was shredded here does not come back: a body that arrives again is not taken.
Rule 6: one bundle opens no more new logs than people and their devices could: a log that is here stays for good, and
        whoever floods a vault with them slows down and blocks what is done with each.
Rule 7: what is written here is read by the strict reader before it is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fieldapp.crypto.identity import Verifier
from fieldapp.errors import (
    ChainBrokenError,
    EntryMalformedError,
    EntrySignatureError,
    KeyRefusedError,
    SignatureError,
    TooManyLogsError,
    VaultDamagedError,
)
from fieldapp.values import EntryId, LogId
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import (
    MAX_TICK,
    NO_ENTRY,
    NO_LOG,
    Body,
    Entry,
    Header,
    log_of,
    parse_body,
    read_body,
    read_entry,
    write_body,
    write_header,
)
from fieldapp.vault.header import MOST_HEADS, Head

Sign = Callable[[bytes], bytes]

MOST_TICKS_AT_ONCE = 2**24
"""How far one entry that comes in may move the ticks written here: else a single one could use them all up."""

MOST_NEW_LOGS = 1000
"""How many logs that are not here one bundle may open."""


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


def open_log(
    connection: Connection, *, key: bytes, kept_secrets: bytes, sign: Sign, payload: dict[str, Plain], moment: Moment
) -> Author:
    """Begin a new log with its opening entry, whose payload names the person and the device."""
    body_bytes = write_body(Body("open", secrets.token_bytes(16), payload), secrets.token_bytes(16))
    header = Header(
        log=NO_LOG,
        seq=0,
        prev=NO_ENTRY,
        tick=_next_tick(connection),
        time_ms=moment.time_ms,
        zone_minutes=moment.zone_minutes,
        body_hash=hashlib.sha256(body_bytes).digest(),
        body_len=len(body_bytes),
        key=key,
    )
    entry = _signed(header, sign)
    log = log_of(entry, entry.id)
    with connection.transaction():
        connection.execute(
            "INSERT INTO log (log, key, head_seq, head, secrets) VALUES (?, ?, -1, ?, ?)",
            (log, key, NO_ENTRY, kept_secrets),
        )
        _store(connection, entry, log, arrival=None, body_bytes=body_bytes, kind="open")
    return Author(log, sign)


def append(connection: Connection, author: Author, bodies: Sequence[Body], moment: Moment) -> list[StoredEntry]:
    """Write the bodies, one entry each, at the end of the author's log. Runs inside the caller's transaction."""
    seq, prev = connection.execute("SELECT head_seq, head FROM log WHERE log = ?", (author.log,))[0]
    tick = _next_tick(connection)
    stored = []
    for body in bodies:
        body_bytes = write_body(body, secrets.token_bytes(16))
        seq += 1
        header = Header(
            log=author.log,
            seq=seq,
            prev=EntryId(prev),
            tick=tick,
            time_ms=moment.time_ms,
            zone_minutes=moment.zone_minutes,
            body_hash=hashlib.sha256(body_bytes).digest(),
            body_len=len(body_bytes),
        )
        entry = _signed(header, author.sign)
        rowid = _store(connection, entry, author.log, arrival=None, body_bytes=body_bytes, kind=body.kind)
        prev = entry.id
        stored.append(_stored(rowid, entry, author.log, None, body))
    return stored


class Receiver:
    """Takes the entries of one bundle, log by log in order, inside the caller's transaction."""

    def __init__(self, connection: Connection, arrival: int) -> None:
        self._connection = connection
        self._arrival = arrival
        self._verifiers: dict[LogId, Verifier] = {}
        self._new_logs = 0

    def receive(self, sealed: SealedEntry) -> StoredEntry | None:
        """Check and store one entry; gives what is new here: the entry, or the body of one that had none. Else None.

        Raises:
            EntryMalformedError, EntrySignatureError, BodyMismatchError: not what it should be.
            ChainBrokenError: the entry before it is not here.
            TooManyLogsError: one log too many is opened.
        """
        entry = read_entry(sealed.header_bytes, sealed.signature)
        body = None if sealed.body_bytes is None else read_body(entry.header, sealed.body_bytes)
        entry_id = entry.id
        log = log_of(entry, entry_id)
        known = self._connection.value("SELECT id FROM entry WHERE entry = ?", (entry_id,))
        if known is not None:
            return self._add_body(int(known), entry, log, sealed.body_bytes, body)
        self._check(entry, log)
        rowid = _store(
            self._connection,
            entry,
            log,
            arrival=self._arrival,
            body_bytes=sealed.body_bytes,
            kind=body.kind if body else None,
        )
        return _stored(rowid, entry, log, self._arrival, body)

    def _check(self, entry: Entry, log: LogId) -> None:
        """Signature and place; makes the log known where the entry opens it."""
        header = entry.header
        try:
            self._verifier(header, log).verify(entry.signature, entry.signed_bytes)
        except (SignatureError, KeyRefusedError) as problem:
            raise EntrySignatureError from problem
        if header.seq == 0:
            self._open(log, header)
            return
        before = self._connection.value(
            "SELECT 1 FROM entry JOIN log ON log.id = entry.log"
            " WHERE log.log = ? AND entry.seq = ? AND entry.entry = ?",
            (log, header.seq - 1, header.prev),
        )
        if before is None:
            raise ChainBrokenError

    def _open(self, log: LogId, header: Header) -> None:
        """Make a log known, unless it is. Raises TooManyLogsError."""
        if self._connection.value("SELECT 1 FROM log WHERE log = ?", (log,)):
            return
        self._new_logs += 1
        if self._new_logs > MOST_NEW_LOGS:
            raise TooManyLogsError(MOST_NEW_LOGS)
        self._connection.execute(
            "INSERT INTO log (log, key, head_seq, head) VALUES (?, ?, -1, ?)", (log, header.key, NO_ENTRY)
        )

    def _verifier(self, header: Header, log: LogId) -> Verifier:
        """The check of signatures for a log; for one that is opened now, under the key that the opening names."""
        known = self._verifiers.get(log)
        if known is None:
            key = header.key or self._connection.value("SELECT key FROM log WHERE log = ?", (log,))
            if key is None:
                raise ChainBrokenError
            known = self._verifiers[log] = Verifier(bytes(key))
        return known

    def _add_body(
        self, rowid: int, entry: Entry, log: LogId, body_bytes: bytes | None, body: Body | None
    ) -> StoredEntry | None:
        """A body for an entry that is known; None where it is here already, was shredded, or did not come again."""
        why = self._connection.value("SELECT why FROM lacking WHERE entry = ?", (rowid,))
        if body is None or why is None or why == "shredded":
            return None
        self._connection.execute("DELETE FROM lacking WHERE entry = ?", (rowid,))
        self._connection.execute("INSERT INTO body VALUES (?, ?, ?)", (rowid, body.kind, body_bytes))
        return _stored(rowid, entry, log, self._arrival, body)


def shred(connection: Connection, rowid: int) -> None:
    """Remove the body of an entry for good, inside the caller's transaction. Header and signature stay, and verify.

    The projection is the caller's to refresh; so is the index, which holds the same words.
    """
    _drop_body(connection, rowid, "shredded")


def remove(connection: Connection, rowid: int) -> None:
    """Remove the body of an entry from this device, inside the caller's transaction; it is taken again when it comes.

    What was shredded stays so. The projection is the caller's to refresh; so is the index.
    """
    _drop_body(connection, rowid, "removed")


def _drop_body(connection: Connection, rowid: int, why: str) -> None:
    connection.execute("DELETE FROM body WHERE entry = ?", (rowid,))
    connection.execute(
        "INSERT INTO lacking SELECT id, log, seq, ?2 FROM entry WHERE id = ?1 AND TRUE"
        " ON CONFLICT (entry) DO UPDATE SET why = ?2 WHERE why <> 'shredded'",
        (rowid, why),
    )


def heads(connection: Connection, *, own_only: bool = False, most: int = -1) -> dict[LogId, Head]:
    """The newest entry of every log; if asked, only of the logs written here, the latest of them.

    `most`: of so many logs only, those written here before others, and then those that came first.
    """
    own = f" WHERE secrets IS NOT NULL ORDER BY id DESC LIMIT {MOST_HEADS}"
    first = f" ORDER BY secrets IS NULL, id LIMIT {int(most)}"
    rows = connection.execute(f"SELECT log, head_seq, head FROM log{own if own_only else first}")  # noqa: S608 - no texts from outside
    return {LogId(log): Head(seq, EntryId(head)) for log, seq, head in sorted(rows)}


def own_heads_are_newest(connection: Connection) -> bool:
    """Whether each log written here ends at its head; if not, old pages were put back under newer ones."""
    beyond = connection.value(
        "SELECT 1 FROM log WHERE secrets IS NOT NULL AND ("
        "EXISTS (SELECT 1 FROM entry WHERE entry.log = log.id AND entry.seq > log.head_seq AND arrival IS NULL)"
        " OR NOT EXISTS (SELECT 1 FROM entry WHERE entry.entry = log.head AND entry.seq = log.head_seq))"
    )
    return beyond is None


def holds(connection: Connection, log: LogId, head: Head) -> bool:
    """Whether this very entry is in the database."""
    row = connection.execute(
        "SELECT log.log, entry.seq FROM entry JOIN log ON log.id = entry.log WHERE entry.entry = ?", (head.id,)
    )
    return row == [(log, head.seq)]


def stored_entries(connection: Connection, *, kind: str | None = None) -> Iterator[StoredEntry]:
    """Every entry that has a body here, in the order of arrival; of one kind, if asked."""
    where, values = (" WHERE body.kind = ?", (kind,)) if kind else ("", ())
    for row in connection.rows(f"{_SELECT_STORED}{where} ORDER BY entry.id", values):
        yield _from_row(row)


def stored_entry(connection: Connection, rowid: int) -> StoredEntry:
    """One entry by its row."""
    return _from_row(connection.execute(f"{_SELECT_STORED} WHERE entry.id = ?", (rowid,))[0])


def sealed_entries(connection: Connection, log: LogId) -> Iterator[tuple[int, SealedEntry]]:
    """All of one log in order, each with its row, with the bodies that are here."""
    rows = connection.rows(
        "SELECT entry.id, entry.header, entry.signature, body.body FROM entry JOIN log ON log.id = entry.log"
        " LEFT JOIN body ON body.entry = entry.id WHERE log.log = ? ORDER BY entry.seq, entry.entry",
        (log,),
    )
    for rowid, header_bytes, signature, body_bytes in rows:
        yield rowid, SealedEntry(header_bytes, signature, body_bytes)


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


def _stored(rowid: int, entry: Entry, log: LogId, arrival: int | None, body: Body | None) -> StoredEntry:
    header = entry.header
    return StoredEntry(
        rowid, entry.id, log, header.seq, header.tick, header.time_ms, header.zone_minutes, arrival, body
    )


def _signed(header: Header, sign: Sign) -> Entry:
    header_bytes = write_header(header)
    unsigned = Entry(header, header_bytes, b"")
    return read_entry(header_bytes, sign(unsigned.signed_bytes))


def _next_tick(connection: Connection) -> int:
    """One more than any entry here has (Lamport); stops at the largest the format can say."""
    newest = connection.value("SELECT value FROM setting WHERE name = 'tick'")
    return min(int.from_bytes(newest or b"", "big") + 1, MAX_TICK)


def _store(
    connection: Connection,
    entry: Entry,
    log: LogId,
    *,
    arrival: int | None,
    body_bytes: bytes | None,
    kind: str | None,
) -> int:
    """Insert a checked entry, move the head of its log, and mark a fork. Gives the row."""
    header = entry.header
    log_row, head = connection.execute("SELECT id, head FROM log WHERE log = ?", (log,))[0]
    stolen = arrival is not None and _is_written_here(connection, log_row)
    twin = connection.value("SELECT 1 FROM entry WHERE log = ? AND seq = ?", (log_row, header.seq))
    rowid = connection.insert(
        "INSERT INTO entry (entry, log, seq, tick, time_ms, zone_minutes, header, signature, arrival)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.id,
            log_row,
            header.seq,
            header.tick,
            header.time_ms,
            header.zone_minutes,
            entry.header_bytes,
            entry.signature,
            arrival,
        ),
    )
    if header.prev == head and not stolen:
        connection.execute("UPDATE log SET head_seq = ?, head = ? WHERE id = ?", (header.seq, entry.id, log_row))
    if stolen or twin:
        connection.execute("INSERT OR IGNORE INTO fork VALUES (?, ?)", (log_row, header.seq))
    if body_bytes is not None:
        connection.execute("INSERT INTO body VALUES (?, ?, ?)", (rowid, kind, body_bytes))
    else:
        connection.execute("INSERT INTO lacking VALUES (?, ?, ?, 'withheld')", (rowid, log_row, header.seq))
    _raise_tick(connection, header.tick)
    return rowid


def _is_written_here(connection: Connection, log_row: int) -> bool:
    """Whether it is the log that new entries are appended to: the last of those whose secrets are here."""
    return bool(connection.value("SELECT max(id) FROM log WHERE secrets IS NOT NULL") == log_row)


def _raise_tick(connection: Connection, tick: int) -> None:
    tick = min(tick, _next_tick(connection) + MOST_TICKS_AT_ONCE)
    connection.execute(
        "INSERT INTO setting VALUES ('tick', ?1) ON CONFLICT (name) DO UPDATE SET value = max(value, ?1)",
        (tick.to_bytes(7, "big"),),
    )
