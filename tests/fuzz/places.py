"""The folder in which a target may lay what it reads; everything in it goes when this process ends."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path


@cache
def _made() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fieldapp-fuzz-", ignore_cleanup_errors=True)


def scratch() -> Path:
    """The folder. Ask for it once before anything is watched."""
    return Path(_made().name)
