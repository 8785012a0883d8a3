"""Files that a person named: opened only where they are ordinary files."""

from __future__ import annotations

import os
import stat
from io import FileIO
from pathlib import Path

from fieldapp.errors import FileUnreadableError


def open_ordinary(path: Path) -> FileIO:
    """The file, opened for reading without waiting for a pipe or a device; the caller closes it.

    Raises:
        FileUnreadableError: it is missing, a folder, refused, or no ordinary file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as problem:
        raise FileUnreadableError("missing") from problem
    except IsADirectoryError as problem:
        raise FileUnreadableError("folder") from problem
    except OSError as problem:
        raise FileUnreadableError("refused") from problem
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise FileUnreadableError("folder" if stat.S_ISDIR(mode) else "special")
    return FileIO(handle, "rb")
