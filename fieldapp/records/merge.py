"""What a record says, out of all that was claimed about it. Pure.

    claim   one entry says that a field of a record has a value, and names the claims of that field that it replaces
    live    no entry that is here replaces it
    field   its live claims; those whose values differ only in how they are written count as one

Rule 1: the result depends on the set of claims only, never on the order in which they came. One exception: which claim
        of contested evidence is shown first (rule 4), as which type of a contested record (projection, rule 4).
Rule 2: nothing is dropped: what is not shown first is shown as another account, or as contested.
Rule 3: accounts of different sources stand side by side; only claims of one source (or of none) can contest each other.
Rule 4: what the program saw of a file is evidence: no claim replaces it; shown is what was claimed here, else what came
        here first, and the others contest it. A tick is what its author says: it would let anybody swap a photo that
        is here for their own.
Rule 5: a record is out of sight while somebody hides it and nobody brings it back; who says neither is not counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieldapp.records import dates
from fieldapp.records.fold import fold_plain
from fieldapp.records.model import TYPES, split_key
from fieldapp.records.payload import HIDDEN
from fieldapp.values import EntryId, LogId
from fieldapp.vault.encoding import Plain, encode

EVIDENCE = frozenset(field.name for kind in TYPES.values() for field in kind.fields if field.machine)
"""Fields that the program writes when it takes a file in."""

_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s]")
_TRUNK = re.compile(r"8[346789]\d{9}")  # within Russia and Kazakhstan, for +7
_ABROAD = re.compile(r"^(?:00|810)(?=\d{11,15}$)")  # out of a country, for +
_TELLING = "?%"  # punctuation that changes what is said
_LONGEST_DATE = 200


@dataclass(frozen=True, slots=True)
class Claim:
    """One value for one field, from one entry. `key` is the field's name, with `#item` for one item of several.

    `foreign`: the entry came with a bundle. `place`: where it stands in the order in which entries came here.
    """

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
    foreign: bool = False
    place: int = 0

    @property
    def order(self) -> tuple[bool, int, bytes]:
        """Which claim is shown first: the preferred, then the latest by tick; the entry's id breaks ties."""
        return (self.preferred, self.tick, self.entry)

    @property
    def order_of_evidence(self) -> tuple[bool, int, bytes]:
        """Which claim of evidence is shown first, the least: what is from here, then what came first."""
        return (self.foreign, self.place, self.entry)


@dataclass(frozen=True, slots=True)
class FieldState:
    """The live claims of one field, the one shown first at the front. `first_tick`: when it was first spoken of."""

    key: str
    claims: tuple[Claim, ...]
    contested: bool
    first_tick: int

    @property
    def value(self) -> Plain:
        """The value that is shown; None where it was cleared."""
        return self.claims[0].value

    @property
    def accounts(self) -> tuple[Claim, ...]:
        """One claim for each different value of each source, the shown one first."""
        if len(self.claims) == 1:
            return self.claims
        seen: set[tuple[str, bytes]] = set()
        different = []
        for claim in self.claims:
            sameness = (source_of(claim.source), same_value(self.key, claim.value))
            if sameness not in seen:
                seen.add(sameness)
                different.append(claim)
        return tuple(different)


def merge(live: Iterable[Claim], first_ticks: Mapping[str, int] | None = None) -> dict[str, FieldState]:
    """The state of every field that has a live claim, by key.

    `first_ticks`: the earliest tick at which each key was claimed, replaced claims counted.
    """
    by_key: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in live:
        by_key[claim.key].append(claim)
    return {key: _state(key, claims, first_ticks or {}) for key, claims in sorted(by_key.items())}


def shown_values(fields: Mapping[str, FieldState]) -> dict[str, Plain]:
    """The shown values by field key, without the cleared ones; items of one field in the order they were first told."""
    ordered = sorted(fields.items(), key=lambda each: (each[1].first_tick, each[0]))
    return {key: state.value for key, state in ordered if state.value is not None}


