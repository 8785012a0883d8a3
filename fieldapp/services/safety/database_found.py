"""The database of a damaged vault, brought into the new one: as it lies there, or as a journal beside it makes it.

A crash leaves a journal of SQLite beside the database, and the database is whole only after what it says was undone.
But a journal of before that somebody laid there puts old pages back. Which of both it is shows in what the header
knows.

Rule 1: where the database is as it was when the vault was closed, no journal belongs to it, and none is played back.
Rule 2: otherwise it is read with the journal first. If it is not whole then, or lacks the newest entries that the
        header knows, it is also read without; what holds those, or else is whole, or else has more entries, is taken.
Rule 3: a journal that would undo more than the last commit is of another day (`vault.old_journal`), and is played back
        only where nothing can be read without it.
Rule 4: all of this happens in copies. The two files are only read.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.errors import DatabaseLostError, VaultDamagedError
from fieldapp.services.safety.copying import is_plain, size_of
from fieldapp.system import make_private_folder
from fieldapp.values import Progress
from fieldapp.vault import closing, journal, migration, salvage
from fieldapp.vault import connection as database
from fieldapp.vault.connection import PAGE_SIZE, Connection
from fieldapp.vault.folder import DATABASE, NEXT
from fieldapp.vault.header import State
from fieldapp.vault.old_journal import is_of_another_day
from fieldapp.vault.salvage import Salvaged

Copy = Callable[[Path, Path], bool]
"""Copies a file as far as the disk gives it; False where it cannot be opened."""

_DATABASES = (DATABASE, NEXT, migration.SNAPSHOT)
"""Where a database can lie; the first that this vault's key opens is taken."""

_TRYING = "trying"


@dataclass(frozen=True, slots=True)
class Old:
    """The database that is to be brought over, what the header knows of it (None: nothing), and how it is copied."""

    path: Path
    key: bytearray = field(repr=False)
    state: State | None
    copy: Copy
    progress: Progress

    @property
    def journal(self) -> Path:
        """Where SQLite looks for what is to be undone."""
        return journal_of(self.path)


@dataclass(frozen=True, slots=True)
class Taken:
    """Which reading was taken. `salvaged`: what came out of pages, where it was not whole.

    `is_undone`: a journal beside it was played back. `is_refused`: there was one, and it was not.
    """

    salvaged: Salvaged | None
    is_undone: bool
    is_refused: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    path: Path
    salvaged: Salvaged | None
    is_undone: bool
    belongs: bool
    holds: bool
    entries: int

    @property
    def is_sure(self) -> bool:
        return self.belongs and self.holds and self.salvaged is None

    @property
    def worth(self) -> tuple[bool, bool, bool, bool, int]:
        return self.belongs, self.holds, self.salvaged is None, self.holds and self.is_undone, self.entries


def source_in(folder: Path, key: bytearray) -> Path:
    """The database that the key of this vault opens. Raises DatabaseLostError."""
    for path in (folder / name for name in _DATABASES):
        with suppress(OSError):  # the disk does not even open it
            if size_of(path) >= PAGE_SIZE and salvage.has_page_under(path, key):
                return path
    raise DatabaseLostError


def journal_of(database_file: Path) -> Path:
    """Where SQLite looks for what is to be undone."""
    return database_file.with_name(database_file.name + "-journal")


def take(old: Old, target: Path) -> tuple[Connection, Taken]:
    """Bring the database to `target`, which is open then; the caller closes it.

    Raises:
        DatabaseLostError: nothing of it can be read. OSError, DiskFullError, PlaceUnwritableError, and what copying
        and `progress` raise: what lies beside `target` is the caller's to remove.
    """
    trying = target.with_name(_TRYING)
    make_private_folder(trying)
    has_journal = is_plain(old.journal) and closing.has_journal(old.path)
    tried: list[_Reading] = []
    for undo in _ways(old) if has_journal else (False,):
        try:
            tried.append(_read(old, trying / str(int(undo)), undo=undo))
        except VaultDamagedError:
            continue
        if old.state is not None and tried[-1].is_sure:
            break
    if not tried:
        raise DatabaseLostError
    best = max(tried, key=lambda each: each.worth)
    best.path.replace(target)
    shutil.rmtree(trying)  # what would not go would stay in the new vault for ever
    connection = database.open_existing(target, old.key)
    return connection, Taken(best.salvaged, best.is_undone, has_journal and not best.is_undone)


def _ways(old: Old) -> tuple[bool, ...]:
    """Whether to play the journal back, in the order of what is tried."""
    closed = old.state is not None and closing.are_as_closed(old.path, old.state, old.key)
    return (False,) if closed else (True, False)


def _read(old: Old, place: Path, *, undo: bool) -> _Reading:
    """Read the database in one way. Raises VaultDamagedError where nothing of it can be read."""
    make_private_folder(place)
    path = place / DATABASE
    if not old.copy(old.path, path):
        raise VaultDamagedError("database")
    if undo:
        old.copy(old.journal, journal_of(path))
    belongs = not undo or not is_of_another_day(path, old.key)
    connection, salvaged = _opened_whole(path, old.key), None
    if connection is None:
        damaged, path = path, place / "salvaged"
        salvaged = salvage.salvage(damaged, path, old.key, old.progress)
        connection = database.open_existing(path, old.key)
    try:
        heads = {} if old.state is None else old.state.heads
        holds = all(journal.holds(connection, log, head) for log, head in heads.items())
        entries = int(connection.value("SELECT count(*) FROM entry"))
    finally:
        connection.close()
    return _Reading(path, salvaged, undo, belongs, holds, entries)


def _opened_whole(path: Path, key: bytearray) -> Connection | None:
    """The copy, after what a crash left half done was undone in it; None where it is not whole then."""
    try:
        connection = database.open_existing(path, key)
    except VaultDamagedError:
        return None
    if connection.is_whole() and not connection.execute("PRAGMA foreign_key_check"):
        return connection
    connection.close()
    return None
