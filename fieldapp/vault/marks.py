"""The mark that each commit leaves in the first page of the database, as SQLite's `application_id`.

Rule 1: it is the one before, and one more (after 2^31 - 1 comes 0). So a commit of which SQLite says that it failed can
        be told from one that did, and a journal of another day from one of now (`old_journal`).
Rule 2: it is the first thing that a transaction changes, so each journal begins with the first page as it was.
Rule 3: no two journals that matter begin at one mark: where a transaction was undone, also by this opening, and after
        what leaves no mark, a commit of the mark and nothing else goes before the next.
Rule 4: of a journal that came to the disk in pieces (SQLite gave up pages before the end, for want of memory), somebody
        may keep the first ones only; with those, pages of before would come among those of now. So such a commit is
        followed by one of the mark and nothing else, and VACUUM by two: then it is of another day at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from fieldapp.errors import DiskFullError, FieldAppError, PlaceUnwritableError

MARKS = 2**31
"""So many there are."""

Execute = Callable[[str], Sequence[Sequence[int]]]

_COUNT_STARTS, _COUNT_ENDS = 8, 12


class Marks:
    """The marks of one open database; `execute` runs a statement in it.

    `journal`: where SQLite writes it; None where nothing is ever written. `spent`: opening may have undone something.
    """

    def __init__(self, journal: Path | None, *, spent: bool) -> None:
        self._journal = journal
        self._spent = spent
        self._left: int | None = None
        self._in_pieces = False

    @property
    def is_first(self) -> bool:
        """Whether this transaction left none yet."""
        return self._left is None

    def begin(self) -> None:
        """A transaction begins, or is over."""
        self._left = None

    def before_writing(self, execute: Execute, *, in_transaction: bool) -> None:
        """Leave the mark of this transaction. Outside one, it is told that something is written without."""
        if not in_transaction:
            self._spent = True
        elif self._left is None:
            if self._spent:
                leave(execute)
                execute("COMMIT")
                execute("BEGIN IMMEDIATE")
                self._spent = False
            self._left = leave(execute)

    def before_commit(self) -> None:
        """A transaction is about to be committed: where pages of it are on the disk, its journal counts records."""
        self._in_pieces = False
        with suppress(OSError):
            if self._journal is not None and self._left is not None:
                with self._journal.open("rb") as file:
                    self._in_pieces = file.read(_COUNT_ENDS)[_COUNT_STARTS:] not in {b"", bytes(4)}

    def after_commit(self, execute: Execute) -> None:
        """It is committed."""
        if self._in_pieces:
            self.settle(execute, 1)

    def settle(self, execute: Execute, times: int) -> None:
        """Commit so many marks and nothing else; what cannot be done now goes before the next write."""
        try:
            for _ in range(times):
                commit_one(execute)
        except (DiskFullError, PlaceUnwritableError):
            self._spent = True
            with suppress(FieldAppError):
                execute("ROLLBACK")

    def undone(self) -> None:
        """What was begun was undone."""
        self._spent = self._spent or self._left is not None

    def stands(self, execute: Execute) -> bool:
        """Whether this transaction was committed, whatever SQLite said."""
        return self._left is not None and _now(execute) == self._left


def commit_one(execute: Execute) -> None:
    """The next mark in a transaction of its own."""
    execute("BEGIN IMMEDIATE")
    leave(execute)
    execute("COMMIT")


def leave(execute: Execute) -> int:
    """Write the next mark, in the caller's transaction."""
    mark = (_now(execute) + 1) % MARKS
    execute(f"PRAGMA application_id = {mark}")
    return mark


def _now(execute: Execute) -> int:
    return int(execute("PRAGMA application_id")[0][0])
