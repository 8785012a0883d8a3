"""Taking in what others hand over: looked into, checked whole, and only then believed.

Three steps, so that a window stays quick: `receiving` (database), `take` (any thread: opens, checks and stages, and
changes nothing), `commit` (database: one transaction). A bundle whose sender is not trusted goes to quarantine, sealed
as it came, until a person decides.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO, FileIO
from pathlib import Path

from fieldapp.bundles.bag import BundleInfo
from fieldapp.bundles.card import Card, read_card
from fieldapp.bundles.journal import read_segment
from fieldapp.bundles.read import BundleReader, IncomingObject, JournalSegment
from fieldapp.crypto.age_hybrid import HybridIdentity
from fieldapp.errors import (
    BundleNeedsEarlierError,
    ChainBrokenError,
    PeerNotFoundError,
    RecordNotFoundError,
    storage_error,
)
from fieldapp.media.preview import Preview
from fieldapp.records import store
from fieldapp.records.payload import CustodyEvent, custody_body
from fieldapp.services import trust
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.documents import StagedFile, document_of, keep_objects
from fieldapp.services.files import open_ordinary
from fieldapp.system import make_private_file
from fieldapp.values import Progress, RecordId, no_progress
from fieldapp.vault.journal import Receiver, SealedEntry, StoredEntry
from fieldapp.vault.objects import BLOCK, ObjectStore, StagedObject

INBOX = "inbox"
_NOT_LOOKED_AT = Preview(None, None, None, {}, None)


class Arrival(StrEnum):
    """What became of a bundle."""

    IMPORTED = "imported"
    NOTHING_NEW = "nothing_new"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Receiving:
    """What is needed to look into a bundle without the database."""

    identity: HybridIdentity = field(repr=False)
    me: bytes
    trusted: Mapping[bytes, str]
    known_objects: frozenset[bytes] = field(repr=False)
    inbox: Path


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """What a bundle says of itself, its signatures checked. `sender_name` is empty where the sender is not trusted."""

    info: BundleInfo
    card: Card
    sender_name: str
    objects: int
    new_objects: int
    payload_bytes: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A whole bundle, checked and staged. `journal` is empty where its sender is not trusted."""

    facts: BundleFacts
    digest: bytes
    journal: tuple[StagedObject, ...]
    objects: tuple[StagedObject, ...]
    quarantined: str
    """The name of the sealed copy in the inbox; empty where the sender is trusted."""


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """One record that a bundle made or changed here. `what` is new or changed."""

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


def receiving(archive: Archive) -> Receiving:
    """What `take` needs to know."""
    keys = archive.vault.identity
    known = archive.connection.execute("SELECT sha256 FROM object")
    return Receiving(
        HybridIdentity(bytes(keys.age)),
        trust.own_card(archive).fingerprint,
        {peer.fingerprint: peer.name for peer in trust.peers(archive)},
        frozenset(sha256 for (sha256,) in known),
        archive.vault.folder / INBOX,
    )


def inspect(desk: Receiving, path: Path) -> BundleFacts:
    """What a bundle says of itself; its payload is not read.

    Raises:
        FileUnreadableError; BundleError and its kinds, CardError and its kinds: what it is instead.
    """
    with open_ordinary(path) as file:
        return _facts(desk, _reader(desk, file, no_progress))


def take(
    desk: Receiving, objects: ObjectStore, path: Path, progress: Progress = no_progress, *, dry_run: bool = False
) -> Taken:
    """Open, check and stage a whole bundle. Call `commit` or `discard` afterwards.

    Raises:
        FileUnreadableError; BundleError and its kinds, CardError and its kinds; DiskFullError, CancelledError:
        nothing is left behind, and nothing was changed.
    """
    staged: list[StagedObject] = []
    segments: list[StagedObject] = []
    try:
        with open_ordinary(path) as file:
            reader = _reader(desk, file, progress)
            facts = _facts(desk, reader)
            if not facts.sender_name:
                name = "" if dry_run else _keep_sealed(desk, objects, path, reader.digest)
                return Taken(facts, reader.digest, (), (), name)
            for member in reader.members():
                if isinstance(member, JournalSegment):
                    segments.append(objects.stage(BytesIO(member.content)))
                else:
                    _take_object(member, desk, objects, staged)
            return Taken(facts, reader.digest, tuple(segments), tuple(staged), "")
    except BaseException:
        for each in (*staged, *segments):
            each.discard()
        raise


def commit(archive: Archive, taken: Taken, *, dry_run: bool = False) -> Outcome:
    """Believe a checked bundle: all of it in one transaction, or nothing. A dry run tells the same and changes nothing.

    Raises:
        BundleNeedsEarlierError: it goes on from entries that have not come. EntrySignatureError, EntryMalformedError,
        BodyMismatchError, BundleDamagedError, DiskFullError: nothing was changed.
    """
    outcome: Outcome | None = None
    try:
        with archive.vault.saving():
            outcome = _commit(archive, taken, keep=not dry_run)
            _undo_if(dry_run)
    except _DryRunError:
        pass
    except ChainBrokenError as problem:
        raise BundleNeedsEarlierError(taken.facts.info.number) from problem
    finally:
        discard(taken)
    if outcome is None:
        raise RecordNotFoundError
    return outcome


