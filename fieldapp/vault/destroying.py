"""A closed vault, destroyed for good: no secret is asked, and nothing is touched that is not of a vault.

Rule 1: the headers go first: overwritten with random bytes, synced, removed. What is left then opens for nobody, with
        whatever passphrase, phrase or shares.
Rule 2: only names that a vault has are removed (`folder.BELONGS`, `UNFINISHED`, `KEPT_ASIDE`), and only plain files; no
        link is followed. What somebody put beside them stays, and so does its folder; `not_ours` names it.
Rule 3: cut short, it can be begun again at any time, also where no header is left, or only empty folders are.
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

from fieldapp.errors import VaultForeignError, VaultNotFoundError, storage_error
from fieldapp.system import sync_folder
from fieldapp.values import Progress, no_progress
from fieldapp.vault import header as headers
from fieldapp.vault.folder import BELONGS, BORDERS, DATABASE, KEPT_ASIDE, OBJECTS, UNFINISHED, hold

_HEADERS = (*headers.NAMES, *(f"{name}.new" for name in headers.NAMES))
_FOLDERS = frozenset({OBJECTS, *BORDERS, "damaged", "recovered"})


def destroy(folder: Path, progress: Progress = no_progress) -> None:
    """Remove the vault in `folder`, and the folder if nothing else is in it. `progress` counts files.

    Raises:
        VaultNotFoundError: there is no such folder, or it is empty. VaultForeignError: nothing of a vault is in it.
        VaultInUseError: a process has it open.
        PlaceUnwritableError, DiskFullError: something would not go; once a header went, nothing opens the vault.
        Whatever `progress` raises, which it should not do after the headers are gone.
    """
    try:
        if not folder.is_dir() or not any(folder.iterdir()):
            raise VaultNotFoundError
        lock = hold(folder)
    except OSError as problem:
        raise storage_error(problem) from problem
    try:
        ours = _files(folder, ours=True)
        if not ours and not _is_left_over(folder):
            raise VaultForeignError
        _destroy(folder, ours, progress)
    except OSError as problem:
        raise storage_error(problem) from problem
    finally:
        lock.close()


def not_ours(folder: Path) -> list[str]:
    """What is in the folder and is not of a vault, as `/`-joined names. It would stay.

    Raises:
        PlaceUnwritableError: this user may not look.
    """
    try:
        return _files(folder, ours=False)
    except OSError as problem:
        raise storage_error(problem) from problem


def _destroy(folder: Path, ours: list[str], progress: Progress) -> None:
    first = [name for name in ours if name.rpartition("/")[2] in _HEADERS]
    for name in first:
        _overwrite(folder / name)
    for name in first:
        (folder / name).unlink(missing_ok=True)
    sync_folder(folder)
    rest = [name for name in ours if name not in first]
    for done, name in enumerate(rest, len(first) + 1):
        (folder / name).unlink(missing_ok=True)
        progress(done, len(ours))
    _remove_folders(folder)


def _overwrite(path: Path) -> None:
    """Random bytes over a file, on the disk; where they cannot be written, it is only removed."""
    with suppress(OSError), path.open("r+b", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        file.write(secrets.token_bytes(min(size, headers.SIZE)))
        os.fsync(file.fileno())


def _remove_folders(folder: Path) -> None:
    """The folders of a vault, and those below them, as far as they are empty; then the folder itself."""
    for name in sorted(name for name in _FOLDERS if not (folder / name).is_symlink()):
        for place, below, _files_there in os.walk(folder / name, topdown=False):
            for each in (*(Path(place, one) for one in below), Path(place)):
                with suppress(OSError):  # not empty, or a link: not ours
                    each.rmdir()
    sync_folder(folder)
    with suppress(OSError):
        folder.rmdir()


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
