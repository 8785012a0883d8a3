"""Bringing the index for search up to date after many records changed at once, slice by slice."""

from __future__ import annotations

from fieldapp.records import indexing, search
from fieldapp.services.archive import Archive
from fieldapp.values import Progress, no_progress

__all__ = ["continue_indexing", "finish_indexing", "waiting"]


def waiting(archive: Archive) -> int:
    """How many records cannot be found yet, or not as they are now."""
    return search.waiting(archive.connection)


def continue_indexing(archive: Archive) -> int:
    """Index some of the records that wait, soon done. Gives how many wait still: go on until none does.

    Raises:
        DiskFullError, PlaceUnwritableError: nothing was changed, and they go on waiting.
    """
    return indexing.catch_up(archive.connection)


def finish_indexing(archive: Archive, progress: Progress = no_progress) -> None:
    """Index all records that wait. `progress` counts records; a slice that is done stays done when it is cancelled.

    Raises:
        CancelledError: the rest goes on waiting. DiskFullError, PlaceUnwritableError: it does, too.
    """
    whole = left = waiting(archive)
    while left:
        progress(whole - left, whole)
        left = continue_indexing(archive)
    progress(whole, whole)
