"""Writing records down, changing, linking, hiding and undoing; every change is one save of one or more entries.

Rule: what one source says never replaces what another says. A change that names no source is ours: it replaces what
names none, and where a person empties a field, everything in it.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldapp.errors import BadValueError, BugError, RecordNotFoundError
from fieldapp.records import store
from fieldapp.records.ids import new_record_id
from fieldapp.records.merge import Claim, FieldState, is_hidden, same_value, source_of
from fieldapp.records.model import ORDINARY, field_of, item_key, parse_value, record_type, split_key
from fieldapp.records.payload import HIDDEN, Claims, NewClaim, claims_body, part_of_key
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.restoring import restore_state
from fieldapp.services.undoing import undo
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body

__all__ = [
    "NewLink",
    "Told",
    "bodies_for",
    "claims_for",
    "hide",
    "link",
    "resolve",
    "restore_state",
    "save",
    "save_under",
    "shown_value",
    "undo",
]


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
        RecordNotFoundError: a record to be linked is not here. DiskFullError and its kind: nothing was saved.
    """
    record_type(type_name)
    target = record or new_record_id(archive.own_log)
    with archive.vault.saving() as connection:
        for each in links:
            store.row_of(connection, each.target)
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
    seen: Mapping[str, FieldState] | None = None,
) -> Changed:
    """As `save`, for an id that the caller chose, which may be new; inside `vault.saving()`.

    `seen` is what the record said to who wrote `values`, where that was earlier: only that is replaced or cleared.

    Raises:
        BugError: the record is of another type.
    """
    fields = store.fields_of(archive.connection, record)
    row = store.row_if_there(archive.connection, record)
    new = row is None
    if row is not None and row.type != type_name:
        raise BugError("a record has one type")
    save_id = secrets.token_bytes(16)
    claims = claims_for(type_name, values, fields if seen is None else seen, told or Told())
    if seen is not None:
        claims = [claim for claim in claims if not _is_answered(claim, fields, seen)]
    bodies = bodies_for(record, type_name, claims, save_id, new=new, kind=kind)
    for each in links:
        bodies += _link_bodies(archive.own_log, record, each, save_id)
    return archive.write(bodies)[1] if bodies else Changed()


def shown_value(archive: Archive, record: RecordId, key: str) -> Plain:
    """What a record says now in one field; None where it says nothing."""
    state = store.fields_of(archive.connection, record).get(key)
    return state.value if state else None


def link(archive: Archive, origin: RecordId, target: RecordId, role: str, *, note: str = "") -> Changed:
    """Link two records. Gives the link's own record as `created`.

    Raises:
        RecordNotFoundError: one of them is not here. BadValueError: no such role, or a record and itself.
    """
    if origin == target:
        raise BadValueError("to", "type")
    for end in (origin, target):
        store.row_of(archive.connection, end)
    return save(archive, "link", {"from": origin, "to": target, "role": role, "note": note})


def hide(archive: Archive, record: RecordId, *, hidden: bool = True) -> Changed:
    """Take a mistaken record out of sight, or bring it back. Nothing is destroyed."""
    with archive.vault.saving() as connection:
        row = store.row_of(connection, record)
        fields = store.fields_of(connection, record)
        state = fields.get(HIDDEN)
        if is_hidden(fields) == hidden and not (state and state.contested):
            return Changed()
        claim = NewClaim(HIDDEN, hidden, _entries(state.claims if state else ()))
        body = claims_body(Claims(record, row.type, ORDINARY, (claim,)), kind="hide", save=secrets.token_bytes(16))
        return archive.write([body])[1]


def resolve(archive: Archive, record: RecordId, key: str, chosen: EntryId) -> Changed:
    """Settle a field: the claim of the entry `chosen` replaces the others of its source, and is shown first.

    What other sources say stays beside it.

    Raises:
        RecordNotFoundError: there is no such claim.
    """
    with archive.vault.saving() as connection:
        row = store.row_of(connection, record)
        state = store.fields_of(connection, record).get(key)
        claim = next((claim for claim in state.claims if claim.entry == chosen), None) if state else None
        if claim is None or state is None:
            raise RecordNotFoundError
        replaced = tuple(each for each in state.claims if source_of(each.source) == source_of(claim.source))
        new = NewClaim(
            key,
            claim.value,
            _entries(replaced),
            claim.source,
            claim.reliability,
            claim.note,
            preferred=len(replaced) < len(state.claims),
        )
        kind = "hide" if key == HIDDEN else "resolve"
        claims = Claims(record, row.type, part_of_key(row.type, key), (new,))
        return archive.write([claims_body(claims, kind=kind, save=secrets.token_bytes(16))])[1]


