"""Writing records down, changing, linking, hiding and undoing; every change is one save of one or more entries."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldapp.errors import NothingToUndoError, RecordNotFoundError
from fieldapp.records import store
from fieldapp.records.merge import FieldState
from fieldapp.records.model import ORDINARY, field_of, item_key, parse_value, record_type, split_key
from fieldapp.records.payload import HIDDEN, Claims, NewClaim, claims_body, read_claims
from fieldapp.services.archive import Archive, Changed
from fieldapp.values import EntryId, RecordId, new_record_id
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import StoredEntry, stored_entry


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be made: from the record being saved to `target`, or the other way round where `backwards`."""

    target: RecordId
    role: str
    note: str = ""
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Where a value comes from: a source in words, and how reliable this piece of information is (MT42)."""

    source: str = ""
    reliability: str = ""
    note: str = ""


def save(
    archive: Archive,
    type_name: str,
    values: Mapping[str, object],
    *,
    record: RecordId | None = None,
    told: Told | None = None,
    links: Sequence[NewLink] = (),
) -> Changed:
    """Write down what `values` say (field name or key → text, number, map; a list for a field of several items).

    Only what differs from what the record says now is written; None or blank text clears a field. Without `record` a
    new one is made. Everything, links included, is one save: all of it or nothing.

    Raises:
        UnknownTypeError, UnknownFieldError, BadValueError: nothing was saved.
        DiskFullError and its kind: nothing was saved.
    """
    record_type(type_name)
    target = record or new_record_id()
    with archive.vault.saving():
        changed = save_under(archive, target, type_name, values, told=told, links=links)
    return Changed(changed.records, target if record is None else None)


def save_under(
    archive: Archive,
    record: RecordId,
    type_name: str,
    values: Mapping[str, object],
    *,
    told: Told | None = None,
    links: Sequence[NewLink] = (),
    kind: str = "edit",
) -> Changed:
    """As `save`, for an id that the caller chose, which may be new; inside `vault.saving()`."""
    fields = store.fields_of(archive.connection, record)
    new = not store.entries_about(archive.connection, record)
    save_id = secrets.token_bytes(16)
    claims = claims_for(type_name, values, fields, told or Told())
    bodies = bodies_for(record, type_name, claims, save_id, new=new, kind=kind)
    for each in links:
        bodies += _link_bodies(record, each, save_id)
    return archive.write(bodies)[1] if bodies else Changed()


def shown_value(archive: Archive, record: RecordId, key: str) -> Plain:
    """What a record says now in one field; None where it says nothing."""
    state = store.fields_of(archive.connection, record).get(key)
    return state.value if state else None


def link(archive: Archive, origin: RecordId, target: RecordId, role: str, *, note: str = "") -> Changed:
    """Link two records. Gives the link's own record as `created`.

    Raises:
        RecordNotFoundError: one of them is not here. BadValueError: no such role.
    """
    for end in (origin, target):
        store.row_of(archive.connection, end)
    return save(archive, "link", {"from": origin, "to": target, "role": role, "note": note})


def hide(archive: Archive, record: RecordId, *, hidden: bool = True) -> Changed:
    """Take a mistaken record out of sight, or bring it back. Nothing is destroyed."""
    with archive.vault.saving() as connection:
        row = store.row_of(connection, record)
        state = store.fields_of(connection, record).get(HIDDEN)
        if row.hidden == hidden and (state is None or len(state.claims) == 1):
            return Changed()
        claim = NewClaim(HIDDEN, hidden, _replaced_by(state))
        body = claims_body(Claims(record, row.type, ORDINARY, (claim,)), kind="hide", save=secrets.token_bytes(16))
        return archive.write([body])[1]


def resolve(archive: Archive, record: RecordId, key: str, chosen: EntryId) -> Changed:
    """Settle a contested field: the claim of the entry `chosen` becomes the one that replaces the others.

    Raises:
        RecordNotFoundError: there is no such claim.
    """
    with archive.vault.saving() as connection:
        row = store.row_of(connection, record)
        state = store.fields_of(connection, record).get(key)
        claim = next((claim for claim in state.claims if claim.entry == chosen), None) if state else None
        if claim is None:
            raise RecordNotFoundError
        new = NewClaim(key, claim.value, _replaced_by(state), claim.source, claim.reliability, claim.note)
        body = claims_body(
            Claims(record, row.type, _part_of(row.type, key), (new,)), kind="resolve", save=secrets.token_bytes(16)
        )
        return archive.write([body])[1]


def undo(archive: Archive, record: RecordId) -> Changed:
    """Take back the last save written here about a record, by a new entry that claims what was there before.

    A record that did not exist before that save is hidden.

    Raises:
        NothingToUndoError: nothing was written here about it.
    """
    with archive.vault.saving():
        last = _last_own_save(archive, record)
        if not last:
            raise NothingToUndoError
        save_id = secrets.token_bytes(16)
        bodies = [body for entry in last for body in _reverting(archive, record, entry, save_id)]
        if not bodies:
            raise NothingToUndoError
        return archive.write(bodies)[1]


def claims_for(
    type_name: str, values: Mapping[str, object], fields: Mapping[str, FieldState], told: Told
) -> list[NewClaim]:
    """The claims that lead from what the record says now to `values`; nothing for what is equal."""
    wanted: dict[str, Plain] = {}
    for name, raw in values.items():
        if isinstance(raw, (list, tuple)):
            wanted |= _items(type_name, name, raw, fields)
        else:
            wanted[name] = parse_value(type_name, name, raw)
    claims = []
    for key, value in wanted.items():
        state = fields.get(key)
        if (state.value if state else None) == value and not (state and state.contested):
            continue
        replaces = _replaced_by(state, told.source)
        claims.append(NewClaim(key, value, replaces, told.source, told.reliability, told.note))
    return claims


def bodies_for(
    record: RecordId, type_name: str, claims: Sequence[NewClaim], save_id: bytes, *, new: bool, kind: str = "edit"
) -> list[Body]:
    """One body for each compartment that the claims touch; a new record has an ordinary one even where it is empty."""
    by_part: defaultdict[str, list[NewClaim]] = defaultdict(list)
    if new:
        by_part[ORDINARY] = []
    for claim in claims:
        by_part[_part_of(type_name, claim.key)].append(claim)
    return [
        claims_body(Claims(record, type_name, part, tuple(several)), kind=kind, save=save_id)
        for part, several in by_part.items()
    ]


def _link_bodies(record: RecordId, link: NewLink, save_id: bytes) -> list[Body]:
    ends = (link.target, record) if link.backwards else (record, link.target)
    values = {"from": ends[0], "to": ends[1], "role": link.role, "note": link.note}
    claims = [claim for claim in claims_for("link", values, {}, Told()) if claim.value is not None]
    return bodies_for(new_record_id(), "link", claims, save_id, new=True)


def _items(type_name: str, name: str, raw: Sequence[object], fields: Mapping[str, FieldState]) -> dict[str, Plain]:
    """The keys and values of a field of several items: equal items keep their key, others are cleared or made."""
    left = {key: state.value for key, state in fields.items() if split_key(key)[0] == name and "#" in key}
    left = {key: value for key, value in left.items() if value is not None}
    wanted: dict[str, Plain] = {}
    fresh = []
    for each in raw:
        value = parse_value(type_name, item_key(name, "00000000"), each)
        key = next((key for key, present in left.items() if present == value), None)
        if key is not None:
            del left[key]
        elif value is not None:
            fresh.append(value)
    gone = list(left)
    for value in fresh:  # an item that was changed keeps its key, so that its history stays in one place
        wanted[gone.pop(0) if gone else item_key(name, secrets.token_hex(4))] = value
    return wanted | dict.fromkeys(gone)


def _replaced_by(state: FieldState | None, source: str | None = None) -> tuple[EntryId, ...]:
    """The live claims that a new one replaces: all, or only those of one source, since accounts of others stay."""
    if state is None:
        return ()
    return tuple(claim.entry for claim in state.claims if source is None or claim.source in {source, ""})


def _part_of(type_name: str, key: str) -> str:
    known = field_of(type_name, key)
    return known.compartment if known else ORDINARY


def _last_own_save(archive: Archive, record: RecordId) -> list[StoredEntry]:
    """The entries about the record in the newest save written here that is neither undone nor an undoing."""
    own: list[StoredEntry] = []
    undone: set[bytes] = set()
    for rowid in reversed(store.entries_about(archive.connection, record)):
        entry = stored_entry(archive.connection, rowid)
        read = read_claims(entry.body) if entry.body else None
        if entry.log != archive.vault.author.log or entry.body is None or read is None:
            continue
        if read.undoes:
            undone.add(read.undoes)
        elif own and own[0].body and entry.body.save != own[0].body.save:
            break
        elif entry.body.save not in undone:
            own.append(entry)
    return own


def _reverting(archive: Archive, record: RecordId, entry: StoredEntry, save_id: bytes) -> list[Body]:
    """The bodies that claim again what the entry replaced; for the save that made the record, one that hides it."""
    read = read_claims(entry.body) if entry.body else None
    if entry.body is None or read is None:
        return []
    undone = entry.body.save
    if _is_first(archive, record, entry):
        hiding = Claims(record, read.type, ORDINARY, (NewClaim(HIDDEN, value=True),), undone)
        return [claims_body(hiding, kind="hide", save=save_id)] if read.part == ORDINARY else []
    fields = store.fields_of(archive.connection, record)
    claims = tuple(
        NewClaim(claim.key, _value_before(archive, claim), (entry.id,), claim.source, claim.reliability)
        for claim in read.claims
        if claim.key in fields and any(live.entry == entry.id for live in fields[claim.key].claims)
    )
    return [claims_body(Claims(record, read.type, read.part, claims, undone), kind="edit", save=save_id)]


def _is_first(archive: Archive, record: RecordId, entry: StoredEntry) -> bool:
    first = stored_entry(archive.connection, store.entries_about(archive.connection, record)[0])
    return bool(first.body and entry.body and first.body.save == entry.body.save)


def _value_before(archive: Archive, claim: NewClaim) -> Plain:
    """The value of the claim that this one replaced; None where it replaced none."""
    for target in claim.replaces:
        rows = archive.connection.execute("SELECT id FROM entry WHERE entry = ?", (target,))
        before = stored_entry(archive.connection, rows[0][0]) if rows else None
        read = read_claims(before.body) if before and before.body else None
        for old in read.claims if read else ():
            if old.key == claim.key:
                return old.value
    return None
