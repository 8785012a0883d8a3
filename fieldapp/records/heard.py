"""What entries said of records, kept in mind from taking them in until the rows of their records are made.

Most of what comes with a bundle is about records that were not here. What is claimed of those need not be read back
from the tables.

Rule: it only ever saves reading. It counts for a record where the table `touch` names exactly the entries that are kept
      in mind; so for none of which something is here already, or was taken out, or taken in by somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fieldapp.records.merge import EVIDENCE, Claim, FieldState, is_hidden, merge, shown_values
from fieldapp.records.model import split_key
from fieldapp.records.payload import HIDDEN, NewClaim
from fieldapp.records.store import Touch
from fieldapp.values import EntryId, RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain
from fieldapp.vault.journal import StoredEntry

MOST_BYTES = 64 * 1024 * 1024
"""Of values, and so much again for what stands around them: what is beyond is read back."""

_EACH = 500
"""Bytes that a claim and its entry are counted with, apart from the value."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the rows of a record are made of: the values shown, and whether accounts of it differ, or it is hidden."""

    values: dict[str, Plain]
    contested: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """What one entry says of a record. `type`: None where it claims nothing."""

    entry: StoredEntry
    type: str | None
    claims: Mapping[str, NewClaim]


@dataclass(slots=True)
class Heard:
    """What was said of records by the entries that are taken in with this."""

    _said: dict[RecordId, dict[int, _Said]] = field(default_factory=dict)
    _room: int = MOST_BYTES

    def note(
        self, entry: StoredEntry, record: RecordId, kind: str | None, claims: Mapping[str, NewClaim], size: int
    ) -> None:
        """Keep in mind what an entry says, if there is room; `size`: bytes of the values of its claims."""
        self._room -= size + _EACH * (1 + len(claims))
        if self._room > 0:
            self._said.setdefault(record, {})[entry.rowid] = _Said(entry, kind, claims)

    def told(self, connection: Connection, records: Sequence[RecordId]) -> dict[RecordId, tuple[list[Touch], Look]]:
        """As `entries_about_each` and `look_of`, for those of the records of which all that counts is in mind."""
        wanted = [record for record in records if record in self._said]
        here: dict[RecordId, set[int]] = {record: set() for record in wanted}
        for record, rowid in connection.among("SELECT record, entry FROM touch WHERE record IN (?*)", wanted):
            here[record].add(rowid)
        whole = (record for record in wanted if self._said[record].keys() == here[record])
        return {record: _told(sorted(self._said[record].values(), key=_place)) for record in whole}


def look_of(fields: Mapping[str, FieldState]) -> Look:
    """What the rows of a record are made of, out of the state of its fields."""
    values = shown_values(fields)
    values.pop(HIDDEN, None)
    return Look(values, any(state.contested for state in fields.values()), is_hidden(fields))


def _place(said: _Said) -> tuple[int, bytes, int, bytes]:
    """The order in which entries stand (projection, rule 3)."""
    entry = said.entry
    return entry.tick, entry.log, entry.seq, entry.id


def _told(said: Sequence[_Said]) -> tuple[list[Touch], Look]:
    touches = [
        Touch(each.entry.rowid, each.entry.tick, each.entry.time_ms, each.type, each.entry.arrival is not None)
        for each in said
    ]
    live = _live(said)
    keys = {key for key, _claim, _entry in live}
    if len(keys) < len(live) or HIDDEN in keys or any("#" in key for key in keys):
        return touches, look_of(merge([_claim(*each) for each in live], _first_ticks(said)))
    # one claim for each field, and no items of which one is shown before another
    return touches, Look({key: claim.value for key, claim, _ in live if claim.value is not None}, False, False)


def _live(said: Sequence[_Said]) -> list[tuple[str, NewClaim, StoredEntry]]:
    """The claims that none of the others replaces. What replaces a claim speaks of the same record, so it is here."""
    replaced: set[tuple[EntryId, str]] = set()
    for each in said:
        for key, claim in each.claims.items():
            if claim.replaces and split_key(key)[0] not in EVIDENCE:
                replaced.update((target, key) for target in claim.replaces)
    return [
        (key, claim, each.entry)
        for each in said
        for key, claim in each.claims.items()
        if not replaced or (each.entry.id, key) not in replaced
    ]


def _first_ticks(said: Sequence[_Said]) -> dict[str, int]:
    """The tick at which each key was claimed first; `said` is in order."""
    first: dict[str, int] = {}
    for each in said:
        for key in each.claims:
            first.setdefault(key, each.entry.tick)
    return first


def _claim(key: str, claim: NewClaim, entry: StoredEntry) -> Claim:
    return Claim(
        key,
        claim.value,
        entry.id,
        entry.log,
        entry.tick,
        entry.time_ms,
        source=claim.source,
        reliability=claim.reliability,
        note=claim.note,
        preferred=claim.preferred,
        foreign=entry.arrival is not None,
        place=entry.rowid,
    )