def discard(taken: Taken) -> None:
    """Remove what was staged and not kept."""
    for each in (*taken.journal, *taken.objects):
        each.discard()


def import_file(archive: Archive, path: Path, progress: Progress = no_progress, *, dry_run: bool = False) -> Outcome:
    """Receive, take and commit in one thread. Raises what they raise; then nothing was changed."""
    taken = take(receiving(archive), archive.vault.objects, path, progress, dry_run=dry_run)
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
    names = tuple(peer.name for peer in trust.peers(archive))
    if waiting.card.fingerprint not in {peer.fingerprint for peer in trust.peers(archive)}:
        raise PeerNotFoundError(names)
    outcome = import_file(archive, waiting.path, progress)
    refuse(archive, waiting)
    return outcome


def refuse(archive: Archive, waiting: Quarantined) -> None:
    """Remove a bundle that waited; nothing in it was ever believed."""
    with archive.connection.transaction():
        archive.connection.execute("DELETE FROM quarantine WHERE id = ?", (waiting.id,))
    waiting.path.unlink(missing_ok=True)


def _undo_if(dry_run: bool) -> None:
    if dry_run:
        raise _DryRunError


def _commit(archive: Archive, taken: Taken, *, keep: bool) -> Outcome:
    if not taken.facts.sender_name:
        if keep:
            _note_quarantine(archive, taken)
        return Outcome(Arrival.QUARANTINED, taken.facts, 0, 0, (), Changed())
    arrival = _note_arrival(archive, taken)
    receiver = Receiver(archive.connection, arrival)
    count = 0
    touched: set[RecordId] = set()
    for entry in _received(archive, taken, receiver):
        count += 1
        touched |= store.apply(archive.connection, entry)
    before = {record for record in touched if _row(archive, record) is not None}
    store.refresh(archive.connection, touched)
    if keep:
        keep_objects(archive, [StagedFile(each, "", "", _NOT_LOOKED_AT) for each in taken.objects])
        _note_custody(archive, taken)
    records = tuple(_record_outcome(row, before) for each in sorted(touched) if (row := _row(archive, each)))
    shown = tuple(outcome for outcome in records if outcome.type != "link")
    state = Arrival.IMPORTED if count or taken.objects else Arrival.NOTHING_NEW
    return Outcome(state, taken.facts, count, len(taken.objects), shown, Changed(frozenset(touched)))


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
    info = taken.facts.info
    known = archive.connection.value("SELECT id FROM arrival WHERE bundle = ?", (info.bundle_id,))
    if known is not None:
        return int(known)
    return archive.connection.insert(
        "INSERT INTO arrival (bundle, sender, number, digest, arrived_ms) VALUES (?, ?, ?, ?, ?)",
        (info.bundle_id, info.sender, info.number, taken.digest, archive.clock().time_ms),
    )


def _note_custody(archive: Archive, taken: Taken) -> None:
    """A custody event for each document whose content came with this bundle."""
    save_id = secrets.token_bytes(16)
    bodies = [
        custody_body(CustodyEvent(document, "ingest", taken.facts.sender_name, each.stored.sha256), save=save_id)
        for each in taken.objects
        if (document := document_of(archive.connection, each.stored.sha256)) is not None
    ]
    if bodies:
        archive.write(bodies)


def _note_quarantine(archive: Archive, taken: Taken) -> None:
    card = taken.facts.card
    archive.connection.execute(
        "INSERT OR IGNORE INTO quarantine (name, sender, card, arrived_ms) VALUES (?, ?, ?, ?)",
        (taken.quarantined, card.fingerprint, card.file, archive.clock().time_ms),
    )


def _record_outcome(row: store.RecordRow, before: set[RecordId]) -> RecordOutcome:
    return RecordOutcome(row.id, row.type, row.title, "changed" if row.id in before else "new")


def _row(archive: Archive, record: RecordId) -> store.RecordRow | None:
    try:
        return store.row_of(archive.connection, record)
    except RecordNotFoundError:
        return None


def _take_object(member: IncomingObject, desk: Receiving, objects: ObjectStore, staged: list[StagedObject]) -> None:
    if member.sha256 in desk.known_objects:
        member.skip()
    else:
        staged.append(objects.stage(member))


def _facts(desk: Receiving, reader: BundleReader) -> BundleFacts:
    hashes = reader.object_hashes
    return BundleFacts(
        reader.info,
        reader.card,
        desk.trusted.get(reader.card.fingerprint, ""),
        len(hashes),
        sum(sha256 not in desk.known_objects for sha256 in hashes),
        reader.payload_bytes,
    )


def _keep_sealed(desk: Receiving, objects: ObjectStore, path: Path, digest: bytes) -> str:
    """Copy a bundle into the inbox as it came, under a name that is the same for the same bundle."""
    name = objects.place_of(digest).name
    place = desk.inbox / name
    part = desk.inbox / f"{name}.part"
    try:
        part.unlink(missing_ok=True)
        make_private_file(part)
        with path.open("rb") as source, part.open("wb") as copy:
            while block := source.read(BLOCK):
                copy.write(block)
        part.replace(place)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise storage_error(problem) from problem
    return name


def _reader(desk: Receiving, file: FileIO, progress: Progress) -> BundleReader:
    size = os.fstat(file.fileno()).st_size
    return BundleReader(file, [desk.identity], me=[desk.me], source_bytes=size, progress=progress)
