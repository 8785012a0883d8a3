"""The records of an open vault: a projection of the journal, which can be dropped and rebuilt to the same result.

    claim     every claim, with whether another that is here replaces it
    replaced  what claims replace, also what has not come yet, so that the order of arrival does not matter
    touch     which entries speak of which record (its history)
    record    one row for each record: what lists and filters need
    link      one row for each link between two records
    search    full text, folded (records.search)

Rule 1: only this file and `search.py` write these tables, and only from entries of the journal; `store` reads them.
Rule 2: `apply` takes entries one by one; `refresh` then makes the rows of the touched records anew.
Rule 3: entries stand in the order of tick, log, place in the log: the same everywhere, and true within one log also
        where a foreign tick leaves no higher one.
Rule 4: where entries disagree about a record's type, the first that was written here counts, else the first that came
        here and says a known type other than link; never the earliest by tick, which is what its author says. So no
        entry can make a record that is here another one, or leave the lists; the record is marked as contested.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fieldapp.records import search
from fieldapp.records.merge import EVIDENCE, is_hidden, shown_values
from fieldapp.records.model import TYPES, date_of, split_key, title_of
from fieldapp.records.payload import HIDDEN, first_of_each_key, part_of, read_claims, record_of
from fieldapp.records.store import RecordRow, Touch, entries_about, fields_of, row_if_there
from fieldapp.values import EntryId, RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain, encode
from fieldapp.vault.journal import StoredEntry, stored_entries

VERSION = 4

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
CREATE INDEX touch_by_entry ON touch (entry);
CREATE TABLE record (
    id INTEGER PRIMARY KEY, record BLOB NOT NULL UNIQUE, type TEXT NOT NULL, title TEXT NOT NULL,
    earliest INTEGER, latest INTEGER, created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, changed_tick INTEGER
    NOT NULL, hidden INTEGER NOT NULL, contested INTEGER NOT NULL
) STRICT;
CREATE INDEX record_by_change ON record (hidden, changed_tick DESC, record);
CREATE INDEX record_by_type ON record (type, hidden, changed_tick DESC, record);
CREATE TABLE link (record BLOB PRIMARY KEY, origin BLOB NOT NULL, target BLOB NOT NULL, role TEXT NOT NULL) STRICT;
CREATE INDEX link_by_origin ON link (origin);
CREATE INDEX link_by_target ON link (target);
"""
_LINK = "link"
_NAMES = ("claim", "replaced", "touch", "record", "link", "search")


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
        for record in sorted(touched):
            _refresh(connection, record)
        return int(connection.value("SELECT count(*) FROM record"))


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
    rows = connection.execute("SELECT key FROM replaced WHERE target = ? AND record = ?", (entry.id, record))
    replaced = {key for (key,) in rows}
    for key, claim in first_of_each_key(claims.claims if claims else ()).items():
        for target in () if split_key(key)[0] in EVIDENCE else claim.replaces:
            _replace(connection, target, record, key, entry.rowid)
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
                key in replaced,
            ),
        )
    return {record}


def refresh(connection: Connection, records: Iterable[RecordId]) -> set[RecordId]:
    """Make the rows of these records anew from their claims.

    Gives every record that looks different now: these, the ends of their links, and who is linked with them where
    their row changed.
    """
    touched = set(records)
    changed = set(touched)
    for record in sorted(touched):
        before = _looks(connection, record)
        _refresh(connection, record)
        after = _looks(connection, record)
        changed |= before.ends | after.ends
        if before.row != after.row:
            changed |= _neighbours(connection, record)
    return changed


@dataclass(frozen=True, slots=True)
class _Looks:
    """What others see of a record: its row, and the ends that it links, if it is a link."""

    row: RecordRow | None
    ends: frozenset[RecordId]


def _looks(connection: Connection, record: RecordId) -> _Looks:
    ends = connection.execute("SELECT origin, target FROM link WHERE record = ?", (record,))
    return _Looks(row_if_there(connection, record), frozenset(RecordId(end) for pair in ends for end in pair))


def _neighbours(connection: Connection, record: RecordId) -> set[RecordId]:
    rows = connection.execute(
        "SELECT target FROM link WHERE origin = ?1 UNION SELECT origin FROM link WHERE target = ?1", (record,)
    )
    return {RecordId(other) for (other,) in rows}


def _replace(connection: Connection, target: EntryId, record: RecordId, key: str, by: int) -> None:
    connection.execute("INSERT OR IGNORE INTO replaced VALUES (?, ?, ?, ?)", (target, record, key, by))
    connection.execute(
        "UPDATE claim SET replaced = 1 WHERE key = ? AND record = ?"
        " AND entry = (SELECT id FROM entry WHERE entry.entry = ?)",
        (key, record, target),
    )


def _refresh(connection: Connection, record: RecordId) -> None:
    entries = [touch for touch in entries_about(connection, record) if touch.type is not None]
    if not entries:
        return
    fields = fields_of(connection, record)
    values = shown_values(fields)
    values.pop(HIDDEN, None)
    hidden = is_hidden(fields)
    kind = _type_of(entries)
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
            entries[0].time_ms,
            entries[-1].time_ms,
            entries[-1].tick,
            hidden,
            len({touch.type for touch in entries}) > 1 or any(state.contested for state in fields.values()),
        ),
    )
    _refresh_link(connection, record, kind, values)
    rowid = int(connection.value("SELECT id FROM record WHERE record = ?", (record,)))
    search.put(connection, rowid, kind, {} if hidden else values)


def _refresh_link(connection: Connection, record: RecordId, kind: str, values: dict[str, Plain]) -> None:
    origin, target, role = values.get("from"), values.get("to"), values.get("role")
    connection.execute("DELETE FROM link WHERE record = ?", (record,))
    if kind != _LINK or not isinstance(origin, bytes) or not isinstance(target, bytes):
        return
    if len(origin) == len(target) == len(record):
        connection.execute(
            "INSERT INTO link VALUES (?, ?, ?, ?)", (record, origin, target, role if isinstance(role, str) else "")
        )


def _type_of(entries: list[Touch]) -> str:
    """The type that counts, out of at least one that is told (rule 4)."""
    return min((_type_rank(touch), touch.entry, touch.type) for touch in entries if touch.type is not None)[2]


def _type_rank(touch: Touch) -> int:
    """Known types written here before others' known types, before their links, before unknown ones."""
    if touch.type not in TYPES:
        return 3
    if not touch.foreign:
        return 0
    return 2 if touch.type == _LINK else 1
