"""Travelling light: what others surely have leaves this device, and comes back with a later bundle.

A record may go when verified receipts of at least so many coordinators, trusted now, say that they hold every body and
every object of it, of its links, and of the documents attached to it. Headers stay, so the chains verify; of the record
itself stays one row without a name: its id, its type, its times.

Rule 1: nothing goes that is not wholly covered, and what is kept is told with its reason.
Rule 2: a record is wholly here or wholly removed, whatever happens; asking to stop stops between records.
Rule 3: trust, openings, decisions and what hides a record stay. So do custody events that are not covered: each bundle
        writes new ones, which only the next one carries; they hold up nothing, and are no part of what was told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from fieldapp.errors import CancelledError
from fieldapp.i18n import _, ngettext
from fieldapp.records import store
from fieldapp.services import drafts, erasure, scrubbing
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.coverage import COPIES_NEEDED, MOST_COPIES, Held, Reason, copies_needed, set_copies_needed
from fieldapp.services.erasure import Reach
from fieldapp.services.holders import Uncounted
from fieldapp.values import Progress, RecordId, no_progress
from fieldapp.vault.connection import Connection

__all__ = [
    "COPIES_NEEDED",
    "MOST_COPIES",
    "Kept",
    "Light",
    "Reason",
    "Removed",
    "RemovedRow",
    "copies_needed",
    "note_removed",
    "qualifying",
    "reason_words",
    "remove",
    "removed",
    "removed_count",
    "set_copies_needed",
    "travel_light",
]

LIGHT, EXPIRED = "light", "expired"
"""Why a record left: to travel light, or with the task slip that brought it."""

_AT_ONCE = 16
_NOT_HERE_AGAIN = (
    "NOT EXISTS (SELECT 1 FROM touch JOIN body ON body.entry = touch.entry WHERE touch.record = removed.record"
    " AND touch.type IS NOT NULL AND body.kind <> 'hide')"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Records that stay for one reason; `lacking` are the coordinators who have not confirmed them."""

    reason: Reason
    records: tuple[RecordId, ...]
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Light:
    """What may go now, and what stays. `finished`: what was being typed until now.

    `uncounted`: coordinators who are no copy, and why.
    """

    records: tuple[RecordId, ...]
    counts: dict[str, int]
    documents: int
    object_bytes: int
    kept: tuple[Kept, ...]
    copies_needed: int
    finished: Changed = field(default_factory=Changed)
    uncounted: tuple[Uncounted, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """What went. `refused` is what was asked for and may not go; `cancelled`: somebody stopped it before its end."""

    records: tuple[RecordId, ...]
    documents: int
    object_bytes: int
    refused: tuple[Kept, ...]
    cancelled: bool
    changed: Changed


@dataclass(frozen=True, slots=True)
class RemovedRow:
    """What is still known of a record that left. `why` is light or expired; times are ms since 1970."""

    record: RecordId
    type: str
    created_ms: int
    removed_ms: int
    documents: int
    why: str


def qualifying(archive: Archive, progress: Progress = no_progress) -> Light:
    """What may leave this device now. What is being typed is finished first. Progress counts records.

    Raises:
        DiskFullError: what is being typed could not be finished. CancelledError: from `progress`.
    """
    finished = drafts.finish_all(archive)
    held = Held(archive)
    candidates = list(_candidates(archive.connection))
    may_go: dict[RecordId, Reach] = {}
    kept: defaultdict[tuple[Reason, tuple[str, ...]], list[RecordId]] = defaultdict(list)
    for number, (record, _type_name) in enumerate(candidates):
        progress(number, len(candidates))
        going = erasure.reach(archive, [record])
        hindrance = held.hindrance(going)
        if hindrance is None:
            may_go[record] = going
        else:
            kept[hindrance].append(record)
    progress(len(candidates), len(candidates))
    documents = _documents_of(may_go)
    return Light(
        records=tuple(may_go),
        counts=dict(Counter(type_name for record, type_name in candidates if record in may_go)),
        documents=len(documents),
        object_bytes=erasure.size_of(archive.connection, {each for going in may_go.values() for each in going.objects}),
        kept=_as_kept(kept),
        copies_needed=held.needed,
        finished=finished,
        uncounted=held.uncounted,
    )


def remove(archive: Archive, records: Sequence[RecordId], progress: Progress = no_progress) -> Removed:
    """Take these records off this device, as far as they may go now. It cannot be undone; they come back with bundles.

    A `CancelledError` from `progress` stops between records: what went is gone.

    Raises:
        RecordNotFoundError: one is not here; nothing went. DiskFullError, PlaceUnwritableError: what went is gone.
    """
    for record in records:
        store.row_of(archive.connection, record)
    leaving = _Leaving(archive, drafts.finish_all(archive))
    cancelled = False
    try:
        for start in range(0, len(records), _AT_ONCE):
            progress(start, len(records))
            leaving.take(records[start : start + _AT_ONCE])
        progress(len(records), len(records))
    except CancelledError:
        cancelled = True
    scrubbing.scrub(archive)
    return leaving.told(cancelled=cancelled)


def travel_light(archive: Archive, progress: Progress = no_progress) -> Removed:
    """Take everything off this device that may go now. As `remove`, for what `qualifying` tells."""
    light = qualifying(archive)
    gone = remove(archive, light.records, progress)
    return replace(gone, refused=(*light.kept, *gone.refused), changed=light.finished | gone.changed)


def removed(archive: Archive, *, limit: int = 500) -> list[RemovedRow]:
    """What left this device and has not come back, the latest first."""
    rows = archive.connection.execute(
        "SELECT record, type, created_ms, removed_ms, documents, why FROM removed"  # noqa: S608 - fixed texts
        f" WHERE {_NOT_HERE_AGAIN} ORDER BY removed_ms DESC, record LIMIT ?",
        (limit,),
    )
    return [RemovedRow(RecordId(record), *others) for record, *others in rows]


def removed_count(archive: Archive) -> int:
    """How many records left this device and have not come back."""
    return int(archive.connection.value(f"SELECT count(*) FROM removed WHERE {_NOT_HERE_AGAIN}"))  # noqa: S608 - fixed


def reason_words(kept: Kept, copies: int) -> str:
    """The reason in the words of the language in use, such as "2 records: code words have never been handed over"."""
    count = len(kept.records)
    records = ngettext("%(count)d record", "%(count)d records", count) % {"count": count}
    names = ", ".join(kept.lacking)
    words = {
        Reason.COORDINATORS: ngettext(
            "fewer than %(copies)d coordinator here counts as a copy",
            "fewer than %(copies)d coordinators here count as copies",
            copies,
        )
        % {"copies": copies},
        Reason.TYPING: _("something typed in it could not be saved yet"),
        Reason.CODES: _("code words have never been handed over"),
        Reason.FILES: _("a file has not arrived with %(names)s") % {"names": names},
        Reason.WITHDRAWN: _("somebody took it back, and others may have destroyed it"),
        Reason.RELIED: _("others were told that their words are safe here"),
        Reason.UNCONFIRMED: _("%(names)s: not confirmed yet that everything arrived") % {"names": names},
    }
    return f"{records}: {words[kept.reason]}"


def note_removed(connection: Connection, record: RecordId, documents: int, why: str, now_ms: int) -> None:
    """Remember that a record leaves, before its row goes. Inside a transaction."""
    row = store.row_of(connection, record)
    connection.execute(
        "INSERT OR REPLACE INTO removed (record, type, created_ms, removed_ms, documents, why)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (record, row.type, row.created_ms, now_ms, documents, why),
    )


class _Leaving:
    """The records that leave, some at a time; each time is one transaction, after which their objects go."""

    def __init__(self, archive: Archive, finished: Changed) -> None:
        self._archive = archive
        self._held = Held(archive)
        self._changed = finished
        self._gone: list[RecordId] = []
        self._documents = 0
        self._bytes = 0
        self._kept: defaultdict[tuple[Reason, tuple[str, ...]], list[RecordId]] = defaultdict(list)

    def take(self, records: Sequence[RecordId]) -> None:
        """Take some off. Raises DiskFullError and its kind: none of these went."""
        archive = self._archive
        gone: list[tuple[RecordId, Reach, int]] = []
        changed: list[Changed] = []
        with archive.vault.saving() as connection:
            now_ms = archive.clock().time_ms
            for record in records:
                going = erasure.reach(archive, [record])
                hindrance = self._held.hindrance(going)
                if hindrance is not None:
                    self._kept[hindrance].append(record)
                    continue
                gone.append((record, going, erasure.size_of(connection, going.objects)))
                note_removed(connection, record, len(going.documents), LIGHT, now_ms)
                going = self._held.without_uncovered_custody(going)
                changed.append(erasure.take_off(archive, going, for_good=False))
        self._changed = reduce(Changed.__or__, changed, self._changed)
        for record, going, size in gone:
            self._gone.append(record)
            self._documents += len(going.documents)
            self._bytes += size
        erasure.clean_up(archive)

    def told(self, *, cancelled: bool) -> Removed:
        """What went until now."""
        return Removed(tuple(self._gone), self._documents, self._bytes, _as_kept(self._kept), cancelled, self._changed)


def _candidates(connection: Connection) -> list[tuple[RecordId, str]]:
    """Every record with something that may go; no links, nor documents that something else uses: they go with that."""
    rows = connection.execute(
        "SELECT record, type FROM record WHERE type <> 'link' AND NOT (type = 'document' AND EXISTS ("
        " SELECT 1 FROM link JOIN record AS own ON own.record = link.record AND own.hidden = 0"
        " JOIN record AS user ON user.record IN (link.origin, link.target) AND user.type <> 'document'"
        " WHERE record.record IN (link.origin, link.target)))"
        " AND EXISTS (SELECT 1 FROM touch JOIN body ON body.entry = touch.entry WHERE touch.record = record.record"
        " AND touch.type IS NOT NULL AND body.kind <> 'hide') ORDER BY record"
    )
    return [(RecordId(record), type_name) for record, type_name in rows]


def _documents_of(may_go: dict[RecordId, Reach]) -> set[RecordId]:
    """The documents that go along, also those shared only among records that all go."""
    alone = {document for going in may_go.values() for document in going.documents}
    shared = {each for going in may_go.values() for each in going.kept if each.records}
    return alone | {each.document for each in shared if all(record in may_go for record in each.records)}


def _as_kept(kept: dict[tuple[Reason, tuple[str, ...]], list[RecordId]]) -> tuple[Kept, ...]:
    return tuple(
        Kept(reason, tuple(records), lacking) for (reason, lacking), records in sorted(kept.items(), key=lambda i: i[0])
    )
