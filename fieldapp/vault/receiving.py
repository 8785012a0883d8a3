"""Entries that come in from others: checked one by one, stored in portions; `journal.py` has the rules.

Every signature, every body and every place in a chain is checked. What makes it quick: an entry that goes on from the
last one of its log, at a place where nothing stands yet, needs no question to the database. All others (what is known
already, forks, bodies that come later) are looked up. Where many come, the signatures of the next portion are checked
in another process while this one is stored; what was not called valid there is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain as chained

from fieldapp.crypto.checking import Checks, Signed, no_checks
from fieldapp.crypto.identity import Verifier
from fieldapp.errors import ChainBrokenError, EntrySignatureError, KeyRefusedError, SignatureError, TooManyLogsError
from fieldapp.values import EntryId, LogId
from fieldapp.vault import gaps
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
_FEW = 1024
"""So many entries are checked here before a process is started for it."""
_PORTION_BYTES = 4 * 1024 * 1024


_Proof = tuple[bytes, EntryId]
"""A public key, and an entry (header and signature) that is signed with it."""


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry that was read, and what it came as."""

    sealed: SealedEntry
    entry: Entry
    log: LogId


@dataclass(slots=True)
class _Chain:
    """What is known of a log while a portion is taken."""

    row: int
    key: bytes
    verifier: Verifier
    head_seq: int
    head: EntryId
    last_seq: int
    """`last` is an entry that is here, at this place."""
    last: EntryId
    top: int
    """Nothing is here beyond this place."""
    stolen: bool
    """New entries are appended to it here, by one of the writers: what comes in was made with a copy of its key."""
    moved: bool = False


class Receiver:
    """Takes the entries of one bundle, log by log in order, inside the caller's transaction.

    After an error the transaction is to be undone, and this object thrown away. `checks`: where many signatures are
    checked ahead.
    """

    def __init__(self, connection: Connection, arrival: int, checks: Checks = no_checks) -> None:
        self._connection = connection
        self._arrival = arrival
        self._ahead = _Ahead(connection, checks)
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
        before: list[_Read] = []
        for portion in chained(_portions(entries), [[]]):
            proven = self._ahead.proven()
            read = [_read(sealed) for sealed in portion]
            self._ahead.begin(read)
            if before:
                yield from _Portion(self._connection, self._arrival, self, proven).take(before)
            before = read

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


class _Ahead:
    """Has the signatures of a portion checked while the one before it is stored."""

    def __init__(self, connection: Connection, checks: Checks) -> None:
        self._connection = connection
        self._checks = checks
        self._logs: dict[LogId, tuple[bytes, int]] = {}
        self._seen = 0
        self._asked: list[_Proof] = []
        self._answer: Callable[[], int] = lambda: 0

    def begin(self, portion: Sequence[_Read]) -> None:
        """Begin with what seems to be new of a portion, under the keys that its logs will be checked with."""
        self._seen += len(portion)
        asked: list[Signed] = []
        self._asked = []
        for read in portion:
            key, top = self._log(read)
            if key and read.entry.header.seq > top:
                asked.append(Signed(key, read.entry.signature, read.entry.signed_bytes))
                self._asked.append((key, read.entry.id))
        self._answer = self._checks(asked) if self._seen > _FEW else lambda: 0

    def proven(self) -> frozenset[_Proof]:
        """What was found to be signed well, of the portion begun last."""
        proven = frozenset(self._asked[: self._answer()])
        self._asked, self._answer = [], lambda: 0
        return proven

    def _log(self, read: _Read) -> tuple[bytes, int]:
        """The key of a log, as it is here or as its opening names it, and its last place here; no key: not known."""
        known = self._logs.get(read.log)
        if known is None:
            rows = self._connection.execute(
                "SELECT key, coalesce((SELECT max(seq) FROM entry WHERE entry.log = log.id), -1) FROM log"
                " WHERE log = ?",
                (read.log,),
            )
            known = self._logs[read.log] = rows[0] if rows else (read.entry.header.key or b"", -1)
        return known


