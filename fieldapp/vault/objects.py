"""Attachments: each one sealed file under a key of its own, named by a keyed hash, padded, with one constant time.

    objects/xx/<64 hex digits>   STREAM (crypto.stream) of content ‖ zero bytes up to `padding.padded_object_size`
    objects/new/<random>         being written; what stands here at opening was never acknowledged and is removed

While objects are sealed anew after the master key was changed (`rekeying`), some lie under the name they had before:
they are looked for there too. Between two steps of that, what lies under one of the names may not open with the key
that the database knows; the other then does.

The key, the true size and the SHA-256 of an object stand only in `records.db`. The name is the HMAC of the SHA-256, so
the same content is stored once. A file appears under its name whole and synced, before the database speaks of it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from fieldapp.crypto.keyed_names import object_name
from fieldapp.crypto.padding import padded_object_size
from fieldapp.crypto.stream import ByteSink, ByteSource, SealedFile, SealedWriter, sealed_size
from fieldapp.errors import BugError, SealedError, VaultDamagedError, storage_error
from fieldapp.system import make_private_file, make_private_folder, send_to_disk, sync_files, sync_folders
from fieldapp.system.steady import SteadyFile
from fieldapp.values import Progress, no_progress

BLOCK = 1024 * 1024
CONSTANT_TIME = 946_684_800
"""Every object's modification time: 1 January 2000."""

_ZEROS = bytes(BLOCK)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What the database must remember of an object."""

    sha256: bytes
    size: int
    key: bytes = field(repr=False)


class ObjectFile(SealedFile):
    """The content of one object, without its padding, readable at any place. Closing it closes the file.

    Raises:
        VaultDamagedError: from making it and from every read: cut off, or changed.
    """

    def __init__(self, file: FileIO, stored: StoredObject) -> None:
        try:
            super().__init__(file, stored.key)
        except (SealedError, OSError) as problem:
            raise VaultDamagedError("object") from problem
        if self.size != padded_object_size(stored.size):
            raise VaultDamagedError("object")
        self.size = stored.size

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # as in SealedFile
        try:
            return super().readinto(buffer)
        except (SealedError, OSError) as problem:
            raise VaultDamagedError("object") from problem


class StagedObject:
    """A sealed file that no one speaks of yet: `keep` gives it its name, `discard` removes it."""

    def __init__(self, path: Path, stored: StoredObject, *, synced: bool = False) -> None:
        self.stored = stored
        self.synced = synced
        self._path = path

    @property
    def path(self) -> Path:
        """Where the sealed bytes lie now."""
        return self._path

    def discard(self) -> None:
        """Remove it, if it is still there; what will not go is removed at the next opening."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


