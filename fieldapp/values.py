"""Small frozen values that every floor may speak of: ids, progress."""

from __future__ import annotations

import secrets
from typing import NewType, Protocol

LogId = NewType("LogId", bytes)
"""16 bytes: the beginning of the id of the entry that opens the log."""

EntryId = NewType("EntryId", bytes)
"""32 bytes: SHA-256 of header and signature."""

RecordId = NewType("RecordId", bytes)
"""16 random bytes; shown as 32 hex digits."""


class Progress(Protocol):
    """What long work tells about itself; called from the thread that does the work, many times.

    Raising `CancelledError` from it stops the work, which then leaves everything as it was.
    """

    def __call__(self, done_bytes: int, total_bytes: int) -> None: ...


def no_progress(done_bytes: int, total_bytes: int) -> None:
    """A `Progress` for those who do not watch."""


def new_record_id() -> RecordId:
    """A fresh random id."""
    return RecordId(secrets.token_bytes(16))
