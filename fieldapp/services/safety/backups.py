"""Backups of the vault: one file, to which later states are added (bundles.backup), verified by reading it back.

Rule 1: older generations in a file keep what was erased since. So where anything was taken off the vault after the
        newest of them, the file is written anew, as a whole, beside the old one, and takes its place when it was read
        back. So it is where other secrets open the vault now, and where the file would hold too many generations.
Rule 2: a file is written over only if its newest generation was made from this vault's own past: each generation has a
        random id, which the vault notes before it writes it. Anything else of that name is left alone.
        The vault also notes the hash of the manifest of each that it wrote: where a file says something else, somebody
        changed it, and nothing of it is taken. Where nothing is noted, the file is written anew.
Rule 3: what cannot be read in the vault keeps nobody from a backup of the rest, and what an older generation has of it
        is kept.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from fieldapp.bundles import backup, backup_salvage, backup_write
from fieldapp.bundles.backup import Generation, Layout, Needed, Tail
from fieldapp.bundles.backup_write import Counted, Done, Plan, Spare, VaultFile
from fieldapp.errors import (
    BackupAlteredError,
    BackupDamagedError,
    BackupForeignError,
    BackupNoRoomError,
    ExpectedError,
    NotABackupError,
    PlaceTakenError,
)
from fieldapp.services.archive import Archive
from fieldapp.services.files import open_ordinary
from fieldapp.services.safety.backup_contents import (
    Prepared,
    discard,
    gone_mark,
    keep_notes,
    note_written,
    notes,
    prepare,
    remove,
)
from fieldapp.services.safety.backup_place import (
    beside,
    check_outside,
    check_room,
    expect_free,
    free_bytes,
    make_way,
    place_error,
)
from fieldapp.services.safety.backup_restoring import Choice, Restored, choose, restore
from fieldapp.system import make_private_file, sync_folder
from fieldapp.values import Progress, no_progress

__all__ = [
    "Anew",
    "Checked",
    "Choice",
    "Look",
    "Prepared",
    "Restored",
    "State",
    "Written",
    "back_up",
    "check",
    "choose",
    "discard",
    "is_backup",
    "look",
    "prepare",
    "record",
    "restore",
    "state",
    "write",
]

MOST_GENERATIONS: Final = 8
"""With so many in it, a file is written anew."""

_DAY_MS = 24 * 60 * 60 * 1000


class Anew(StrEnum):
    """Why a file was written as a whole."""

    FIRST = "first"  # there was none
    ASKED = "asked"
    KEY = "key"  # the vault has another master key
    ACCESS = "access"  # other passphrases or shares open it
    ERASED = "erased"  # something was taken off, or sealed anew
    UNKNOWN = "unknown"  # what was written into it was not noted
    MANY = "many"  # it held enough generations


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. `missing`: attached files that cannot be read in the vault; it should be checked.

    `read_back`: everything that the new generation needs was read back; else only what is new. `crowded`: it holds many
    generations, and there is no room to write it anew. `manifest`: see `Done`.
    """

    generation: int
    anew: Anew | None
    new_objects: int
    objects: int
    written_bytes: int
    size_bytes: int
    missing: int
    same_disk: bool
    read_back: bool
    crowded: bool
    manifest: bytes
    prepared: Prepared = field(repr=False)


@dataclass(frozen=True, slots=True)
class State:
    """How old the newest backup is. `changes`: entries that came or were written since.

    `days` is None where there is none, and where a clock was wrong, so that nobody knows. `erased_since`: something was
    taken off since, and files of before keep it until they are written anew.
    """

    made_ms: int | None
    days: int | None
    changes: int
    erased_since: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What a file says of itself. Not `whole`: behind these generations stands something unfinished or damaged."""

    generations: int
    whole: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What reading all of a file gave. `damaged`: names in it that are not what was written.

    `restores`: the number of the state that `restore` takes where nobody names one; None where it finds none so.
    """

    generations: int
    whole: bool
    size_bytes: int
    damaged: tuple[str, ...]
    restores: int | None


def back_up(
    archive: Archive, path: Path, *, full: bool = False, quick: bool = False, progress: Progress = no_progress
) -> Written:
    """`prepare`, `write` and `record` in one thread. Raises as they do."""
    written = write(prepare(archive), path, full=full, quick=quick, progress=progress)
    record(archive, written)
    return written


