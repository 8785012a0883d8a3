"""How the database of an older version becomes one of this version.

Rule 1: a migration is frozen once it is released. It speaks SQL only, and imports nothing of today's models.
Rule 2: before the first one, every page is read and verified, and an encrypted snapshot is taken beside the database,
        under the same key; it is on the disk before anything is changed.
Rule 3: all migrations and the new version number are one transaction. A process that is killed, or a disk that is full,
        leaves the older version, which is migrated at the next opening.
Rule 4: the snapshot is removed when the new version is committed and was read and verified whole. If it is not whole,
        the snapshot takes its place again at once. One that is found later (the process was killed before it was
        removed) never takes the place of a database that may have been written in since.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from fieldapp.errors import ExpectedError, VaultDamagedError, storage_error
from fieldapp.system import sync_folder
from fieldapp.vault import schema
from fieldapp.vault.connection import Connection
from fieldapp.vault.rewriting import mend_free_pages

SNAPSHOT = "records.db.before"

_FROM_1_TO_2 = """
CREATE TABLE lacking (
    entry INTEGER PRIMARY KEY REFERENCES entry (id),
    log INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    why TEXT NOT NULL CHECK (why IN ('withheld', 'shredded', 'removed'))
) STRICT;
INSERT INTO lacking
    SELECT id, log, seq, CASE WHEN id IN (SELECT shredded.entry FROM shredded) THEN 'shredded' ELSE 'withheld' END
    FROM entry WHERE NOT EXISTS (SELECT 1 FROM body WHERE body.entry = entry.id);
