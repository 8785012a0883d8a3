"""Parts as files, named by a person or waiting in the inbox: what each says, its checked slice, a whole set joined."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from fieldapp.bundles.parts import HASH_BYTES, HEAD_BYTES, PART_MAGIC, Label, read_head, read_label
from fieldapp.errors import ExpectedError, FileUnreadableError, PartDamagedError
from fieldapp.services.files import Reading, open_ordinary
from fieldapp.values import Progress, no_progress
from fieldapp.vault.objects import BLOCK


def is_part(path: Path) -> bool:
    """Whether the file begins like a part. Raises FileUnreadableError."""
    with open_ordinary(path) as file:
        return Reading(file).head(len(PART_MAGIC)) == PART_MAGIC


def look(path: Path, progress: Progress = no_progress) -> Label:
    """What a part says of itself, its bytes checked.

    Raises:
        PartMalformedError, PartDamagedError, BundleNewerError; FileUnreadableError.
    """
    with open_ordinary(path) as file:
        label = label_of(file)
        for _block in slice_of(file, label, progress):
            pass
    return label


def label_of(file: FileIO) -> Label:
    """The label of an open part whose size is as it says.

    Raises:
        PartMalformedError, PartDamagedError, BundleNewerError; FileUnreadableError.
    """
    try:
        file.seek(0)
        head = read_head(file.read(HEAD_BYTES))
        if os.fstat(file.fileno()).st_size != head.file_bytes:
            raise PartDamagedError((head.number,), head.count)
        file.seek(HEAD_BYTES + head.length)
        return read_label(head, file.read(head.count * HASH_BYTES))
    except OSError as problem:
        raise FileUnreadableError("io") from problem


def slice_of(file: FileIO, label: Label, progress: Progress = no_progress) -> Iterator[memoryview]:
    """The bytes of the slice; ends without an error only when they were the right ones.

    Raises:
        PartDamagedError; FileUnreadableError; what `progress` raises.
    """
    source = Reading(file)
    file.seek(HEAD_BYTES)
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(min(BLOCK, label.head.length)))
    left = label.head.length
    while left and (count := source.readinto(buffer[:left])):
        digest.update(buffer[:count])
        yield buffer[:count]
        left -= count
        progress(label.head.length - left, label.head.length)
    if left or digest.digest() != label.sha256:
        raise PartDamagedError((label.head.number,), label.head.count)


def name_of(number: int) -> str:
    """The name of a part in the folder of its set."""
    return f"{number:04}"


class Joined:
    """The slices of a complete set as one source of bytes, read where they lie; holds one file open.

    Raises:
        PartDamagedError: from every read: a part is gone, cut, or of another set.
    """

    def __init__(self, folder: Path, set_id: bytes, count: int) -> None:
        self._folder = folder
        self._set_id = set_id
        self._count = count
        self._number = 0
        self._left_bytes = 0
        self._file: FileIO | None = None

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the beginning of `buffer`; 0 at the end of the last slice."""
        while not self._left_bytes:
            if self._number == self._count:
                return 0
            self._next()
        assert self._file is not None
        try:
            count = self._file.readinto(buffer[: self._left_bytes]) or 0
        except OSError as problem:
            raise self._damage() from problem
        if not count and buffer:
            raise self._damage()
        self._left_bytes -= count
        return count

    def rewind(self) -> None:
        """Begin again."""
        self.close()
        self._number = self._left_bytes = 0

    def close(self) -> None:
        """Close the file that is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _next(self) -> None:
        self.close()
        self._number += 1
        try:
            self._file = open_ordinary(self._folder / name_of(self._number))
            label = label_of(self._file)
            self._file.seek(HEAD_BYTES)
        except (ExpectedError, OSError) as problem:
            raise self._damage() from problem
        if (label.head.set_id, label.head.number) != (self._set_id, self._number):
            raise self._damage()
        self._left_bytes = label.head.length

    def _damage(self) -> PartDamagedError:
        return PartDamagedError((self._number,), self._count)
