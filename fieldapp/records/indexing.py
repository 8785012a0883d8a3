"""Records that wait to be indexed for search are put in, slice by slice, each slice in a transaction of its own.

What waits is noted in the database (`records.search`, rule 2), so a crash in between loses nothing: whoever opens the
vault next goes on.
"""

from __future__ import annotations

from fieldapp.records import search
from fieldapp.records.merge import is_hidden, shown_values
from fieldapp.records.payload import HIDDEN
from fieldapp.records.search import Content
from fieldapp.records.store import fields_of
from fieldapp.values import RecordId
from fieldapp.vault.connection import Connection

SLICE = 100
"""Records of one slice: soon done, so that what a person asks for meanwhile is not kept waiting."""


def catch_up(connection: Connection, most: int = SLICE) -> int:
    """Index at most so many of the records that wait, the latest first. Gives how many wait still."""
    rows = connection.execute(
        "SELECT unindexed.id, record.record, record.type FROM unindexed LEFT JOIN record ON record.id = unindexed.id"
        " ORDER BY unindexed.id DESC LIMIT ?",
        (most,),
    )
    if rows:
        with connection.transaction():
            search.put_now(connection, [_content(connection, *row) for row in rows])
    return search.waiting(connection)


def _content(connection: Connection, rowid: int, record: bytes | None, kind: str | None) -> Content:
    if record is None or kind is None:
        return Content(rowid, "", {})
    fields = fields_of(connection, RecordId(record))
    values = shown_values(fields)
    values.pop(HIDDEN, None)
    return Content(rowid, kind, {} if is_hidden(fields) else values)
