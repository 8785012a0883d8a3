"""What a person prefers in one vault, kept inside it."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.errors import EntryMalformedError
from fieldapp.services.archive import Archive
from fieldapp.vault.encoding import Plain, decode_map, encode

LOCK_AFTER_S = 300
"""Five minutes, where nothing was chosen."""
LOCK_CHOICES_S = (60, 120, 300, 600, 1200)
"""From a minute to twenty: never "not at all"."""

_NAME = "preferences"


@dataclass(frozen=True, slots=True)
class Preferences:
    """None: nothing chosen, so what the program does by itself."""

    lock_after_s: int | None = None


def load(archive: Archive) -> Preferences:
    """The preferences of this vault; whatever is not among our choices counts as not chosen."""
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_NAME,))
    try:
        fields: dict[str, Plain] = decode_map(kept) if isinstance(kept, bytes) else {}
    except EntryMalformedError:
        fields = {}
    seconds = fields.get("lock_after_s")
    return Preferences(seconds if isinstance(seconds, int) and seconds in LOCK_CHOICES_S else None)


def store(archive: Archive, preferences: Preferences) -> Preferences:
    """Keep preferences in this vault; they never travel. Gives them back.

    Raises:
        DiskFullError: nothing was changed.
    """
    chosen: dict[str, Plain] = {} if preferences.lock_after_s is None else {"lock_after_s": preferences.lock_after_s}
    with archive.connection.transaction():
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_NAME, encode(chosen)))
    return preferences
