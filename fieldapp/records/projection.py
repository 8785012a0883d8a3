"""The records of an open vault: a projection of the journal, which can be dropped and rebuilt to the same result.

    claim     every claim, with whether another that is here replaces it
    replaced  what claims replace, also what has not come yet, so that the order of arrival does not matter
    touch     which entries speak of which record (its history)
    record    one row for each record: what lists and filters need
    link      one row for each link between two records
    search    full text, folded (records.search)
    and who is heard (records.standing), and what is withdrawn (records.withdrawing)

Rule 1: only this file and those it calls (`claiming`, `refreshing`, `search`, `standing`, `withdrawing`) write these
        tables, and only from entries of the journal; `store` reads them.
Rule 2: `apply` takes entries; `refresh` then sees what stands, and makes the rows of touched records anew.
        An entry that does not stand is not applied: it claims nothing and touches nothing.
Rule 3: entries stand in the order of tick, log, place in the log: the same everywhere, and true within one log also
        where a foreign tick leaves no higher one.
Rule 4: where entries disagree about a record's type, the first that was written here counts, else the first that came
        here and says a known type other than link; never the earliest by tick, which is what its author says. So no
        entry can make a record that is here another one, or leave the lists; the record is marked as contested.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from fieldapp.records import refreshing, search, standing, withdrawing
from fieldapp.records.claiming import take_in, take_out
from fieldapp.records.heard import Heard
from fieldapp.values import LogId, Progress, RecordId, going_on, no_progress
from fieldapp.vault.connection import Connection
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
CREATE INDEX record_urgent ON record (changed_tick DESC, record, urgent) WHERE urgent IS NOT NULL AND hidden = 0;
CREATE TABLE link (record BLOB PRIMARY KEY, origin BLOB NOT NULL, target BLOB NOT NULL, role TEXT NOT NULL) STRICT;
CREATE INDEX link_by_origin ON link (origin);
CREATE INDEX link_by_target ON link (target);
"""
_PORTION = 250
NAMES = ("claim", "replaced", "touch", "record", "link", "search", *standing.NAMES, *withdrawing.NAMES)


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


def rebuild(connection: Connection, progress: Progress = no_progress) -> int:
    """Drop all, and make it again from the journal. Gives the number of records. One transaction.

    `progress` is only asked whether to go on: what it raises undoes all of it.
    """
    with connection.transaction():
        for name in NAMES:
            connection.execute(f"DROP TABLE IF EXISTS {name}")
        create(connection)
        for kind in standing.DECIDING:  # who is heard first: then little has to be taken out again
            for entry in stored_entries(connection, kind=kind):
                standing.takes(connection, entry)
        touched = _settle(connection)
        touched |= apply_all(connection, going_on(stored_entries(connection), progress))
        refresh(connection, touched, progress=progress)
        return int(connection.value("SELECT count(*) FROM record"))


def apply(connection: Connection, entry: StoredEntry) -> set[RecordId]:
    """Take in what one entry says, if it stands. Gives the record to be refreshed; `refresh` finds other ones."""
    return apply_all(connection, [entry])


def apply_all(connection: Connection, entries: Iterable[StoredEntry], heard: Heard | None = None) -> set[RecordId]:
    """As `apply` for each of the entries, and much quicker for many. `heard`: for `refresh`, which then reads less."""
    touched: set[RecordId] = set()
    doubted = standing.doubted(connection)
    rest = iter(entries)
    while portion := list(islice(rest, _PORTION)):
        there = ((entry, entry.body) for entry in portion if _takes(connection, entry, doubted))
        touched |= take_in(connection, [(entry, body) for entry, body in there if body is not None], heard)
    return touched


def unapply(connection: Connection, entry: StoredEntry) -> set[RecordId]:
    """Take out what one entry says, before or after its body goes. Gives the records that must be refreshed."""
    touched = take_out(connection, entry.rowid)
    standing.forget(connection, entry.rowid)
    return touched


def refresh(
    connection: Connection,
    records: Iterable[RecordId],
    heard: Heard | None = None,
    progress: Progress = no_progress,
) -> set[RecordId]:
    """Make the rows of these records anew from their claims, and of those of which other entries stand now.

    `heard`: what the entries said that were just taken in.
    Gives every record that looks different now: these, the ends of their links, and who is linked with them where
    their row changed. `progress` is only asked whether to go on.
    """
    return refreshing.refresh(connection, set(records) | _settle(connection), heard or Heard(), progress)


def _takes(connection: Connection, entry: StoredEntry, doubted: frozenset[LogId]) -> bool:
    """Whether an entry stands; of most that needs no question."""
    if entry.body is not None and entry.body.kind not in standing.DECIDING and entry.log not in doubted:
        return True
    return standing.takes(connection, entry)


def _settle(connection: Connection) -> set[RecordId]:
    """See what stands after decisions came, and take out and in what that changes. Gives the records concerned."""
    settled = standing.settle(connection)
    touched = withdrawing.records_of(connection, settled.heard)
    for rowid in settled.fallen:
        touched |= take_out(connection, rowid)
    risen = (stored_entry(connection, rowid) for rowid in settled.risen)
    return touched | take_in(connection, [(entry, entry.body) for entry in risen if entry.body is not None])
