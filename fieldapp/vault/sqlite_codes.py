"""What SQLite says when it cannot do something, as one of our own classes (https://sqlite.org/rescode.html)."""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.errors import (
    BugError,
    DiskFullError,
    FieldAppError,
    PlaceUnwritableError,
    VaultDamagedError,
    VaultInUseError,
)

_TYPED: dict[int, Callable[[], FieldAppError]] = {
    3: PlaceUnwritableError,  # SQLITE_PERM
    5: VaultInUseError,  # SQLITE_BUSY
    6: VaultInUseError,  # SQLITE_LOCKED
    8: PlaceUnwritableError,  # SQLITE_READONLY
    10: PlaceUnwritableError,  # SQLITE_IOERR: writing, syncing, truncating, removing, locking
    11: lambda: VaultDamagedError("database"),  # SQLITE_CORRUPT
    13: DiskFullError,  # SQLITE_FULL
    14: PlaceUnwritableError,  # SQLITE_CANTOPEN: the file, or its journal
    26: lambda: VaultDamagedError("database"),  # SQLITE_NOTADB
}
_UNREADABLE_CODES = frozenset(
    {10 | 1 << 8, 10 | 2 << 8, 10 | 32 << 8, 10 | 33 << 8}
)  # READ, SHORT_READ, DATA, CORRUPTFS


_SAID: dict[str, int] = {
    "access permission denied": 3,
    "database is locked": 5,
    "database table is locked": 6,
    "attempt to write a readonly database": 8,
    "disk I/O error": 10,
    "database disk image is malformed": 11,
    "database or disk is full": 13,
    "unable to open database file": 14,
    "file is not a database": 26,
}
"""The words of `sqlite3_errstr`. sqlcipher3's `backup` raises them alone, without the code: to be removed once it does.
"""


def said(problem: Exception) -> FieldAppError:
    """The error for what `backup` raises; its words are told apart, and go nowhere."""
    return error_of(int(getattr(problem, "sqlite_errorcode", None) or 0) or _SAID.get(str(problem), 0))


def error_of(code: int) -> FieldAppError:
    """The error for a result code, or an extended one."""
    if code in _UNREADABLE_CODES:
        return VaultDamagedError("database")
    make = _TYPED.get(code & 0xFF)
    return make() if make else BugError(f"database refused a statement, code {code}")
