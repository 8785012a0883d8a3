"""Quiet hints about the safety of a vault, one line each on the desk: what nobody sees until it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from fieldapp.services.archive import Archive
from fieldapp.services.safety import backups
from fieldapp.services.safety.looking_after import looked_after

BACKUP_DAYS = 30
"""So old a backup is mentioned; in a vault that never had one, so old its first entry."""
_DAY_MS = 24 * 60 * 60 * 1000


class Hint(StrEnum):
    """What to mention, in the order of its weight."""

    DAMAGED = "damaged"
    """The last check found damage."""
    NO_BACKUP = "no-backup"
    """There was none in `BACKUP_DAYS`, and something was written since."""
    BACKUP_KEEPS = "backup-keeps"
    """Something was taken off the vault since the last backup, and the backup file still has it."""


def hints(archive: Archive) -> tuple[Hint, ...]:
    """What is to be mentioned now."""
    return tuple(hint for hint, holds in _HOLDS.items() if holds(archive))


def _is_damaged(archive: Archive) -> bool:
    return looked_after(archive).damage > 0


def _has_no_backup(archive: Archive) -> bool:
    state = backups.state(archive)
    if state.days is not None:
        return state.days >= BACKUP_DAYS and state.changes > 0
    began_ms = archive.connection.value("SELECT time_ms FROM entry WHERE arrival IS NULL ORDER BY id LIMIT 1")
    return isinstance(began_ms, int) and archive.clock().time_ms - began_ms >= BACKUP_DAYS * _DAY_MS


def _keeps_what_was_erased(archive: Archive) -> bool:
    return backups.state(archive).erased_since


_HOLDS: Mapping[Hint, Callable[[Archive], bool]] = {
    Hint.DAMAGED: _is_damaged,
    Hint.NO_BACKUP: _has_no_backup,
    Hint.BACKUP_KEEPS: _keeps_what_was_erased,
}
