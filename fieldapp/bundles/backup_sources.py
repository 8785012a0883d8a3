"""Where what is written into a backup comes from: files that may be gone, cut off, or longer than they should be."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

_BLOCK: Final = 1024 * 1024


class UnreadableError(Exception):
    """A file of the vault does not give out what it should."""


class Within(io.RawIOBase):
    """A part of a file, as a source."""

    def __init__(self, path: Path, offset: int, size: int) -> None:
        self._file = path.open("rb", buffering=0)
        self._file.seek(offset)
        self._left = size

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # a view is all that is ever given
        count = self._file.readinto(buffer[: self._left]) if self._left else 0
        self._left -= count
        return count

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()


def expect(found: bytes, expected: bytes | None) -> None:
    """Raises UnreadableError: it is not what is expected."""
    if expected not in (None, found):
        raise UnreadableError


def opened(open_: Callable[[], io.RawIOBase | io.BytesIO]) -> io.RawIOBase | io.BytesIO:
    """What was opened. Raises UnreadableError."""
    try:
        return open_()
    except OSError as problem:
        raise UnreadableError from problem


def parts_of(source: io.RawIOBase | io.BytesIO, size: int) -> Iterator[memoryview]:
    """Exactly `size` bytes in parts. Raises UnreadableError where there are fewer or more, or the disk refuses."""
    buffer = memoryview(bytearray(min(_BLOCK, size + 1)))
    left = size
    while True:
        try:
            count = source.readinto(buffer[: left + 1])
        except OSError as problem:
            raise UnreadableError from problem
        if not count:
            break
        left -= count
        if left < 0:
            raise UnreadableError
        yield buffer[:count]
    if left:
        raise UnreadableError