def without_twins(states: Iterable[FieldState]) -> list[FieldState]:
    """The states in the order given, without items that say the same of the same sources as one before them.

    Two people who each add a phone number make two items of it; nobody needs to see it twice.
    """
    seen: set[tuple[str, bytes, frozenset[str]]] = set()
    first = []
    for state in states:
        name, item = split_key(state.key)
        sources = frozenset(source_of(claim.source) for claim in state.claims)
        twin = (name, same_value(state.key, state.value), sources)
        if item is None or state.contested or twin not in seen:
            first.append(state)
        if item is not None and len(state.accounts) == 1:
            seen.add(twin)
    return first


def is_hidden(fields: Mapping[str, FieldState]) -> bool:
    """Whether the record is out of sight."""
    state = fields.get(HIDDEN)
    said = [claim.value for claim in state.claims if claim.value is not None] if state else []
    return bool(said) and all(value is True for value in said)


def source_of(source: str) -> str:
    """Equal for sources that differ only in how they are written."""
    return _words(source)


def same_value(key: str, value: Plain) -> bytes:
    """Equal for values that differ only in how they are written: case, spaces, apostrophes, signs in a phone number.

    8 921 1234567 is +7 921 1234567 (so it is dialled within Russia and Kazakhstan); 00 and 8 10 before a country are +.

    Between digits a sign counts ("1.12" is not "11.2"), and so do question marks and signs of quantity.
    """
    if isinstance(value, str):
        return encode(_number(key, value) or _words(value) or value)
    if isinstance(value, dict) and isinstance(value.get("edtf"), str) and isinstance(value.get("told"), str):
        return encode(_date(value))
    return encode(value)


def _state(key: str, claims: list[Claim], first_ticks: Mapping[str, int]) -> FieldState:
    if len(claims) == 1:
        (claim,) = claims
        return FieldState(key, (claim,), contested=False, first_tick=min(first_ticks.get(key, claim.tick), claim.tick))
    name = split_key(key)[0]
    if name in EVIDENCE:
        ordered = tuple(sorted(claims, key=lambda claim: claim.order_of_evidence))
    else:
        ordered = tuple(sorted(claims, key=lambda claim: claim.order, reverse=True))
    first = min(first_ticks.get(key, ordered[0].tick), *(claim.tick for claim in ordered), ordered[0].tick)
    return FieldState(key, ordered, _is_contested(key, ordered), first)


def _is_contested(key: str, claims: tuple[Claim, ...]) -> bool:
    if len(claims) == 1:
        return False
    by_source: defaultdict[str, set[bytes]] = defaultdict(set)
    for claim in claims:
        if key != HIDDEN or claim.value is not None:
            by_source[source_of(claim.source)].add(same_value(key, claim.value))
    return any(len(values) > 1 for values in by_source.values())


def _words(text: str) -> str:
    """Words, numbers and telling signs, folded, apart from each other."""
    return " ".join(token for token in _TOKEN.findall(fold_plain(text)) if _counts(token))


def _counts(token: str) -> bool:
    return len(token) > 1 or token in _TELLING or not unicodedata.category(token).startswith("P")


def _number(key: str, text: str) -> str:
    """The digits of a phone number; empty for other texts."""
    is_phone = split_key(key)[0] == "phone" or text.lstrip().startswith("+")
    if not is_phone or any(character.isalpha() for character in text):
        return ""
    digits = "".join(character for character in fold_plain(text) if character.isdigit())
    if "+" in text:
        return digits
    digits = _ABROAD.sub("", digits)
    return f"7{digits[1:]}" if _TRUNK.fullmatch(digits) else digits


def _date(value: dict[str, Plain]) -> dict[str, Plain]:
    """A date whose words say no more than its EDTF does, without them; else with the words folded."""
    told = str(value["told"])
    understood = dates.understand(told) if len(told) <= _LONGEST_DATE else None
    if understood is not None and understood.edtf == value["edtf"]:
        return {key: item for key, item in value.items() if key != "told"}
    return {**value, "told": _words(told) or told}
