"""What is chosen before any passphrase: one small file of the person's own settings folder.

It holds language and appearance, two words out of short lists and nothing else; no name, no place, no time. It is
written only when somebody chooses one of the two by hand, and anything unexpected in it counts as nothing chosen.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fieldapp.i18n import LANGUAGES
from fieldapp.system import make_private_file

APPEARANCES = ("system", "light", "dark")

_MOST_BYTES = 64


@dataclass(frozen=True, slots=True)
class Look:
    """Each may be empty: nothing chosen, so the system's."""

    language: str = ""
    appearance: str = ""


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
