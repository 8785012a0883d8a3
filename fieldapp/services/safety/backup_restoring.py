"""A vault out of a backup: the file is read strictly, and what comes of it goes on as any restored copy does.

Rule: where nobody names a state, it is the newest whose database is what was written. Is that not the newest in the
      file, it is told before any secret is asked for (`choose`), and with the vault, by its day (`Restored`): nobody
      goes on with old words unaware. A damaged attached file is no reason to take an older state: only a person says
      that it may be left out.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import closing, suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from fieldapp.bundles import backup, backup_salvage
from fieldapp.bundles.backup import Generation, Layout, Tail
from fieldapp.bundles.backup_write import Counted, digest_of
from fieldapp.errors import (
    BackupDamagedError,
    BackupGenerationError,
    BackupLostError,
    DiskFullError,
    FileUnreadableError,
    PlaceUnwritableError,
    storage_error,
)
from fieldapp.services import vaults
from fieldapp.services.archive import Archive, Clock, system_clock
from fieldapp.services.files import open_ordinary
from fieldapp.services.safety.backup_contents import begun_ms, documents, note_written
from fieldapp.services.ways import Way, expect_opens
from fieldapp.system import make_private_file, make_private_folder, sync_files, sync_folders
from fieldapp.values import Progress, no_progress
from fieldapp.vault import header as headers
from fieldapp.vault.header import Header
from fieldapp.vault.objects import CONSTANT_TIME


@dataclass(frozen=True, slots=True)
class Choice:
    """The state that `restore` takes where nobody names one, and how many there are.

    `passed_over`: behind it stands one that is damaged, or was never finished. `more_behind`: behind what is damaged
    there may be others, which only `salvage` looks for.
    """

    generation: int
    generations: int
    passed_over: bool
    more_behind: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """The restored vault, unlocked; which of the generations it is; and how many files were left out, being damaged.

    `passed_over`: a newer one was asked for, and is damaged or was never finished. `begun_ms`: when the backup was made
    that this is, by the clock of then; None where it was not noted.
    """

    archive: Archive = field(repr=False)
    generation: int
    generations: int
    left_out: int
    passed_over: bool
    begun_ms: int | None


def choose(path: Path, *, salvage: bool = False, progress: Progress = no_progress) -> Choice:
    """Look which state `restore` would take. Reads its database, and no attached file; no secret is needed.

    Raises:
        NotABackupError, BackupNewerError, BackupDamagedError, FileUnreadableError: what it is instead.
        BackupLostError: it takes none, whatever is asked.
    """
    with closing(open_ordinary(path)) as file:
        layout = _layout(file, salvage=salvage)
        chosen = _newest_whole(file, layout, progress, salvage=salvage)
        passed_over = not backup.is_last(file, chosen, layout.size_bytes)
    more_behind = layout.tail is Tail.DAMAGED and not salvage
    return Choice(chosen.number, len(layout.generations), passed_over, more_behind)


def restore(
    path: Path,
    folder: Path,
    way: Way,
    *,
    device: str,
    generation: int | None = None,
    salvage: bool = False,
    clock: Clock = system_clock,
    progress: Progress = no_progress,
) -> Restored:
    """Make a vault in a new folder out of the generation that `choose` tells, or another; the backup stays.

    What is written from now on stands in a new log, under a new card (`vaults.restore`). `salvage`: attached files that
    are damaged in the backup, or not found in it, are left out, and all else is restored. `way`: what opened the vault
    on that day.

    Raises:
        NotABackupError, BackupNewerError, BackupDamagedError, BackupGenerationError: what it is instead.
        BackupLostError: as `choose`. FileUnreadableError, and what `vaults.restore` raises. Nothing was made.
    """
    with closing(open_ordinary(path)) as file:
        layout = _layout(file, salvage=salvage)
        if generation is None:
            chosen = _newest_whole(file, layout, progress, salvage=salvage)
        else:
            chosen = _named(layout, generation)
        passed_over = generation is None and not backup.is_last(file, chosen, layout.size_bytes)
        expect_opens(_headers(file, chosen), way)
        filling = _Filling(file, chosen, salvage=salvage)
        archive = vaults.restore(filling, folder, way, device=device, clock=clock, progress=progress)
    begun = begun_ms(archive)
    if not filling.left_out and not chosen.lost and _has_our_documents(chosen):
        with suppress(DiskFullError, PlaceUnwritableError):  # then the next backup is written anew
            note_written(archive, chosen.id, chosen.manifest)
    return Restored(
        archive,
        chosen.number,
        len(layout.generations),
        filling.left_out + chosen.lost,
        passed_over,
        begun,
    )


class _Filling:
    """Puts the files of one generation into a folder; the headers last, since they make it a vault."""

    def __init__(self, file: FileIO, generation: Generation, *, salvage: bool) -> None:
        self._file = file
        self._files = generation.files
        self._total = generation.size_bytes
        self._salvage = salvage
        self.left_out = 0

    def __call__(self, folder: Path, progress: Progress) -> None:
        """Raises BackupDamagedError, DiskFullError, PlaceUnwritableError, what `progress` raises."""
        counted = Counted(progress, self._total)
        names = sorted(self._files)
        try:
            make_private_folder(folder)
            folders = {
                folder,
                *(above for name in names for above in (folder / name).parents if folder in above.parents),
            }
            for each in sorted(folders):
                make_private_folder(each)
            for step in ([name for name in names if name not in headers.NAMES], headers.NAMES):
                made = [folder / name for name in step if self._put(name, folder / name, counted)]
                sync_files(made)
                sync_folders(sorted(folders))
        except OSError as problem:
            raise storage_error(problem) from problem

    def _put(self, name: str, path: Path, counted: Counted) -> bool:
        """Write one file; False where it is damaged and left out."""
        needed, may_lack = self._files[name], backup.is_file_name(name)
        digest = hashlib.sha256()
        make_private_file(path)
        with path.open("r+b") as out:
            for part in backup.contents(self._file, needed.member):
                digest.update(part)
                out.write(part)
                counted.add(len(part))
        if may_lack:
            os.utime(path, (CONSTANT_TIME, CONSTANT_TIME))
        if digest.digest() == needed.sha256:
            return True
        if not (self._salvage and may_lack):
            raise BackupDamagedError("object" if may_lack else "database")
        path.unlink()
        self.left_out += 1
        return False


def _has_our_documents(generation: Generation) -> bool:
    """Whether what lies in the file for those who have no program is what this program puts there."""
    said = {name: needed.sha256 for name, needed in generation.documents.items()}
    return all(said.get(name) == hashlib.sha256(content).digest() for name, content in documents().items())


def _layout(file: FileIO, *, salvage: bool) -> Layout:
    if not salvage:
        return backup.read_layout(file, backup.size_of(file))
    try:
        return backup_salvage.read_layout(file, backup.size_of(file))
    except BackupDamagedError as problem:
        raise BackupLostError(problem.where) from problem


def _newest_whole(file: FileIO, layout: Layout, progress: Progress, *, salvage: bool) -> Generation:
    """The newest whose database is what its manifest says. Raises BackupDamagedError, FileUnreadableError."""
    looking = Counted(lambda _done, total: progress(0, total), 1)  # it may be stopped, and is no part of what is copied
    unreadable: FileUnreadableError | None = None
    for each in reversed(layout.generations):
        database = each.files[backup.DATABASE]
        try:
            if digest_of(file, database.member, looking) == database.sha256:
                return each
        except FileUnreadableError as problem:
            unreadable = problem
    if unreadable is not None:  # a stick that was pulled out, or fails: perhaps another try, or another reader, helps
        raise unreadable
    if layout.tail is Tail.DAMAGED and not salvage:  # there may be more behind what is damaged
        raise BackupDamagedError("database")
    raise BackupLostError("database")


def _named(layout: Layout, number: int) -> Generation:
    for each in layout.generations:
        if each.number == number:
            return each
    raise BackupGenerationError(len(layout.generations))


def _headers(file: FileIO, generation: Generation) -> list[Header]:
    """The copies of the header. Raises VaultDamagedError and its neighbours."""
    return [headers.parse(b"".join(backup.contents(file, generation.files[name].member))) for name in headers.NAMES]
