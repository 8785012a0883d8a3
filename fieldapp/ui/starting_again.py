"""How this program is started again, in place of itself: where from, and what it begins with."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_FIRST = "FIELDAPP_FIRST"
_BOOT = "import sys; sys.path.append(%r); from fieldapp.__main__ import main; sys.exit(main())"


def this_program() -> list[str]:
    """The program from where it is, and never from the folder it was started in.

    `python -m` would look there first, and that folder may be a stick with somebody else's files.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-P", "-c", _BOOT % str(Path(__file__).resolve().parents[2])]


def begin_with(screen: str) -> None:
    """Have the process that takes the place of this one begin with another screen than its lock screen."""
    os.environ[_FIRST] = screen


def beginning() -> str:
    """What this process was told to begin with, once; else ""."""
    return os.environ.pop(_FIRST, "")
