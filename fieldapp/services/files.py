"""Files that a person named: opened only where ordinary, written whole, their errors apart from those of the vault."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from io import FileIO
from pathlib import Path

from fieldapp.errors import FileUnreadableError, InsideVaultError, PlaceTakenError, storage_error
from fieldapp.system import make_private_file, sync_folder


def open_ordinary(path: Path) -> FileIO:
    """The file, opened for reading without waiting for a pipe or a device; the caller closes it.

    Raises:
        FileUnreadableError: it is missing, a folder, refused, or no ordinary file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError, ValueError) as problem:  # a path with NUL names nothing
        raise FileUnreadableError("missing") from problem
    except IsADirectoryError as problem:
        raise FileUnreadableError("folder") from problem
    except OSError as problem:
        raise FileUnreadableError("refused") from problem
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise FileUnreadableError("folder" if stat.S_ISDIR(mode) else "special")
    return FileIO(handle, "rb")


def write_new(path: Path, content: bytes) -> None:
    """Write a small new file that only its owner can read; it and its name are on the disk when this returns.

    Raises:
        PlaceTakenError, DiskFullError, PlaceUnwritableError: nothing is left behind.
    """
    try:
        make_private_file(path)
    except FileExistsError as problem:
        raise PlaceTakenError from problem
    except OSError as problem:
        raise storage_error(problem) from problem
    try:
        with path.open("r+b") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.resolve().parent)
    except OSError as problem:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise storage_error(problem) from problem


class Reading:
    """A file that a person named, as a source of bytes: what it cannot give is no fault of the disk written to."""

    def __init__(self, file: FileIO) -> None:
        self._file = file

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the beginning of `buffer`. Raises FileUnreadableError."""
        try:
            return self._file.readinto(buffer)
        except OSError as problem:
            raise FileUnreadableError("io") from problem

    def head(self, size: int) -> bytes:
        """The first `size` bytes of the file, which is then at its beginning. Raises FileUnreadableError."""
        self.rewind()
        try:
            head = self._file.read(size)
        except OSError as problem:
            raise FileUnreadableError("io") from problem
        self.rewind()
        return head

    def rewind(self) -> None:
        """Begin again. Raises FileUnreadableError."""
        try:
            self._file.seek(0)
        except OSError as problem:
            raise FileUnreadableError("io") from problem


def expect_outside(old: Path, new: Path) -> None:
    """See that a new vault will not lie inside the folder that it is made from. Raises InsideVaultError."""
    within, place = old.resolve(), new.resolve()
    if place == within or within in place.parents:
        raise InsideVaultError