class ObjectStore:
    """The folder `objects` of an open vault. Its methods may run on any one thread at a time."""

    def __init__(
        self,
        folder: Path,
        name_key: bytes | bytearray,
        name_key_before: bytes | None = None,
        *,
        expect_place: Callable[[], None] = lambda: None,
    ) -> None:
        self.expect_place = expect_place
        """Asked before anything is written, renamed or removed; it refuses where this is another folder now."""
        self._folder = folder
        self._new = folder / "new"
        self._name_key = name_key
        self.name_key_before = name_key_before
        self.stuck: set[bytes] = set()
        """Objects that were sealed anew, and whose files of before would not go."""
        self._seen: set[bytes] = set()

    def prepare(self) -> None:
        """Make the folders, and remove what an interrupted run left unacknowledged.

        Raises:
            DiskFullError, PlaceUnwritableError: the disk.
        """
        try:
            make_private_folder(self._folder)
            make_private_folder(self._new)
            leftovers = list(self._new.iterdir())
        except OSError as problem:
            raise storage_error(problem) from problem
        for leftover in leftovers:
            with suppress(OSError):  # held by a virus scanner, or a folder of somebody's: no reason to stay closed
                leftover.unlink()

    def stage(
        self,
        source: ByteSource,
        progress: Progress = no_progress,
        total_bytes: int = 0,
        *,
        sha256: bytes | None = None,
        synced: bool = True,
    ) -> StagedObject:
        """Seal everything `source` gives; memory stays at a few blocks whatever the size.

        `sha256` is the hash of the content where `source` itself compares it before it gives its last bytes; then it is
        not reckoned twice. Where `synced` is False, call `sync` before `keep`: many together are sooner on the disk.

        Raises:
            DiskFullError, PlaceUnwritableError: the disk; nothing is left behind.
            Whatever `source` or `progress` raises; nothing is left behind.
        """
        self.expect_place()
        key = secrets.token_bytes(32)
        path = self._new / secrets.token_hex(16)
        unfinished = StagedObject(path, StoredObject(b"", 0, key))
        hashed = _Hashed(source)
        try:
            make_private_file(path)
            with path.open("r+b", buffering=0) as file:
                with SteadyFile(file) as steady:
                    size = _seal(source if sha256 else hashed, steady, key, progress, total_bytes)
                    steady.finish()
                if synced:
                    os.fsync(file.fileno())
                else:
                    send_to_disk(file.fileno(), 0, sealed_size(padded_object_size(size)))
            os.utime(path, (CONSTANT_TIME, CONSTANT_TIME))
        except OSError as problem:
            unfinished.discard()
            raise storage_error(problem) from problem
        except BaseException:
            unfinished.discard()
            raise
        return StagedObject(path, StoredObject(sha256 or hashed.sha256(), size, key), synced=synced)

    def sync(self, staged: Sequence[StagedObject]) -> None:
        """Have objects that were staged without it on the disk.

        Raises:
            DiskFullError, PlaceUnwritableError: the disk; they are still to be discarded.
        """
        try:
            sync_files([each.path for each in staged])
            for each in staged:
                each.synced = True
                with each.path.open("rb", buffering=0) as file:  # what is on the disk need not stay in memory
                    send_to_disk(file.fileno(), 0, sealed_size(padded_object_size(each.stored.size)))
        except OSError as problem:
            raise storage_error(problem) from problem

    def keep(self, staged: list[StagedObject]) -> None:
        """Give staged and synced objects their names, and sync the folders; after this the database may speak of them.

        An older file under the same name, which the database does not speak of, is replaced.
        """
        if not all(each.synced for each in staged):
            raise BugError("an object is not on the disk yet")
        self.expect_place()
        folders = set[Path]()
        try:
            for each in staged:
                place = self.place_of(each.stored.sha256)
                if place.parent not in folders:
                    make_private_folder(place.parent)
                    folders.add(place.parent)
                each.path.replace(place)
            sync_folders([*folders, self._folder])
        except OSError as problem:
            raise storage_error(problem) from problem

    def remove(self, sha256s: Collection[bytes]) -> set[bytes]:
        """Remove objects that the database speaks of no more, and sync their folders. Gives what would not go.

        What is not there counts as gone. Their keys went with the rows of the database: the bytes alone say nothing.

        Raises:
            DiskFullError, PlaceUnwritableError: the folders could not be synced; asked again, nothing is lost.
        """
        self.expect_place()
        held = set[bytes]()
        folders = set[Path]()
        self._seen.difference_update(sha256s)
        for sha256, place in ((each, place) for each in sha256s for place in self._places_of(each)):
            try:
                place.unlink(missing_ok=True)
            except OSError:  # held by a virus scanner, or by whoever reads it just now
                held.add(sha256)
            if place.parent.is_dir():  # synced also where the file had gone before: that may not be on the disk yet
                folders.add(place.parent)
        try:
            sync_folders(sorted(folders))
        except OSError as problem:
            raise storage_error(problem) from problem
        return held

    def open_staged(self, staged: StagedObject) -> ObjectFile:
        """The content of an object that has no name yet; the caller closes it. Raises VaultDamagedError."""
        return open_file(staged.path, staged.stored)

    def open(self, stored: StoredObject) -> ObjectFile:
        """The content, readable at any place; the caller closes it.

        Raises:
            VaultDamagedError: the file is missing, cut off, or changed (also later, from reading).
        """
        *others, last = self._places_of(stored.sha256)
        for place in others:
            with suppress(VaultDamagedError):
                return open_file(place, stored)
        return open_file(last, stored)

    def open_new(self, stored: StoredObject) -> ObjectFile:
        """As `open`, under its name of now only. Raises VaultDamagedError."""
        return open_file(self.place_of(stored.sha256), stored)

    def is_there(self, sha256: bytes, size: int) -> bool:
        """Whether the file of an object of this size lies where it should, as long as it should be; it is not read.

        What was there once is not looked for again.
        """
        if sha256 in self._seen:
            return True
        try:
            found = next(iter(self._there(sha256))).stat()
        except (OSError, StopIteration):
            return False
        if not stat.S_ISREG(found.st_mode) or found.st_size != sealed_size(padded_object_size(size)):
            return False
        self._seen.add(sha256)
        return True

    def place_before(self, sha256: bytes) -> Path | None:
        """Where the object lay before the master key was changed; None where all are sealed anew."""
        return None if self.name_key_before is None else self._named(self.name_key_before, sha256)

    def find_opening(self, stored: StoredObject) -> Path:
        """Where the file of an object lies now, also while objects are sealed anew under another name.

        Where there is one under both names, that is the one which its key opens.
        """
        there = self._there(stored.sha256)
        if len(there) > 1:
            for place in there:
                with suppress(VaultDamagedError):
                    open_file(place, stored).close()
                    return place
        return there[0] if there else self.place_of(stored.sha256)

    def names_of(self, sha256: bytes) -> list[bytes]:
        """The names that the file of an object may have."""
        return [bytes.fromhex(place.name) for place in self._places_of(sha256)]

    def place_of(self, sha256: bytes) -> Path:
        """Where the object with this SHA-256 lies, or would lie."""
        return self._named(self._name_key, sha256)

    def make_place(self, sha256: bytes) -> None:
        """Make the folder in which the object would lie. Raises OSError, VaultGoneError."""
        self.expect_place()
        make_private_folder(self.place_of(sha256).parent)

    def _places_of(self, sha256: bytes) -> list[Path]:
        before = self.place_before(sha256)
        return [self.place_of(sha256)] if before is None else [self.place_of(sha256), before]

    def _there(self, sha256: bytes) -> list[Path]:
        """Under which of its names the disk tells of a file."""
        there: list[Path] = []
        for place in self._places_of(sha256):
            with suppress(OSError):
                there += [place] if place.exists() else []
        return there

    def _named(self, name_key: bytes | bytearray, sha256: bytes) -> Path:
        name = object_name(name_key, sha256)
        return self._folder / name[:2] / name


