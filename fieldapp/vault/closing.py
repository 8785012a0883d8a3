"""What the pages of a closed database were, so that old ones put back are noticed at the next opening.

    digest = SHA-256 ("fieldapp pages 1" 0x00, size of records.db u64, the last 64 bytes of each page in their order)

    used   = the same with the label "fieldapp pages 2" 0x00, and 64 zero bytes for each page that is free

The last 64 bytes of a page are its tag (HMAC-SHA512, see formats/vault.md), so the digest names every page as it was.
It stands in both copies of the header from a clean close until something is written again, and `used` beside it.

Rule 1: of a database that is larger than `MOST_BYTES` it is not written at a close: reading all of it at each opening
        would cost seconds. Where it stands, it is asked for.
Rule 2: while it stands there, no journal that SQLite would play back lies beside the database: the last was emptied and
        removed, and the folder synced, before the header was written. One that does lie there would put old pages back
        when the database is opened, so it is refused before that.
Rule 3: a page that is free holds nothing: what rots there, or was put back there, is no alarm. Which ones are free
        stands in the first page and in those of the list, whose tags count in `used`.
Rule 4: nobody may call this while the database is open in this process (`connection`, rule 2).
"""

from __future__ import annotations

import hashlib
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fieldapp.crypto.keyslots import Secret
from fieldapp.crypto.pages import PageOpener
from fieldapp.errors import ExpectedError, VaultDamagedError
from fieldapp.vault import leaves
from fieldapp.vault.connection import PAGE_SIZE, Connection
from fieldapp.vault.header import State
from fieldapp.vault.place import Place

MOST_BYTES = 128 * 1024 * 1024

_LABEL = b"fieldapp pages 1\0"
_LABEL_OF_USED = b"fieldapp pages 2\0"
_TAG_SIZE = 64
_PORTION = 256 * PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Digests:
    """What the header notes at a close: `closed` of all pages, `used` of those that are not free."""

    closed: bytes
    used: bytes


def close(database: Connection, place: Place) -> bool:
    """Close a database; gives whether its folder is still the one that was opened.

    SQLite removes its journal by path. Where another folder is there now, that one keeps the journal it has, and the
    one that was opened keeps an emptied one, which says nothing.
    """
    ours = place.is_ours()
    if database.is_open and not ours:
        database.before_writing = None
        with suppress(ExpectedError):
            database.execute("PRAGMA journal_mode = PERSIST")
    database.close()
    return ours


def digest_of(database: Path) -> bytes | None:
    """The digest of the pages of a database that is closed; None where it is not made of pages, or cannot be read."""
    tags = _tags_of(database)
    return None if tags is None else _digest(_LABEL, tags)


def digests_of(database: Path, key: Secret) -> Digests | None:
    """Both digests. `key`: of the database. None as in `digest_of`."""
    tags = _tags_of(database)
    used = None if tags is None else _used(database, tags, key)
    return None if tags is None or used is None else Digests(_digest(_LABEL, tags), used)


def is_small(database: Path) -> bool:
    """Whether reading all of it at the next opening takes no time to speak of."""
    try:
        return database.stat().st_size <= MOST_BYTES
    except OSError:
        return False


def has_journal(database: Path) -> bool:
    """Whether a journal lies beside the database that SQLite would play back: one that does not begin with a zero.

    What is no file counts as one, since SQLite is not to come near it (`has_strange_journal`).
    """
    if has_strange_journal(database):
        return True
    try:
        with _journal_of(database).open("rb") as file:
            return file.read(1) not in {b"", b"\0"}
    except OSError:  # there is none, or none that can be read: opening the database tells
        return False


def has_strange_journal(database: Path) -> bool:
    """Whether a pipe, a device or a folder lies where SQLite has its journal; for a pipe it would wait for good."""
    try:
        return not stat.S_ISREG(_journal_of(database).stat().st_mode)
    except OSError:
        return False


def is_as_closed(database: Path, state: State, key: Secret) -> bool:
    """Whether all that the database holds is as the header says, and nothing lies beside it that would change it.

    Raises VaultDamagedError: beside it lies what is no file.
    """
    if has_strange_journal(database):
        raise VaultDamagedError("database")
    return not has_journal(database) and are_as_closed(database, state, key)


def are_as_closed(database: Path, state: State, key: Secret) -> bool:
    """Whether all pages that are not free are as the header says; where it says nothing, they are not."""
    tags = None if state.closed is None else _tags_of(database)
    if tags is None or _digest(_LABEL, tags) == state.closed:
        return tags is not None
    return state.used is not None and _used(database, tags, key) == state.used


def is_exactly(database: Path, closed: bytes) -> bool:
    """As `is_as_closed`, free pages and all."""
    return not has_journal(database) and digest_of(database) == closed


def _journal_of(database: Path) -> Path:
    return database.with_name(database.name + "-journal")


def _tags_of(database: Path) -> bytearray | None:
    """The tags of all pages in their order."""
    tags = bytearray()
    try:
        size = database.stat().st_size
        if not size or size % PAGE_SIZE:
            return None
        with database.open("rb") as file:
            while portion := file.read(_PORTION):
                for end in range(PAGE_SIZE, len(portion) + 1, PAGE_SIZE):
                    tags += portion[end - _TAG_SIZE : end]
    except OSError:
        return None
    return tags if len(tags) == size // PAGE_SIZE * _TAG_SIZE else None


def _used(database: Path, tags: bytearray, key: Secret) -> bytes | None:
    """The digest in which zeros stand for the tags of pages that are free and hold nothing."""
    count = len(tags) // _TAG_SIZE
    try:
        with database.open("rb", buffering=0) as file:
            free = leaves.unused(leaves.Pages(file, PageOpener(key), count))
    except OSError:
        return None
    left = bytearray(tags)
    for number in free:
        if 1 <= number <= count:
            left[(number - 1) * _TAG_SIZE : number * _TAG_SIZE] = bytes(_TAG_SIZE)
    return _digest(_LABEL_OF_USED, left)


def _digest(label: bytes, tags: bytearray) -> bytes:
    size = len(tags) // _TAG_SIZE * PAGE_SIZE
    return hashlib.sha256(label + size.to_bytes(8, "big") + tags).digest()
