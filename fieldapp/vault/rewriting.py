"""Writing the database anew, so that no page of it holds pieces of rows that are not there any more.

`secure_delete` overwrites what is deleted, but pages that were parted or joined keep pieces of rows that moved [m].
A small database is written anew as a whole, which also gives room back to the disk. That is done in memory, since
nothing temporary may stand on the disk [SQLite: temp_store]; so a large one is written anew table by table, in its own
pages: each table is copied aside, emptied and filled again. What can be left in a page then is of rows that are there.
"""

from __future__ import annotations

from fieldapp.vault.connection import PAGE_SIZE, Connection

IN_MEMORY_BYTES = 64 * 1024 * 1024
"""Up to this size a database is copied in memory."""

_WITHOUT_WORDS = [
    "entry",
    "log",
    "writer",
    "slot",
    "lacking",
    "fork",
    "touch",
    "replaced",
    "arrival",
    "departure",
    "receipt",
    "acknowledged",
    "decided",
    "voice",
    "unstanding",
]
"""Tables that hold ids, places, times and hashes only, as the largest ones do."""
_ASIDE = "written_anew"


def is_small(connection: Connection) -> bool:
    """Whether the database may be copied in memory."""
    pages, size = (int(connection.value(f"PRAGMA {name}")) for name in ("page_count", "page_size"))
    return pages * size <= IN_MEMORY_BYTES


def write_anew(connection: Connection) -> None:
    """Write the database anew. Outside every transaction; cut short, it is whole, and to be done again.

    Raises:
        DiskFullError, PlaceUnwritableError. MemoryError: there is too little even for a small one.
    """
    if is_small(connection):
        connection.execute("VACUUM")
        return
    for name in _tables(connection):
        with connection.transaction():
            connection.execute(f'CREATE TABLE {_ASIDE} AS SELECT * FROM "{name}"')  # noqa: S608 - names of our tables
            connection.execute(f'DELETE FROM "{name}"')  # noqa: S608 - as above
            connection.execute(f'INSERT INTO "{name}" SELECT * FROM {_ASIDE}')  # noqa: S608 - as above
            connection.execute(f"DROP TABLE {_ASIDE}")


def mend_free_pages(connection: Connection) -> None:
    """Write free pages anew where they do not verify. Outside every transaction, before the database is copied whole.

    The power may fail while they are written, and SQLite keeps no copy of them to put back: nobody reads them before
    they are written again, but for who copies the whole database.

    Raises:
        DiskFullError, PlaceUnwritableError: nothing was changed.
    """
    if not connection.execute("PRAGMA cipher_integrity_check") or not connection.is_whole():
        return
    with connection.transaction():
        connection.execute(f"CREATE TABLE {_ASIDE} (content BLOB)")
        free_bytes = int(connection.value("PRAGMA freelist_count")) * PAGE_SIZE
        connection.execute(f"INSERT INTO {_ASIDE} VALUES (zeroblob(?))", (free_bytes,))  # noqa: S608 - a fixed name
        connection.execute(f"DROP TABLE {_ASIDE}")


def _tables(connection: Connection) -> list[str]:
    """The tables that hold words, also those of which the index for searching consists."""
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY rootpage")
    return [name for (name,) in rows if name not in _WITHOUT_WORDS and not name.startswith("sqlite_")]
