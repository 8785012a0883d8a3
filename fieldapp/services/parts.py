"""Parts that wait until all of a bundle are here: ciphertext, as it came, and nothing of it is believed.

    inbox/<64 hex digits>/<0001 …>   the id of a set, the number of a part: whole, checked, synced before it stands here
    inbox/<32 hex digits>.part       being copied
    inbox/<32 hex digits>.dropped/   a set on its way out; removed at the next opening

The files are all there is to a set, so what waits survives a kill at any time; the database remembers only when parts
came. No file tells that by its own time. Who can write into the inbox can damage parts, and no more: a set is named by
the hashes of all its slices (bundles/parts.py), and joined it is checked like every bundle.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from typing import Final

from fieldapp.bundles.parts import MOST_OVERHEAD_BYTES, Label, write_head
from fieldapp.crypto.stream import write_full
from fieldapp.errors import (
    EntryMalformedError,
    ExpectedError,
    TooManySetsError,
    WaitingRoomFullError,
    storage_error,
)
from fieldapp.services.archive import Archive
from fieldapp.services.files import open_ordinary
from fieldapp.services.part_files import Joined, is_part, label_of, look, name_of, slice_of
from fieldapp.system import make_private_file, make_private_folder, sync_folder
from fieldapp.values import Progress, no_progress
from fieldapp.vault.encoding import decode_map, encode
from fieldapp.vault.objects import CONSTANT_TIME

__all__ = [
    "DEFAULT_PART_BYTES",
    "Kept",
    "WaitingSet",
    "damaged",
    "drop",
    "in_inbox",
    "is_part",
    "joined",
    "keep",
    "look",
    "note",
    "remove_leftovers",
    "set_aside",
    "slice_bytes_of",
    "waiting",
]

_MIB: Final = 1024 * 1024
PRESETS: Final[Mapping[str, int]] = {
    "messenger": 8 * _MIB,
    "messenger-16": 16 * _MIB,
    "messenger-25": 25 * _MIB,
    "mail": 10 * _MIB,
    "stick": 2048 * _MIB,
}
"""How large the file of a part may be on its way, in bytes. The first is what is taken if nothing is said."""
DEFAULT_PART_BYTES: Final = PRESETS["messenger"]
LEAST_PART_BYTES: Final = _MIB
MOST_PART_BYTES: Final = 1024 * 1024 * _MIB

MOST_SETS = 100
MOST_BYTES = 64 * 1024 * _MIB
"""No team sends more at once; a flood of parts that never become bundles ends here."""

INBOX: Final = "inbox"
COPYING: Final = ".part"
_DROPPED: Final = ".dropped"
_SET: Final = re.compile(r"[0-9a-f]{64}")
_NUMBER: Final = re.compile(r"[0-9]{4}")
_TIMES: Final = "parts"


@dataclass(frozen=True, slots=True)
class WaitingSet:
    """The parts of one bundle that are here. When the first and the latest came is None where it is not known."""

    id: bytes
    count: int
    total_bytes: int
    here: tuple[int, ...]
    bytes_here: int
    folder: Path
    first_ms: int | None = None
    latest_ms: int | None = None

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers that have not come."""
        here = set(self.here)
        return tuple(number for number in range(1, self.count + 1) if number not in here)

    @property
    def is_complete(self) -> bool:
        """Whether it can be read as a bundle."""
        return len(self.here) == self.count


@dataclass(frozen=True, slots=True)
class Kept:
    """A part that was taken in, and the set as it is with it. `was_here` says that the same part had come before."""

    number: int
    was_here: bool
    waiting: WaitingSet


def slice_bytes_of(part_bytes: int) -> int:
    """How much of a bundle goes into a part whose file is at most so large."""
    return part_bytes - MOST_OVERHEAD_BYTES


