"""What a check of a vault finds: values only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from fieldapp.values import RecordId

MOST_RECORDS = 100
"""So many records are named with one finding."""


class Kind(StrEnum):
    """What was found. The text is what scripts read."""

    HEADERS_LOST = "headers-lost"
    HEADER_COPY = "header-copy"
    PAGES = "pages"
    DATABASE_MISSING = "database-missing"
    DATABASE = "database"
    ROLLED_BACK = "rolled-back"
    LOG_GAP = "log-gap"
    CHAIN = "chain"
    ENTRY = "entry"
    SIGNATURE = "signature"
    BODY = "body"
    BODY_LOST = "body-lost"
    MARKS = "marks"
    OBJECT_MISSING = "object-missing"
    OBJECT_DAMAGED = "object-damaged"
    OBJECT_KEY_LOST = "object-key-lost"
    INDEX = "index"

    HEADER_MENDED = "header-mended"
    BEHIND_GAP = "behind-gap"
    CONTENT_NOT_HERE = "content-not-here"
    UNKNOWN_OBJECT = "unknown-object"
    FOREIGN_FILE = "foreign-file"
    LEFTOVER = "leftover"
    UNFINISHED = "unfinished"
    OLDER_VERSION = "older-version"
    NOT_CHECKED = "not-checked"


NOTES = frozenset(
    {
        Kind.HEADER_MENDED,
        Kind.BEHIND_GAP,
        Kind.CONTENT_NOT_HERE,
        Kind.UNKNOWN_OBJECT,
        Kind.FOREIGN_FILE,
        Kind.LEFTOVER,
        Kind.UNFINISHED,
        Kind.OLDER_VERSION,
        Kind.NOT_CHECKED,
    }
)
"""What is told, and is no damage."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, so many times. `where` is a code: a copy of the header, a table, a part of the check.

    `records`: some of the records concerned, at most `MOST_RECORDS`.
    """

    kind: Kind
    count: int = 1
    where: str = ""
    records: tuple[RecordId, ...] = ()

    @property
    def is_damage(self) -> bool:
        """Whether something is missing, or other than it was written."""
        return self.kind not in NOTES


@dataclass(frozen=True, slots=True)
class Report:
    """All that a check found, and how much it looked at.

    `is_complete`: whether it looked at everything, but perhaps lists and search, which can be made anew.
    """

    findings: tuple[Finding, ...]
    pages: int
    entries: int
    objects: int
    object_bytes: int
    is_complete: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether everything was looked at, and nothing is damaged."""
        return self.is_complete and not self.damage

    @property
    def damage(self) -> tuple[Finding, ...]:
        """What is missing, or other than it was written."""
        return tuple(each for each in self.findings if each.is_damage)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is worth telling, and is no damage."""
        return tuple(each for each in self.findings if not each.is_damage)


@dataclass(slots=True)
class Findings:
    """Findings while they are gathered: those of one kind and place are one."""

    _counts: dict[tuple[Kind, str], int] = field(default_factory=dict)
    _records: dict[tuple[Kind, str], dict[RecordId, None]] = field(default_factory=dict)

    def add(self, kind: Kind, where: str = "", *, count: int = 1, records: tuple[RecordId, ...] = ()) -> None:
        """Note it; nothing where the count is 0."""
        if count:
            self._counts[kind, where] = self._counts.get((kind, where), 0) + count
            named = self._records.setdefault((kind, where), {})
            named.update(dict.fromkeys(records[: MOST_RECORDS - len(named)]))

    def wants_records(self, kind: Kind, where: str = "") -> bool:
        """Whether more records would be named."""
        return len(self._records.get((kind, where), ())) < MOST_RECORDS

    def any_of(self, kinds: Collection[Kind]) -> bool:
        """Whether something of these kinds was found."""
        return any(kind in kinds for kind, _where in self._counts)

    def has_damage(self) -> bool:
        """Whether something is damaged."""
        return any(kind not in NOTES for kind, _where in self._counts)

    def all(self) -> tuple[Finding, ...]:
        """In the order of the kinds."""
        order = list(Kind)
        keys = sorted(self._counts, key=lambda key: (order.index(key[0]), key[1]))
        return tuple(Finding(*(key[0], self._counts[key], key[1], tuple(self._records[key]))) for key in keys)
