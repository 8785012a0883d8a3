"""The records of an open vault: a projection of the journal, which can be dropped and rebuilt to the same result.

    claim     every claim, with whether another that is here replaces it
    replaced  what claims replace, also what has not come yet, so that the order of arrival does not matter
    touch     which entries speak of which record (its history)
    record    one row for each record: what lists and filters need
    link      one row for each link between two records
    search    full text, folded (records.search)

Rule 1: only this file and `search.py` write these tables; only from entries of the journal.
Rule 2: `apply` takes entries one by one; `refresh` then makes the rows of the touched records anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fieldapp.errors import RecordAmbiguousError, RecordNotFoundError
from fieldapp.records import search
from fieldapp.records.merge import Claim, FieldState, merge, shown_values
from fieldapp.records.model import date_of, title_of
from fieldapp.records.payload import HIDDEN, first_of_each_key, part_of, read_claims, record_of
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import Plain, decode, encode
from fieldapp.vault.journal import StoredEntry, stored_entries

VERSION = 1

_TABLES = """
CREATE TABLE claim (
    entry INTEGER NOT NULL, key TEXT NOT NULL, record BLOB NOT NULL, value BLOB NOT NULL, source TEXT NOT NULL,
    reliability TEXT NOT NULL, note TEXT NOT NULL, preferred INTEGER NOT NULL, replaced INTEGER NOT NULL,
    PRIMARY KEY (entry, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_by_record ON claim (record, replaced);
CREATE INDEX claim_of_content ON claim (value, record) WHERE key = 'sha256';
CREATE TABLE replaced (
    target BLOB NOT NULL, record BLOB NOT NULL, key TEXT NOT NULL, entry INTEGER NOT NULL,
    PRIMARY KEY (target, record, key, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE touch (
    record BLOB NOT NULL, entry INTEGER NOT NULL, type TEXT, part TEXT NOT NULL, PRIMARY KEY (record, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE record (
    id INTEGER PRIMARY KEY, record BLOB NOT NULL UNIQUE, type TEXT NOT NULL, title TEXT NOT NULL,
    earliest INTEGER, latest INTEGER, created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, changed_tick INTEGER
    NOT NULL, hidden INTEGER NOT NULL, contested INTEGER NOT NULL
) STRICT;
CREATE INDEX record_by_change ON record (type, hidden, changed_tick, record);
CREATE TABLE link (record BLOB PRIMARY KEY, origin BLOB NOT NULL, target BLOB NOT NULL, role TEXT NOT NULL) STRICT;
CREATE INDEX link_by_origin ON link (origin);
CREATE INDEX link_by_target ON link (target);
"""
_NAMES = ("claim", "replaced", "touch", "record", "link", "search")


@dataclass(frozen=True, slots=True)
class RecordRow:
    """What a list shows of a record. Dates are ordinals of days (None where not told), times ms since 1970."""

    id: RecordId
    type: str
    title: str
    earliest: int | None
    latest: int | None
    created_ms: int
    changed_ms: int
    hidden: bool
    contested: bool


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link, seen from one of its ends: `other` is the record at the other; `outgoing` if this end is its origin."""

    id: RecordId
    other: RecordId
    role: str
    outgoing: bool


def create(connection: Connection) -> None:
    """Make the empty tables."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    search.create(connection)
    connection.execute("INSERT OR REPLACE INTO setting VALUES ('projection', ?)", (VERSION.to_bytes(2, "big"),))


def is_current(connection: Connection) -> bool:
    """Whether the tables are there, and of this version."""
    return bool(connection.value("SELECT value FROM setting WHERE name = 'projection'") == VERSION.to_bytes(2, "big"))


def rebuild(connection: Connection) -> int:
    """Drop all, and make it again from the journal. Gives the number of records. One transaction."""
    with connection.transaction():
        for name in _NAMES:
            connection.execute(f"DROP TABLE IF EXISTS {name}")
        create(connection)
        touched: set[RecordId] = set()
        for entry in stored_entries(connection):
            touched |= apply(connection, entry)
        refresh(connection, touched)
    return len(touched)


def apply(connection: Connection, entry: StoredEntry) -> set[RecordId]:
    """Take in what one entry says. Gives the records that must be refreshed."""
    if entry.body is None:
        return set()
    record = record_of(entry.body)
    if record is None:
        return set()
    claims = read_claims(entry.body)
    connection.execute(
        "INSERT OR IGNORE INTO touch VALUES (?, ?, ?, ?)",
        (record, entry.rowid, claims.type if claims else None, part_of(entry.body)),
    )
    for key, claim in first_of_each_key(claims.claims if claims else ()).items():
        for target in claim.replaces:
            _replace(connection, target, record, key, entry.rowid)
        replaced = connection.value(
            "SELECT 1 FROM replaced WHERE target = ? AND record = ? AND key = ?", (entry.id, record, key)
        )
        connection.execute(
            "INSERT OR IGNORE INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                entry.rowid,
                key,
                record,
                encode(claim.value),
                claim.source,
                claim.reliability,
                claim.note,
                claim.preferred,
                bool(replaced),
            ),
        )
    return {record}


def refresh(connection: Connection, records: Iterable[RecordId]) -> None:
    """Make the rows of these records anew from their claims."""
    for record in sorted(records):
        _refresh(connection, record)


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


def row_of(connection: Connection, record: RecordId) -> RecordRow:
    """The row of one record.

    Raises:
        RecordNotFoundError: there is none.
    """
    rows = connection.execute(f"SELECT {_ROW} FROM record WHERE record = ?", (record,))  # noqa: S608 - fixed text
    if not rows:
        raise RecordNotFoundError
    return _row(rows[0])


def fields_of(connection: Connection, record: RecordId) -> dict[str, FieldState]:
    """The state of every field of a record, by key."""
    return merge(live_claims(connection, record))


def live_claims(connection: Connection, record: RecordId) -> Iterator[Claim]:
    """The claims about a record that no other replaces."""
    rows = connection.execute(f"{_CLAIMS} WHERE claim.record = ? AND claim.replaced = 0", (record,))
    return (_claim(row) for row in rows)


def links_of(connection: Connection, record: RecordId, *, hidden: bool = False) -> list[LinkRow]:
    """The links from and to a record, oldest first; hidden links and those to hidden records only if asked."""
    rows = connection.execute(
        "SELECT link.record, link.target, link.role, 1, own.created_ms, own.hidden OR other.hidden FROM link"
        " JOIN record AS own ON own.record = link.record LEFT JOIN record AS other ON other.record = link.target"
        " WHERE link.origin = ?1 UNION ALL "
        "SELECT link.record, link.origin, link.role, 0, own.created_ms, own.hidden OR other.hidden FROM link"
        " JOIN record AS own ON own.record = link.record LEFT JOIN record AS other ON other.record = link.origin"
        " WHERE link.target = ?1 ORDER BY 5, 1",
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
    """Records, the latest changed first; of one type, if asked. Links are not among them unless asked for."""
    where, values = ("type = ?", [kind]) if kind else ("type <> 'link'", [])
    if not hidden:
        where += " AND hidden = 0"
    found = connection.execute(
        f"SELECT {_ROW} FROM record WHERE {where}"  # noqa: S608 - fixed texts only
        " ORDER BY changed_tick DESC, record LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [_row(row) for row in found]


def counts(connection: Connection) -> dict[str, int]:
    """How many records there are of each type, without the hidden ones."""
    return dict(connection.execute("SELECT type, count(*) FROM record WHERE hidden = 0 GROUP BY type"))


def entries_about(connection: Connection, record: RecordId) -> list[int]:
    """The rows of the entries that speak of a record, in the order of their ticks."""
    rows = connection.execute(
        "SELECT touch.entry FROM touch JOIN entry ON entry.id = touch.entry WHERE touch.record = ?"
        " ORDER BY entry.tick, entry.entry",
        (record,),
    )
    return [rowid for (rowid,) in rows]


def snapshot(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """All that the projection says, in an order of its own: equal for equal sets of entries, however they came."""
    return {
        "claim": connection.execute(
            "SELECT entry.entry, key, record, value, source, reliability, note, preferred, replaced FROM claim"
            " JOIN entry ON entry.id = claim.entry ORDER BY 1, 2"
        ),
        "record": connection.execute(
            "SELECT record, type, title, earliest, latest, created_ms, changed_ms, changed_tick, hidden, contested"
            " FROM record ORDER BY record"
        ),
        "link": connection.execute("SELECT record, origin, target, role FROM link ORDER BY record"),
        "search": search.snapshot(connection),
    }


_ROW = "record, type, title, earliest, latest, created_ms, changed_ms, hidden, contested"
_CLAIMS = (
    "SELECT claim.key, claim.value, entry.entry, log.log, entry.tick, entry.time_ms, claim.source, claim.reliability,"
    " claim.note, claim.preferred FROM claim JOIN entry ON entry.id = claim.entry JOIN log ON log.id = entry.log"
)


def _row(row: Row) -> RecordRow:
    record, kind, title, earliest, latest, created_ms, changed_ms, hidden, contested = row
    return RecordRow(
        RecordId(record), kind, title, earliest, latest, created_ms, changed_ms, bool(hidden), bool(contested)
    )


def _claim(row: Row) -> Claim:
    key, value, entry, log, tick, time_ms, source, reliability, note, preferred = row
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
    )


def _replace(connection: Connection, target: EntryId, record: RecordId, key: str, by: int) -> None:
    connection.execute("INSERT OR IGNORE INTO replaced VALUES (?, ?, ?, ?)", (target, record, key, by))
    connection.execute(
        "UPDATE claim SET replaced = 1 WHERE key = ? AND record = ?"
        " AND entry = (SELECT id FROM entry WHERE entry.entry = ?)",
        (key, record, target),
    )


def _refresh(connection: Connection, record: RecordId) -> None:
    entries = connection.execute(
        "SELECT entry.tick, entry.time_ms, touch.type FROM touch JOIN entry ON entry.id = touch.entry"
        " WHERE touch.record = ? AND touch.type IS NOT NULL ORDER BY entry.tick, entry.entry",
        (record,),
    )
    if not entries:
        return
    fields = fields_of(connection, record)
    values = shown_values(fields)
    hidden = values.pop(HIDDEN, None) is True
    kind = entries[0][2]
    earliest, latest = date_of(kind, values) or (None, None)
    connection.execute(
        "INSERT INTO record (record, type, title, earliest, latest, created_ms, changed_ms, changed_tick, hidden,"
        " contested) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (record) DO UPDATE SET type = ?2,"
        " title = ?3, earliest = ?4, latest = ?5, created_ms = ?6, changed_ms = ?7, changed_tick = ?8, hidden = ?9,"
        " contested = ?10",
        (
            record,
            kind,
            title_of(kind, values),
            earliest,
            latest,
            entries[0][1],
            entries[-1][1],
            entries[-1][0],
            hidden,
            any(state.contested for state in fields.values()),
        ),
    )
    _refresh_link(connection, record, kind, values)
    rowid = int(connection.value("SELECT id FROM record WHERE record = ?", (record,)))
    search.put(connection, rowid, kind, {} if hidden else values)


def _refresh_link(connection: Connection, record: RecordId, kind: str, values: dict[str, Plain]) -> None:
    origin, target, role = values.get("from"), values.get("to"), values.get("role")
    connection.execute("DELETE FROM link WHERE record = ?", (record,))
    if kind == "link" and isinstance(origin, bytes) and isinstance(target, bytes):
        connection.execute(
            "INSERT INTO link VALUES (?, ?, ?, ?)", (record, origin, target, role if isinstance(role, str) else "")
        )