def write(
    prepared: Prepared, path: Path, *, full: bool = False, quick: bool = False, progress: Progress = no_progress
) -> Written:
    """Add a generation to the backup at `path`, or make it, or make it anew; have it on the disk, and read it back.

    `full`: anew in any case, also where its newer part is damaged. `quick`: of the generations before, nothing is read.
    `progress` counts what is written and what is read. What was copied aside is removed, however this ends.

    Raises:
        PlaceTakenError: there is something else of that name. BackupForeignError: it is no backup of this vault's past.
        BackupDamagedError: it is not whole (then: `full`), or what was read back is not what was written.
        BackupAlteredError: it is not what this vault wrote (then: `full`). BackupNoRoomError: it is to be written anew.
        BackupInsideVaultError, BackupTooLargeError, BackupOvertakenError, BackupNewerError: as they say.
        DiskFullError, PlaceUnwritableError, FileUnreadableError, what `progress` raises. The file is as it was.
    """
    try:
        check_outside(prepared.folder, path)
        layout = _existing(path, prepared, full=full)
        anew, kept = _decide(path, layout, prepared, full=full)
        crowded = layout is not None and anew is not None and not _has_room_anew(path, prepared.plan, anew)
        if layout is None or (anew is not None and not crowded):
            done = _write_anew(path, prepared.plan, kept, progress, is_first=layout is None)
        else:
            anew = None
            done = _append(path, layout, prepared.plan, kept, progress, quick=quick)
        return _written(path, prepared, done, anew, read_back=anew is not None or not quick, crowded=crowded)
    except OSError as problem:
        raise place_error(problem) from problem
    finally:
        discard(prepared)


def record(archive: Archive, written: Written) -> State:
    """Note that a backup was made. Raises DiskFullError, PlaceUnwritableError: the file is there all the same."""
    made = written.prepared
    note_written(archive, made.plan.id, written.manifest)
    keep_notes(archive, made={"made_ms": made.made_ms, "entries": made.entries, "gone": made.gone})
    return state(archive)


def state(archive: Archive) -> State:
    """How old the newest backup is, and what happened since."""
    made = notes(archive).get("made")
    known = made if isinstance(made, dict) else {}
    made_ms, entries, gone = known.get("made_ms"), known.get("entries"), known.get("gone")
    last = entries if isinstance(entries, int) else 0
    changes = int(archive.connection.value("SELECT count(*) FROM entry WHERE id > ?", (last,)))
    if not isinstance(made_ms, int):
        return State(None, None, changes, erased_since=False)
    days = (archive.clock().time_ms - made_ms) // _DAY_MS
    if days < 0:  # the clock was wrong then, or is now: how old it is is not known
        return State(made_ms, None, changes, erased_since=gone != gone_mark(archive.connection))
    return State(made_ms, days, changes, erased_since=gone != gone_mark(archive.connection))


def is_backup(path: Path) -> bool:
    """Whether the file is a backup, by its first bytes; False also where it cannot be read."""
    try:
        with closing(open_ordinary(path)) as file:
            return backup.is_backup(file.read(2 * 512))
    except (ExpectedError, OSError):
        return False


def look(path: Path, *, salvage: bool = False) -> Look:
    """What is in a backup, without reading all of it; with `salvage`, also behind what is damaged in it.

    Raises as `bundles.backup.read_layout`; FileUnreadableError.
    """
    read = backup_salvage.read_layout if salvage else backup.read_layout
    with closing(open_ordinary(path)) as file:
        layout = read(file, backup.size_of(file))
    return Look(len(layout.generations), layout.tail is Tail.WHOLE, layout.size_bytes)


def check(path: Path, progress: Progress = no_progress) -> Checked:
    """Read all of a backup, and compare it with its manifests; no secret is needed. Raises as `look`."""
    with closing(open_ordinary(path)) as file:
        layout = backup.read_layout(file, backup.size_of(file))
        counted = Counted(progress, layout.newest.end)
        needed = [each for generation in layout.generations for each in generation.own]
        damaged = tuple(backup_write.read_needed(file, needed, counted))
    whole = layout.tail is Tail.WHOLE and not damaged
    whole_numbers = [each.number for each in layout.generations if _database(each) not in damaged]
    return Checked(len(layout.generations), whole, layout.size_bytes, damaged, max(whole_numbers, default=None))


def _database(generation: Generation) -> str:
    return generation.files[backup.DATABASE].member.name


def _existing(path: Path, prepared: Prepared, *, full: bool) -> Layout | None:
    """What is in the file of before, of which this vault's past made the newest; None where there is no file."""
    if not os.path.lexists(path):
        return None
    if not stat.S_ISREG(path.lstat().st_mode):
        raise PlaceTakenError
    try:
        with closing(open_ordinary(path)) as file:
            layout = backup.read_layout(file, backup.size_of(file))
    except NotABackupError as problem:
        raise PlaceTakenError from problem
    if layout.newest.id not in prepared.noted:
        raise BackupForeignError
    if _is_altered(layout, prepared) and not full:
        raise BackupAlteredError
    if layout.tail is Tail.DAMAGED and not full:
        raise BackupDamagedError("end")
    return _as_noted(layout, prepared)


def _as_noted(layout: Layout, prepared: Prepared) -> Layout:
    """Without what was written behind the newest that is noted: a stop came between its last byte and the note of it.

    It was never told as written, so it is what a stick shows that was pulled out: the next state takes its place.
    """
    last = max((place for place, each in enumerate(layout.generations) if each.id in prepared.wrote), default=None)
    return layout if last is None else replace(layout, generations=layout.generations[: last + 1])


