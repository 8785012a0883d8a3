"""Files of a damaged vault copied into a new one, as far as the disk still gives them out.

Rule 1: the old place may refuse everything: to tell of a file, to open it, to give out a part of it. That ends nothing;
        who asked for the file counts it as damaged.
Rule 2: the new place may refuse nothing. What it raises ends the repair.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from fieldapp.system import make_private_file, make_private_folder
from fieldapp.values import Progress
from fieldapp.vault.connection import PAGE_SIZE
from fieldapp.vault.objects import BLOCK, CONSTANT_TIME


@dataclass(slots=True)
class Copying:
    """Files on their way into the folder `to`. `kept`: those that stay there, to be brought to the disk at the end."""

    to: Path
    progress: Progress
    kept: list[Path] = field(default_factory=list)
    done: int = 0
    total: int = 0

    def begin(self, total_bytes: int) -> None:
        """Count anew, up to so many bytes."""
        self.done, self.total = 0, total_bytes

    def read(self, size_bytes: int) -> None:
        """So many bytes more are done. Raises what `progress` raises."""
        self.done += size_bytes
        self.progress(min(self.done, self.total), self.total)

    def keep(self, source: Path, target: Path) -> bool:
        """Copy a file that stays in the new folder, as `copy`."""
        copied = self.copy(source, target)
        if copied:
            self.kept.append(target)
        return copied

    def copy(self, source: Path, target: Path) -> bool:
        """Copy a file; what the disk does not give out of it becomes zeros, so that all else keeps its place.

        False where it cannot even be opened, or is no file: nothing was made then. Raises OSError: the new place.
        """
        file = _opened(source)
        if file is None:
            return False
        with closing(file):
            size = os.fstat(file.fileno()).st_size
            for parent in reversed(target.relative_to(self.to).parents):
                make_private_folder(self.to / parent)
            make_private_file(target)
            with target.open("r+b") as out:
                place = 0
                while place < size:
                    block = _block(file.seek, file.read, place, min(BLOCK, size - place))
                    out.write(block)
                    place += len(block)
                    self.read(len(block))
        os.utime(target, (CONSTANT_TIME, CONSTANT_TIME))
        return True


def is_plain(path: Path) -> bool:
    """Whether it is a file that the disk still tells of, and no link, pipe or device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def size_of(path: Path) -> int:
    """How many bytes a file has; 0 where there is none, or the disk does not tell."""
    try:
        return path.lstat().st_size if is_plain(path) else 0
    except OSError:
        return 0


def _opened(path: Path) -> FileIO | None:
    """None where it is no file (a pipe or a device would be waited for), or cannot be opened."""
    try:
        return path.open("rb", buffering=0) if is_plain(path) else None
    except OSError:
        return None


def _block(seek: Callable[[int], int], read: Callable[[int], bytes], place: int, size: int) -> bytes:
    """`size` bytes from a place; where they cannot be read at once, page by page."""
    try:
        seek(place)
        block = read(size)
        if block:
            return block
    except OSError:
        if size > PAGE_SIZE:
            pages = range(place, place + size, PAGE_SIZE)
            return b"".join(_block(seek, read, at, min(PAGE_SIZE, place + size - at)) for at in pages)
    return bytes(size)
