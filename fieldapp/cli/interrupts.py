"""Ctrl+C: work stops at a place where nothing is half done; only a question is broken off at once.

Rule 1: the first Ctrl+C is noted. Long work notices it at its next step (`check`, which every progress calls) and
        stops by `CancelledError`; short work is finished. A second Ctrl+C stops anything.
Rule 2: while a question waits for an answer, the first Ctrl+C is enough.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from fieldapp.errors import CancelledError


class _Noted:
    """What the handler of the signal knows."""

    asked = False
    waiting = False


@contextmanager
def noticed() -> Iterator[None]:
    """While this lasts, Ctrl+C follows the rules of this file."""
    _Noted.asked = False
    before = signal.signal(signal.SIGINT, _on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def waiting() -> Iterator[None]:
    """While this lasts, Ctrl+C raises KeyboardInterrupt at once."""
    check()
    _Noted.waiting = True
    try:
        yield
    finally:
        _Noted.waiting = False


def check() -> None:
    """Stop here if the person asked for it. Raises CancelledError."""
    if _Noted.asked:
        raise CancelledError


def _on_interrupt(_number: int, _frame: FrameType | None) -> None:
    if _Noted.asked or _Noted.waiting:
        raise KeyboardInterrupt
    _Noted.asked = True
