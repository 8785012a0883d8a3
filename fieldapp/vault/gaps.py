"""Entries whose place in their log is behind a gap, since a damaged vault was repaired: here, shown, not handed on.

They count as come with a bundle of their own id. Nobody could place them, so they are left out of what is handed over;
once what is missing has come again, they stand on their chain as before.
"""

from __future__ import annotations

from fieldapp.vault.connection import Connection

REPAIRED = b"fieldapp repair\0"
"""The id of that bundle; ids of bundles are random otherwise."""

_REPAIR = "(SELECT id FROM arrival WHERE bundle = ?)"


def rows_behind(connection: Connection) -> frozenset[int]:
    """The rows of these entries; in nearly every vault there are none."""
    rows = connection.execute(f"SELECT id FROM entry WHERE arrival = {_REPAIR}", (REPAIRED,))  # noqa: S608 - fixed text
    return frozenset(rowid for (rowid,) in rows)


def rejoin(connection: Connection, rowid: int, arrival: int) -> None:
    """The entry before this one has come: it counts as come now, in the caller's transaction."""
    connection.execute(
        f"UPDATE entry SET arrival = ? WHERE id = ? AND arrival = {_REPAIR}",  # noqa: S608 - fixed text
        (arrival, rowid, REPAIRED),
    )