DROP TABLE shredded;
CREATE INDEX lacking_by_place ON lacking (log, seq, why);
CREATE TABLE removed (
    record BLOB PRIMARY KEY,
    type TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    removed_ms INTEGER NOT NULL,
    documents INTEGER NOT NULL,
    why TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt (
    peer BLOB PRIMARY KEY,
    number INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    arrived_ms INTEGER NOT NULL,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE acknowledged (
    peer BLOB PRIMARY KEY,
    number INTEGER NOT NULL,
    arrival INTEGER NOT NULL,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE arrival ADD COLUMN recipient BLOB;
ALTER TABLE departure ADD COLUMN bodies BLOB;
ALTER TABLE departure ADD COLUMN objects BLOB
"""

# The setting 'slots' was the map {"recovery": 0 … 7, "passphrase": 0 … 7} in canonical CBOR: places at bytes 11 and 23.
_FROM_2_TO_3 = """
CREATE TABLE writer (
    id INTEGER PRIMARY KEY,
    removed_ms INTEGER
) STRICT;
INSERT INTO writer VALUES (1, NULL);
CREATE TABLE slot (
    place INTEGER PRIMARY KEY CHECK (place BETWEEN 0 AND 7),
    kind TEXT NOT NULL CHECK (kind IN ('passphrase', 'recovery', 'shares')),
    writer INTEGER REFERENCES writer (id)
) STRICT;
INSERT INTO slot SELECT CAST(hex(substr(value, 11, 1)) AS INTEGER), 'recovery', 1 FROM setting WHERE name = 'slots';
INSERT INTO slot SELECT CAST(hex(substr(value, 23, 1)) AS INTEGER), 'passphrase', 1 FROM setting WHERE name = 'slots';
DELETE FROM setting WHERE name = 'slots';
ALTER TABLE log ADD COLUMN writer INTEGER REFERENCES writer (id);
UPDATE log SET writer = 1 WHERE secrets IS NOT NULL;
ALTER TABLE draft ADD COLUMN writer INTEGER REFERENCES writer (id);
ALTER TABLE departure ADD COLUMN sender BLOB;
CREATE TABLE share (
    owner BLOB PRIMARY KEY,
    number INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    arrived_ms INTEGER NOT NULL,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE holder (
    holder BLOB PRIMARY KEY,
    number INTEGER NOT NULL,
    digest BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    written_ms INTEGER,
    rehearsed_ms INTEGER
) STRICT, WITHOUT ROWID
"""


_NEW_IN = {"lacking": 2, "removed": 2, "receipt": 2, "acknowledged": 2, "writer": 3, "slot": 3, "share": 3, "holder": 3}
"""The tables that came with a migration."""

_ADDED_IN = (
    (2, "arrival", "recipient"),
    (2, "departure", "bodies"),
    (2, "departure", "objects"),
    (3, "log", "writer"),
    (3, "draft", "writer"),
    (3, "departure", "sender"),
)
"""The columns that came with a migration to tables that were there."""

_GONE_IN = ((2, "shredded", "CREATE TABLE shredded (entry INTEGER PRIMARY KEY REFERENCES entry (id)) STRICT"),)


def make_tables_of(connection: Connection, version: int, but: Collection[str]) -> None:
    """Make the tables and indexes of this or an older version, without those of these names: they are there."""
    for statement in schema.statements():
        name, table = schema.name_of(statement), schema.table_of(statement)
        if name not in but and _NEW_IN.get(table, 1) <= version:
            connection.execute(statement)
    for since, table, column in _ADDED_IN:
        if since > version and table not in but:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for since, table, statement in _GONE_IN:
        if since > version and table not in but:
            connection.execute(statement)


def bring_up_to_date(connection: Connection, database: Path, key: bytearray) -> bool:
    """Migrate the database at `database`, which `connection` holds, if it is older. Gives whether it was.

    Raises:
        DiskFullError, PlaceUnwritableError: it is of the older version, and whole.
        VaultNewerError, VaultDamagedError: nothing was changed; or the migrated database was not whole, and is again as
            it was. In that case the connection is closed.
    """
    snapshot = database.with_name(SNAPSHOT)
    found = schema.version_of(connection)
    if found == schema.VERSION:
        if snapshot.exists():
            _expect_whole(connection)
            _remove(snapshot)
        return False
    _expect_whole(connection)
    _take(connection, snapshot, key)
    try:
        _migrate(connection, found)
        _expect_migrated(connection, database, snapshot)
    finally:
        _remove_if_needless(connection, snapshot, found)
    return True


def _migrate(connection: Connection, found: int) -> None:
    with connection.transaction():
        for migrate in _MIGRATIONS[found - 1 :]:
            migrate(connection)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _expect_whole(connection: Connection) -> None:
    if not connection.is_whole():
        raise VaultDamagedError("database")


def _expect_migrated(connection: Connection, database: Path, snapshot: Path) -> None:
    """See that all of it is there; put the snapshot back if not."""
    if connection.is_whole() and not connection.execute("PRAGMA foreign_key_check"):
        return
    connection.close()
    try:
        snapshot.replace(database)
        sync_folder(database.parent)
    except OSError as problem:
        raise storage_error(problem) from problem
    raise VaultDamagedError("database")


def _take(connection: Connection, snapshot: Path, key: bytearray) -> None:
    """The snapshot, whole and on the disk; nothing of it where that fails."""
    try:
        snapshot.unlink(missing_ok=True)
        mend_free_pages(connection)
        connection.copy_to(snapshot, key)
        sync_folder(snapshot.parent)
    except OSError as problem:
        _remove(snapshot)
        raise storage_error(problem) from problem
    except BaseException:
        _remove(snapshot)
        raise


def _remove_if_needless(connection: Connection, snapshot: Path, found: int) -> None:
    """After a migration that was checked, and after one that was undone. In doubt it stays until the next opening."""
    with suppress(ExpectedError):
        if connection.is_open and schema.version_of(connection) in {found, schema.VERSION}:
            _remove(snapshot)


def _remove(snapshot: Path) -> None:
    with suppress(OSError):  # what will not go is removed at the next opening
        snapshot.unlink(missing_ok=True)


def _from_1_to_2(connection: Connection) -> None:
    """Entries without a body get their reason; new tables for receipts and for what was removed."""
    for statement in _FROM_1_TO_2.split(";\n"):
        connection.execute(statement)


def _from_2_to_3(connection: Connection) -> None:
    """Several writers and their slots; shares that are kept, and who keeps ours."""
    for statement in _FROM_2_TO_3.split(";\n"):
        connection.execute(statement)


_MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_from_1_to_2, _from_2_to_3)
"""The first of them brings version 1 to version 2, and so on."""
