"""Quiet hints about the safety of a vault, one line each on the desk: what nobody sees until it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from fieldapp.services.archive import Archive
from fieldapp.services.safety import escrow
from fieldapp.services.safety.backup_contents import gone_mark, notes
from fieldapp.services.safety.escrow import Help
from fieldapp.services.safety.looking_after import looked_after
from fieldapp.vault.encoding import Plain

BACKUP_DAYS = 30
"""So old a backup is mentioned; in a vault that never had one, so old its first entry."""
_DAY_MS = 24 * 60 * 60 * 1000


class Hint(StrEnum):
    """What to mention, in the order of its weight."""

    DAMAGED = "damaged"
    """The last check found damage."""
    SPOKEN = "spoken"
    """Shares were read aloud to come in: whoever heard them could come in too."""
    PUT_OUT = "put-out"
    """Somebody keeps a share who is no coordinator of ours any more."""
    NOBODY = "nobody"
    """Nobody can help in: there is no phrase, and no two coordinators have their shares."""
    SHARES_WAIT = "shares-wait"
    """Shares were made whose files are not written yet."""
    NO_BACKUP = "no-backup"
    """There was none in `BACKUP_DAYS`, and something was written since."""
    BACKUP_KEEPS = "backup-keeps"
    """Something was taken off the vault since the last backup, and the backup file still has it."""


def hints(archive: Archive) -> tuple[Hint, ...]:
    """What is to be mentioned now."""
    found = {hint for hint, holds in _HOLDS.items() if holds(archive)}
    way = _of_ways_in(archive)
    return tuple(hint for hint in Hint if hint in found or hint is way)


def _of_ways_in(archive: Archive) -> Hint | None:
    """The weightiest about the ways in: what is done about one of them settles the others, or is seen then."""
    state = escrow.state(archive)
    if state.should_rotate:
        return Hint.SPOKEN if state.spoken_ms is not None else Hint.PUT_OUT
    if state.help in (Help.NOBODY, Help.NOT_YET):
        return Hint.NOBODY
    return Hint.SHARES_WAIT if any(holder.written_ms is None for holder in state.holders) else None


def _is_damaged(archive: Archive) -> bool:
    return looked_after(archive).damage > 0


def _has_no_backup(archive: Archive) -> bool:
    """Without counting what is new, as `backups.state` does: the desk asks often."""
    made = _made(archive)
    made_ms, entries = made.get("made_ms"), made.get("entries")
    if isinstance(made_ms, int) and isinstance(entries, int):
        new = archive.connection.value("SELECT EXISTS (SELECT 1 FROM entry WHERE id > ?)", (entries,))
        return bool(new) and _is_long_ago(archive, made_ms)
    began_ms = archive.connection.value("SELECT time_ms FROM entry WHERE arrival IS NULL ORDER BY id LIMIT 1")
    return isinstance(began_ms, int) and _is_long_ago(archive, began_ms)


def _keeps_what_was_erased(archive: Archive) -> bool:
    made = _made(archive)
    return "gone" in made and made["gone"] != gone_mark(archive.connection)


def _made(archive: Archive) -> dict[str, Plain]:
    """What the vault keeps of the newest backup."""
    made = notes(archive).get("made")
    return made if isinstance(made, dict) else {}


def _is_long_ago(archive: Archive, time_ms: int) -> bool:
    return archive.clock().time_ms - time_ms >= BACKUP_DAYS * _DAY_MS


_HOLDS: Mapping[Hint, Callable[[Archive], bool]] = {
    Hint.DAMAGED: _is_damaged,
    Hint.NO_BACKUP: _has_no_backup,
    Hint.BACKUP_KEEPS: _keeps_what_was_erased,
}
