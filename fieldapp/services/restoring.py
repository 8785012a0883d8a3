"""Bringing an earlier state of a record back: what was said then is said again, in new entries. Nothing goes away."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fieldapp.records import past, store
from fieldapp.records.merge import EVIDENCE, Claim, FieldState
from fieldapp.records.model import split_key
from fieldapp.records.payload import HIDDEN, Claims, NewClaim, claims_body, part_of_key
from fieldapp.services.archive import Archive, Changed
from fieldapp.values import EntryId, RecordId


def restore_state(archive: Archive, record: RecordId, entry: EntryId) -> Changed:
    """Make a record say again what it said just after an entry of its history; a field that said nothing is cleared.

    Whether it is hidden, its links, and what was seen of a file stay as they are. One save, which `undo` takes back.

    Raises:
        RecordNotFoundError: the entry does not speak of this record. DiskFullError and its kind: nothing was saved.
    """
    with archive.vault.saving() as connection:
        row = store.row_of(connection, record)
        then = past.fields_at(connection, record, entry)
        now = store.fields_of(connection, record)
        save_id = secrets.token_bytes(16)
        bodies = [
            claims_body(Claims(record, row.type, part, tuple(claims)), kind="edit", save=save_id)
            for part, claims in _portions(row.type, then, now)
        ]
        return archive.write(bodies)[1] if bodies else Changed()


def _portions(
    type_name: str, then: Mapping[str, FieldState], now: Mapping[str, FieldState]
) -> Iterator[tuple[str, list[NewClaim]]]:
    """The claims of each entry to be written: one compartment, and one claim of each field in it."""
    turns: defaultdict[tuple[int, str], list[NewClaim]] = defaultdict(list)
    for key in sorted(then.keys() | now.keys()):
        for turn, claim in enumerate(_again(key, then.get(key), now.get(key))):
            turns[turn, part_of_key(type_name, key)].append(claim)
    for (_turn, part), claims in sorted(turns.items(), key=lambda each: each[0]):
        yield part, claims


def _again(key: str, then: FieldState | None, now: FieldState | None) -> list[NewClaim]:
    """The claims that make a field say what it said then; the first of them replaces all that it says now."""
    if key == HIDDEN or split_key(key)[0] in EVIDENCE or _said(then) == _said(now):
        return []
    gone = tuple(claim.entry for claim in now.claims) if now else ()
    if then is None:
        return [NewClaim(key, None, gone)]
    first, *others = (_restated(claim) for claim in then.claims)
    return [replace(first, replaces=gone), *others]


def _said(state: FieldState | None) -> set[tuple[object, ...]]:
    """What stands in a field; nothing where it is clear."""
    claims = state.claims if state else ()
    return {
        (repr(claim.value), claim.source, claim.reliability, claim.note, claim.preferred)
        for claim in claims
        if claim.value is not None
    }


def _restated(claim: Claim) -> NewClaim:
    """The claim in the name of the entry that said it."""
    return NewClaim(
        claim.key,
        claim.value,
        source=claim.source,
        reliability=claim.reliability,
        note=claim.note,
        preferred=claim.preferred,
        restates=claim.entry,
    )
