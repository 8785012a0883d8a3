"""Reading the records of an open vault: rows, fields, links, out of the tables that `projection` makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fieldapp.errors import RecordAmbiguousError, RecordNotFoundError
from fieldapp.records import search
from fieldapp.records.merge import Claim, FieldState, merge
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import decode


@dataclass(frozen=True, slots=True)
class RecordRow:
    """What a list shows of a record. Dates are ordinals of days (None where not told), times ms since 1970.

    `hidden`: out of the lists, because somebody hid it or it is `withdrawn`. `urgent`: the day from which it cannot
    wait (0: any day), or None.
    """

    id: RecordId
    type: str
    title: str
    earliest: int | None
    latest: int | None
    created_ms: int
    changed_ms: int
    hidden: bool
    contested: bool
    withdrawn: bool = False
    urgent: int | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """That an entry (its row) speaks of a record. `type` is None where it claims nothing (custody, unknown kinds).

    `foreign`: it came with a bundle. Rows are in the order in which entries came here.
    """

    entry: int
    tick: int
    time_ms: int
    type: str | None
    foreign: bool


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link, seen from one of its ends: `other` is the record at the other; `outgoing` if this end is its origin."""

    id: RecordId
    other: RecordId
    role: str
    outgoing: bool


def find(connection: Connection, id_prefix: str) -> RecordId:
    """The record whose id, as hex digits, begins with `id_prefix`.

    Raises:
        RecordNotFoundError: none. RecordAmbiguousError: several.
    """
    digits = id_prefix.strip().lower()
    if not digits or len(digits) > 32 or not set(digits) <= set("0123456789abcdef"):
        raise RecordNotFoundError
    low, high = bytes.fromhex(digits.ljust(32, "0")), bytes.fromhex(digits.ljust(32, "f"))
    rows = connection.execute("SELECT record FROM record WHERE record BETWEEN ? AND ? LIMIT 2", (low, high))
    if len(rows) > 1:
        raise RecordAmbiguousError
    if not rows:
        raise RecordNotFoundError
    return RecordId(rows[0][0])


def row_if_there(connection: Connection, record: RecordId) -> RecordRow | None:
    """The row of one record, if there is one."""
    rows = connection.execute(f"SELECT {_ROW} FROM record WHERE record = ?", (record,))  # noqa: S608 - fixed text
    return _row(rows[0]) if rows else None


def rows_among(connection: Connection, records: Iterable[RecordId]) -> list[RecordRow]:
    """The rows of those of the records that have one, in the order of their ids."""
    return [_row(row) for row in sorted(connection.among(f"SELECT {_ROW} FROM record WHERE record IN (?*)", records))]  # noqa: S608 - fixed text


def row_of(connection: Connection, record: RecordId) -> RecordRow:
    """The row of one record.

    Raises:
        RecordNotFoundError: there is none.
    """
    row = row_if_there(connection, record)
    if row is None:
        raise RecordNotFoundError
    return row


def fields_of(connection: Connection, record: RecordId) -> dict[str, FieldState]:
    """The state of every field of a record, by key."""
    return fields_of_each(connection, [record])[record]


def fields_of_each(connection: Connection, records: Sequence[RecordId]) -> dict[RecordId, dict[str, FieldState]]:
    """The state of every field of each of these records."""
    live: dict[RecordId, list[Claim]] = {record: [] for record in records}
    ordered: set[RecordId] = set()  # only items of one field stand in an order of their own
    for record, *row in connection.among(f"{_CLAIMS} WHERE claim.record IN (?*) AND claim.replaced = 0", records):
        claim = _claim(row)
        live[record].append(claim)
        if "#" in claim.key:
            ordered.add(record)
    first_ticks: defaultdict[RecordId, dict[str, int]] = defaultdict(dict)
    for record, key, tick in connection.among(_FIRST_TICKS, ordered):
        first_ticks[record][key] = tick
    return {record: merge(claims, first_ticks.get(record)) for record, claims in live.items()}


def live_claims(connection: Connection, record: RecordId) -> Iterator[Claim]:
    """The claims about a record that no other replaces."""
    rows = connection.among(f"{_CLAIMS} WHERE claim.record IN (?*) AND claim.replaced = 0", [record])
    return (_claim(row) for _record, *row in rows)


def links_of(connection: Connection, record: RecordId, *, hidden: bool = False) -> list[LinkRow]:
    """The links from and to a record, oldest first; hidden links and those to hidden records only if asked."""
    rows = connection.execute(
        "SELECT link.record, link.target, link.role, 1, own.created_ms, own.hidden OR other.hidden FROM link"
        " JOIN record AS own ON own.record = link.record LEFT JOIN record AS other ON other.record = link.target"
        " WHERE link.origin = ?1 UNION ALL "
        "SELECT link.record, link.origin, link.role, 0, own.created_ms, own.hidden OR other.hidden FROM link"
        " JOIN record AS own ON own.record = link.record LEFT JOIN record AS other ON other.record = link.origin"
        " WHERE link.target = ?1 AND link.origin <> ?1 ORDER BY 5, 1",
        (record,),
    )
    return [
        LinkRow(RecordId(link), RecordId(other), role, bool(outgoing))
        for link, other, role, outgoing, _created, is_hidden in rows
        if hidden or not is_hidden
    ]


