"""A closed vault, copied into a new folder: ciphertext only, no secret is needed, and nothing is read but what belongs.

Rule 1: only names that a vault has are copied, and only plain files; what somebody put beside them stays behind, and so
        does what was being written (`*.new`, `*.part`, `objects/new`). The rollback journal of a crash goes along, and
        so does `records.db.next`: it is the database where a change of the master key was cut short.
Rule 2: the headers come last, since they make the copy a vault: a copy that was cut short is none.
Rule 3: two machines must never append to one log. Whoever copies in order to work on begins a new log in the copy
        (`Vault.begin_log`) before anything else is written in it, and best before the copy has its final name.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from fieldapp.errors import VaultDamagedError, storage_error
from fieldapp.system import make_private_file, make_private_folder, sync_files, sync_folders
from fieldapp.values import Progress, no_progress
from fieldapp.vault import header as headers
from fieldapp.vault.folder import BELONGS, BORDERS, DATABASE, OBJECTS, hold, read_headers, sync_parent, take_empty
from fieldapp.vault.objects import BLOCK, CONSTANT_TIME


def copy_closed(source: Path, folder: Path, progress: Progress = no_progress) -> None:
    """Copy the vault in `source`, which no process has open, into `folder`, which is made or is empty.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError: what is in `source` instead, or what
            of it cannot be read. VaultInUseError: it is open. VaultExistsError: there is something in `folder`.
        DiskFullError, PlaceUnwritableError, and what `progress` raises: `folder` is again as it was.
    """
    read_headers(source)
    lock = hold(source)
    try:
        files = sorted(_files(source))
        if DATABASE not in files:
            raise VaultDamagedError("database")
        _copy_into(folder, source, files, progress)
    finally:
        lock.close()


def _copy_into(folder: Path, source: Path, files: list[str], progress: Progress) -> None:
    lock, made = take_empty(folder)
    try:
        _make_folders(folder, files)
        _copy_all(folder, source, files, progress)
        sync_parent(folder)
    except BaseException as problem:
        _take_back(folder, made=made)
        if isinstance(problem, OSError):
            raise storage_error(problem) from problem
        raise
    finally:
        lock.close()


def _files(source: Path) -> Iterator[str]:
    """The files of a vault, as `/`-joined names below `source`."""
    try:
        for place, folders, names in os.walk(source, onerror=_refuse):
            folders[:] = [name for name in folders if not Path(place, name).is_symlink()]
            for name in names:
                below = Path(place, name).relative_to(source).as_posix()
                if BELONGS.fullmatch(below) and stat.S_ISREG(Path(place, name).lstat().st_mode):
                    yield below
    except OSError as problem:
        raise VaultDamagedError("object") from problem


def _refuse(problem: OSError) -> None:
    raise problem


def _make_folders(folder: Path, files: list[str]) -> None:
    below = {parent for name in files for parent in PurePosixPath(name).parents if parent.name}
    for each in sorted({*below, *map(PurePosixPath, (OBJECTS, f"{OBJECTS}/new", *BORDERS))}):
        make_private_folder(folder / each)


def _copy_all(folder: Path, source: Path, files: list[str], progress: Progress) -> None:
    """Everything but the headers, on the disk; then the headers."""
    total = sum(_size(source, name) for name in files)
    done = 0
    for step in ([name for name in files if name not in headers.NAMES], [n for n in files if n in headers.NAMES]):
        for name in step:
            done = _copy(source, folder, name, progress, (done, total))
        sync_files([folder / name for name in step])
        sync_folders(sorted({folder, *((folder / name).parent for name in step)}))


def _size(source: Path, name: str) -> int:
    try:
        return (source / name).stat().st_size
    except OSError as problem:
        raise _unreadable(name) from problem


def _copy(source: Path, folder: Path, name: str, progress: Progress, counted: tuple[int, int]) -> int:
    """One file; gives how many bytes are done now."""
    done, total = counted
    target = folder / name
    make_private_file(target)
    with target.open("r+b") as out:
        for block in _blocks(source, name):
            out.write(block)
            done += len(block)
            progress(done, total)
    if name.startswith(OBJECTS):
        os.utime(target, (CONSTANT_TIME, CONSTANT_TIME))
    return done


def _blocks(source: Path, name: str) -> Iterator[bytes]:
    try:
        with (source / name).open("rb") as file:
            while block := file.read(BLOCK):
                yield block
    except OSError as problem:
        raise _unreadable(name) from problem


def _unreadable(name: str) -> VaultDamagedError:
    return VaultDamagedError(
        "database" if name.startswith(DATABASE) else "header" if name in headers.NAMES else "object"
    )


def _take_back(folder: Path, *, made: bool) -> None:
    """Empty the folder, which was empty, and remove it if it was made."""
    with suppress(OSError):
        for each in folder.iterdir():
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink()
        if made:
            folder.rmdir()