def claims_for(
    type_name: str, values: Mapping[str, object], fields: Mapping[str, FieldState], told: Told
) -> list[NewClaim]:
    """The claims that lead from what the record says now to `values`; nothing for what is equal."""
    wanted: dict[str, Plain] = {}
    for name, raw in values.items():
        field = field_of(type_name, name)
        if field is not None and field.multi and split_key(name)[1] is None:
            wanted |= _items(type_name, name, raw if isinstance(raw, (list, tuple)) else [raw], fields, told)
        else:
            wanted[name] = parse_value(type_name, name, raw)
    claims = (_claim_for(key, value, fields.get(key), told) for key, value in wanted.items())
    return [claim for claim in claims if claim is not None]


def _claim_for(key: str, value: Plain, state: FieldState | None, told: Told) -> NewClaim | None:
    """The claim that says `value`; None where that is said already."""
    live = state.claims if state else ()
    ours = [claim for claim in live if source_of(claim.source) == source_of(told.source)]
    if value is None and not (ours if told.source else live):
        return None
    compared = ours if told.source else live[:1]
    settled = len({same_value(key, claim.value) for claim in ours}) <= 1
    if settled and any(_says(claim, value, told) for claim in compared):
        return None
    replaced = live if value is None and not told.source else ours
    preferred = not told.source and any(claim.preferred for claim in live)
    return NewClaim(key, value, _entries(replaced), told.source, told.reliability, told.note, preferred=preferred)


def _says(claim: Claim, value: Plain, told: Told) -> bool:
    return claim.value == value and told.reliability in {"", claim.reliability} and told.note in {"", claim.note}


def _is_answered(claim: NewClaim, now: Mapping[str, FieldState], seen: Mapping[str, FieldState]) -> bool:
    """Whether what came in unseen leaves nothing to claim: it stands where one clears, or it is the same item."""
    if claim.value is None:
        before = {each.entry for each in seen[claim.key].claims} if claim.key in seen else set()
        return claim.key in now and any(each.entry not in before for each in now[claim.key].claims)
    name, item = split_key(claim.key)
    is_new = item is not None and claim.key not in seen
    unseen = (state for key, state in now.items() if key not in seen and split_key(key)[0] == name)
    return is_new and any(same_value(claim.key, state.value) == same_value(claim.key, claim.value) for state in unseen)


def _entries(claims: Sequence[Claim]) -> tuple[EntryId, ...]:
    return tuple(claim.entry for claim in claims)


def bodies_for(
    record: RecordId, type_name: str, claims: Sequence[NewClaim], save_id: bytes, *, new: bool, kind: str = "edit"
) -> list[Body]:
    """One body for each compartment that the claims touch; a new record has an ordinary one even where it is empty."""
    by_part: defaultdict[str, list[NewClaim]] = defaultdict(list)
    if new:
        by_part[ORDINARY] = []
    for claim in claims:
        by_part[part_of_key(type_name, claim.key)].append(claim)
    return [
        claims_body(Claims(record, type_name, part, tuple(several)), kind=kind, save=save_id)
        for part, several in by_part.items()
    ]


def _link_bodies(log: LogId, record: RecordId, link: NewLink, save_id: bytes) -> list[Body]:
    ends = (link.target, record) if link.backwards else (record, link.target)
    values = {"from": ends[0], "to": ends[1], "role": link.role, "note": link.note}
    claims = [claim for claim in claims_for("link", values, {}, Told()) if claim.value is not None]
    return bodies_for(new_record_id(log), "link", claims, save_id, new=True)


def _items(
    type_name: str, name: str, raw: Sequence[object], fields: Mapping[str, FieldState], told: Told
) -> dict[str, Plain]:
    """The keys and values of a field of several items: equal items keep their key, others are cleared or made.

    Where a source is named, only what that source said before is changed or cleared.
    """
    present = {key: state for key, state in fields.items() if split_key(key)[0] == name and state.value is not None}
    wanted: dict[str, Plain] = {}
    fresh = []
    for each in raw:
        value = parse_value(type_name, item_key(name, "00000000"), each)
        key = next((key for key, state in present.items() if state.value == value), None)
        if key is not None:
            wanted[key] = value
            del present[key]
        elif value is not None:
            fresh.append(value)
    gone = [key for key, state in present.items() if not told.source or _is_told_by(state, told.source)]
    # An item that was changed keeps its key, so that its history stays in one place. New ones get theirs in ascending
    # order: items of one save are shown in the order of their keys, which is then that in which they were told.
    new = sorted(item_key(name, secrets.token_hex(4)) for _ in range(len(fresh) - len(gone)))
    keys = [*gone, *new]
    return wanted | dict(zip(keys, fresh, strict=False)) | dict.fromkeys(keys[len(fresh) :])


def _is_told_by(state: FieldState, source: str) -> bool:
    return any(source_of(claim.source) == source_of(source) for claim in state.claims)
