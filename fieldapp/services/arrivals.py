"""Taking in what others hand over: looked into, checked whole, and only then believed.

Three steps, so that a window stays quick: `receiving` (database), `take` (any thread: opens, checks and stages, and
changes nothing), `commit` (database: one transaction). A bundle whose sender is not trusted goes to quarantine, sealed
as it came, until a person decides.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fieldapp.bundles.card import Card, read_card
from fieldapp.bundles.journal import read_segment
from fieldapp.errors import (
    BugError,
    BundleNeedsEarlierError,
    ChainBrokenError,
    ExpectedError,
    PeerNotFoundError,
    storage_error,
)
from fieldapp.media.preview import Preview
from fieldapp.records import projection, store
from fieldapp.records.payload import CustodyEvent, custody_body
from fieldapp.services import parts, trust
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.documents import StagedFile, document_of, keep_objects, objects_kept
from fieldapp.services.incoming import INBOX, PART, BundleFacts, Receiving, Taken, discard, inspect, receiving, take
from fieldapp.services.parts import WaitingSet
from fieldapp.system import sync_folder
from fieldapp.values import Progress, RecordId, no_progress
from fieldapp.vault.journal import Receiver, SealedEntry, StoredEntry
from fieldapp.vault.objects import ObjectStore, StagedObject

__all__ = [
    "Arrival",
    "BundleFacts",
    "Outcome",
    "Quarantined",
    "Receiving",
    "RecordOutcome",
    "Taken",
    "commit",
    "discard",
    "import_file",
    "inspect",
    "quarantined",
    "receiving",
    "refuse",
    "release",
    "remove_leftovers",
    "take",
]

_NOT_LOOKED_AT = Preview(None, None, None, {}, None)


class Arrival(StrEnum):
    """What became of a bundle."""

    IMPORTED = "imported"
    NOTHING_NEW = "nothing_new"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """One record that a bundle made or changed here. `what` is new, changed, or hidden: it left the lists with it."""

    id: RecordId
    type: str
    title: str
    what: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one bundle."""

    state: Arrival
    facts: BundleFacts
    new_entries: int
    new_objects: int
    records: tuple[RecordOutcome, ...]
    changed: Changed


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A sealed bundle that waits for a decision about its sender."""

    id: int
    card: Card
    arrived_ms: int
    path: Path


class _DryRunError(Exception):
    """Undoes the transaction of a dry run."""


def commit(archive: Archive, taken: Taken, *, dry_run: bool = False) -> Outcome:
    """Believe a checked bundle: all of it in one transaction, or nothing. A dry run tells the same and changes nothing.

    Raises:
        BundleNeedsEarlierError: it goes on from entries that have not come. EntrySignatureError, EntryMalformedError,
        BodyMismatchError, BundleDamagedError, DiskFullError: nothing was changed.
    """
    outcome: Outcome | None = None
    try:
        with objects_kept(archive, taken.objects), archive.vault.saving():
            outcome = _commit(archive, taken, keep=not dry_run)
            _undo_if(dry_run)
    except _DryRunError:
        pass
    except ChainBrokenError as problem:
        raise BundleNeedsEarlierError(taken.facts.number) from problem
    finally:
        discard(taken)
    if outcome is None:
        raise BugError("a commit without an outcome")
    if taken.waiting is not None and not dry_run:
        with suppress(ExpectedError):  # the bundle is here: parts that cannot be removed now are dropped by hand
            parts.drop(archive, taken.waiting)
    return outcome


def import_file(
    archive: Archive, source: Path | WaitingSet, progress: Progress = no_progress, *, dry_run: bool = False
) -> Outcome:
    """Receive, take and commit in one thread. Raises what they raise; then nothing was changed."""
    taken = take(receiving(archive), archive.vault.objects, source, progress, dry_run=dry_run)
    return commit(archive, taken, dry_run=dry_run)


def quarantined(archive: Archive) -> list[Quarantined]:
    """The sealed bundles that wait, oldest first."""
    rows = archive.connection.execute("SELECT id, name, card, arrived_ms FROM quarantine ORDER BY id")
    inbox = archive.vault.folder / INBOX
    return [Quarantined(row, read_card(card), arrived_ms, inbox / name) for row, name, card, arrived_ms in rows]


def release(archive: Archive, waiting: Quarantined, progress: Progress = no_progress) -> Outcome:
    """Import a bundle that waited, now that its sender is trusted.

    Raises:
        PeerNotFoundError: the sender is not trusted. What `import_file` raises; then it goes on waiting.
    """
    trusted = {peer.fingerprint: peer.name for peer in trust.peers(archive)}
    if waiting.card.fingerprint not in trusted:
        raise PeerNotFoundError(tuple(trusted.values()))
    outcome = import_file(archive, waiting.path, progress)
    if outcome.state is not Arrival.QUARANTINED:
        refuse(archive, waiting)
    return outcome


def refuse(archive: Archive, waiting: Quarantined) -> None:
    """Remove a bundle that waited; nothing in it was ever believed."""
    with archive.connection.transaction():
        archive.connection.execute("DELETE FROM quarantine WHERE id = ?", (waiting.id,))
    waiting.path.unlink(missing_ok=True)


def remove_leftovers(archive: Archive) -> None:
    """Remove copies of bundles that were being made when the program was stopped; none of them was acknowledged.

    Parts that wait for others stay.
    """
    parts.remove_leftovers(archive.vault.folder / INBOX)
    for leftover in (archive.vault.folder / INBOX).glob(f"*{PART}"):
        leftover.unlink(missing_ok=True)


def _undo_if(dry_run: bool) -> None:
    if dry_run:
        raise _DryRunError


def _commit(archive: Archive, taken: Taken, *, keep: bool) -> Outcome:
    if not taken.facts.sender_name:
        if keep:
            _note_quarantine(archive, taken)
        return Outcome(Arrival.QUARANTINED, taken.facts, 0, 0, (), Changed())
    if taken.facts.card.fingerprint not in {peer.fingerprint for peer in trust.peers(archive)}:
        raise PeerNotFoundError(())  # distrusted while the bundle was being read
    receiver = Receiver(archive.connection, _note_arrival(archive, taken))
    count = 0
    touched: set[RecordId] = set()
    for entry in _received(archive, taken, receiver):
        count += 1
        touched |= projection.apply(archive.connection, entry)
    before = {row.id: row for record in touched if (row := store.row_if_there(archive.connection, record)) is not None}
    changed = Changed(frozenset(projection.refresh(archive.connection, touched)))
    fresh = {each.stored.sha256 for each in taken.objects}
    if keep:
        fresh = keep_objects(archive, [StagedFile(each, "", "", _NOT_LOOKED_AT) for each in taken.objects])
        changed |= _note_custody(archive, taken, fresh)
    rows = (store.row_if_there(archive.connection, each) for each in sorted(touched))
    shown = tuple(_record_outcome(before.get(row.id), row) for row in rows if row is not None and row.type != "link")
    state = Arrival.IMPORTED if count or fresh else Arrival.NOTHING_NEW
    return Outcome(state, taken.facts, count, len(fresh), shown, changed if keep else Changed())


def _received(archive: Archive, taken: Taken, receiver: Receiver) -> Iterator[StoredEntry]:
    for segment in taken.journal:
        for sealed in _read_staged(archive.vault.objects, segment):
            entry = receiver.receive(sealed)
            if entry is not None:
                yield entry


def _read_staged(objects: ObjectStore, segment: StagedObject) -> Iterator[SealedEntry]:
    with objects.open_staged(segment) as content:
        return read_segment(content.read(segment.stored.size))


def _note_arrival(archive: Archive, taken: Taken) -> int:
    """The row of this arrival. The digest tells bundles apart: it covers sender and content, and an id may repeat."""
    info = taken.facts.info
    known = archive.connection.value("SELECT id FROM arrival WHERE digest = ?", (taken.digest,))
    if known is not None:
        return int(known)
    taken_id = archive.connection.value("SELECT 1 FROM arrival WHERE bundle = ?", (info.bundle_id,)) is not None
    return archive.connection.insert(
        "INSERT INTO arrival (bundle, sender, number, digest, arrived_ms) VALUES (?, ?, ?, ?, ?)",
        (
            taken.digest if taken_id else info.bundle_id,
            info.sender,
            taken.facts.number,
            taken.digest,
            archive.clock().time_ms,
        ),
    )


def _note_custody(archive: Archive, taken: Taken, fresh: set[bytes]) -> Changed:
    """A custody event for each document whose content came with this bundle."""
    save_id = secrets.token_bytes(16)
    bodies = [
        custody_body(CustodyEvent(document, "ingest", taken.facts.card.person, sha256), save=save_id)
        for sha256 in sorted(fresh)
        if (document := document_of(archive.connection, sha256)) is not None
    ]
    return archive.note(bodies)


def _note_quarantine(archive: Archive, taken: Taken) -> None:
    """Give the sealed copy its name, the same for the same bundle, and its row."""
    card = taken.facts.card
    place = archive.vault.folder / INBOX / archive.vault.objects.place_of(taken.digest).name
    try:
        if taken.sealed is not None:
            taken.sealed.replace(place)
            sync_folder(place.parent)
    except OSError as problem:
        raise storage_error(problem) from problem
    archive.connection.execute(
        "INSERT OR IGNORE INTO quarantine (name, sender, card, arrived_ms) VALUES (?, ?, ?, ?)",
        (place.name, card.fingerprint, card.file, archive.clock().time_ms),
    )


def _record_outcome(before: store.RecordRow | None, row: store.RecordRow) -> RecordOutcome:
    return RecordOutcome(row.id, row.type, row.title, _what_became(before, row))


def _what_became(before: store.RecordRow | None, row: store.RecordRow) -> str:
    if before is None:
        return "new"
    return "hidden" if row.hidden and not before.hidden else "changed"
