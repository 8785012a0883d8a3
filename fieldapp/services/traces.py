"""Which entries were about a record, also after their bodies went: so that it is known who ever had something of it.

While bodies are here the index says it. What goes is noted in settings, one for each record: rows of entries, no words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from fieldapp.errors import EntryMalformedError
from fieldapp.values import RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain, decode, encode

_SAYING = (
    "SELECT {0}.record, {0}.entry FROM {0} JOIN body ON body.entry = {0}.entry WHERE {0}.record IN (?*)"
    " AND body.kind NOT IN ('hide', 'withdraw', 'keep', 'shred')"
)
"""Without the kinds that say nothing of the record which they are about."""

_WAS_ABOUT = "was about "


def note(connection: Connection, records: Collection[RecordId]) -> None:
    """Keep which entries are about these records, whose bodies are about to go. Inside a transaction."""
    rows: list[tuple[str, bytes]] = []
    for record, entries in entries_about(connection, records).items():
        listed: list[Plain] = [*sorted(entries)]
        rows.append((_name(record), encode(listed)))
    connection.execute_many("INSERT OR REPLACE INTO setting VALUES (?, ?)", rows)


def entries_about(connection: Connection, records: Collection[RecordId]) -> dict[RecordId, set[int]]:
    """The rows of the entries that say or said something of each of these records; decisions do not count."""
    found: defaultdict[RecordId, set[int]] = defaultdict(set)
    for table in ("touch", "unstanding"):
        for record, entry in connection.among(_SAYING.format(table), records):
            found[RecordId(record)].add(entry)
    names = {_name(record): record for record in records}
    for name, kept in connection.among("SELECT name, value FROM setting WHERE name IN (?*)", names):
        found[names[name]] |= _read(kept)
    return dict(found)


def _read(kept: bytes) -> set[int]:
    try:
        rows = decode(kept)
    except EntryMalformedError:
        return set()
    return {row for row in rows if isinstance(row, int)} if isinstance(rows, list) else set()


def _name(record: RecordId) -> str:
    return _WAS_ABOUT + record.hex()
