"""After something was taken off: index and database are written anew, so that no free room in them holds its words."""

from __future__ import annotations

from fieldapp.errors import DiskFullError, PlaceUnwritableError
from fieldapp.records import search
from fieldapp.services.archive import Archive
from fieldapp.vault import rewriting
from fieldapp.vault.connection import Connection

_TO_SCRUB = "to scrub"


def ask_for(connection: Connection) -> None:
    """Note that something was taken off, until `scrub` has been through. Inside a transaction."""
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, x'')", (_TO_SCRUB,))


def scrub(archive: Archive) -> None:
    """Write index and database anew, so that no free room in them holds what was taken off. Outside every transaction.

    Where there is no room for it, on the disk or in memory, nothing is lost: it is tried again when something else is
    taken off, and where the database is small, at the next opening.
    """
    if archive.connection.value("SELECT 1 FROM setting WHERE name = ?", (_TO_SCRUB,)) is None:
        return
    try:
        with archive.connection.transaction():
            search.write_anew(archive.connection)
        rewriting.write_anew(archive.connection)
        with archive.connection.transaction():
            archive.connection.execute("DELETE FROM setting WHERE name = ?", (_TO_SCRUB,))
    except (DiskFullError, PlaceUnwritableError, MemoryError):
        return


def scrub_quietly(archive: Archive) -> None:
    """`scrub` where nobody asked for anything: at opening and daily. A large database waits for a person's own act."""
    if rewriting.is_small(archive.connection):
        scrub(archive)