def keep(inbox: Path, path: Path, progress: Progress = no_progress, *, dry_run: bool = False) -> Kept:
    """Copy a part to those that wait, on any thread; call `note` afterwards. One that is here already changes nothing.

    A dry run checks the part, tells the same, and keeps nothing.

    Raises:
        PartMalformedError, PartDamagedError, BundleNewerError: the file. TooManySetsError, WaitingRoomFullError.
        FileUnreadableError; DiskFullError, PlaceUnwritableError, CancelledError. Nothing was changed.
    """
    with open_ordinary(path) as file:
        label = label_of(file)
        sets = {each.id: each for each in in_inbox(inbox)}
        new = WaitingSet(
            label.head.set_id, label.head.count, label.head.total_bytes, (), 0, inbox / label.head.set_id.hex()
        )
        waiting = sets.get(label.head.set_id, new)
        place = waiting.folder / name_of(label.head.number)
        was_here = label.head.number in waiting.here and _is_whole(place, label)
        if not was_here:
            _expect_room(sets, label)
        if was_here or dry_run:
            for _block in slice_of(file, label, progress):
                pass
        else:
            _copy(file, label, place, progress)
    if label.head.number not in waiting.here:
        waiting = replace(
            waiting,
            here=tuple(sorted((*waiting.here, label.head.number))),
            bytes_here=waiting.bytes_here + label.head.file_bytes,
        )
    return Kept(label.head.number, was_here, waiting)


def note(archive: Archive, kept: Kept) -> WaitingSet:
    """Remember when a part came; gives its set with these times. Raises DiskFullError: then only the time is lost."""
    times = _times(archive)
    now_ms = archive.clock().time_ms
    first_ms, latest_ms = times.get(kept.waiting.id, (now_ms, now_ms))
    if kept.waiting.id not in times or not kept.was_here:
        latest_ms = now_ms
        there = {each.id for each in in_inbox(archive.vault.place.room(INBOX))}
        _write_times(
            archive, {id_: at for id_, at in times.items() if id_ in there} | {kept.waiting.id: (first_ms, latest_ms)}
        )
    return replace(kept.waiting, first_ms=first_ms, latest_ms=latest_ms)


def waiting(archive: Archive) -> list[WaitingSet]:
    """All sets that wait, the one whose first part came first at the top."""
    times: Mapping[bytes, tuple[int | None, int | None]] = _times(archive)
    sets = []
    for each in in_inbox(archive.vault.place.room(INBOX)):
        first_ms, latest_ms = times.get(each.id, (None, None))
        sets.append(replace(each, first_ms=first_ms, latest_ms=latest_ms))
    return sorted(sets, key=lambda each: (each.first_ms or 0, each.id))


def drop(archive: Archive, dropped: WaitingSet) -> None:
    """Remove the parts of a set, all at once. Raises PlaceUnwritableError: they are as they were; DiskFullError."""
    archive.vault.place.expect()
    try:
        _clear(dropped.folder)
    except OSError as problem:
        raise storage_error(problem) from problem
    times = _times(archive)
    if times.pop(dropped.id, None) is not None:
        _write_times(archive, times)


def joined(asked: WaitingSet) -> Joined:
    """A complete set as one source of bytes, without another copy; the caller closes it."""
    return Joined(asked.folder, asked.id, asked.count)


def damaged(asked: WaitingSet) -> tuple[int, ...]:
    """The numbers whose parts are no longer as they came, or gone; every byte is read."""
    return tuple(number for number in range(1, asked.count + 1) if not _is_whole_of(asked, number))


def set_aside(asked: WaitingSet, numbers: Sequence[int]) -> None:
    """Remove damaged parts, so that they are missing, and may come again."""
    for number in numbers:
        with suppress(OSError):
            (asked.folder / name_of(number)).unlink(missing_ok=True)


def remove_leftovers(inbox: Path) -> None:
    """Remove sets that were on their way out, and folders in which not one part can be read. What waits stays."""
    with suppress(OSError):  # they do no harm, and the next opening tries again
        for folder in _folders(inbox):
            if folder.name.endswith(_DROPPED) or (_SET.fullmatch(folder.name) and _waiting_in(folder) is None):
                _empty(folder)


def in_inbox(inbox: Path) -> list[WaitingSet]:
    """The sets that wait, without times; needs no database. Raises PlaceUnwritableError: the disk does not tell."""
    try:
        found = [_waiting_in(folder) for folder in _folders(inbox) if _SET.fullmatch(folder.name)]
    except OSError as problem:
        raise storage_error(problem) from problem
    return [each for each in found if each is not None]


