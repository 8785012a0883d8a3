"""Destroying a vault: what would be lost with it, as far as an open vault can tell, and then its end.

Rule: the vault is closed before, in every process; locked, nobody can tell what was handed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fieldapp.errors import ExpectedError, HeaderBytesLeftError, VaultNotFoundError
from fieldapp.services import acknowledged, views
from fieldapp.services.acknowledged import Unacknowledged
from fieldapp.services.archive import Archive
from fieldapp.services.safety import backups
from fieldapp.services.safety.backups import State
from fieldapp.values import Progress, no_progress
from fieldapp.vault import destroying, unfinished
from fieldapp.vault.destroying import is_left_over, not_ours
from fieldapp.vault.place import Place

__all__ = ["Lost", "destroy", "expect_something", "foreign_files", "is_left_over", "lost_with"]


@dataclass(frozen=True, slots=True)
class Lost:
    """`records`: how many there are in the lists. `elsewhere`: of what was written here, what has not arrived.

    `backup`: how old the newest backup is. `foreign`: files in the folder that are not the vault's, and would stay.
    """

    records: int
    elsewhere: Unacknowledged
    backup: State
    foreign: int


def lost_with(archive: Archive) -> Lost:
    """What would be lost with an open vault."""
    return Lost(
        sum(count for kind, count in views.counts(archive).items() if kind != "link"),
        acknowledged.unacknowledged(archive),
        backups.state(archive),
        foreign_files(archive.vault.folder),
    )


def expect_something(folder: Path) -> None:
    """Before asking. Raises VaultNotFoundError, VaultForeignError, PlaceUnwritableError as `destroy` would."""
    if not unfinished.left_for(folder):
        destroying.expect_something(folder)


def destroy(folder: Path, progress: Progress = no_progress, *, place: Place | None = None) -> None:
    """Destroy the vault in `folder` (`vault.destroying`), and what attempts to make it of a copy left beside it.

    `place`: of the vault that was open there until now.

    Raises:
        As `vault.destroying.destroy`.
    """
    left = unfinished.left_for(folder)
    try:
        destroying.destroy(folder, progress, place=place)
    except VaultNotFoundError:
        if not left:
            raise
    except HeaderBytesLeftError:
        unfinished.remove_left(folder)
        raise
    unfinished.remove_left(folder)


def foreign_files(folder: Path) -> int:
    """How many files in the folder are not the vault's, and would stay; 0 where nobody may look, or it is gone."""
    try:
        return len(not_ours(folder)) if folder.is_dir() else 0
    except ExpectedError:
        return 0
