"""The folder that a vault is: the names in it, who holds it, and what is there when it is looked at.

Nothing here needs a secret. `BELONGS` are the files of a vault that is closed; `UNFINISHED` what a process that was
killed can have left beside them.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from fieldapp.errors import (
    VaultDamagedError,
    VaultExistsError,
    VaultForeignError,
    VaultInUseError,
    VaultNotFoundError,
    storage_error,
)
from fieldapp.system import FolderLock, lock_folder, make_private_folder, sync_folder
from fieldapp.vault import header as headers
from fieldapp.vault.header import Header

DATABASE = "records.db"
NEXT = "records.db.next"
"""The database under a new master key, while the key of the vault is changed (`rekeying`)."""

OBJECTS = "objects"
BORDERS = ("inbox", "outbox")

BELONGS = re.compile(
    r"header\.[ab]|records\.db(-journal|\.next)?|objects/([0-9a-f]{2})/\2[0-9a-f]{62}"
    r"|(inbox|outbox)/[0-9a-f]{16,64}(/[0-9]{4})?"
)
UNFINISHED = re.compile(
    r"header\.[ab]\.new|records\.db\.(before|next)(-journal)?|objects/new/[0-9a-f]{32}"
    r"|(inbox|outbox)/[0-9a-f]{16,64}(\.part|\.dropped/[0-9]{4})"
)
KEPT_ASIDE = re.compile(
    r"(damaged|recovered)/([a-z]+/)*(header\.[ab]|records\.db(-journal|\.next)?|[0-9a-f]{2}/[0-9a-f]{64}|[0-9a-f]{32,64})"
)
"""What a repair keeps in a vault that it made: parts of the one before, as they were."""

_JOURNALS = (f"{DATABASE}-journal", f"{NEXT}-journal")


def read_headers(folder: Path) -> list[Header]:
    """The headers of the vault in `folder`; reading them needs no secret.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError: what is there instead.
        PlaceUnwritableError: this user may not look.
    """
    try:
        if not folder.is_dir():
            raise VaultForeignError if folder.exists() else VaultNotFoundError
        names = {entry.name for entry in folder.iterdir()}
    except OSError as problem:
        raise storage_error(problem) from problem
    if not names:
        raise VaultNotFoundError
    if not names & set(headers.NAMES):
        raise VaultDamagedError("header") if DATABASE in names else VaultForeignError
    return headers.read_copies(folder)


def hold(folder: Path) -> FolderLock:
    """Keep other processes out of a folder. Raises VaultInUseError, PlaceUnwritableError."""
    try:
        return lock_folder(folder)
    except BlockingIOError:
        raise VaultInUseError from None
    except OSError as problem:
        raise storage_error(problem) from problem


def take_empty(folder: Path) -> tuple[FolderLock, bool]:
    """Hold the folder, which is made where it is not there; and whether it was made.

    Raises:
        VaultExistsError: it is not empty. VaultInUseError: another process holds it.
        DiskFullError, PlaceUnwritableError: the disk.
    """
    try:
        if not folder.is_dir() and folder.exists():
            raise VaultExistsError
        made = not folder.is_dir()
        make_private_folder(folder)
        lock = hold(folder)
        empty = not any(folder.iterdir())
    except OSError as problem:
        raise storage_error(problem) from problem
    if not empty:
        lock.close()
        raise VaultExistsError
    return lock, made


def sync_parent(folder: Path) -> None:
    """Have the name of a new folder on the disk. Raises DiskFullError, PlaceUnwritableError."""
    try:
        sync_folder(folder.resolve().parent)
    except PermissionError:  # it may be written and not read: the name of the new folder is then not synced
        return
    except OSError as problem:
        raise storage_error(problem) from problem


def make_borders(folder: Path) -> None:
    """Make the folders between vault and courier. Raises DiskFullError, PlaceUnwritableError."""
    try:
        for name in BORDERS:
            make_private_folder(folder / name)
    except OSError as problem:
        raise storage_error(problem) from problem


def take_back(folder: Path, *, made: bool) -> None:
    """Remove what an attempt to make a vault left in a folder that was empty, and the folder if it was made."""
    files = [DATABASE, *_JOURNALS, *headers.NAMES, *(f"{name}.new" for name in headers.NAMES)]
    folders = [folder / OBJECTS / "new", folder / OBJECTS, *(folder / name for name in BORDERS)]
    for name in files:
        with suppress(OSError):
            (folder / name).unlink()
    for each in [*folders, folder] if made else folders:
        with suppress(OSError):
            each.rmdir()
