"""Linux and macOS: modes, folder syncs, core dumps, and becoming another process."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

assert sys.platform != "win32"

_PR_SET_DUMPABLE = 4
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


def make_private_folder(path: Path) -> None:
    """Make the folder if it is not there, and let only its owner in.

    Raises:
        OSError: as the system says.
    """
    path.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    path.chmod(_FOLDER_MODE)


def make_private_file(path: Path) -> None:
    """Make a new, empty file that only its owner can read.

    Raises:
        FileExistsError: there is one already. OSError: as the system says.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE))


def sync_folder(path: Path) -> None:
    """Bring what was created, renamed and removed in the folder to the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def harden_process() -> None:
    """No core dumps, and on Linux no reading of this process by others of the same user."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def replace_process(arguments: Sequence[str]) -> NoReturn:
    """Become the program `arguments` names: the memory of this one is gone when it returns to the person."""
    os.execv(arguments[0], list(arguments))  # noqa: S606 - no shell is the point
