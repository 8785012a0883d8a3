r"""Parts: a sealed bundle cut into slices, each in a file of its own that any route may carry and any name may have.

    part  = head[72]  slice  list
    head  = "fieldapp part\r\n"  version = 1 (1 byte)  number (4)  count (4)  slice size (8)  total size (8)  id (32)
    list  = SHA-256 of each slice, in order: 32 × count

Numbers are big endian; parts count from 1. Every slice has the slice size, but the last, which holds what is left of
the total, at least one byte. There are at most 4,096. The *id* of the set is SHA-256 of

    "fieldapp parts 1" NUL  count  slice size  total size  list

Rule 1: nothing is believed of a part whose slice is not the one its list names. So a part proves by itself to which set
        it belongs and where: one number of one set has one content, and a forged or foreign part is of another set.
Rule 2: that parts are a set says nothing about who made them. What they are together is for `read.py` to check.

The writer cuts while the bundle is sealed. Sizes and hashes are known at the end only: heads and lists are written
then, and until then no file reads as a part.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from fieldapp.bundles.write import BundlePlan, write_bundle
from fieldapp.crypto.identity import IdentitySecrets
from fieldapp.crypto.stream import write_full
from fieldapp.errors import (
    BugError,
    BundleNewerError,
    PartDamagedError,
    PartMalformedError,
    PlaceTakenError,
    TooManyPartsError,
    storage_error,
)
from fieldapp.system import make_private_file, make_private_folder, sync_folder
from fieldapp.system.steady import SteadyFile
from fieldapp.values import Beside, Progress, in_turn, no_progress

PART_MAGIC: Final = b"fieldapp part\r\n"
VERSION: Final = 1
MAX_PARTS: Final = 4096
HASH_BYTES: Final = 32
SUFFIX: Final = ".part"

_HEAD: Final = struct.Struct(">15sBIIQQ32s")
_SIZES: Final = struct.Struct(">IQQ")
_SET_CONTEXT: Final = b"fieldapp parts 1\0"
HEAD_BYTES: Final = _HEAD.size
MOST_OVERHEAD_BYTES: Final = HEAD_BYTES + MAX_PARTS * HASH_BYTES
"""So much larger than its slice a part may be."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a part: what it claims to be. Its numbers fit each other."""

    number: int
    count: int
    slice_bytes: int
    total_bytes: int
    set_id: bytes
    """32 bytes that name the whole set, down to its last byte."""

    @property
    def length(self) -> int:
        """The bytes of this part's slice."""
        return _length(self.number, self.count, self.slice_bytes, self.total_bytes)

    @property
    def file_bytes(self) -> int:
        """The size of the whole file."""
        return HEAD_BYTES + self.length + self.count * HASH_BYTES


@dataclass(frozen=True, slots=True)
class Label:
    """All that a part says beside its slice: a list that is the one which its id names."""

    head: Head
    hashes: tuple[bytes, ...] = field(repr=False)

    @property
    def sha256(self) -> bytes:
        """What the slice must hash to."""
        return self.hashes[self.head.number - 1]


@dataclass(frozen=True, slots=True)
class PartsWritten:
    """A bundle that was written in parts: its digest, the files in order, and the folder made for them, if any."""

    digest: bytes
    paths: tuple[Path, ...]
    folder: Path | None


def read_head(head: bytes) -> Head:
    """The head of a part from its first 72 bytes.

    Raises:
        PartMalformedError: no head, or numbers that contradict each other. BundleNewerError: of a later version.
    """
    if len(head) != HEAD_BYTES:
        raise PartMalformedError
    magic, version, number, count, slice_bytes, total_bytes, set_id = _HEAD.unpack(head)
    if magic != PART_MAGIC or not version:
        raise PartMalformedError
    if version > VERSION:
        raise BundleNewerError(version, VERSION)
    fits = 1 <= number <= count <= MAX_PARTS and 0 < _length(count, count, slice_bytes, total_bytes) <= slice_bytes
    if not fits:
        raise PartMalformedError
    return Head(number, count, slice_bytes, total_bytes, set_id)


def read_label(head: Head, listed: bytes) -> Label:
    """The label from a part's head and its last bytes, 32 for each part. Raises PartDamagedError: changed or cut."""
    if set_id_of(head.count, head.slice_bytes, head.total_bytes, listed) != head.set_id:
        raise PartDamagedError((head.number,), head.count)
    return Label(head, tuple(listed[at : at + HASH_BYTES] for at in range(0, len(listed), HASH_BYTES)))


def set_id_of(count: int, slice_bytes: int, total_bytes: int, listed: bytes) -> bytes:
    """The id of a set."""
    return hashlib.sha256(_SET_CONTEXT + _SIZES.pack(count, slice_bytes, total_bytes) + listed).digest()


def write_head(head: Head) -> bytes:
    """The bytes before the slice."""
    return _HEAD.pack(PART_MAGIC, VERSION, head.number, head.count, head.slice_bytes, head.total_bytes, head.set_id)


