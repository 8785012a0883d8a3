"""A bundle on its way in: opened, checked whole and staged, on any thread, without the database. Nothing is believed.

What is staged has no name yet: `arrivals.commit` takes it in, or `discard` removes it. A bundle that came in parts is
read from them where they lie.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from pathlib import Path

from fieldapp.bundles import receipt, share
from fieldapp.bundles.bag import BundleInfo, Recipient
from fieldapp.bundles.card import Card
from fieldapp.bundles.read import BundleReader, IncomingObject, JournalSegment
from fieldapp.crypto.age import open_with
from fieldapp.crypto.age_hybrid import HybridIdentity
from fieldapp.crypto.stream import write_full
from fieldapp.errors import BundleError, OwnCardError, PartDamagedError, SealedError, storage_error
from fieldapp.services import cards, parts, trust
from fieldapp.services.archive import Archive
from fieldapp.services.documents import is_whole
from fieldapp.services.files import Reading, open_ordinary
from fieldapp.services.part_files import Joined
from fieldapp.services.parts import WaitingSet
from fieldapp.system import make_private_file
from fieldapp.values import Progress, no_progress
from fieldapp.vault.objects import BLOCK, ObjectStore, StagedObject, StoredObject
from fieldapp.vault.place import Place

INBOX = parts.INBOX
PART = parts.COPYING

_SYNC_EVERY_BYTES = 64 * 1024 * 1024
"""So many staged bytes are synced together: fewer waits than one for each file, and no long one at the end."""


class Sealed(StrEnum):
    """What came in a sealed file that is no part of a bundle. OTHER: a bundle, or nothing that is for us."""

    RECEIPT = "receipt"
    SHARE = "share"
    OTHER = "other"


_BEGINNINGS = {receipt.MAGIC: Sealed.RECEIPT, share.MAGIC: Sealed.SHARE}


@dataclass(frozen=True, slots=True)
class Receiving:
    """What is needed to look into a bundle without the database.

    `writing` are the fingerprints of the cards under which somebody writes here now, `ours` those of all cards that
    this vault ever had; `identities` open what was sealed for any of them.
    """

    identities: tuple[HybridIdentity, ...] = field(repr=False)
    writing: frozenset[bytes]
    ours: frozenset[bytes]
    trusted: Mapping[bytes, str]
    known_objects: Mapping[bytes, StoredObject] = field(repr=False)
    place: Place = field(repr=False)

    @property
    def inbox(self) -> Path:
        """The folder for what waits. Raises VaultGoneError: the vault that was opened is not there any more."""
        return self.place.room(INBOX)


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """What a bundle says of itself, its signatures checked. `sender_name` is empty where the sender is not trusted."""

    info: BundleInfo
    card: Card
    sender_name: str
    objects: int
    new_objects: int
    payload_bytes: int
    addressed: Recipient

    @property
    def number(self) -> int:
        """The sender's count of bundles for us."""
        return self.addressed.number


@dataclass(frozen=True, slots=True)
class Taken:
    """A whole bundle, checked and staged. `journal` is empty where its sender is not trusted."""

    facts: BundleFacts
    digest: bytes
    journal: tuple[StagedObject, ...]
    objects: tuple[StagedObject, ...]
    sealed: Path | None
    """The sealed copy that waits to be put under quarantine; None where the sender is trusted, or nothing is kept."""
    waiting: WaitingSet | None
    """The parts that it came in, which go when it was taken in; None where it is one file, or nothing is kept."""


@dataclass(slots=True)
class _Staging:
    """What has been staged of a bundle so far."""

    journal: list[StagedObject] = field(default_factory=list)
    objects: list[StagedObject] = field(default_factory=list)
    sealed: Path | None = None
    _synced: int = 0
    _waiting_bytes: int = 0

    def add(self, staged: StagedObject, store: ObjectStore) -> None:
        """Keep in mind a staged object, and sync it with others when they have become many bytes."""
        self.objects.append(staged)
        self._waiting_bytes += staged.stored.size
        if self._waiting_bytes >= _SYNC_EVERY_BYTES:
            self.sync(store)

    def sync(self, store: ObjectStore) -> None:
        """Have all staged objects on the disk. Raises DiskFullError, PlaceUnwritableError."""
        store.sync(self.objects[self._synced :])
        self._synced, self._waiting_bytes = len(self.objects), 0

    def discard(self) -> None:
        """Remove all of it that is still where it was staged."""
        for each in (*self.journal, *self.objects):
            each.discard()
        if self.sealed is not None:
            with suppress(OSError):
                self.sealed.unlink(missing_ok=True)


def receiving(archive: Archive) -> Receiving:
    """What `take` needs to know."""
    known = archive.connection.execute("SELECT sha256, size, key FROM object")
    return Receiving(
        tuple(cards.own_recipients(archive)),
        cards.writing_fingerprints(archive),
        cards.own_fingerprints(archive),
        {peer.fingerprint: peer.name for peer in trust.peers(archive)},
        {sha256: StoredObject(sha256, size, key) for sha256, size, key in known},
        archive.vault.place,
    )


