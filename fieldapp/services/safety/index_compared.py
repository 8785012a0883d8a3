"""Lists and search compared with what the journal makes of them anew, in memory, beside the tables of the vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest

from fieldapp.records import indexing, projection
from fieldapp.services.safety.findings import Findings, Kind
from fieldapp.values import RecordId
from fieldapp.vault.connection import PAGE_SIZE, Connection, Row
from fieldapp.vault.scratch import Scratch

MOST_BYTES = 256 * 1024 * 1024
"""Of a larger database the tables would take too much memory: it is said that they were not compared."""

_UNINDEXED = "unindexed"
_NO_RECORD = -1
_CLAIM = (
    "SELECT entry, key, record, value, source, reliability, note, preferred, replaced FROM {}.claim ORDER BY entry, key"
)
_RECORD = (
    "SELECT record, type, title, earliest, latest, created_ms, changed_ms, changed_tick, hidden, contested, withdrawn,"
    " urgent FROM {}.record ORDER BY record"
)
_SEARCH = (  # but for what waits to be indexed
    "SELECT record.record, search.title, search.body, search.stems FROM {0}.record AS record"
    " JOIN {0}.search AS search ON search.rowid = record.id WHERE record.record NOT IN (SELECT waits.record"
    " FROM main.record AS waits WHERE waits.id IN (SELECT id FROM main.unindexed)) ORDER BY record.record"
)
_COMPARED: Mapping[str, tuple[str, int]] = {
    "claim": (_CLAIM, 2),
    "touch": ("SELECT record, entry, type, part FROM {}.touch ORDER BY record, entry", 0),
    "record": (_RECORD, 0),
    "link": ("SELECT record, origin, target, role FROM {}.link ORDER BY record", 0),
    "search": (_SEARCH, 0),
    "withdrawal": ("SELECT entry, record, withdrawn FROM {}.withdrawal ORDER BY entry", 1),
    "answered": ("SELECT record, target, entry, declined FROM {}.answered ORDER BY record, target, entry", 0),
    "revocation": ("SELECT entry, counts, despite FROM {}.revocation ORDER BY entry", _NO_RECORD),
}
"""What is read of each, in the order of its key; and the place of the record in a row."""


def compare(connection: Connection, found: Findings, read_bytes: Callable[[int], None]) -> None:
    """Note where they differ. Raises what `read_bytes` raises, VaultDamagedError where a page does not verify."""
    size = int(connection.value("PRAGMA page_count")) * PAGE_SIZE
    if not projection.is_current(connection):
        found.add(Kind.NOT_CHECKED, "index")  # of another version of the program: the next opening makes it anew
        return
    if size > MOST_BYTES:
        found.add(Kind.NOT_CHECKED, "index")
        return
    scratch = Scratch(connection, (*projection.NAMES, _UNINDEXED), lambda: read_bytes(0))
    try:
        projection.rebuild(scratch)
        while indexing.catch_up(scratch):
            pass
        for name, (statement, place) in _COMPARED.items():
            differing = _differing(scratch, statement)
            for row in differing:
                records = (RecordId(row[place]),) if place != _NO_RECORD else ()
                found.add(Kind.INDEX, name, records=records)
    finally:
        scratch.close()


def _differing(scratch: Scratch, statement: str) -> Iterator[Row]:
    """Rows of one that the other does not have; both are in order, so memory stays as it is."""
    here, anew = scratch.rows(statement.format("main")), scratch.rows(statement.format("temp"))
    for mine, made in zip_longest(here, anew):
        if mine != made:
            yield mine if mine is not None else made
            return