def _copy(file: FileIO, label: Label, place: Path, progress: Progress) -> None:
    """The part under its name in the folder of its set, whole and synced, or nothing."""
    inbox = place.parent.parent
    copying = inbox / f"{secrets.token_hex(16)}{COPYING}"
    try:
        make_private_file(copying)
        with copying.open("r+b", buffering=0) as copy:
            write_full(copy, memoryview(write_head(label.head)))
            for block in slice_of(file, label, progress):
                write_full(copy, block)
            write_full(copy, memoryview(b"".join(label.hashes)))
            os.fsync(copy.fileno())
        os.utime(copying, (CONSTANT_TIME, CONSTANT_TIME))
        make_private_folder(place.parent)
        copying.replace(place)
        sync_folder(place.parent)
        sync_folder(inbox)
    except OSError as problem:
        _undo_copy(copying, place)
        raise storage_error(problem) from problem
    except BaseException:
        _undo_copy(copying, place)
        raise


def _undo_copy(copying: Path, place: Path) -> None:
    """Only what was not whole here before is ever copied, so nothing good is lost with it."""
    for path in (copying, place):
        with suppress(OSError):
            path.unlink(missing_ok=True)
    with suppress(OSError):
        place.parent.rmdir()  # where it is empty


def _expect_room(sets: Mapping[bytes, WaitingSet], label: Label) -> None:
    if label.head.set_id not in sets and len(sets) >= MOST_SETS:
        raise TooManySetsError(MOST_SETS)
    if sum(each.bytes_here for each in sets.values()) + label.head.file_bytes > MOST_BYTES:
        raise WaitingRoomFullError(MOST_BYTES)


def _is_whole(path: Path, label: Label) -> bool:
    """Whether the file holds exactly this part."""
    try:
        return look(path) == label
    except ExpectedError:
        return False


def _is_whole_of(asked: WaitingSet, number: int) -> bool:
    try:
        label = look(asked.folder / name_of(number))
    except ExpectedError:
        return False
    return (label.head.set_id, label.head.number) == (asked.id, number)


def _folders(inbox: Path) -> list[Path]:
    with os.scandir(inbox) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))


def _waiting_in(folder: Path) -> WaitingSet | None:
    """The set whose parts lie in a folder; None where not one of them can be read."""
    with os.scandir(folder) as entries:
        sizes = {
            int(entry.name): entry.stat(follow_symlinks=False).st_size
            for entry in entries
            if _NUMBER.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        }
    for number in sorted(sizes):
        label = _label_at(folder / name_of(number))
        if label is None or label.head.set_id.hex() != folder.name:
            continue
        expected = {each: replace(label.head, number=each).file_bytes for each in sizes if 0 < each <= label.head.count}
        here = tuple(sorted(each for each, size in expected.items() if sizes[each] == size))
        total = sum(sizes[each] for each in here)
        return WaitingSet(label.head.set_id, label.head.count, label.head.total_bytes, here, total, folder)
    return None


def _label_at(path: Path) -> Label | None:
    try:
        with open_ordinary(path) as file:
            return label_of(file)
    except ExpectedError:
        return None


def _clear(folder: Path) -> None:
    """Remove a folder with its files. It loses its name first, so that no half of it is ever seen."""
    leaving = folder.with_name(f"{secrets.token_hex(16)}{_DROPPED}")
    folder.rename(leaving)
    with suppress(OSError):  # what is left of it goes at the next opening
        _empty(leaving)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def _times(archive: Archive) -> dict[bytes, tuple[int, int]]:
    """When the first and the latest part of each set came. What cannot be read was written by a later version."""
    encoded = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_TIMES,))
    try:
        noted = decode_map(encoded) if encoded is not None else {}
    except EntryMalformedError:
        return {}
    return {
        bytes.fromhex(id_): (at[0], at[1])
        for id_, at in noted.items()
        if isinstance(at, list) and len(at) == 2 and isinstance(at[0], int) and isinstance(at[1], int)
    }


def _write_times(archive: Archive, times: Mapping[bytes, tuple[int, int]]) -> None:
    encoded = encode({id_.hex(): list(at) for id_, at in times.items()})
    with archive.connection.transaction():
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_TIMES, encoded))
