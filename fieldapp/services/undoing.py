"""Undo: what the last save here replaced in a record is said again, by new entries. Nothing is taken away."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fieldapp.errors import NothingToUndoError
from fieldapp.records import store
from fieldapp.records.merge import Claim, FieldState
from fieldapp.records.model import ORDINARY
from fieldapp.records.payload import HIDDEN, Claims, NewClaim, claims_body, first_of_each_key, read_claims
from fieldapp.services.archive import Archive, Changed
from fieldapp.values import EntryId, RecordId
from fieldapp.vault.journal import StoredEntry, stored_entry


def undo(archive: Archive, record: RecordId) -> Changed:
    """Take back the last save written here about a record, with the links it made; what others said since stays.

    A record that did not exist before that save is hidden. Asked again, it takes back the save before.

    Raises:
        NothingToUndoError: nothing was written here about it, or others have replaced all of it.
    """
    with archive.vault.saving():
        own = _own_entries(archive, record)
        last = _last_save(own)
        if not last:
            raise NothingToUndoError
        undone, save_id = last[0][1].save, secrets.token_bytes(16)
        if _made_the_record(archive, record, undone):
            taken_back = [_hiding(record, last[0][1], undone)]
        else:
            taken_back = [claims for entry, read in last for claims in _reverting(archive, record, entry, read)]
            taken_back += _hiding_links(archive, last[0][0], record, undone)
        if not taken_back:
            raise NothingToUndoError
        return archive.write([claims_body(each, kind=_kind_of(each), save=save_id) for each in taken_back])[1]


class _Said:
    """What an entry claims, with the save it belongs to."""

    def __init__(self, claims: Claims, save: bytes) -> None:
        self.claims = claims
        self.save = save


def _own_entries(archive: Archive, record: RecordId) -> list[tuple[StoredEntry, _Said]]:
    """The entries written here that claim something about a record, the newest first."""
    found = []
    for touch in store.entries_about(archive.connection, record):
        entry = stored_entry(archive.connection, touch.entry)
        read = read_claims(entry.body) if entry.body else None
        if entry.log == archive.vault.author.log and entry.body is not None and read is not None:
            found.append((entry, _Said(read, entry.body.save)))
    return sorted(found, key=lambda each: each[0].seq, reverse=True)


def _last_save(own: list[tuple[StoredEntry, _Said]]) -> list[tuple[StoredEntry, _Said]]:
    """The entries of the newest save that is neither undone nor an undoing."""
    undone = {said.claims.undoes for _entry, said in own if said.claims.undoes}
    standing = [each for each in own if not each[1].claims.undoes and each[1].save not in undone]
    return [each for each in standing if each[1].save == standing[0][1].save]


def _made_the_record(archive: Archive, record: RecordId, save: bytes) -> bool:
    first = stored_entry(archive.connection, store.first_entry(archive.connection, record))
    return first.body is not None and first.body.save == save


def _hiding(record: RecordId, said: _Said, undone: bytes) -> Claims:
    return Claims(record, said.claims.type, ORDINARY, (NewClaim(HIDDEN, value=True),), undone)


def _hiding_links(archive: Archive, entry: StoredEntry, record: RecordId, undone: bytes) -> list[Claims]:
    """What hides the links from and to the record that were made in the same save (all its entries have one tick)."""
    rows = archive.connection.execute(
        "SELECT touch.entry, touch.record FROM entry JOIN log ON log.id = entry.log"
        " JOIN touch ON touch.entry = entry.id JOIN link ON link.record = touch.record"
        " JOIN record ON record.record = touch.record"
        " WHERE log.log = ? AND entry.tick = ? AND record.hidden = 0 AND ? IN (link.origin, link.target)",
        (entry.log, entry.tick, record),
    )
    links = [(RecordId(link), stored_entry(archive.connection, rowid)) for rowid, link in rows]
    return [
        Claims(link, "link", ORDINARY, (NewClaim(HIDDEN, value=True),), undone)
        for link, made in links
        if made.body is not None and made.body.save == undone and _made_the_record(archive, link, undone)
    ]


def _reverting(archive: Archive, record: RecordId, entry: StoredEntry, said: _Said) -> Iterator[Claims]:
    """What says again all that the entry replaced, where it still stands; several claims of a field take turns."""
    fields = store.fields_of(archive.connection, record)
    again = {
        key: _said_before(archive, record, entry, claim, fields)
        for key, claim in first_of_each_key(said.claims.claims).items()
    }
    for turn in range(max((len(claims) for claims in again.values()), default=0)):
        claims = tuple(several[turn] for several in again.values() if turn < len(several))
        yield Claims(record, said.claims.type, said.claims.part, claims, said.save)


def _said_before(
    archive: Archive, record: RecordId, entry: StoredEntry, claim: NewClaim, fields: Mapping[str, FieldState]
) -> list[NewClaim]:
    """The claims that bring back what `claim` replaced; none where others have replaced it since."""
    state = fields.get(claim.key)
    live = state.claims if state else ()
    standing = [each for each in live if each.entry == entry.id or _restated(archive, each) == entry.id]
    if not standing:
        return []
    gone = tuple(each.entry for each in standing)
    before = [
        replace(found, replaces=gone)
        for target in claim.replaces
        if store.replacing(archive.connection, target, record, claim.key) <= {entry.id}
        and (found := _claim_of(archive, target, claim.key)) is not None
    ]
    others = [each for each in live if each not in standing]
    if not before and others:  # nothing was there before, and somebody else has said something: that stands
        found = _claim_of(archive, others[0].entry, claim.key)
        before = [replace(found, replaces=(*gone, others[0].entry))] if found else []
    return before or [NewClaim(claim.key, None, gone)]


def _claim_of(archive: Archive, entry_id: EntryId, key: str) -> NewClaim | None:
    """The claim of an entry, to be said again in the name of the entry that said it first."""
    rows = archive.connection.execute("SELECT id FROM entry WHERE entry = ?", (entry_id,))
    entry = _entry_if_here(archive, rows[0][0]) if rows else None
    read = read_claims(entry.body) if entry and entry.body else None
    found = first_of_each_key(read.claims).get(key) if read else None
    return replace(found, restates=found.restates or entry_id) if found else None


def _restated(archive: Archive, claim: Claim) -> EntryId | None:
    found = _claim_of(archive, claim.entry, claim.key)
    return found.restates if found else None


def _entry_if_here(archive: Archive, rowid: int) -> StoredEntry | None:
    """An entry by its row; None where its body has not come."""
    here = archive.connection.value("SELECT 1 FROM body WHERE entry = ?", (rowid,))
    return stored_entry(archive.connection, rowid) if here else None


def _kind_of(claims: Claims) -> str:
    return "hide" if {claim.key for claim in claims.claims} == {HIDDEN} else "edit"
