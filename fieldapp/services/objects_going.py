"""Which files go along with the documents that go: those that a recipient lacks, and only what is theirs to show.

Rule: what was written here is ours. What came in signed with a key of ours is not: it may be a thief's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fieldapp.bundles.write import check_size
from fieldapp.records import store
from fieldapp.records.fields_document import DOCUMENT
from fieldapp.services.archive import Archive
from fieldapp.services.going import Audience
from fieldapp.values import LogId, RecordId
from fieldapp.vault.encoding import decode, encode
from fieldapp.vault.objects import StoredObject

HERE: Final = LogId(b"")
"""Stands for the writer of what was written here, in whichever log."""


@dataclass(frozen=True, slots=True)
class _Named:
    """That an entry (its row) claims a content for a record; `who`: the log of who wrote that, or `HERE`."""

    sha256: bytes
    rowid: int
    who: LogId


def of_documents(
    archive: Archive, records: Mapping[RecordId, str], to: Audience
) -> tuple[tuple[RecordId, ...], tuple[StoredObject, ...]]:
    """The documents among the records whose content is here, may go with them and is lacking, and that content.

    Raises:
        FileTooLargeForBundleError: one of them does not fit.
    """
    shown = {
        record: hash_and_who
        for record, type_name in records.items()
        if type_name == DOCUMENT.name and (hash_and_who := _shown_hash(archive, record))[0]
    }
    here = _objects_here(archive, {sha256 for sha256, _who in shown.values()})
    going = {
        sha256
        for sha256, who in shown.values()
        if sha256 in here and who in {HERE, _who_brought(archive, sha256)} and to.lacks_object(sha256)
    }
    for sha256 in sorted(going):
        check_size(sha256, here[sha256].size)
    documents = tuple(sorted(record for record, (sha256, _who) in shown.items() if sha256 in going))
    return documents, tuple(here[sha256] for sha256 in sorted(going))


def asked_for(archive: Archive, to: Audience) -> set[RecordId]:
    """The documents that speak of files which are here, and which recipients name as missing."""
    wanted = _objects_here(archive, to.missing_objects())
    return {
        RecordId(record)
        for sha256 in wanted
        for (record,) in archive.connection.execute(
            "SELECT claim.record FROM claim JOIN record ON record.record = claim.record"
            " WHERE claim.key = 'sha256' AND claim.value = ? AND record.type = ?",
            (encode(sha256), DOCUMENT.name),
        )
    }


def first_author(archive: Archive, record: RecordId) -> LogId:
    """The log of the entry about a record that came here first, or `HERE`: a foreign tick or clock changes nothing."""
    rows = archive.connection.execute(
        "SELECT log.log, entry.arrival FROM touch JOIN entry ON entry.id = touch.entry JOIN log ON log.id = entry.log"
        " WHERE touch.record = ? AND touch.type IS NOT NULL ORDER BY touch.entry LIMIT 1",
        (record,),
    )
    return _writer(*rows[0]) if rows else HERE


def _objects_here(archive: Archive, hashes: Iterable[bytes]) -> dict[bytes, StoredObject]:
    here: dict[bytes, StoredObject] = {}
    for each in hashes:
        for sha256, size, key in archive.connection.execute(
            "SELECT sha256, size, key FROM object WHERE sha256 = ?", (each,)
        ):
            here[sha256] = StoredObject(sha256, size, key)
    return here


def _shown_hash(archive: Archive, record: RecordId) -> tuple[bytes, LogId]:
    """What a document shows as its content, and who says so; empty where it names none, or it is cleared."""
    named = _named(archive, "claim.record = ? AND claim.key = 'sha256'", record)
    if len(named) == 1:
        return named[0].sha256, named[0].who
    state = store.fields_of(archive.connection, record).get("sha256") if named else None
    if state is None or not isinstance(state.value, bytes):
        return b"", HERE
    first = state.claims[0]
    return state.value, first.log if first.foreign else HERE


def _who_brought(archive: Archive, sha256: bytes) -> LogId:
    """Who brought a content: the first that claimed it, one who wrote here before all others."""
    named = _named(archive, "claim.value = ? AND claim.key = 'sha256'", encode(sha256))
    return min(named, key=lambda each: (each.who != HERE, each.rowid)).who


def _named(archive: Archive, where: str, value: bytes) -> Sequence[_Named]:
    """Claims of contents, in the order in which the entries came here."""
    claims = "SELECT claim.value, claim.entry, log.log, entry.arrival FROM claim JOIN entry ON entry.id = claim.entry"
    logs = "JOIN log ON log.id = entry.log"
    rows = archive.connection.execute(f"{claims} {logs} WHERE {where} ORDER BY claim.entry", (value,))
    decoded = ((decode(encoded), rowid, _writer(log, arrival)) for encoded, rowid, log, arrival in rows)
    return [_Named(sha256, rowid, who) for sha256, rowid, who in decoded if isinstance(sha256, bytes)]


def _writer(log: bytes, arrival: int | None) -> LogId:
    return HERE if arrival is None else LogId(log)
