"""The records of an open vault: a projection of the journal, which can be dropped and rebuilt to the same result.

    claim     every claim, with whether another that is here replaces it
    replaced  what claims replace, also what has not come yet, so that the order of arrival does not matter
    touch     which entries speak of which record (its history)
    record    one row for each record: what lists and filters need
    link      one row for each link between two records
    search    full text, folded (records.search)
    and who is heard (records.standing), and what is withdrawn (records.withdrawing)

Rule 1: only this file, `search`, `standing` and `withdrawing` write these tables, and only from entries of the journal;
        `store` reads them.
Rule 2: `apply` takes entries one by one; `refresh` then sees what stands, and makes the rows of touched records anew.
        An entry that does not stand is not applied: it claims nothing and touches nothing.
Rule 3: entries stand in the order of tick, log, place in the log: the same everywhere, and true within one log also
        where a foreign tick leaves no higher one.
Rule 4: where entries disagree about a record's type, the first that was written here counts, else the first that came
        here and says a known type other than link; never the earliest by tick, which is what its author says. So no
        entry can make a record that is here another one, or leave the lists; the record is marked as contested.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fieldapp.records import search, standing, withdrawing
from fieldapp.records.merge import EVIDENCE, is_hidden, shown_values
from fieldapp.records.model import TYPES, date_of, split_key, title_of
from fieldapp.records.payload import HIDDEN, first_of_each_key, part_of, read_claims, record_of
from fieldapp.records.store import RecordRow, Touch, entries_about, fields_of, row_if_there
from fieldapp.records.urgency import urgent_from
from fieldapp.values import EntryId, RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain, encode
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import StoredEntry, stored_entries, stored_entry

VERSION = 5

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
CREATE INDEX replaced_by_entry ON replaced (record, entry);
CREATE TABLE touch (
    record BLOB NOT NULL, entry INTEGER NOT NULL, type TEXT, part TEXT NOT NULL, PRIMARY KEY (record, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX touch_by_entry ON touch (entry);
CREATE TABLE record (
    id INTEGER PRIMARY KEY, record BLOB NOT NULL UNIQUE, type TEXT NOT NULL, title TEXT NOT NULL,
    earliest INTEGER, latest INTEGER, created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, changed_tick INTEGER
    NOT NULL, hidden INTEGER NOT NULL, contested INTEGER NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0, urgent INTEGER
) STRICT;
CREATE INDEX record_by_change ON record (hidden, changed_tick DESC, record);
CREATE INDEX record_by_type ON record (type, hidden, changed_tick DESC, record);
CREATE INDEX record_contested ON record (changed_tick DESC, record) WHERE contested = 1 AND hidden = 0;
CREATE INDEX record_withdrawn ON record (changed_tick DESC, record) WHERE withdrawn = 1;
CREATE INDEX record_urgent ON record (changed_tick DESC, record) WHERE urgent IS NOT NULL AND hidden = 0;
CREATE TABLE link (record BLOB PRIMARY KEY, origin BLOB NOT NULL, target BLOB NOT NULL, role TEXT NOT NULL) STRICT;
CREATE INDEX link_by_origin ON link (origin);
CREATE INDEX link_by_target ON link (target);
"""
_LINK = "link"
_NAMES = ("claim", "replaced", "touch", "record", "link", "search", *standing.NAMES, *withdrawing.NAMES)


