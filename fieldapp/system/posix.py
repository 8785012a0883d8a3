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
_FEW = 4  # up to here fsync is as quick, and leaves what other programs are writing alone
_WAIT_WRITE_WAIT = 7  # SYNC_FILE_RANGE_WAIT_BEFORE | _WRITE | _WAIT_AFTER
_NOT_SUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


class FolderLock:
    """A folder that this process holds alone, until `close` or its own end. Becoming another process ends it too."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def close(self) -> None:
        """Let others in. Closing twice does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def leads_to(self, path: Path) -> bool:
        """Whether the file at this path is the one of the same name in the folder that is held, wherever that is now.

        False where that cannot be told, and after `close`.
        """
        if self._handle is None:
            return False
        try:
            held = os.stat(path.name, dir_fd=self._handle)
            return os.path.samestat(held, path.stat())
        except OSError:
            return False

    def __del__(self) -> None:
        self.close()


def lock_folder(path: Path) -> FolderLock:
    """Hold the folder alone, without writing to it. Where a file system knows no such lock, others are not kept out.

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
        pass
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


def sync_files(paths: Sequence[Path]) -> None:
    """Bring the content of files to the disk; many sooner than one after another.

    Raises:
        OSError: as the system says; some may be on the disk all the same.
    """
    if len(paths) > _FEW and _sync_at_once(paths):
        return
    for path in paths:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_folders(paths: Sequence[Path]) -> None:
    """`sync_folder` for several; many sooner than one after another. Raises OSError."""
    if len(paths) > _FEW and _sync_at_once(paths):
        return
    for path in paths:
        sync_folder(path)


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


def _sync_at_once(paths: Sequence[Path]) -> bool:
    """Have whole file systems written, on Linux; False where that cannot be done.

    The bytes of each file are waited for first, which tells its own errors: `syncfs` alone tells none before Linux 5.8.
    """
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    whole, none = ctypes.c_int64(0), ctypes.c_int64(0)
    one_of_each: dict[int, int] = {}
    try:
        for path in paths:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            first = one_of_each.setdefault(os.fstat(handle).st_dev, handle)
            try:
                _expect_zero(library.sync_file_range(handle, none, whole, _WAIT_WRITE_WAIT))
            finally:
                if first != handle:
                    os.close(handle)
        for handle in one_of_each.values():
            _expect_zero(library.syncfs(handle))
    except OSError as problem:
        if problem.errno in _NOT_SUPPORTED:
            return False
        raise
    finally:
        for handle in one_of_each.values():
            os.close(handle)
    return True


def _expect_zero(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


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
