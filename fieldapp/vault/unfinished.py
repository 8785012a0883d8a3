"""A vault while it is being made of a copy: beside the place where it is to be, under a name that says so.

    NAME.0123456789abcdef.unfinished

Until it has its own log it must never be written in: two machines would append to one log. So it is not opened under
that name, and it gets its own one when all is done. Where the making was cut off, what is left has the keys of the
vault it was copied from; it goes when somebody makes that vault again, or destroys it.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from fieldapp.errors import ExpectedError, VaultUnfinishedError, storage_error
from fieldapp.vault.destroying import destroy
from fieldapp.vault.folder import sync_parent

_ENDING = re.compile(r"\.[0-9a-f]{16}\.unfinished")


def place_for(folder: Path) -> Path:
    """Where a vault is made that is to be in `folder`."""
    return folder.with_name(f"{folder.name}.{secrets.token_hex(8)}.unfinished")


def expect_finished(folder: Path) -> None:
    """Raises VaultUnfinishedError: the name says that it never was; also through a link."""
    if re.search(rf"{_ENDING.pattern}\Z", os.path.realpath(folder)):
        raise VaultUnfinishedError


def left_for(folder: Path) -> list[Path]:
    """What attempts to make a vault in `folder` left beside it. Where nobody may look, nothing."""
    with suppress(OSError):
        return sorted(each for each in folder.absolute().parent.iterdir() if _is_left_for(folder.name, each))
    return []


def remove_left(folder: Path) -> None:
    """Destroy what attempts to make a vault in `folder` left; what another process has open, or will not go, stays."""
    for each in left_for(folder):
        with suppress(ExpectedError):
            destroy(each)


def give_name(made: Path, folder: Path) -> None:
    """The finished vault gets its name. Raises DiskFullError, PlaceUnwritableError: it has its old one."""
    try:
        if folder.is_dir():
            folder.rmdir()  # it is empty; a folder is not renamed onto another on every system
        made.rename(folder)
    except OSError as problem:
        raise storage_error(problem) from problem
    try:
        sync_parent(folder)
    except BaseException:
        with suppress(OSError):
            folder.rename(made)  # who made it takes it back
        raise


def _is_left_for(name: str, path: Path) -> bool:
    ours = path.name.startswith(name) and _ENDING.fullmatch(path.name, len(name)) is not None
    return ours and path.is_dir() and not path.is_symlink()
