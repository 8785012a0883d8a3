"""What others hold, as far as their newest receipts prove it. Where nothing is proved, nothing is believed.

Rule 1: a log is held up to the newest entry that the receipt names (head or points) and that is here, and only what is
        that entry or before it on its chain: who says a place of a log without an entry that we know proves nothing.
Rule 2: of these entries, bodies are held but for the ranges named; a file is held if a body that is held speaks of it
        and it is not named as missing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from fieldapp.bundles.receipt import HeldLog, Range, Statement, coalesced
from fieldapp.values import EntryId, LogId
from fieldapp.vault import chains
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import encode

_MOST_RANGES = 5_000
"""So many ranges of one log are looked at; of more, the gaps are taken for ranges too."""


@dataclass(slots=True)
class _Place:
    """Up to where a log is held, and what of it without bodies. `off_chain` is found when it is asked for."""

    seq: int
    entry: EntryId
    withheld: tuple[Range, ...]
    gone: tuple[Range, ...]
    forked: bool
    off_chain: frozenset[int] | None = None


@dataclass(slots=True)
class Holding:
    """What one peer holds. Belongs to the thread of the database, and to one moment: make it anew after a change."""

    connection: Connection = field(repr=False)
    statement: Statement | None
    _places: dict[LogId, _Place] = field(init=False, repr=False)
    _missing: frozenset[bytes] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        forked = {log for (log,) in self.connection.execute("SELECT log.log FROM fork JOIN log ON log.id = fork.log")}
        self._places = {}
        for held in self.statement.have if self.statement else ():
            agreed = _agreed(self.connection, held)
            if agreed is not None:
                withheld, gone = (coalesced(each, _MOST_RANGES) for each in (held.withheld, held.gone))
                self._places[held.log] = _Place(*agreed, withheld, gone, forked=held.log in forked)
        missing = self.statement.missing if self.statement else None
        self._missing = None if missing is None else frozenset(missing)

    @property
    def missing(self) -> frozenset[bytes]:
        """Hashes of the files that the peer says are lacking there."""
        return self._missing or frozenset()

    def has_header(self, log: LogId, seq: int, rowid: int) -> bool:
        """Whether the peer has this entry, with or without its body."""
        place = self._places.get(log)
        return place is not None and seq <= place.seq and rowid not in self._off_chain(log, place)

    def has_body(self, log: LogId, seq: int, rowid: int) -> bool:
        """Whether the peer has this entry with its body."""
        place = self._places.get(log)
        return (
            place is not None
            and self.has_header(log, seq, rowid)
            and not _is_in(place.withheld, seq)
            and not _is_in(place.gone, seq)
        )

    def has_object(self, sha256: bytes) -> bool:
        """Whether the peer has the file with this content."""
        if self._missing is None or sha256 in self._missing:
            return False
        speaking = self.connection.execute(
            "SELECT log.log, entry.seq, entry.id FROM claim JOIN entry ON entry.id = claim.entry"
            " JOIN log ON log.id = entry.log WHERE claim.key = 'sha256' AND claim.value = ?",
            (encode(sha256),),
        )
        return any(self.has_body(LogId(log), seq, rowid) for log, seq, rowid in speaking)

    def headers_lacking(self, logs: Iterable[LogId]) -> set[int]:
        """The entries of these logs that the peer does not have at all."""
        lacking: set[int] = set()
        for log in logs:
            place = self._places.get(log)
            beyond = (place.seq, place.entry) if place else (-1, None)
            lacking.update(chains.beyond(self.connection, log, *beyond))
        return lacking

    def bodies_lacking(self, logs: Collection[LogId], *, gone: bool = False) -> set[int]:
        """The entries of these logs whose bodies the peer does not have; with `gone`, also what was there once."""
        lacking = self.headers_lacking(logs)
        for log in logs:
            place = self._places.get(log)
            if place is not None:
                lacking |= _rows_in(self.connection, log, (*place.withheld, *(place.gone if gone else ())))
        return lacking

    def _off_chain(self, log: LogId, place: _Place) -> frozenset[int]:
        """Entries of the log that are not before the agreed one on its chain; only a fork has any below it."""
        if not place.forked:
            return frozenset()
        if place.off_chain is None:
            place.off_chain = frozenset(chains.beyond(self.connection, log, place.seq, place.entry))
        return place.off_chain


def logs_here(connection: Connection) -> list[LogId]:
    """Every log that is known here, the own ones first, then as they came."""
    rows = connection.execute("SELECT log FROM log ORDER BY secrets IS NULL, id")
    return [LogId(log) for (log,) in rows]


def own_logs(connection: Connection) -> list[LogId]:
    """The logs that are or were written here."""
    rows = connection.execute("SELECT log FROM log WHERE secrets IS NOT NULL ORDER BY id")
    return [LogId(log) for (log,) in rows]


def _agreed(connection: Connection, held: HeldLog) -> tuple[int, EntryId] | None:
    """The newest entry that the receipt names and that is here, at that place of that log."""
    for seq, entry in ((held.seq, held.head), *held.points):
        found = connection.execute(
            "SELECT log.log, entry.seq FROM entry JOIN log ON log.id = entry.log WHERE entry.entry = ?", (entry,)
        )
        if found == [(held.log, seq)]:
            return seq, entry
    return None


def _is_in(ranges: Sequence[Range], number: int) -> bool:
    place = bisect_right(ranges, number, key=lambda each: each[0])
    return place > 0 and number <= ranges[place - 1][1]


def _rows_in(connection: Connection, log: LogId, ranges: Iterable[Range]) -> set[int]:
    number = connection.value("SELECT id FROM log WHERE log = ?", (log,))
    rows: set[int] = set()
    for first, last in ranges:
        found = connection.execute("SELECT id FROM entry WHERE log = ? AND seq BETWEEN ? AND ?", (number, first, last))
        rows.update(rowid for (rowid,) in found)
    return rows