def create(connection: Connection) -> None:
    """Make the empty tables."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    standing.create(connection)
    withdrawing.create(connection)
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
        for kind in standing.DECIDING:  # who is heard first: then little has to be taken out again
            for entry in stored_entries(connection, kind=kind):
                standing.takes(connection, entry)
        touched = _settle(connection)
        for entry in stored_entries(connection):
            touched |= apply(connection, entry)
        touched |= _settle(connection)
        for record in sorted(touched):
            _refresh(connection, record)
        return int(connection.value("SELECT count(*) FROM record"))


def apply(connection: Connection, entry: StoredEntry) -> set[RecordId]:
    """Take in what one entry says, if it stands. Gives the record to be refreshed; `refresh` finds other ones."""
    stands = standing.takes(connection, entry)
    return _take_in(connection, entry, entry.body) if stands and entry.body is not None else set()


def unapply(connection: Connection, entry: StoredEntry) -> set[RecordId]:
    """Take out what one entry says, before or after its body goes. Gives the records that must be refreshed."""
    touched = _take_out(connection, entry.rowid)
    standing.forget(connection, entry.rowid)
    return touched


def refresh(connection: Connection, records: Iterable[RecordId]) -> set[RecordId]:
    """Make the rows of these records anew from their claims, and of those of which other entries stand now.

    Gives every record that looks different now: these, the ends of their links, and who is linked with them where
    their row changed.
    """
    touched = set(records) | _settle(connection)
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


def _settle(connection: Connection) -> set[RecordId]:
    """See what stands after decisions came, and take out and in what that changes. Gives the records concerned."""
    settled = standing.settle(connection)
    touched = withdrawing.records_of(connection, settled.heard)
    for rowid in settled.fallen:
        touched |= _take_out(connection, rowid)
    for rowid in settled.risen:
        entry = stored_entry(connection, rowid)
        touched |= _take_in(connection, entry, entry.body) if entry.body else set()
    return touched


def _take_in(connection: Connection, entry: StoredEntry, body: Body) -> set[RecordId]:
    record = record_of(body)
    if record is None:
        return set()
    claims = read_claims(body)
    connection.execute(
        "INSERT OR IGNORE INTO touch VALUES (?, ?, ?, ?)",
        (record, entry.rowid, claims.type if claims else None, part_of(body)),
    )
    if claims is None:
        withdrawing.take(connection, entry)
        return {record}
    told = first_of_each_key(claims.claims)
    rows = connection.execute("SELECT key FROM replaced WHERE target = ? AND record = ?", (entry.id, record))
    replaced = {key for (key,) in rows}
    connection.execute_many(
        "INSERT OR IGNORE INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
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
            )
            for key, claim in told.items()
        ],
    )
    pairs = [
        (target, key) for key, claim in told.items() if split_key(key)[0] not in EVIDENCE for target in claim.replaces
    ]
    connection.execute_many(
        "INSERT OR IGNORE INTO replaced VALUES (?, ?, ?, ?)",
        [(target, record, key, entry.rowid) for target, key in pairs],
    )
    _mark(connection, record, pairs, replaced=True)
    return {record}


def _take_out(connection: Connection, rowid: int) -> set[RecordId]:
    """Undo `_take_in`: what the entry replaced is live again, unless another that is here replaces it."""
    touches = connection.execute("SELECT record FROM touch WHERE entry = ?", (rowid,))
    if not touches:
        return set()
    record = RecordId(touches[0][0])
    again = connection.execute("SELECT target, key FROM replaced WHERE record = ? AND entry = ?", (record, rowid))
    connection.execute("DELETE FROM replaced WHERE record = ? AND entry = ?", (record, rowid))
    connection.execute("DELETE FROM claim WHERE entry = ?", (rowid,))
    connection.execute("DELETE FROM touch WHERE record = ? AND entry = ?", (record, rowid))
    withdrawing.forget(connection, rowid, record)
    free = [
        (EntryId(target), key)
        for target, key in again
        if not connection.execute(
            "SELECT 1 FROM replaced WHERE target = ? AND record = ? AND key = ? LIMIT 1", (target, record, key)
        )
    ]
    _mark(connection, record, free, replaced=False)
    return {record}


def _mark(connection: Connection, record: RecordId, pairs: Sequence[tuple[EntryId, str]], *, replaced: bool) -> None:
    """Say of these claims (entry and key) of a record, as far as they are here, whether others replace them."""
    rows = {
        target: connection.value("SELECT id FROM entry WHERE entry = ?", (target,))
        for target in {target for target, _key in pairs}
    }
    connection.execute_many(
        "UPDATE claim SET replaced = ? WHERE entry = ? AND key = ? AND record = ?",
        [(replaced, rows[target], key, record) for target, key in pairs if rows[target] is not None],
    )


def _refresh(connection: Connection, record: RecordId) -> None:
    entries = [touch for touch in entries_about(connection, record) if touch.type is not None]
    if not entries:
        _remove(connection, record)
        return
    fields = fields_of(connection, record)
    values = shown_values(fields)
    values.pop(HIDDEN, None)
    withdrawn = withdrawing.is_withdrawn(connection, record)
    hidden = withdrawn or is_hidden(fields)
    kind = _type_of(entries)
    earliest, latest = date_of(kind, values) or (None, None)
    connection.execute(
        "INSERT INTO record (record, type, title, earliest, latest, created_ms, changed_ms, changed_tick, hidden,"
        " contested, withdrawn, urgent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        " ON CONFLICT (record) DO UPDATE SET type = ?2, title = ?3, earliest = ?4, latest = ?5, created_ms = ?6,"
        " changed_ms = ?7, changed_tick = ?8, hidden = ?9, contested = ?10, withdrawn = ?11, urgent = ?12",
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
            withdrawn,
            urgent_from(kind, values),
        ),
    )
    _refresh_link(connection, record, kind, {} if withdrawn else values)
    rowid = int(connection.value("SELECT id FROM record WHERE record = ?", (record,)))
    search.put(connection, rowid, kind, {} if hidden else values)


def _remove(connection: Connection, record: RecordId) -> None:
    """Nothing is left that says what the record is: its row goes, its words leave the index."""
    rowid = connection.value("SELECT id FROM record WHERE record = ?", (record,))
    if rowid is not None:
        search.put(connection, int(rowid), "", {})
        connection.execute("DELETE FROM link WHERE record = ?", (record,))
        connection.execute("DELETE FROM record WHERE id = ?", (rowid,))


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