def kind_of(identities: Sequence[HybridIdentity], path: Path) -> Sealed:
    """What a file holds that was sealed for us, by its first bytes; needs no database. Raises FileUnreadableError."""
    with open_ordinary(path) as file:
        try:
            opened = open_with(identities, Reading(file))
            beginning = memoryview(bytearray(max(map(len, _BEGINNINGS))))
            filled = 0
            while filled < len(beginning) and (count := opened.readinto(beginning[filled:])):
                filled += count
        except SealedError:
            return Sealed.OTHER
    return next(
        (kind for magic, kind in _BEGINNINGS.items() if beginning[:filled].tobytes().startswith(magic)), Sealed.OTHER
    )


def inspect(desk: Receiving, source: Path | WaitingSet) -> BundleFacts:
    """What a bundle says of itself; its payload is not read. Of parts, all must be here.

    Raises:
        FileUnreadableError; BundleError and its kinds, CardError and its kinds: what it is instead.
        OwnCardError: it was made by this vault. PartDamagedError: a part is gone or cut.
    """
    with _opened(source) as (opened, size_bytes):
        return _facts(desk, _reader(desk, opened, size_bytes, no_progress))


def take(
    desk: Receiving,
    objects: ObjectStore,
    source: Path | WaitingSet,
    progress: Progress = no_progress,
    *,
    dry_run: bool = False,
) -> Taken:
    """Open, check and stage a whole bundle. Call `commit` or `discard` afterwards.

    Raises:
        FileUnreadableError; BundleError and its kinds, CardError and its kinds; OwnCardError: it was made here;
        DiskFullError, PlaceUnwritableError, CancelledError: nothing is left behind, and nothing was changed.
        PartDamagedError: parts are not as they came. They are removed, so that they are missing; the others stay.
    """
    try:
        return _take(desk, objects, source, progress, keep=not dry_run)
    except BundleError as problem:
        # Looked for only now: where every part is as it came, the bundle was sealed like that, or for others.
        numbers = parts.damaged(source) if isinstance(source, WaitingSet) else ()
        if not (isinstance(source, WaitingSet) and numbers):
            raise
        if not dry_run:
            desk.place.expect()
            parts.set_aside(source, numbers)
        raise PartDamagedError(numbers, source.count) from problem


def discard(taken: Taken) -> None:
    """Remove what was staged and not kept."""
    _Staging(list(taken.journal), list(taken.objects), taken.sealed).discard()


def _take(desk: Receiving, objects: ObjectStore, source: Path | WaitingSet, progress: Progress, *, keep: bool) -> Taken:
    taken = _Staging()
    try:
        with _opened(source) as (opened, size_bytes):
            reader = _reader(desk, opened, size_bytes, progress)
            facts = _facts(desk, reader)
            for member in reader.members():
                if not facts.sender_name:
                    continue  # read and checked all the same: a damaged copy is noticed while the stick is here
                if isinstance(member, JournalSegment):
                    taken.journal.append(objects.stage(BytesIO(member.content), synced=False))
                else:
                    _take_object(member, desk, objects, taken)
            taken.sync(objects)
            if not facts.sender_name and keep:
                taken.sealed = _keep_sealed(desk, opened)
            waiting = source if isinstance(source, WaitingSet) and keep else None
            return Taken(facts, reader.digest, tuple(taken.journal), tuple(taken.objects), taken.sealed, waiting)
    except BaseException:
        taken.discard()
        raise


@contextmanager
def _opened(source: Path | WaitingSet) -> Iterator[tuple[Reading | Joined, int]]:
    """What to read, and how many bytes it has."""
    if isinstance(source, WaitingSet):
        with parts.joined(source) as slices:
            yield slices, source.total_bytes
    else:
        with open_ordinary(source) as file:
            yield Reading(file), os.fstat(file.fileno()).st_size


def _take_object(member: IncomingObject, desk: Receiving, objects: ObjectStore, taken: _Staging) -> None:
    known = desk.known_objects.get(member.sha256)
    if known is not None and is_whole(objects, known):  # a lost or damaged one is healed by what comes
        member.skip()
    else:
        taken.add(objects.stage(member, sha256=member.sha256, synced=False), objects)


def _facts(desk: Receiving, reader: BundleReader) -> BundleFacts:
    if reader.card.fingerprint in desk.writing:
        raise OwnCardError
    hashes = reader.object_hashes
    return BundleFacts(
        reader.info,
        reader.card,
        desk.trusted.get(reader.card.fingerprint, ""),
        len(hashes),
        sum(sha256 not in desk.known_objects for sha256 in hashes),
        reader.payload_bytes,
        reader.addressed,
    )


def _keep_sealed(desk: Receiving, source: Reading | Joined) -> Path:
    """A copy of a bundle beside the inbox's files, as it came. Raises DiskFullError, PlaceUnwritableError."""
    part = desk.inbox / f"{secrets.token_hex(16)}{PART}"
    buffer = memoryview(bytearray(BLOCK))
    try:
        make_private_file(part)
        with part.open("wb", buffering=0) as copy:
            source.rewind()
            while count := source.readinto(buffer):
                write_full(copy, buffer[:count])
            os.fsync(copy.fileno())
    except OSError as problem:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise storage_error(problem) from problem
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    return part


def _reader(desk: Receiving, opened: Reading | Joined, size_bytes: int, progress: Progress) -> BundleReader:
    return BundleReader(opened, desk.identities, me=desk.ours, source_bytes=size_bytes, progress=progress)
