"""Windows: the user's profile already keeps others out; folder syncs do not exist; locking is start-and-exit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn


class FolderLock:
    """Nothing is held here: Windows cannot lock a folder, and the lock of the database keeps others out."""

    def __init__(self) -> None:
        self._is_closed = False

    def close(self) -> None:
        """Nothing is to be done, but to remember it."""
        self._is_closed = True

    def leads_to(self, path: Path) -> bool:
        """Whether the file at this path is the one that lay there: a folder in which a file is open cannot be moved.

        False after `close`.
        """
        return not self._is_closed and path.exists()


def lock_folder(path: Path) -> FolderLock:
    """Hold nothing; only see that the folder is there.

    Raises:
        OSError: as the system says.
    """
    os.scandir(path).close()
    return FolderLock()


def make_private_folder(path: Path) -> None:
    """Make the folder if it is not there; since Python 3.11.10 mode 0700 gives an owner-only access list."""
    path.mkdir(mode=0o700, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Make a new, empty file.

    Raises:
        FileExistsError: there is one already. OSError: as the system says.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def sync_folder(path: Path) -> None:
    """Nothing to do: NTFS journals names, and a folder cannot be flushed without more rights."""


def sync_files(paths: Sequence[Path]) -> None:
    """Bring the content of files to the disk.

    Raises:
        OSError: as the system says; some may be on the disk all the same.
    """
    for path in paths:
        with path.open("r+b", buffering=0) as file:
            os.fsync(file.fileno())


def sync_folders(paths: Sequence[Path]) -> None:
    """Nothing to do, as for one."""


def send_to_disk(handle: int, offset: int, size_bytes: int) -> None:
    """Nothing to do: Windows begins to write by itself."""


def harden_process() -> None:
    """Nothing yet: error reporting is turned off by the installer (see the threat model)."""


def replace_process(arguments: Sequence[str]) -> NoReturn:
    """Start the program `arguments` names and end this process at once, without any clean-up that could linger."""
    subprocess.Popen(list(arguments), close_fds=True)
    os._exit(0)