def _is_altered(layout: Layout, prepared: Prepared) -> bool:
    """Whether a generation of this vault is another than was written."""
    return any(prepared.wrote.get(each.id, each.manifest) != each.manifest for each in layout.generations)


def _decide(
    path: Path, layout: Layout | None, prepared: Prepared, *, full: bool
) -> tuple[Anew | None, Mapping[str, Needed]]:
    """Why the file is written anew, or None and what the generations before have already."""
    if layout is None:
        return Anew.FIRST, {}
    newest, plan = layout.newest, prepared.plan
    known = newest.id in prepared.wrote and not _is_altered(layout, prepared)
    with closing(open_ordinary(path)) as file:
        kept = backup_write.kept_files(file, layout, plan)
    left = {name for name in newest.files if name.startswith("objects/")} - kept.keys()
    with plan.database.open("rb") as database:
        key_mark = database.read(len(newest.key_mark))
    reasons = {
        Anew.ASKED: full,
        Anew.KEY: key_mark != newest.key_mark,
        Anew.ACCESS: any(not each.startswith(newest.open_part) for each in plan.headers.values()),
        Anew.ERASED: bool(left) or prepared.noted[newest.id] != prepared.gone,
        Anew.UNKNOWN: not known,
        Anew.MANY: len(layout.generations) >= MOST_GENERATIONS,
    }
    if not known:  # then only what is missing here is taken from it
        missing = {each.name for each in plan.files if each.path is None}
        kept = {name: needed for name, needed in kept.items() if name in missing}
    return next((reason for reason, holds in reasons.items() if holds), None), kept


def _append(
    path: Path, layout: Layout, plan: Plan, kept: Mapping[str, Needed], progress: Progress, *, quick: bool
) -> Done:
    bytes_new = backup_write.size_of(plan, kept)
    check_room(path, bytes_new)
    documents = backup_write.kept_documents(layout, plan)
    to_read = [] if quick else [needed for name, needed in kept.items()]
    counted = Counted(progress, 2 * bytes_new + sum(each.member.size for each in (*documents, *to_read)))
    with path.open("r+b", buffering=0) as file:
        if any(backup_write.read_needed(file, documents, counted)):
            raise BackupDamagedError("document")
        if any(backup_write.read_needed(file, to_read, counted)):
            raise BackupDamagedError("object")
        return backup_write.append(file, layout, plan, kept, counted)


def _write_anew(path: Path, plan: Plan, kept: Mapping[str, Needed], progress: Progress, *, is_first: bool) -> Done:
    """Write the file beside the old one, which it replaces when it was read back."""
    partial = beside(path)
    make_way(partial)
    if is_first:
        check_room(path, backup_write.size_of(plan, {}))
    plan = replace(plan, files=tuple(_with_spare(each, kept.get(each.name), path) for each in plan.files))
    try:
        make_private_file(partial)
        with partial.open("r+b", buffering=0) as file:
            done = backup_write.write_first(file, plan, Counted(progress, 2 * backup_write.size_of(plan, {})))
        if is_first:
            expect_free(path)
        partial.replace(path)
        sync_folder(path.parent)
    except BaseException:
        remove(partial)
        raise
    return done


def _with_spare(file: VaultFile, there: Needed | None, path: Path) -> VaultFile:
    """The file with what the backup of before has of it: the same seal, and perhaps the only whole copy."""
    if there is None:
        return file
    return replace(file, spare=Spare(path, there.member.offset, there.sha256))


def _has_room_anew(path: Path, plan: Plan, anew: Anew) -> bool:
    """Whether a whole backup has room beside the one that is there; without it, one of many states can still be added.

    Raises:
        BackupNoRoomError: there is none, and nothing may be added. PlaceTakenError: something else is in its way.
    """
    make_way(beside(path))
    free, needed = free_bytes(path), backup_write.size_of(plan, {})
    if free is None or free >= needed:
        return True
    if anew is not Anew.MANY:
        raise BackupNoRoomError(anew.value, needed, free)
    return False


def _written(
    path: Path, prepared: Prepared, done: Done, anew: Anew | None, *, read_back: bool, crowded: bool
) -> Written:
    state_, missing = path.stat(), sum(each.path is None for each in prepared.plan.files)
    return Written(
        generation=done.generation,
        anew=anew,
        new_objects=done.new_files,
        objects=len(prepared.plan.files),
        written_bytes=done.written_bytes,
        size_bytes=state_.st_size,
        missing=max(missing, done.unreadable),
        same_disk=state_.st_dev == prepared.folder.stat().st_dev,
        read_back=read_back,
        crowded=crowded,
        manifest=done.manifest,
        prepared=prepared,
    )
