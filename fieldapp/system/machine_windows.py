"""Windows: what the registry and the root of its drive tell everybody. Nobody has run this there yet.

BitLocker is told only to administrators, so whether page file, hibernation file and vault lie encrypted is unknown
unless one of them is not there at all. Source: learn.microsoft.com, "Memory Management" and "Power" registry keys.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fieldapp.system.machine_state import Kept

_MEMORY = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management"
_FILES = r"SYSTEM\CurrentControlSet\Control\FileSystem"
_POWER = r"SYSTEM\CurrentControlSet\Control\Power"


def swap() -> Kept:
    """The page file."""
    if not _value(_MEMORY, "PagingFiles"):
        return Kept.NOT
    return Kept.ENCRYPTED if _value(_FILES, "NtfsEncryptPagingFile") == 1 else Kept.UNKNOWN


def hibernation() -> Kept:
    """The hibernation file, which "fast start-up" writes too."""
    return Kept.NOT if _value(_POWER, "HibernateEnabled") == 0 else Kept.UNKNOWN


def dumps() -> Kept:
    """Error reporting is the person's to turn off."""
    return Kept.UNKNOWN


def disk(folder: Path) -> Kept:
    """Not told without more rights."""
    del folder
    return Kept.UNKNOWN


def _value(key: str, name: str) -> object:
    """A value of the machine's registry. Raises OSError."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - only there

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    raise OSError
