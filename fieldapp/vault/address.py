"""The address of a file as SQLite reads it: a path may hold signs that mean something in one."""

from __future__ import annotations

import os
from pathlib import PurePath

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:")


def uri_of(path: PurePath, mode: str = "rw") -> str:
    """The `file:` address of an absolute path, also of a drive or a share of Windows."""
    plain = os.fsencode(path.as_posix().removeprefix("/"))
    return "file:///" + "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in plain) + f"?mode={mode}"