def open_file(path: Path, stored: StoredObject) -> ObjectFile:
    """The content of an object in this file, wherever it lies; the caller closes it. Raises VaultDamagedError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device would be waited for
            raise VaultDamagedError("object")
        file = path.open("rb", buffering=0)
    except OSError as problem:
        raise VaultDamagedError("object") from problem
    try:
        return ObjectFile(file, stored)
    except BaseException:
        file.close()
        raise


class _Hashed:
    """A source whose bytes are hashed as they pass."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._digest = hashlib.sha256()

    def readinto(self, buffer: memoryview, /) -> int | None:
        count = self._source.readinto(buffer)
        self._digest.update(buffer[: count or 0])
        return count

    def sha256(self) -> bytes:
        return self._digest.digest()


def _seal(source: ByteSource, out: ByteSink, key: bytes, progress: Progress, total_bytes: int) -> int:
    """Copy `source` to `out`, sealed and padded. Gives its size."""
    writer = SealedWriter(out, key)
    buffer = memoryview(bytearray(BLOCK))
    size = 0
    while count := source.readinto(buffer):
        part = buffer[:count]
        writer.write(part)
        size += count
        progress(size, max(total_bytes, size))
    left = padded_object_size(size) - size
    while left:
        left -= writer.write(_ZEROS[: min(left, BLOCK)])
    writer.close()
    return size
