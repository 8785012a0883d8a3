"""What entries say of records, in the tables `claim`, `replaced` and `touch`: taken in, many at a time, and taken out.

Rule: what is taken in does not depend on the order of the entries, nor on how they are cut into portions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from fieldapp.records import withdrawing
from fieldapp.records.heard import Heard
from fieldapp.records.merge import EVIDENCE
from fieldapp.records.model import split_key
from fieldapp.records.payload import first_of_each_key, part_of, read_claims, record_of
from fieldapp.values import EntryId, RecordId
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import encode_again
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import StoredEntry

_Replaced = tuple[EntryId, RecordId, str]
"""A claim that another one replaces: its entry, its record, its key."""


@dataclass(slots=True)
class _Rows:
    """What is to be written of a portion of entries."""

    touches: list[Row] = field(default_factory=list)
    claims: list[Row] = field(default_factory=list)
    ids: list[EntryId] = field(default_factory=list)
    """Of the entries of `claims`, one for each claim."""
    replaced: list[tuple[_Replaced, int]] = field(default_factory=list)


def take_in(
    connection: Connection, entries: Iterable[tuple[StoredEntry, Body]], heard: Heard | None = None
) -> set[RecordId]:
    """Take in what entries say, and keep it in mind if asked. Gives the records that must be refreshed."""
    rows = _Rows()
    deciding: list[StoredEntry] = []
    for entry, body in entries:
        record = record_of(body)
        if record is not None and not _note(rows, entry, body, record, heard):
            deciding.append(entry)
    taken = set(rows.ids)
    targets = {replaced for replaced, _by in rows.replaced}
    already = _replaced_already(connection, taken) | targets
    connection.execute_many("INSERT OR IGNORE INTO touch VALUES (?, ?, ?, ?)", rows.touches)
    connection.execute_many(
        "INSERT OR IGNORE INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((*row, (entry, row[2], row[1]) in already) for entry, row in zip(rows.ids, rows.claims, strict=True)),
    )
    connection.execute_many(
        "INSERT OR IGNORE INTO replaced VALUES (?, ?, ?, ?)", ((*replaced, by) for replaced, by in rows.replaced)
    )
    _mark(connection, [each for each in targets if each[0] not in taken], replaced=True)
    for entry in deciding:
        withdrawing.take(connection, entry)
    return {record for record, *_rest in rows.touches}


def take_out(connection: Connection, rowid: int) -> set[RecordId]:
    """Undo `take_in`: what the entry replaced is live again, unless another that is here replaces it."""
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
        (EntryId(target), record, str(key))
        for target, key in again
        if not connection.execute(
            "SELECT 1 FROM replaced WHERE target = ? AND record = ? AND key = ? LIMIT 1", (target, record, key)
        )
    ]
    _mark(connection, free, replaced=False)
    return {record}


def _note(rows: _Rows, entry: StoredEntry, body: Body, record: RecordId, heard: Heard | None) -> bool:
    """Note what one entry says. False: it claims nothing."""
    read = read_claims(body)
    kind = read.type if read else None
    claims = first_of_each_key(read.claims) if read else {}
    size = 0
    for key, claim in claims.items():
        value = encode_again(claim.value)
        size += len(value)
        rows.claims.append(
            (entry.rowid, key, record, value, claim.source, claim.reliability, claim.note, claim.preferred)
        )
        rows.ids.append(entry.id)
        if claim.replaces and split_key(key)[0] not in EVIDENCE:
            rows.replaced += (((target, record, key), entry.rowid) for target in claim.replaces)
    rows.touches.append((record, entry.rowid, kind, part_of(body)))
    if heard is not None:
        heard.note(entry, record, kind, claims, size)
    return read is not None


def _replaced_already(connection: Connection, entries: Collection[EntryId]) -> set[_Replaced]:
    """What of these entries was replaced before they came."""
    rows = connection.among("SELECT target, record, key FROM replaced WHERE target IN (?*)", entries)
    return {(EntryId(target), RecordId(record), str(key)) for target, record, key in rows}


def _mark(connection: Connection, claims: Sequence[_Replaced], *, replaced: bool) -> None:
    """Say of these claims, as far as they are here, whether others replace them."""
    targets = {target for target, _record, _key in claims}
    rows: dict[EntryId, int] = dict(connection.among("SELECT entry, id FROM entry WHERE entry IN (?*)", targets))
    connection.execute_many(
        "UPDATE claim SET replaced = ? WHERE entry = ? AND key = ? AND record = ?",
        [(replaced, rows[target], key, record) for target, record, key in claims if target in rows],
    )
