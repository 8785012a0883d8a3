"""The only door to SQLCipher: opens `records.db`, holds it alone, and asserts the settings that promises rest on.

Rule 1: one process holds the database; `BEGIN EXCLUSIVE; COMMIT` right after opening takes the lock (with
        `locking_mode=EXCLUSIVE` alone a second process still gets in).
Rule 2: nobody else in this process may `open()` the file: closing any descriptor of it drops the POSIX lock.
Rule 3: a transaction in which anything failed is undone whole; it cannot be committed by catching the failure.
        A commit of which SQLite says that it failed can have happened all the same (the journal was emptied, only its
        last sync failed). The mark in the first page (`marks`) tells; then it is synced once more.
        What is written outside a transaction is one of its own.
Rule 4: after every statement SQLCipher is asked whether all pages verified. By itself it tells only when the next page
        is read: what stood on the last page of a statement would be given out as zeros.
Rule 5: before a statement that may write, `before_writing` is called, if there is one, and told whether it may be the
        first one of its transaction that does. What does not begin like a question counts as writing.
Rule 6: the key is raw (32 bytes and 16 bytes of salt), never a passphrase; it is in one PRAGMA and nowhere else.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlcipher3  # type: ignore[import-untyped]  # it ships no types

from fieldapp.errors import (
    BugError,
    DiskFullError,
    FieldAppError,
    PlaceUnwritableError,
    VaultDamagedError,
    storage_error,
)
from fieldapp.system import make_private_file, sync_files
from fieldapp.vault.address import uri_of
from fieldapp.vault.marks import Marks, commit_one
from fieldapp.vault.sqlite_codes import error_of, said

KEY_SIZE = 48
PAGE_SIZE = 4096

_CACHE_KIB = 32 * 1024
_BUSY_MS = 0
_PORTION = 50
_AMONG = 500
_IN_MEMORY = 2

_SETTINGS = (
    ("cipher_page_size", str(PAGE_SIZE), str(PAGE_SIZE)),
    ("cipher_memory_security", "OFF", None),
    ("locking_mode", "EXCLUSIVE", "exclusive"),
    ("journal_mode", "DELETE", "delete"),
    ("synchronous", "EXTRA", 3),
    ("secure_delete", "ON", 1),
    ("temp_store", "MEMORY", 2),
    ("trusted_schema", "OFF", 0),
    ("foreign_keys", "ON", 1),
    ("cache_size", f"-{_CACHE_KIB}", -_CACHE_KIB),
)

Row = tuple[Any, ...]

_ASKS = re.compile(r"\s*(SELECT|EXPLAIN|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA application_id|PRAGMA [^=]*$)")
_STANDS_ALONE = re.compile(r"\s*(VACUUM|PRAGMA)")
_WRITES_ANEW = re.compile(r"\s*VACUUM")


class Connection:
    """The database of one open vault. Belongs to the thread that opened it; close it there."""

    def __init__(self, inner: sqlcipher3.Connection, journal: Path | None = None, *, has_undone: bool = False) -> None:
        self._inner = inner
        self._depth = 0
        self._failed = False
        self._damaged = False
        self._closed = False
        self._marks = Marks(journal, spent=has_undone)
        self.before_writing: Callable[[bool], None] | None = None

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Run one statement and give all rows.

        Raises:
            DiskFullError, PlaceUnwritableError: the disk; the transaction it stood in must be given up.
            VaultDamagedError: a page does not verify.
        """
        with self._running(statement):
            rows: list[Row] = self._inner.execute(statement, values).fetchall()
        return rows

    def rows(self, statement: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Run one statement and give its rows in small portions; write nothing to the same tables meanwhile."""
        try:
            cursor = self._inner.execute(statement, values)
            while portion := cursor.fetchmany(_PORTION):
                self._check_pages()
                yield from portion
        except sqlcipher3.DatabaseError as problem:
            raise self._typed(problem) from None

    def among(self, statement: str, values: Iterable[object]) -> list[Row]:
        """All rows of a SELECT that says `IN (?*)`, for these values; asked in portions, so in no order."""
        wanted = list(values)
        found: list[Row] = []
        for start in range(0, len(wanted), _AMONG):
            some = wanted[start : start + _AMONG]
            found += self.execute(statement.replace("?*", ", ".join("?" * len(some))), some)
        return found

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement for each of the rows."""
        with self._running(statement):
            self._inner.executemany(statement, rows)

    def insert(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run one INSERT and give its rowid."""
        with self._running(statement):
            rowid = self._inner.execute(statement, values).lastrowid
        if rowid is None:
            raise BugError("insert without a rowid")
        return int(rowid)

    def value(self, statement: str, values: Sequence[object] = ()) -> Any:
        """The first column of the first row, or None. Further rows are not looked for: there may be very many."""
        try:
            cursor = self._inner.execute(statement, values)
            row = cursor.fetchone()
            cursor.close()
        except sqlcipher3.DatabaseError as problem:
            raise self._typed(problem) from None
        self._check_pages()
        return row[0] if row else None

    def is_whole(self) -> bool:
        """Whether every page in use (`rewriting.mend_free_pages`) verifies and all agrees with itself. Reads all."""
        try:
            torn = len(self.execute("PRAGMA cipher_integrity_check"))
            self.execute("PRAGMA shrink_memory")  # so that what is in use is read from the disk
            return torn <= self.value("PRAGMA freelist_count") and self.execute("PRAGMA integrity_check") == [("ok",)]
        except VaultDamagedError:
            return False

    def copy_to(self, path: Path, key: bytearray) -> None:
        """Write the whole database into a new file at `path`, encrypted under `key`, and have it on the disk.

        Raises:
            FileExistsError: there is one already. VaultDamagedError: a page does not verify.
            DiskFullError, PlaceUnwritableError: the disk; what is at `path` then is to be removed.
        """
        _make_file(path)
        copy: sqlcipher3.Connection | None = None
        try:
            copy = _keyed(path, key)
            copy.execute("PRAGMA journal_mode = OFF")
            self._inner.backup(copy)
        except sqlcipher3.DatabaseError as problem:
            self._check_pages()  # a page that could not be read here is no matter of the other disk
            raise said(problem) from None
        finally:
            if copy is not None:
                copy.close()
        self._check_pages()
        try:
            sync_files([path])
        except OSError as problem:
            raise storage_error(problem) from problem

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet."""
        return not self._closed

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is under way."""
        return self._depth > 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commits at the end, undoes everything on any exception. A nested one joins the outer.

        Raises:
            DiskFullError, PlaceUnwritableError, VaultDamagedError: nothing was changed.
            BugError: an exception of a nested transaction was caught inside the outer one; nothing was changed.
        """
        if self._depth:
            yield from self._join()
            return
        self.execute("BEGIN IMMEDIATE")
        self._depth, self._failed = 1, False
        self._marks.begin()
        try:
            yield
            self._commit()
        except BaseException:
            self._undo()
            raise
        finally:
            self._depth = 0
            self._marks.begin()

    def close(self) -> None:
        """Give the database up. Plaintext stays in memory: only the end of the process locks the vault."""
        self._closed = True
        self._inner.close()

    @property
    def met_damage(self) -> bool:
        """Whether a page did not verify since it was opened."""
        return self._damaged

    @contextmanager
    def _running(self, statement: str) -> Iterator[None]:
        """Around a statement: one that may write is told before, and stands in a transaction if it can."""
        if self._begins_by_itself(statement):
            with self.transaction(), self._running(statement):
                yield
            return
        self._announce(statement)
        try:
            yield
        except sqlcipher3.DatabaseError as problem:
            raise self._typed(problem) from None
        self._check_pages()
        if _WRITES_ANEW.match(statement):
            self._marks.settle(self.execute, 2)

    def _begins_by_itself(self, statement: str) -> bool:
        """Whether a statement has to be put into a transaction of its own."""
        stands = self._depth or self._inner.in_transaction or _STANDS_ALONE.match(statement)
        return not stands and not _ASKS.match(statement)

    def _announce(self, statement: str) -> None:
        """Before a statement that may write: tell it, and leave the mark of this transaction."""
        if _ASKS.match(statement):
            return
        if self.before_writing is not None:
            self.before_writing(self._marks.is_first)
        self._marks.before_writing(self.execute, in_transaction=self._inner.in_transaction)

    def _check_pages(self) -> None:
        if self._inner.execute("PRAGMA cipher_status").fetchone() != ("1",):
            self._damaged = True
            raise VaultDamagedError("database")

    def _typed(self, problem: sqlcipher3.DatabaseError) -> FieldAppError:
        """Once damage was met, SQLCipher answers everything with errors of other kinds."""
        error = VaultDamagedError("database") if self._damaged else typed(problem)
        self._damaged = isinstance(error, VaultDamagedError)
        return error

    def _join(self) -> Iterator[None]:
        self._depth += 1
        try:
            yield
        except BaseException:
            self._failed = True
            raise
        finally:
            self._depth -= 1

    def _commit(self) -> None:
        if self._failed:
            raise BugError("a part of this transaction failed")
        self._marks.before_commit()
        try:
            self.execute("COMMIT")
        except (DiskFullError, PlaceUnwritableError):
            self._undo()
            if not self._marks.stands(self.execute):
                raise
            commit_one(self.execute)
        self._marks.after_commit(self.execute)

    def _undo(self) -> None:
        """Undo; where even that fails, the journal stays on the disk, and the next opening undoes."""
        self._marks.undone()
        if self._inner.in_transaction:
            with suppress(sqlcipher3.DatabaseError):
                self._inner.execute("ROLLBACK")


def create(path: Path, key: bytearray) -> Connection:
    """A new, empty database at `path`.

    Raises:
        FileExistsError: there is one already. DiskFullError, PlaceUnwritableError: the disk.
    """
    _make_file(path)
    return _open(path, key)


def open_existing(path: Path, key: bytearray) -> Connection:
    """The database at `path`. What a crash left half written is undone first.

    Raises:
        VaultInUseError: another process holds it.
        VaultDamagedError: it is missing, empty, cut off, or not under this key.
        DiskFullError, PlaceUnwritableError: as they say.
    """
    try:
        state = path.stat()
        undoing = path.with_name(path.name + "-journal").exists()
    except OSError as problem:
        raise VaultDamagedError("database") from problem
    cut = state.st_size % PAGE_SIZE and not undoing
    if not stat.S_ISREG(state.st_mode) or state.st_size < PAGE_SIZE or cut:
        raise VaultDamagedError("database")
    opened = _open(path, key, has_undone=undoing)
    if path.stat().st_size % PAGE_SIZE:  # the journal was not of this crash, and undid nothing
        opened.close()
        raise VaultDamagedError("database")
    return opened


def open_to_read(path: Path, key: bytearray) -> Connection:
    """The database at `path`, for reading only: nothing is written, what a crash left half written is not undone.

    Nobody can write in it meanwhile. Raises:
        VaultInUseError: another process holds it. VaultDamagedError: it is missing, cut off, or not under this key.
        PlaceUnwritableError: this user may not read it, or a save is to be undone first (`open_existing` does).
    """
    if not path.is_file():
        raise VaultDamagedError("database")
    inner: sqlcipher3.Connection | None = None
    try:
        inner = _keyed(path, key, mode="ro")
        for statement in ("locking_mode = EXCLUSIVE", "temp_store = MEMORY", "trusted_schema = OFF"):
            inner.execute(f"PRAGMA {statement}")
        inner.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        if inner.execute("PRAGMA temp_store").fetchone()[0] != _IN_MEMORY:
            raise BugError("setting temp_store did not hold")
    except sqlcipher3.DatabaseError as problem:
        if inner is not None:
            inner.close()
        raise typed(problem) from None
    return Connection(inner)


def _make_file(path: Path) -> None:
    try:
        make_private_file(path)
    except FileExistsError:
        raise
    except OSError as problem:
        raise storage_error(problem) from problem


def _keyed(path: Path, key: bytearray, mode: str = "rw") -> sqlcipher3.Connection:
    """SQLCipher on the file at `path`, which has to be there; nothing was read yet."""
    if len(key) != KEY_SIZE:
        raise BugError("database key size")
    inner = sqlcipher3.connect(uri_of(path.absolute(), mode), uri=True, isolation_level=None, timeout=_BUSY_MS)
    inner.execute("PRAGMA cipher_log_level = NONE")
    inner.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    inner.execute("PRAGMA cipher_compatibility = 4")
    return inner


def _open(path: Path, key: bytearray, *, has_undone: bool = False) -> Connection:
    inner: sqlcipher3.Connection | None = None
    try:
        inner = _keyed(path, key)
        _take_alone(inner)
        _check_settings(inner)
        _take_alone(inner)
    except sqlcipher3.DatabaseError as problem:
        if inner is not None:
            inner.close()
        raise typed(problem) from None
    except BaseException:
        if inner is not None:
            inner.close()
        raise
    return Connection(inner, path.with_name(path.name + "-journal"), has_undone=has_undone)


def _take_alone(inner: sqlcipher3.Connection) -> None:
    """Read the first page, which proves the key, and take the exclusive lock."""
    inner.execute("PRAGMA locking_mode = EXCLUSIVE")
    inner.execute("BEGIN EXCLUSIVE")
    inner.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    inner.execute("COMMIT")


def _check_settings(inner: sqlcipher3.Connection) -> None:
    """Set each setting and read it back: a build that ignores one must not be used."""
    for name, wanted, expected in _SETTINGS:
        inner.execute(f"PRAGMA {name} = {wanted}")
        if expected is not None and inner.execute(f"PRAGMA {name}").fetchone()[0] != expected:
            raise BugError(f"setting {name} did not hold")


def typed(problem: sqlcipher3.DatabaseError) -> FieldAppError:
    """Our own class for what SQLCipher says; its message may hold SQL or text and goes nowhere."""
    code = int(getattr(problem, "sqlite_errorcode", None) or 0)
    undecodable = not code and type(problem) is sqlcipher3.OperationalError  # bytes where text was written
    return VaultDamagedError("database") if undecodable else error_of(code)
