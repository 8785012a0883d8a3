"""Language and appearance between two starts of the program: where they are kept, and what was chosen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from fieldapp.services.look import Look, read_look, write_look

_NAME = "look"
_FOLDER = "fieldapp"


def look_file() -> Path:
    """The one small file of ours in the person's own settings folder; see `services.look` for what is in it."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(folder) / _FOLDER / _NAME


def remembered() -> Look:
    """What was chosen before."""
    return read_look(look_file())


def remember(*, language: str | None = None, appearance: str | None = None) -> Look:
    """Keep a choice; what is not given stays as it was."""
    look = remembered()
    if language is not None:
        look = replace(look, language=language)
    if appearance is not None:
        look = replace(look, appearance=appearance)
    write_look(look_file(), look)
    return look
