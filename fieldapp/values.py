"""Small frozen values that every floor may speak of: ids, progress, work done beside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NewType, Protocol, TypeVar

T = TypeVar("T")

LogId = NewType("LogId", bytes)
"""16 bytes: the beginning of the id of the entry that opens the log."""

EntryId = NewType("EntryId", bytes)
"""32 bytes: SHA-256 of header and signature."""

RecordId = NewType("RecordId", bytes)
"""16 bytes, made by `records.ids`; shown as 32 hex digits."""


class Progress(Protocol):
    """What long work tells about itself; called from the thread that does the work, many times.

    Raising `CancelledError` from it stops the work, which then leaves everything as it was.
    """

    def __call__(self, done_bytes: int, total_bytes: int) -> None: ...


def no_progress(done_bytes: int, total_bytes: int) -> None:
    """A `Progress` for those who do not watch."""


def going_on(items: Iterable[T], progress: Progress) -> Iterator[T]:
    """The same items; before each of them `progress` is told that all is read by now, and may stop the work."""
    for item in items:
        progress(1, 1)
        yield item


class Beside(Protocol):
    """Starts a piece of work beside the caller, and gives what waits for its value (or raises what it raised).

    Long copies write with it while they go on reading. Only `jobs.py` has one that starts a thread; `in_turn` works
    when it is waited for.
    """

    def __call__(self, work: Callable[[], T], /) -> Callable[[], T]: ...


def in_turn(work: Callable[[], T], /) -> Callable[[], T]:
    """A `Beside` for those who have one thread: the work is done when its value is asked for."""
    return work
