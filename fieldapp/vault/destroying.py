"""A closed vault, destroyed for good: no secret is asked, and nothing is touched that is not of a vault.

Rule 1: the headers go first: overwritten with random bytes, and synced. What is left then opens for nobody, with
        whatever passphrase, phrase or shares. One that cannot be overwritten is removed, and it is told at the end.
Rule 2: only names that a vault has are removed (`folder.BELONGS`, `UNFINISHED`, `KEPT_ASIDE`), and only plain files; no
        link is followed. What somebody put beside them stays, and so does its folder; `not_ours` names it.
Rule 3: cut short, it can be begun again at any time, also where no header is left, or only empty folders are. One of
        the headers stays as a mark, `header.DESTROYED`, and goes last: so whoever looks knows what is left there.
Rule 4: what a disk keeps of bytes that were overwritten (SSDs, snapshots, copies elsewhere) is out of reach. Who has a
        copy of a header, and a secret, opens what they have a copy of.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fieldapp.errors import (
    ExpectedError,
    HeaderBytesLeftError,
    VaultDestroyedError,
    VaultForeignError,
    VaultNotFoundError,
    storage_error,
)
from fieldapp.system import sync_folder
from fieldapp.values import Progress, no_progress
from fieldapp.vault import header as headers
from fieldapp.vault.folder import BELONGS, BORDERS, DATABASE, KEPT_ASIDE, OBJECTS, UNFINISHED, hold, read_headers
from fieldapp.vault.place import Place

_HEADERS = (*headers.NAMES, *(f"{name}.new" for name in headers.NAMES))
_FOLDERS = frozenset({OBJECTS, *BORDERS, "damaged", "recovered"})


def destroy(folder: Path, progress: Progress = no_progress, *, place: Place | None = None) -> None:
    """Remove the vault in `folder`, and the folder if nothing else is in it. `progress` counts files.

    `place`: of the vault that was open there until now; only that one is destroyed.

    Raises:
        HeaderBytesLeftError: it is gone, and see rule 1. VaultGoneError: it is not that vault; nothing was done.
        VaultNotFoundError: there is no such folder, or it is empty. VaultForeignError: nothing of a vault is in it.
        VaultInUseError: a process has it open.
        PlaceUnwritableError, DiskFullError: something would not go; once a header went, nothing opens the vault.
        Whatever `progress` raises, which it should not do after the headers are gone.
    """
    try:
        _expect_folder(folder)
        lock = hold(folder)
    except OSError as problem:
        raise storage_error(problem) from problem
    try:
        if place is not None:
            place.expect_headers()
        left = _destroy(folder, _expected(folder), progress)
    except OSError as problem:
        raise storage_error(problem) from problem
    finally:
        lock.close()
    if left:
        raise HeaderBytesLeftError(left)


def expect_something(folder: Path) -> None:
    """Raises VaultNotFoundError, VaultForeignError as `destroy` would; PlaceUnwritableError: this user may not look."""
    try:
        _expect_folder(folder)
        _expected(folder)
    except OSError as problem:
        raise storage_error(problem) from problem


def is_left_over(folder: Path) -> bool:
    """Whether a vault was being destroyed there, and that was cut off. False where nobody may look."""
    try:
        read_headers(folder)
    except VaultDestroyedError:
        return True
    except ExpectedError:
        return False
    return False


def not_ours(folder: Path) -> list[str]:
    """What is in the folder and is not of a vault, as `/`-joined names. It would stay.

    Raises:
        PlaceUnwritableError: this user may not look.
    """
    try:
        return _files(folder, ours=False)
    except OSError as problem:
        raise storage_error(problem) from problem


def _expect_folder(folder: Path) -> None:
    if not folder.is_dir() or not any(folder.iterdir()):
        raise VaultNotFoundError


def _expected(folder: Path) -> list[str]:
    """The files of a vault there are; none where only its empty folders are left. Raises VaultForeignError, OSError."""
    ours = _files(folder, ours=True)
    if not ours and not _is_left_over(folder):
        raise VaultForeignError
    return ours


def _destroy(folder: Path, ours: list[str], progress: Progress) -> int:
    """Gives how many headers were removed without having been overwritten."""
    first = [name for name in ours if name.rpartition("/")[2] in _HEADERS]
    overwritten = [name for name in first if _overwrite(folder / name)]
    mark = next((name for name in overwritten if name in headers.NAMES and _put_mark(folder / name)), None)
    for name in first:
        if name != mark:
            _remove(folder / name)
    sync_folder(folder)
    rest = [name for name in ours if name not in first]
    for done, name in enumerate(rest, len(first) + 1):
        _remove(folder / name)
        progress(done, len(ours))
    _remove_folders(folder)
    if mark is not None:
        sync_folder(folder)
        _remove(folder / mark)
        sync_folder(folder)
    with suppress(OSError):  # something else is in it
        folder.rmdir()
    return len(first) - len(overwritten)


def _overwrite(path: Path) -> bool:
    """Random bytes over a file, on the disk. Gives whether that could be done."""
    try:
        _let_write(path)
        with path.open("r+b", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            file.write(secrets.token_bytes(min(size, headers.SIZE)))
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def _put_mark(path: Path) -> bool:
    """The mark over a header that is overwritten, on the disk; it needs no room. Gives whether that could be done."""
    try:
        with path.open("r+b", buffering=0) as file:
            file.truncate(len(headers.DESTROYED))
            file.write(headers.DESTROYED)
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def _remove(path: Path) -> None:
    """Also where nobody may write, as in what was copied from a disc."""
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        _let_write(path)
        path.unlink(missing_ok=True)


def _let_write(path: Path) -> None:
    for each, mode in ((path.parent, 0o700), (path, 0o600)):
        with suppress(OSError):
            if not os.access(each, os.W_OK):
                each.chmod(mode)


def _remove_folders(folder: Path) -> None:
    """The folders of a vault, and those below them, as far as they are empty."""
    for name in sorted(name for name in _FOLDERS if not (folder / name).is_symlink()):
        for place, below, _files_there in os.walk(folder / name, topdown=False):
            for each in (*(Path(place, one) for one in below), Path(place)):
                with suppress(OSError):  # not empty, or a link: not ours
                    if not each.is_symlink():
                        _let_write(each)
                    each.rmdir()


def _is_left_over(folder: Path) -> bool:
    """Whether only empty folders of a vault are left. Raises OSError."""
    plain = all(each.name in _FOLDERS and each.is_dir() and not each.is_symlink() for each in folder.iterdir())
    return plain and not any(_looked_at(folder))


def _files(folder: Path, *, ours: bool) -> list[str]:
    return [name for name, belongs in _looked_at(folder) if belongs == ours]


def _looked_at(folder: Path) -> Iterator[tuple[str, bool]]:
    """Every file below the folder, the database first, and whether it is of a vault; a link counts as a file."""
    for place, folders, names in os.walk(folder, onerror=_refuse):
        links = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in links)
        for name in sorted([*names, *links], key=lambda each: (not each.startswith(DATABASE), each)):
            path = Path(place, name)
            below = path.relative_to(folder).as_posix()
            known = any(names.fullmatch(below) for names in (BELONGS, UNFINISHED, KEPT_ASIDE))
            yield below, known and stat.S_ISREG(path.lstat().st_mode)


def _refuse(problem: OSError) -> None:
    raise problem
