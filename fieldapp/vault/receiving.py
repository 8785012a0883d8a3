"""Entries that come in from others: checked one by one, stored in portions; `journal.py` has the rules.

Every signature, every body and every place in a chain is checked. What makes it quick: an entry that goes on from the
last one of its log, at a place where nothing stands yet, needs no question to the database. All others (what is known
already, forks, bodies that come later) are looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fieldapp.crypto.identity import Verifier
from fieldapp.errors import ChainBrokenError, EntrySignatureError, KeyRefusedError, SignatureError, TooManyLogsError
from fieldapp.values import EntryId, LogId
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.entry import NO_ENTRY, Body, Entry, Header, log_of, read_body, read_entry
from fieldapp.vault.stored import (
    INSERT_BODY,
    INSERT_ENTRY,
    SealedEntry,
    StoredEntry,
    as_stored,
    entry_values,
    newest_tick,
    next_row,
    note_tick,
)

MOST_TICKS_AT_ONCE = 2**24
"""How far one entry that comes in may move the ticks written here: else a single one could use them all up."""

MOST_NEW_LOGS = 1000
"""How many logs that are not here one bundle may open."""

_PORTION = 256
_PORTION_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class _Chain:
    """What is known of a log while a portion is taken."""

    row: int
    verifier: Verifier
    head_seq: int
    head: EntryId
    last_seq: int
    """`last` is an entry that is here, at this place."""
    last: EntryId
    top: int
    """Nothing is here beyond this place."""
    stolen: bool
    """It is the log that new entries are appended to: what comes in from elsewhere was made with a copy of its key."""
    moved: bool = False


class Receiver:
    """Takes the entries of one bundle, log by log in order, inside the caller's transaction.

    After an error the transaction is to be undone, and this object thrown away.
    """

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
        return next(self.receive_all([sealed]), None)

    def receive_all(self, entries: Iterable[SealedEntry]) -> Iterator[StoredEntry]:
        """As `receive` for each, in order, and much quicker; gives what is new.

        What it gives is in the database by then. Whoever iterates may write in the same transaction meanwhile.
        """
        for portion in _portions(entries):
            yield from _Portion(self._connection, self._arrival, self).take(portion)

    def opens(self) -> None:
        """Count a log that was not here. Raises TooManyLogsError."""
        self._new_logs += 1
        if self._new_logs > MOST_NEW_LOGS:
            raise TooManyLogsError(MOST_NEW_LOGS)

    def verifier(self, log: LogId, key: bytes) -> Verifier:
        """The check of signatures for a log, made once. Raises EntrySignatureError."""
        known = self._verifiers.get(log)
        if known is None:
            try:
                known = self._verifiers[log] = Verifier(key)
            except KeyRefusedError as problem:
                raise EntrySignatureError from problem
        return known


class _Portion:
    """Some entries: all are checked, then all are written."""

    def __init__(self, connection: Connection, arrival: int, receiver: Receiver) -> None:
        self._connection = connection
        self._arrival = arrival
        self._receiver = receiver
        self._chains: dict[LogId, _Chain] = {}
        self._row = next_row(connection)
        self._tick = self._tick_before = newest_tick(connection)
        self._entries: list[Row] = []
        self._bodies: list[Row] = []
        self._lacking: list[Row] = []
        self._forks: list[Row] = []

    def take(self, portion: list[SealedEntry]) -> list[StoredEntry]:
        taken = [stored for sealed in portion if (stored := self._take(sealed)) is not None]
        self._write()
        return taken

    def _take(self, sealed: SealedEntry) -> StoredEntry | None:
        entry = read_entry(sealed.header_bytes, sealed.signature)
        header = entry.header
        body = None if sealed.body_bytes is None else read_body(header, sealed.body_bytes)
        log = log_of(entry, entry.id)
        chain = self._chains.get(log) or self._chain(log)
        if chain is not None and header.seq > chain.top and _follows(header, chain):
            _verify(chain.verifier, entry)
            return self._add(chain, log, entry, body, sealed.body_bytes, fork=False)
        return self._look_up(chain, log, entry, body, sealed.body_bytes)

    def _look_up(
        self, chain: _Chain | None, log: LogId, entry: Entry, body: Body | None, body_bytes: bytes | None
    ) -> StoredEntry | None:
        """Take an entry that does not simply go on from the last one."""
        self._write()
        header = entry.header
        known = self._connection.execute(
            "SELECT entry.id, lacking.why FROM entry LEFT JOIN lacking ON lacking.entry = entry.id"
            " WHERE entry.entry = ?",
            (entry.id,),
        )
        if known:
            if chain is not None:
                chain.last_seq, chain.last = header.seq, entry.id
            return self._add_body(known[0], log, entry, body, body_bytes)
        if chain is None:
            return self._add(self._open(log, entry), log, entry, body, body_bytes, fork=False)
        _verify(chain.verifier, entry)
        if not self._stands_after_another(chain, header):
            raise ChainBrokenError
        twin = self._connection.value("SELECT 1 FROM entry WHERE log = ? AND seq = ?", (chain.row, header.seq))
        return self._add(chain, log, entry, body, body_bytes, fork=twin is not None)

    def _add(
        self, chain: _Chain, log: LogId, entry: Entry, body: Body | None, body_bytes: bytes | None, *, fork: bool
    ) -> StoredEntry:
        """Note an entry that was checked, move the head of its log, and mark a fork."""
        header = entry.header
        rowid = self._row
        self._row += 1
        self._entries.append(entry_values(rowid, entry, chain.row, self._arrival))
        if body is None:
            self._lacking.append((rowid, chain.row, header.seq))
        else:
            self._bodies.append((rowid, body.kind, body_bytes))
        if fork or chain.stolen:
            self._forks.append((chain.row, header.seq))
        if header.prev == chain.head and not chain.stolen:
            chain.head_seq, chain.head, chain.moved = header.seq, entry.id, True
        chain.last_seq, chain.last = header.seq, entry.id
        chain.top = max(chain.top, header.seq)
        self._tick = max(self._tick, min(header.tick, self._tick + 1 + MOST_TICKS_AT_ONCE))
        return as_stored(rowid, entry, log, self._arrival, body)

    def _add_body(
        self, known: Row, log: LogId, entry: Entry, body: Body | None, body_bytes: bytes | None
    ) -> StoredEntry | None:
        """A body for an entry that is known; None where it is here already, was shredded, or did not come again."""
        rowid, why = known
        if body is None or why is None or why == "shredded":
            return None
        self._connection.execute("DELETE FROM lacking WHERE entry = ?", (rowid,))
        self._connection.execute(INSERT_BODY, (rowid, body.kind, body_bytes))
        return as_stored(rowid, entry, log, self._arrival, body)

    def _write(self) -> None:
        """Store what was noted."""
        if not self._entries:
            return
        self._connection.execute_many(INSERT_ENTRY, self._entries)
        self._connection.execute_many(INSERT_BODY, self._bodies)
        self._connection.execute_many("INSERT INTO lacking VALUES (?, ?, ?, 'withheld')", self._lacking)
        self._connection.execute_many("INSERT OR IGNORE INTO fork VALUES (?, ?)", self._forks)
        for chain in self._chains.values():
            if chain.moved:
                self._connection.execute(
                    "UPDATE log SET head_seq = ?, head = ? WHERE id = ?", (chain.head_seq, chain.head, chain.row)
                )
                chain.moved = False
        if self._tick > self._tick_before:
            note_tick(self._connection, self._tick)
            self._tick_before = self._tick
        for noted in (self._entries, self._bodies, self._lacking, self._forks):
            noted.clear()

    def _chain(self, log: LogId) -> _Chain | None:
        """What is known of a log that is here."""
        found = self._connection.execute(
            "SELECT id, key, head_seq, head, coalesce((SELECT max(seq) FROM entry WHERE entry.log = log.id), -1),"
            " id = (SELECT max(id) FROM log WHERE secrets IS NOT NULL) FROM log WHERE log = ?",
            (log,),
        )
        if not found:
            return None
        row, key, head_seq, head, top, stolen = found[0]
        verifier = self._receiver.verifier(log, key)
        chain = _Chain(row, verifier, head_seq, EntryId(head), head_seq, EntryId(head), top, bool(stolen))
        self._chains[log] = chain
        return chain

    def _open(self, log: LogId, entry: Entry) -> _Chain:
        """Make a log known, under the key that its opening names. Raises ChainBrokenError, TooManyLogsError."""
        key = entry.header.key
        if key is None:
            raise ChainBrokenError
        verifier = self._receiver.verifier(log, key)
        _verify(verifier, entry)
        self._receiver.opens()
        row = self._connection.insert(
            "INSERT INTO log (log, key, head_seq, head) VALUES (?, ?, -1, ?)", (log, key, NO_ENTRY)
        )
        chain = self._chains[log] = _Chain(row, verifier, -1, NO_ENTRY, -1, NO_ENTRY, -1, stolen=False)
        return chain

    def _stands_after_another(self, chain: _Chain, header: Header) -> bool:
        """Whether the entry before it is here, in the same log."""
        if header.seq == 0:
            return True
        before = self._connection.value(
            "SELECT 1 FROM entry WHERE entry = ? AND log = ? AND seq = ?", (header.prev, chain.row, header.seq - 1)
        )
        return before is not None


def _follows(header: Header, chain: _Chain) -> bool:
    return header.seq == chain.last_seq + 1 and header.prev == chain.last


def _verify(verifier: Verifier, entry: Entry) -> None:
    try:
        verifier.verify(entry.signature, entry.signed_bytes)
    except SignatureError as problem:
        raise EntrySignatureError from problem


def _portions(entries: Iterable[SealedEntry]) -> Iterator[list[SealedEntry]]:
    portion: list[SealedEntry] = []
    size = 0
    for each in entries:
        portion.append(each)
        size += len(each.body_bytes or b"")
        if len(portion) >= _PORTION or size >= _PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
