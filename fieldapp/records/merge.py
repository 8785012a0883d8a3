"""What a record says, out of all that was claimed about it. Pure.

    claim   one entry says that a field of a record has a value, and names the claims of that field that it replaces
    live    no entry that is here replaces it
    field   its live claims; those whose values differ only in how they are written count as one

Rule 1: the result depends on the set of claims only, never on the order in which they came.
Rule 2: nothing is dropped: what is not shown first is shown as another account, or as contested.
Rule 3: accounts of different sources stand side by side; only claims of one source (or of none) can contest each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieldapp.records.fold import fold_plain
from fieldapp.values import EntryId, LogId
from fieldapp.vault.encoding import Plain, encode


@dataclass(frozen=True, slots=True)
class Claim:
    """One value for one field, from one entry. `key` is the field's name, with `#item` for one item of several."""

    key: str
    value: Plain
    entry: EntryId
    log: LogId
    tick: int
    time_ms: int
    source: str = ""
    reliability: str = ""
    note: str = ""
    preferred: bool = False

    @property
    def order(self) -> tuple[bool, int, bytes]:
        """Which claim is shown first: the preferred, then the latest by tick; the entry's id breaks ties."""
        return (self.preferred, self.tick, self.entry)


@dataclass(frozen=True, slots=True)
class FieldState:
    """The live claims of one field, the one shown first at the front."""

    claims: tuple[Claim, ...]
    contested: bool

    @property
    def value(self) -> Plain:
        """The value that is shown; None where it was cleared."""
        return self.claims[0].value

    @property
    def accounts(self) -> tuple[Claim, ...]:
        """One claim for each different value, the shown one first."""
        seen: set[bytes] = set()
        different = []
        for claim in self.claims:
            sameness = _sameness(claim.value)
            if sameness not in seen:
                seen.add(sameness)
                different.append(claim)
        return tuple(different)


def merge(live: Iterable[Claim]) -> dict[str, FieldState]:
    """The state of every field that has a live claim, by key."""
    by_key: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in live:
        by_key[claim.key].append(claim)
    return {key: _state(claims) for key, claims in sorted(by_key.items())}


def shown_values(fields: Mapping[str, FieldState]) -> dict[str, Plain]:
    """The shown values by field key, without the cleared ones; items of one field in the order they were first told."""
    first_told = {key: min(claim.tick for claim in state.claims) for key, state in fields.items()}
    ordered = sorted(fields.items(), key=lambda each: (first_told[each[0]], each[0]))
    return {key: state.value for key, state in ordered if state.value is not None}


def _state(claims: list[Claim]) -> FieldState:
    ordered = tuple(sorted(claims, key=lambda claim: claim.order, reverse=True))
    by_source: defaultdict[str, set[bytes]] = defaultdict(set)
    for claim in ordered:
        by_source[claim.source].add(_sameness(claim.value))
    return FieldState(ordered, contested=any(len(values) > 1 for values in by_source.values()))


def _sameness(value: Plain) -> bytes:
    """Equal for values that differ only in how they are written: case, spaces, apostrophes, signs in a number."""
    if isinstance(value, str):
        folded = "".join(character for character in fold_plain(value) if character.isalnum())
        return encode(folded or value)
    return encode(value)
