"""What has arrived where, as far as receipts prove it: copies of records, what waits, which bundles never came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce

from fieldapp.bundles.receipt import Range, ranges_of
from fieldapp.records.decisions import KINDS
from fieldapp.records.model import CODES
from fieldapp.services import departures, keeping, row_sets, statements, trust
from fieldapp.services.archive import Archive
from fieldapp.services.holders import Holder, holders
from fieldapp.services.holdings import Holding, own_logs
from fieldapp.services.trust import Peer
from fieldapp.values import LogId, RecordId
from fieldapp.vault.encoding import decode

_DISMISSED = "missing bundles "
"""Settings: up to which number nobody asks any more, one for each sender."""

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Lack:
    """What a coordinator has not acknowledged of a record."""

    name: str
    entries: int
    objects: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many coordinators hold all of a record, files included, and what the others lack."""

    copies: int
    holders: tuple[str, ...]
    lacking: tuple[Lack, ...]


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """Records with something written here that was in no bundle yet; and that was sent, and nobody has acknowledged."""

    waiting: int
    sent: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Bundles of somebody that never came, though later ones did. `last` is the newest number that came."""

    peer: Peer
    ranges: tuple[Range, ...]
    last: int

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(last - first + 1 for first, last in self.ranges)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The first of them, at most 20."""
        return tuple(_first(self.ranges, _SHOWN))


@dataclass(slots=True)
class Copies:
    """Who holds what, for many questions at one moment; `covered` for one. Belongs to the thread of the database."""

    archive: Archive = field(repr=False)
    _holders: tuple[Holder, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._holders = holders(self.archive).counted

    def of(self, record: RecordId) -> Coverage:
        """Where all of a record is: every body that is here, but for decisions, and every file it speaks of."""
        entries, objects = self._bodies(record), self._objects(record)
        lacks = [
            Lack(
                each.peer.name,
                sum(not each.holding.has_body(log, seq, row) for log, seq, row in entries),
                sum(not each.holding.has_object(sha256) for sha256 in objects),
            )
            for each in self._holders
        ]
        whole = tuple(each.name for each in lacks if not (each.entries or each.objects))
        return Coverage(len(whole), whole, tuple(each for each in lacks if each.entries or each.objects))

    def _bodies(self, record: RecordId) -> list[tuple[LogId, int, int]]:
        rows = self.archive.connection.execute(
            "SELECT log.log, entry.seq, entry.id, body.kind FROM touch JOIN body ON body.entry = touch.entry"
            " JOIN entry ON entry.id = touch.entry JOIN log ON log.id = entry.log WHERE touch.record = ?",
            (record,),
        )
        return [(LogId(log), seq, row) for log, seq, row, kind in rows if kind not in KINDS]

    def _objects(self, record: RecordId) -> set[bytes]:
        rows = self.archive.connection.execute(
            "SELECT claim.value FROM claim WHERE claim.record = ? AND claim.key = 'sha256'", (record,)
        )
        return {
            sha256
            for (value,) in rows
            if isinstance(sha256 := decode(value), bytes)  # it may be anything, also what no set can hold
            and self.archive.connection.value("SELECT 1 FROM object WHERE sha256 = ?", (sha256,)) is not None
        }


def covered(archive: Archive, records: Sequence[RecordId]) -> dict[RecordId, Coverage]:
    """Of each record, how many coordinators hold all of it, of those whose word counts (`holders`)."""
    copies = Copies(archive)
    return {record: copies.of(record) for record in records}


def unacknowledged(archive: Archive) -> Unacknowledged:
    """What was written here and has not arrived; links, hidden records and code words do not count.

    It has arrived when a coordinator has acknowledged it; where nobody is a coordinator, when anybody has.
    """
    connection = archive.connection
    counting = trust.coordinators(archive) or trust.peers(archive)
    logs = own_logs(connection)
    lacking = [statements.held_by(archive, peer).bodies_lacking(logs) for peer in counting]
    rows = reduce(set.intersection, lacking) if lacking else Holding(connection, None).bodies_lacking(logs)
    query = (
        "SELECT touch.entry, touch.record, touch.part FROM touch JOIN entry ON entry.id = touch.entry"
        " JOIN record ON record.record = touch.record WHERE {where} AND entry.arrival IS NULL"
        " AND touch.type IS NOT NULL AND record.type <> 'link' AND record.hidden = 0"
    )
    gone = departures.ever(archive)
    waiting: set[bytes] = set()
    sent: set[bytes] = set()
    for row, record, part in row_sets.about(connection, query, "touch.entry", rows):
        if part != CODES:
            (sent if row_sets.has_bit(gone, row) else waiting).add(record)
    return Unacknowledged(len(waiting), len(sent - waiting))


def missing_bundles(archive: Archive) -> list[Missing]:
    """Whose bundles have gaps in their numbers that nobody has dismissed, by name."""
    found = []
    for peer in trust.peers(archive):
        came = ranges_of(statements.numbers_from(archive, peer.fingerprint))
        after = _dismissed(archive, peer)
        gaps = _gaps(came, after)
        if gaps:
            found.append(Missing(peer, gaps, came[-1][1]))
    return found


def dismiss_missing(archive: Archive, missing: Missing) -> None:
    """Nobody asks any more for the bundles that are missing up to the newest that came."""
    name = _DISMISSED + missing.peer.fingerprint.hex()
    with archive.connection.transaction():
        archive.connection.execute(
            "INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, missing.last.to_bytes(8, "big"))
        )


def lacking_before(archive: Archive, sender: bytes, number: int) -> tuple[int, ...]:
    """The numbers of somebody's bundles up to `number` that never came, at most 20."""
    came = [each for each in statements.numbers_from(archive, sender) if each <= number]
    return tuple(_first(_gaps(ranges_of([*came, number + 1]), 0), _SHOWN))


def promises(archive: Archive) -> dict[bytes, Holding]:
    """What our own receipts promised others (by fingerprint) that we hold; also where it is no promise any more."""
    told = keeping.promised(archive)
    return {peer: Holding(archive.connection, statement) for peer, statement in told.items()}


def promised(archive: Archive, entries: Sequence[tuple[LogId, int, int]]) -> frozenset[int]:
    """Of these entries (log, place, row) those of which a receipt of ours promises anybody that they are held here."""
    told = promises(archive).values()
    return frozenset(row for log, seq, row in entries if any(each.has_body(log, seq, row) for each in told))


def _dismissed(archive: Archive, peer: Peer) -> int:
    name = _DISMISSED + peer.fingerprint.hex()
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (name,))
    return int.from_bytes(kept or b"", "big")


def _gaps(came: Sequence[Range], after: int) -> tuple[Range, ...]:
    """What is between and before these ranges, above `after`."""
    gaps = []
    for first, last in came:
        if first > after + 1:
            gaps.append((after + 1, first - 1))
        after = max(after, last)
    return tuple(gaps)


def _first(ranges: Sequence[Range], most: int) -> Iterator[int]:
    for first, last in ranges:
        shown = range(first, min(last, first + most - 1) + 1)
        yield from shown
        most -= len(shown)
        if most <= 0:
            return
