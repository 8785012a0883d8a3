"""Whether the recovery phrase of a vault surely stands on paper.

The window shows a new phrase and asks some of its words back. Where the program was stopped in between (a panic, a lid,
a kill), the vault has a phrase that nobody may have written down: it counts as none until there is a new key.
"""

from __future__ import annotations

from fieldapp.services.archive import Archive
from fieldapp.vault.connection import Connection

_SETTING = "phrase on paper"
_UNSURE, _SURE = b"\0", b"\1"

SURE = {_SETTING: _SURE}
"""The setting of a new key whose phrase was asked back before."""


def note_shown(archive: Archive) -> None:
    """The phrase is about to be shown. Raises DiskFullError, PlaceUnwritableError."""
    _set(archive, _UNSURE)


def note_written(archive: Archive) -> None:
    """Words of it were asked back. Raises DiskFullError, PlaceUnwritableError."""
    if is_unsure(archive.connection):
        _set(archive, _SURE)


def is_unsure(connection: Connection) -> bool:
    """Whether it was shown and never asked back."""
    kept = connection.value("SELECT value FROM setting WHERE name = ?", (_SETTING,))
    return bool(kept == _UNSURE)


def _set(archive: Archive, value: bytes) -> None:
    with archive.vault.saving() as connection:
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_SETTING, value))