def write_parts(
    plan: BundlePlan,
    keys: IdentitySecrets,
    place: Path,
    slice_bytes: int,
    progress: Progress = no_progress,
    *,
    beside: Beside = in_turn,
) -> PartsWritten:
    """`write_bundle` into parts with random names, cut on the way: no other copy is ever on the disk.

    They stand in the new folder `place`, which appears with all of them; or in `place`, where it is a folder already.

    Raises:
        PlaceTakenError: there is a file of that name. TooManyPartsError: the slices are too small for so much.
        DiskFullError, PlaceUnwritableError: the place.
        As `write_bundle`. Whatever is raised, nothing is left behind.
    """
    if sum(member.size for member in (*plan.journal, *plan.objects)) > MAX_PARTS * slice_bytes:
        raise TooManyPartsError(MAX_PARTS)
    rooms = _Rooms(place)
    try:
        rooms.prepare()
        with _Cutter(rooms.work, slice_bytes, beside) as cutter:
            digest = write_bundle(plan, keys, cutter, progress)
            cutter.finish()
        paths = rooms.settle(cutter.paths)
    except OSError as problem:
        rooms.clear()
        taken = isinstance(problem, FileExistsError)
        raise (PlaceTakenError() if taken else storage_error(problem)) from problem
    except BaseException:
        rooms.clear()
        raise
    return PartsWritten(digest, paths, rooms.place if rooms.makes_place else None)


def remove_parts(written: PartsWritten) -> None:
    """Remove what `write_parts` made, as far as the place lets us."""
    for path in written.paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    if written.folder is not None:
        with suppress(OSError):
            written.folder.rmdir()


class _Rooms:
    """Where parts are made, and where they go when all are whole."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.makes_place = not place.is_dir()
        self.work = (place.parent if self.makes_place else place) / f"{secrets.token_hex(8)}.partial"
        self._moved: list[Path] = []

    def prepare(self) -> None:
        if self.makes_place and os.path.lexists(self.place):
            raise PlaceTakenError
        make_private_folder(self.work)

    def settle(self, paths: Sequence[Path]) -> tuple[Path, ...]:
        """Bring them to their place. Raises OSError."""
        sync_folder(self.work)
        if self.makes_place:
            if os.path.lexists(self.place):
                raise PlaceTakenError
            self.work.rename(self.place)
            self._moved = [self.place / path.name for path in paths]
            sync_folder(self.place.parent)
            return tuple(self._moved)
        for path in paths:
            self._moved.append(path.rename(self.place / path.name))
        self.work.rmdir()
        sync_folder(self.place)
        return tuple(self._moved)

    def clear(self) -> None:
        """Remove everything; where even that fails, the first error says more."""
        with suppress(OSError):
            for path in (*self._moved, *(self.work.iterdir() if self.work.is_dir() else ())):
                path.unlink(missing_ok=True)
        for folder in (self.work, *([self.place] if self.makes_place and self._moved else [])):
            with suppress(OSError):
                folder.rmdir()


class _Cutter:
    """Takes the bytes of a sealed bundle, and fills one file after the other with them. Holds no slice in memory."""

    def __init__(self, folder: Path, slice_bytes: int, beside: Beside) -> None:
        if slice_bytes < 1:
            raise BugError("slices of nothing")
        self.paths: list[Path] = []
        self._folder = folder
        self._slice_bytes = slice_bytes
        self._beside = beside
        self._hashes: list[bytes] = []
        self._total_bytes = 0
        self._left_bytes = 0
        self._digest = hashlib.sha256()
        self._open: tuple[FileIO, SteadyFile] | None = None

    def write(self, data: memoryview, /) -> int:
        """Take some of `data`, and give how many bytes. Raises OSError, TooManyPartsError."""
        if not self._left_bytes:
            self._end_slice()
            self._begin_slice()
        assert self._open is not None
        count = self._open[1].write(data[: self._left_bytes])
        self._digest.update(data[:count])
        self._left_bytes -= count
        self._total_bytes += count
        return count

    def finish(self) -> None:
        """Make parts of the files: each gets its head and its list, and is on the disk. Raises OSError."""
        self._end_slice()
        count, listed = len(self.paths), b"".join(self._hashes)
        set_id = set_id_of(count, self._slice_bytes, self._total_bytes, listed)
        for number, path in enumerate(self.paths, 1):
            with path.open("r+b", buffering=0) as file:
                head = Head(number, count, self._slice_bytes, self._total_bytes, set_id)
                write_full(file, memoryview(write_head(head)))
                file.seek(0, os.SEEK_END)
                write_full(file, memoryview(listed))
                os.fsync(file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._open is not None:
            file, steady = self._open
            steady.__exit__(kind, error, traceback)
            file.close()

    def _begin_slice(self) -> None:
        if len(self.paths) == MAX_PARTS:
            raise TooManyPartsError(MAX_PARTS)
        path = self._folder / f"{secrets.token_hex(8)}{SUFFIX}"
        make_private_file(path)
        self.paths.append(path)
        file = path.open("r+b", buffering=0)
        self._open = file, SteadyFile(file, self._beside)
        file.seek(HEAD_BYTES)
        self._digest = hashlib.sha256()
        self._left_bytes = self._slice_bytes

    def _end_slice(self) -> None:
        if self._open is None:
            return
        file, steady = self._open
        steady.finish()
        self._open = None
        file.close()
        self._hashes.append(self._digest.digest())


def _length(number: int, count: int, slice_bytes: int, total_bytes: int) -> int:
    return slice_bytes if number < count else total_bytes - (count - 1) * slice_bytes
