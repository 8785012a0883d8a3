"""The place where a backup is written: what is there already, and how much room there is."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import Final

from fieldapp.bundles import backup
from fieldapp.errors import (
    BackupInsideVaultError,
    BackupTooLargeError,
    DiskFullError,
    ExpectedError,
    PlaceTakenError,
    storage_error,
)

UNFINISHED: Final = ".unfinished"


def beside(path: Path) -> Path:
    """Where a backup is written that is to take the place of this one."""
    return path.with_name(path.name + UNFINISHED)


def place_error(problem: OSError) -> ExpectedError:
    """Our own class for what a place says that takes no backup."""
    return BackupTooLargeError() if problem.errno == errno.EFBIG else storage_error(problem)


def check_outside(folder: Path, path: Path) -> None:
    """Raises BackupInsideVaultError."""
    vault, place = folder.resolve(), path.parent.resolve()
    if place == vault or vault in place.parents:
        raise BackupInsideVaultError


def expect_free(path: Path) -> None:
    if os.path.lexists(path):
        raise PlaceTakenError


def make_way(partial: Path) -> None:
    """Remove what a backup that was cut short left beside. Raises PlaceTakenError: it is something else."""
    if not os.path.lexists(partial):
        return
    if not stat.S_ISREG(partial.lstat().st_mode):
        raise PlaceTakenError
    with partial.open("rb") as file:
        beginning = file.read(1024)
    if any(beginning) and not backup.is_backup(beginning):
        raise PlaceTakenError
    partial.unlink()


def check_room(path: Path, size_bytes: int) -> None:
    """Raises DiskFullError, before anything is written."""
    free = free_bytes(path)
    if free is not None and free < size_bytes:
        raise DiskFullError


def free_bytes(path: Path) -> int | None:
    """How many bytes there are; None where a place does not say."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return None