class _Portion:
    """Some entries: all are checked, then all are written."""

    def __init__(self, connection: Connection, arrival: int, receiver: Receiver, proven: frozenset[_Proof]) -> None:
        self._connection = connection
        self._arrival = arrival
        self._receiver = receiver
        self._proven = proven
        self._chains: dict[LogId, _Chain] = {}
        self._row = next_row(connection)
        self._tick = self._tick_before = newest_tick(connection)
        self._entries: list[Row] = []
        self._bodies: list[Row] = []
        self._lacking: list[Row] = []
        self._forks: list[Row] = []

    def take(self, portion: Sequence[_Read]) -> list[StoredEntry]:
        taken = [stored for read in portion if (stored := self._take(read)) is not None]
        self._write()
        return taken

    def _take(self, read: _Read) -> StoredEntry | None:
        sealed, entry, log = read.sealed, read.entry, read.log
        header = entry.header
        body = None if sealed.body_bytes is None else read_body(header, sealed.body_bytes)
        chain = self._chains.get(log) or self._chain(log)
        if chain is not None and header.seq > chain.top and _follows(header, chain):
            self._verify(chain.key, chain.verifier, entry)
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
                self._rejoin(chain, known[0][0], entry)
            return self._add_body(known[0], log, entry, body, body_bytes)
        if chain is None:
            return self._add(self._open(log, entry), log, entry, body, body_bytes, fork=False)
        self._verify(chain.key, chain.verifier, entry)
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

    def _rejoin(self, chain: _Chain, rowid: int, entry: Entry) -> None:
        """The entry before one that stood behind a gap has come: it stands on its chain again (`gaps`)."""
        if entry.header.prev == chain.head and not chain.stolen:
            chain.head_seq, chain.head = entry.header.seq, entry.id
            self._connection.execute(
                "UPDATE log SET head_seq = ?, head = ? WHERE id = ?", (chain.head_seq, chain.head, chain.row)
            )
            gaps.rejoin(self._connection, rowid, self._arrival)

    def _add_body(
        self, known: Row, log: LogId, entry: Entry, body: Body | None, body_bytes: bytes | None
    ) -> StoredEntry | None:
        """A body for an entry that is known; None where it is here already, was shredded, or did not come again."""
        rowid, why = known
        if body is None or why is None or why == "shredded":
            return None
        self._connection.execute("DELETE FROM lacking WHERE entry = ?", (rowid,))
        # An opening stays with who first brought its log; what was written here stays so, whoever brings it back.
        self._connection.execute(
            "UPDATE entry SET arrival = ? WHERE id = ? AND seq > 0 AND arrival IS NOT NULL", (self._arrival, rowid)
        )
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
            " secrets IS NOT NULL AND id = (SELECT max(other.id) FROM log AS other WHERE other.secrets IS NOT NULL"
            " AND other.writer IS log.writer) FROM log WHERE log = ?",
            (log,),
        )
        if not found:
            return None
        row, key, head_seq, head, top, stolen = found[0]
        verifier = self._receiver.verifier(log, key)
        chain = _Chain(row, key, verifier, head_seq, EntryId(head), head_seq, EntryId(head), top, bool(stolen))
        self._chains[log] = chain
        return chain

    def _open(self, log: LogId, entry: Entry) -> _Chain:
        """Make a log known, under the key that its opening names. Raises ChainBrokenError, TooManyLogsError."""
        key = entry.header.key
        if key is None:
            raise ChainBrokenError
        verifier = self._receiver.verifier(log, key)
        self._verify(key, verifier, entry)
        self._receiver.opens()
        row = self._connection.insert(
            "INSERT INTO log (log, key, head_seq, head) VALUES (?, ?, -1, ?)", (log, key, NO_ENTRY)
        )
        chain = self._chains[log] = _Chain(row, key, verifier, -1, NO_ENTRY, -1, NO_ENTRY, -1, stolen=False)
        return chain

    def _stands_after_another(self, chain: _Chain, header: Header) -> bool:
        """Whether the entry before it is here, in the same log."""
        if header.seq == 0:
            return True
        before = self._connection.value(
            "SELECT 1 FROM entry WHERE entry = ? AND log = ? AND seq = ?", (header.prev, chain.row, header.seq - 1)
        )
        return before is not None

    def _verify(self, key: bytes, verifier: Verifier, entry: Entry) -> None:
        if (key, entry.id) in self._proven:
            return
        try:
            verifier.verify(entry.signature, entry.signed_bytes)
        except SignatureError as problem:
            raise EntrySignatureError from problem


def _follows(header: Header, chain: _Chain) -> bool:
    return header.seq == chain.last_seq + 1 and header.prev == chain.last


def _read(sealed: SealedEntry) -> _Read:
    entry = read_entry(sealed.header_bytes, sealed.signature)
    return _Read(sealed, entry, log_of(entry, entry.id))


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
