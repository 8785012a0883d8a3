"""What a person prefers. Two places, because some of it is needed before any passphrase.

Inside the vault: how long until it locks. Beside it, in one small file of the person's own settings folder: language
and appearance, two words out of short lists and nothing else; no name, no place, no time. The file is written only
when somebody chooses one of the two by hand, and anything unexpected in it counts as nothing chosen.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fieldapp.errors import EntryMalformedError
from fieldapp.i18n import LANGUAGES
from fieldapp.services.archive import Archive
from fieldapp.system import make_private_file
from fieldapp.vault.encoding import Plain, decode_map, encode

LOCK_AFTER_S = 300
"""Five minutes, where nothing was chosen."""
LOCK_CHOICES_S = (60, 120, 300, 600, 1200)
"""From a minute to twenty: never "not at all"."""
APPEARANCES = ("system", "light", "dark")

_NAME = "preferences"
_MOST_BYTES = 64


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is kept inside the vault. None: nothing chosen, so what the program does by itself."""

    lock_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What is kept beside it. Each may be empty: nothing chosen, so the system's."""

    language: str = ""
    appearance: str = ""


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


def read_look(path: Path) -> Look:
    """What was chosen; nothing where there is no such file, or anything else in it."""
    try:
        with path.open("rb") as file:
            words = file.read(_MOST_BYTES).decode("ascii").split()
    except (OSError, UnicodeDecodeError):
        return Look()
    return Look(
        next((word for word in words if word in LANGUAGES), ""),
        next((word for word in words if word in APPEARANCES), ""),
    )


def write_look(path: Path, look: Look) -> bool:
    """Keep what was chosen, whole or not at all. False where the disk will not have it, which harms nothing."""
    words = [word for word, known in ((look.language, LANGUAGES), (look.appearance, APPEARANCES)) if word in known]
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        make_private_file(part)
        with part.open("wb") as file:
            file.write(" ".join(words).encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        return False
    return True