def rows(
    connection: Connection, *, kind: str | None = None, hidden: bool = False, limit: int = -1, offset: int = 0
) -> list[RecordRow]:
    """Records, the latest changed first; of one type, if asked. Links are not among them unless asked for.

    `hidden`: also those that somebody hid. What is withdrawn is never among them.
    """
    where, values = ("type = ?", [kind]) if kind else ("type <> 'link'", [])
    where += " AND withdrawn = 0" if hidden else " AND hidden = 0"
    found = connection.execute(
        f"SELECT {_ROW} FROM record WHERE {where}"  # noqa: S608 - fixed texts only
        " ORDER BY changed_tick DESC, record LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [_row(row) for row in found]


def removed_rows(connection: Connection, limit: int) -> list[RecordRow]:
    """Records that are hidden, links left out, the latest changed first."""
    found = connection.execute(
        f"SELECT {_ROW} FROM record WHERE hidden = 1 AND withdrawn = 0 AND type <> 'link'"  # noqa: S608 - fixed text
        " ORDER BY changed_tick DESC, record LIMIT ?",
        (limit,),
    )
    return [_row(row) for row in found]


def withdrawn_rows(connection: Connection, limit: int = -1) -> list[RecordRow]:
    """Records that are withdrawn, links left out, the latest changed first."""
    where = "record_withdrawn WHERE withdrawn = 1 AND type <> 'link' ORDER BY changed_tick DESC, record LIMIT ?"
    return _listed(connection, where, (limit,))


def contested_rows(connection: Connection, limit: int = -1, offset: int = 0) -> list[RecordRow]:
    """Records and links in the lists of which accounts disagree, the latest changed first."""
    where = f"{_CONTESTED} ORDER BY changed_tick DESC, record LIMIT ? OFFSET ?"
    return _listed(connection, where, (limit, offset))


def contested_count(connection: Connection) -> int:
    """How many records and links in the lists ask for a decision."""
    return int(connection.value(f"SELECT count(*) FROM record INDEXED BY {_CONTESTED}"))  # noqa: S608 - fixed text


def contested_keys(connection: Connection, record: RecordId) -> list[str]:
    """The fields of a record of which accounts disagree."""
    return [key for key, state in fields_of(connection, record).items() if state.contested]


def types_told(connection: Connection, records: Sequence[RecordId]) -> dict[RecordId, set[str]]:
    """The types that entries say each of the records is of; more than one contest each other."""
    told: dict[RecordId, set[str]] = {record: set() for record in records}
    for record, kind in connection.among("SELECT DISTINCT record, type FROM touch WHERE record IN (?*)", records):
        if kind is not None:
            told[record].add(kind)
    return told


def urgent_rows(connection: Connection, today: int, limit: int = -1) -> list[RecordRow]:
    """Records in the lists that cannot wait on this day (`date.toordinal`), the latest changed first."""
    where = f"{_URGENT} ORDER BY changed_tick DESC, record LIMIT ?"
    return _listed(connection, where, (today, limit))


def urgent_count(connection: Connection, today: int) -> int:
    """How many records in the lists cannot wait on this day."""
    return int(connection.value(f"SELECT count(*) FROM record INDEXED BY {_URGENT}", (today,)))  # noqa: S608 - fixed text


def urgent_since(connection: Connection, today: int, tick: int) -> int:
    """How many of them, tasks left out, changed after this tick."""
    where = f"{_URGENT} AND changed_tick > ? AND type <> 'task'"
    return int(connection.value(f"SELECT count(*) FROM record INDEXED BY {where}", (today, tick)))  # noqa: S608 - fixed text


def newest_change(connection: Connection) -> int:
    """The tick of the latest change to a record in the lists; -1 where there is none."""
    return int(connection.value("SELECT coalesce(max(changed_tick), -1) FROM record WHERE hidden = 0"))


def counts(connection: Connection) -> dict[str, int]:
    """How many records there are of each type, without the hidden ones."""
    return dict(
        connection.execute("SELECT type, count(*) FROM record INDEXED BY record_by_type WHERE hidden = 0 GROUP BY type")
    )


def entries_about(connection: Connection, record: RecordId) -> list[Touch]:
    """The entries that speak of a record, in order."""
    return entries_about_each(connection, [record])[record]


def entries_about_each(connection: Connection, records: Sequence[RecordId]) -> dict[RecordId, list[Touch]]:
    """The entries that speak of each of these records, in order."""
    found = connection.among(
        "SELECT entry.tick, log.log, entry.seq, entry.entry, touch.record, touch.entry, entry.time_ms, touch.type,"
        " entry.arrival IS NOT NULL FROM touch JOIN entry ON entry.id = touch.entry JOIN log ON log.id = entry.log"
        " WHERE touch.record IN (?*)",
        records,
    )
    about: dict[RecordId, list[Touch]] = {record: [] for record in records}
    for tick, _log, _seq, _id, record, entry, time_ms, kind, foreign in sorted(found):
        about[record].append(Touch(entry, tick, time_ms, kind, bool(foreign)))
    return about


def first_entry(connection: Connection, record: RecordId) -> int:
    """The row of the first entry that claims something about a record.

    Raises:
        RecordNotFoundError: there is none.
    """
    for touch in entries_about(connection, record):
        if touch.type is not None:
            return touch.entry
    raise RecordNotFoundError


def replacing(connection: Connection, target: EntryId, record: RecordId, key: str) -> set[EntryId]:
    """The entries whose claims replace the claim of `target`."""
    rows = connection.execute(
        "SELECT entry.entry FROM replaced JOIN entry ON entry.id = replaced.entry"
        " WHERE replaced.target = ? AND replaced.record = ? AND replaced.key = ?",
        (target, record, key),
    )
    return {EntryId(entry) for (entry,) in rows}


def snapshot(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """All that the projection says, in an order of its own: equal for equal sets of entries, however they came.

    But for contested evidence and types: their claims are equal, but shown first is what came first (merge, rule 1).
    """
    return {
        "claim": connection.execute(
            "SELECT entry.entry, key, record, value, source, reliability, note, preferred, replaced FROM claim"
            " JOIN entry ON entry.id = claim.entry ORDER BY 1, 2"
        ),
        "record": connection.execute(
            f"SELECT {_ROW}, changed_tick FROM record ORDER BY record"  # noqa: S608 - fixed text
        ),
        "unstanding": connection.execute(
            "SELECT entry.entry, unstanding.settled, record FROM unstanding"
            " JOIN entry ON entry.id = unstanding.entry ORDER BY 1"
        ),
        "revocation": connection.execute(
            "SELECT entry.entry, counts, despite FROM revocation JOIN entry ON entry.id = revocation.entry ORDER BY 1"
        ),
        "withdrawal": connection.execute(
            "SELECT entry.entry, record, withdrawn FROM withdrawal JOIN entry ON entry.id = withdrawal.entry ORDER BY 1"
        ),
        "answered": connection.execute(
            "SELECT entry.entry, record, target, declined FROM answered JOIN entry ON entry.id = answered.entry"
            " ORDER BY 1, 2, 3"
        ),
        "link": connection.execute("SELECT record, origin, target, role FROM link ORDER BY record"),
        "search": search.snapshot(connection),
    }


_ROW = "record, type, title, earliest, latest, created_ms, changed_ms, hidden, contested, withdrawn, urgent"
# SQLite does not choose these indexes by itself, and would look at every record.
_CONTESTED = "record_contested WHERE contested = 1 AND hidden = 0"
_URGENT = "record_urgent WHERE urgent IS NOT NULL AND hidden = 0 AND urgent <= ?"
_FIRST_TICKS = (
    "SELECT claim.record, claim.key, min(entry.tick) FROM claim JOIN entry ON entry.id = claim.entry"
    " WHERE claim.record IN (?*) GROUP BY claim.record, claim.key"
)
_CLAIMS = (
    "SELECT claim.record, claim.key, claim.value, entry.entry, log.log, entry.tick, entry.time_ms, claim.source,"
    " claim.reliability, claim.note, claim.preferred, entry.arrival IS NOT NULL, entry.id FROM claim"
    " JOIN entry ON entry.id = claim.entry JOIN log ON log.id = entry.log"
)


def _listed(connection: Connection, where: str, values: tuple[int, ...]) -> list[RecordRow]:
    return [_row(row) for row in connection.execute(f"SELECT {_ROW} FROM record INDEXED BY {where}", values)]  # noqa: S608 - fixed texts


def _row(row: Row) -> RecordRow:
    record, kind, title, earliest, latest, created_ms, changed_ms, hidden, contested, withdrawn, urgent = row
    return RecordRow(
        RecordId(record),
        kind,
        title,
        earliest,
        latest,
        created_ms,
        changed_ms,
        bool(hidden),
        bool(contested),
        bool(withdrawn),
        urgent,
    )


def _claim(row: Sequence[Any]) -> Claim:
    key, value, entry, log, tick, time_ms, source, reliability, note, preferred, foreign, place = row
    return Claim(
        key,
        decode(value),
        EntryId(entry),
        LogId(log),
        tick,
        time_ms,
        source=source,
        reliability=reliability,
        note=note,
        preferred=bool(preferred),
        foreign=bool(foreign),
        place=place,
    )
