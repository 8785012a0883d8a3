"""What the pages of a closed database were, so that old ones put back are noticed at the next opening.

    digest = SHA-256 ("fieldapp pages 1" 0x00, size of records.db u64, the last 64 bytes of each page in their order)

The last 64 bytes of a page are its tag (HMAC-SHA512, see formats/vault.md), so the digest names every page as it was.
It stands in both copies of the header from a clean close until something is written again.

Rule 1: of a database that is larger than `MOST_BYTES` it is not written at a close: reading all of it at each opening
        would cost seconds. Where it stands, it is asked for.
Rule 2: while it stands there, no journal that SQLite would play back lies beside the database: the last was emptied and
        removed, and the folder synced, before the header was written. One that does lie there would put old pages back
        when the database is opened, so it is refused before that.
Rule 3: nobody may call this while the database is open in this process (`connection`, rule 2).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from fieldapp.vault.connection import PAGE_SIZE

MOST_BYTES = 128 * 1024 * 1024

_LABEL = b"fieldapp pages 1\0"
_TAG_SIZE = 64
_PORTION = 256 * PAGE_SIZE


def digest_of(database: Path) -> bytes | None:
    """The digest of the pages of a database that is closed; None where it is not made of pages, or cannot be read."""
    try:
        size = database.stat().st_size
        if not size or size % PAGE_SIZE:
            return None
        digest = hashlib.sha256(_LABEL + size.to_bytes(8, "big"))
        with database.open("rb") as file:
            while portion := file.read(_PORTION):
                for end in range(PAGE_SIZE, len(portion) + 1, PAGE_SIZE):
                    digest.update(portion[end - _TAG_SIZE : end])
    except OSError:
        return None
    return digest.digest()


def is_small(database: Path) -> bool:
    """Whether reading all of it at the next opening takes no time to speak of."""
    try:
        return database.stat().st_size <= MOST_BYTES
    except OSError:
        return False


def has_journal(database: Path) -> bool:
    """Whether a journal lies beside the database that SQLite would play back: one that does not begin with a zero."""
    try:
        with database.with_name(database.name + "-journal").open("rb") as file:
            return file.read(1) not in {b"", b"\0"}
    except OSError:  # there is none, or none that can be read: opening the database tells
        return False


def is_as_closed(database: Path, closed: bytes) -> bool:
    """Whether the database is the one that was closed, and nothing lies beside it that would change it."""
    return not has_journal(database) and digest_of(database) == closed
