"""The rows of records (`record`, `link`, and the index for search) made anew from what is claimed, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from fieldapp.records import search, withdrawing
from fieldapp.records.heard import Heard, Look, look_of
from fieldapp.records.model import TYPES, date_of, title_of
from fieldapp.records.search import Content
from fieldapp.records.store import Touch, entries_about_each, fields_of_each
from fieldapp.records.urgency import urgent_from
from fieldapp.values import Progress, RecordId, no_progress
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import Plain

_PORTION = 250
_LINK = "link"
_COLUMNS = (
    "record, type, title, earliest, latest, created_ms, changed_ms, changed_tick, hidden, contested, withdrawn, urgent"
)


@dataclass(frozen=True, slots=True)
class _Before:
    """The rows as they were: of `record` with its rowid before it, and of `link`."""

    records: dict[RecordId, Row]
    links: dict[RecordId, Row]


@dataclass(frozen=True, slots=True)
class _Made:
    """The rows as they should be, under the rowid of the record."""

    rowid: int
    row: Row
    link: Row | None
    content: Content


def refresh(
    connection: Connection, records: Collection[RecordId], heard: Heard, progress: Progress = no_progress
) -> set[RecordId]:
    """Make the rows of these records anew; `heard`: what need not be read back for it.

    Gives every record that looks different now: these, the ends of their links, and who is linked with them where
    their row changed. `progress` is only asked whether to go on.
    """
    changed = set(records)
    ordered = sorted(changed)
    put = search.put_now if len(ordered) <= search.AT_ONCE else search.put_later
    for start in range(0, len(ordered), _PORTION):
        some = ordered[start : start + _PORTION]
        progress(1, 1)
        before = _before(connection, some)
        made = _made(connection, some, before, heard)
        _write(connection, before, made)
        gone = [Content(row[0], "", {}) for record, row in before.records.items() if record not in made]
        put(connection, [*gone, *(each.content for each in made.values())])
        changed.update(_concerned(connection, some, before, made))
    return changed


def _before(connection: Connection, records: Sequence[RecordId]) -> _Before:
    rows = connection.among(f"SELECT id, {_COLUMNS} FROM record WHERE record IN (?*)", records)  # noqa: S608 - fixed
    links = connection.among("SELECT record, origin, target, role FROM link WHERE record IN (?*)", records)
    return _Before({RecordId(row[1]): row for row in rows}, {RecordId(row[0]): row for row in links})


def _made(connection: Connection, records: Sequence[RecordId], before: _Before, heard: Heard) -> dict[RecordId, _Made]:
    """The rows of those records of which something is told."""
    known = heard.told(connection, records)
    others = [record for record in records if record not in known]
    touches = entries_about_each(connection, others)
    fields = fields_of_each(connection, others)
    known |= {record: (touches[record], look_of(fields[record])) for record in others}
    withdrawn = withdrawing.withdrawn_among(connection, records)
    fresh = count(int(connection.value("SELECT coalesce(max(id), 0) FROM record")) + 1)
    made = {}
    for record in records:
        about, look = known[record]
        told = [touch for touch in about if touch.type is not None]
        if told:
            row = before.records.get(record)
            rowid = next(fresh) if row is None else int(row[0])
            made[record] = _made_of(rowid, record, told, look, withdrawn=record in withdrawn)
    return made


def _made_of(rowid: int, record: RecordId, told: Sequence[Touch], look: Look, *, withdrawn: bool) -> _Made:
    values = look.values
    hidden = withdrawn or look.hidden
    kind = _type_of(told)
    earliest, latest = date_of(kind, values) or (None, None)
    contested = look.contested or len({touch.type for touch in told}) > 1
    row = (
        record,
        kind,
        title_of(kind, values),
        earliest,
        latest,
        told[0].time_ms,
        told[-1].time_ms,
        told[-1].tick,
        int(hidden),
        int(contested),
        int(withdrawn),
        urgent_from(kind, values),
    )
    link = None if withdrawn else _link_of(record, kind, values)
    return _Made(rowid, row, link, Content(rowid, kind, {} if hidden else values))


def _link_of(record: RecordId, kind: str, values: dict[str, Plain]) -> Row | None:
    origin, target, role = values.get("from"), values.get("to"), values.get("role")
    if kind != _LINK or not isinstance(origin, bytes) or not isinstance(target, bytes):
        return None
    if not len(origin) == len(target) == len(record):
        return None
    return (record, origin, target, role if isinstance(role, str) else "")


def _write(connection: Connection, before: _Before, made: dict[RecordId, _Made]) -> None:
    links = {record: each.link for record, each in made.items() if each.link is not None}
    old = [(record,) for record, link in before.links.items() if links.get(record) != link]
    connection.execute_many("DELETE FROM link WHERE record = ?", old)
    new = [link for record, link in links.items() if before.links.get(record) != link]
    connection.execute_many("INSERT INTO link VALUES (?, ?, ?, ?)", new)
    gone = [(row[0],) for record, row in before.records.items() if record not in made]
    connection.execute_many("DELETE FROM record WHERE id = ?", gone)
    rows = ((each.rowid, *each.row) for each in made.values())
    connection.execute_many(
        f"INSERT OR REPLACE INTO record (id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - fixed text
        [row for row in rows if before.records.get(RecordId(row[1])) != row],
    )


def _concerned(
    connection: Connection, records: Sequence[RecordId], before: _Before, made: dict[RecordId, _Made]
) -> Iterator[RecordId]:
    """The ends of links among these records, as they were and are, and who is linked with those that changed."""
    now = (each.link for each in made.values() if each.link is not None)
    for _record, origin, target, _role in (*before.links.values(), *now):
        yield from (RecordId(origin), RecordId(target))
    other = [record for record in records if _looks(before, record) != _now(made, record)]
    linked = connection.among("SELECT target FROM link WHERE origin IN (?*)", other)
    linked += connection.among("SELECT origin FROM link WHERE target IN (?*)", other)
    yield from (RecordId(end) for (end,) in linked)


def _looks(before: _Before, record: RecordId) -> Row | None:
    """What others see of a record: its row without the tick."""
    row = before.records.get(record)
    return None if row is None else (*row[1:8], *row[9:])


def _now(made: dict[RecordId, _Made], record: RecordId) -> Row | None:
    each = made.get(record)
    return None if each is None else (*each.row[:7], *each.row[8:])


def _type_of(told: Sequence[Touch]) -> str:
    """The type that counts, out of at least one that is told (projection, rule 4)."""
    return min((_type_rank(touch), touch.entry, touch.type) for touch in told if touch.type is not None)[2]


def _type_rank(touch: Touch) -> int:
    """Known types written here before others' known types, before their links, before unknown ones."""
    if touch.type not in TYPES:
        return 3
    if not touch.foreign:
        return 0
    return 2 if touch.type == _LINK else 1
