"""Linux and macOS: modes, locks, folder syncs, core dumps, and becoming another process."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import resource
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

assert sys.platform != "win32"

_PR_SET_DUMPABLE = 4
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_NOT_SUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


class FolderLock:
    """A folder that this process holds alone, until `close` or its own end. Becoming another process ends it too."""

    def __init__(self, handle: int | None) -> None:
        self._handle = handle

    def close(self) -> None:
        """Let others in. Closing twice does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def __del__(self) -> None:
        self.close()


def lock_folder(path: Path) -> FolderLock:
    """Hold the folder alone, without writing to it. Where a file system knows no such lock, this holds nothing.

    Raises:
        BlockingIOError: another process holds it, or this one does already. OSError: as the system says.
    """
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:  # some network file systems refuse: the database's own lock is still there
        os.close(handle)
        return FolderLock(None)
    return FolderLock(handle)


def make_private_folder(path: Path) -> None:
    """Make the folder if it is not there, and let only its owner in.

    Raises:
        OSError: as the system says.
    """
    path.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    _let_only_owner(path, _FOLDER_MODE)


def make_private_file(path: Path) -> None:
    """Make a new, empty file that only its owner can read and write, whatever the umask.

    Raises:
        FileExistsError: there is one already. OSError: as the system says.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE))
    _let_only_owner(path, _FILE_MODE)


def sync_folder(path: Path) -> None:
    """Bring what was created, renamed and removed in the folder to the disk.

    Raises:
        OSError: as the system says; not where the file system knows no such thing.
    """
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as problem:
        if problem.errno not in _NOT_SUPPORTED:
            raise
    finally:
        os.close(handle)


def send_to_disk(handle: int, offset: int, size_bytes: int) -> None:
    """Ask for these bytes of an open file to be written, and to leave the memory once they are. Promises nothing.

    On Linux "not needed" begins the writing of what is not written yet, and lets go of the rest (mm/fadvise.c).
    """
    if sys.platform == "linux":
        os.posix_fadvise(handle, offset, size_bytes, os.POSIX_FADV_DONTNEED)


def harden_process() -> None:
    """No core dumps, and on Linux no reading of this process by others of the same user."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def replace_process(arguments: Sequence[str]) -> NoReturn:
    """Become the program `arguments` names: the memory of this one is gone when it returns to the person."""
    os.execv(arguments[0], list(arguments))  # noqa: S606 - no shell is the point


def _let_only_owner(path: Path, mode: int) -> None:
    """Set the mode where it is another; a file system of sticks (FAT, exFAT) has none, and is taken as it is."""
    state = path.stat()
    if stat.S_IMODE(state.st_mode) == mode:
        return
    try:
        path.chmod(mode)
    except PermissionError:
        if state.st_uid != os.geteuid():
            raise
