"""A new master key: what opened the vault before opens nothing of it any more.

    records.db.next   the database under the new key, with the new slots, 'names before' and 'keys before'; synced

Order: (a) `records.db.next` is written; (b) the database is closed; (c) both headers are written under the new key, and
name the pages of `records.db.next` under `closed`; (d) it takes the place of `records.db`; (e) the objects are sealed
anew one by one, each under a new key and name, while the vault is in use.

Rule 1: whatever secret opens decides. If the header it opens names the pages of `records.db.next`, and `records.db` is
        of a key before (`keys_before`), the change is finished; if not, it did not happen: both headers are written
        under the key they open with, and the file goes last. So while (c) was cut short both secrets open it.
Rule 2: nobody is told that it is done before (c) is; what fails later is finished at the next opening.
Rule 3: until (e) is over, 'names before' keeps the key of the names of before, and each object is looked for under both
        names. An object that is damaged is only renamed: it is not made worse, nor lost from sight.
Rule 4: a second change first finishes the first one's objects.
Rule 5: a copy of the vault that somebody took before opens with what opened it then, and so do the keys of its logs:
        whoever fears that begins a new log too. Old bytes may also stay on the disk where new ones took their place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from fieldapp.errors import DiskFullError, PlaceUnwritableError, VaultDamagedError, VaultGoneError, storage_error
from fieldapp.system import sync_folder, sync_folders
from fieldapp.values import Progress
from fieldapp.vault import closing, kept_ways, keys_before, slots
from fieldapp.vault import connection as database
from fieldapp.vault import header as headers
from fieldapp.vault.connection import Connection
from fieldapp.vault.folder import DATABASE, NEXT
from fieldapp.vault.kept_header import KeptHeader, note_epoch
from fieldapp.vault.objects import ObjectStore, StagedObject, StoredObject
from fieldapp.vault.place import Place
from fieldapp.vault.rewriting import mend_free_pages
from fieldapp.vault.slots import Slot

Saving = Callable[[], AbstractContextManager[Connection]]

_PORTION = 16
_PORTION_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Following:
    """What the database under the new key is to say: which slots open it, and the epoch of its first header.

    `settings` are said there only, and never under the key of before.
    """

    key: bytearray
    opening: Sequence[Slot]
    names_before: bytes
    epoch: int
    settings: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Next:
    """What is to be sealed anew next. `left`: how many objects are, with it; `size`: bytes of all that can be."""

    portion: Sequence[StoredObject]
    left: int
    size: int

    @property
    def is_stuck(self) -> bool:
        """Whether nothing is left but files of before that would not go."""
        return self.left > 0 and self.size == 0 and not self.portion


@dataclass(frozen=True, slots=True)
class Anew:
    """An object as the database knows it, and as it was sealed anew."""

    stored: StoredObject
    staged: StagedObject


@dataclass(frozen=True, slots=True)
class Sealed:
    """A portion that was sealed anew and is not kept yet; of some objects nothing was to be made, or could be."""

    portion: tuple[StoredObject, ...]
    staged: tuple[Anew, ...]
    damaged: tuple[StoredObject, ...]

    def discard(self) -> None:
        """Remove what was not kept. Doing it twice does no harm."""
        for each in self.staged:
            each.staged.discard()


def write_next(place: Place, connection: Connection, following: Following) -> bytes:
    """Copy the database under a new key. Gives the digest of its pages.

    Raises:
        DiskFullError, PlaceUnwritableError, VaultDamagedError: nothing of it is left.
    """
    path = place.room(NEXT)
    _remove_next(place)
    try:
        _remove_journal(place, NEXT)
        mend_free_pages(connection)
        before = keys_before.said_by_the_next(connection, place.folder)
        connection.copy_to(path, following.key)
        _fill(path, replace(following, settings={**following.settings, **before}))
        sync_folder(place.folder)
        return _digest_of(path)
    except OSError as problem:
        _remove_next(place)
        raise storage_error(problem) from problem
    except BaseException:
        _remove_next(place)
        raise


def switch(before: KeptHeader, after: KeptHeader, digest: bytes) -> None:
    """Steps (c) and (d): the database is closed, and what belongs to the new key takes its place.

    Raises:
        DiskFullError, PlaceUnwritableError: the headers are those of before, if they could be written again; else both
            old and new secrets open.
    """
    place = before.place
    try:
        _remove_journal(place, DATABASE)
        after.write_closed(digest)
    except BaseException:
        with suppress(DiskFullError, PlaceUnwritableError):
            before.write_closed(before.state.closed, before.state.used)
            _remove_next(place)
        raise
    with suppress(OSError, VaultGoneError):  # rule 2
        _give_place(place)


def finish(kept: KeptHeader, key: bytearray) -> None:
    """At opening: have `records.db.next` be the database (rule 1). `key`: of the database.

    Raises:
        DiskFullError, PlaceUnwritableError: it is to be finished at the next opening.
    """
    path = kept.folder / NEXT
    is_named = kept.state.closed is not None and path.is_file() and closing.is_exactly(path, kept.state.closed)
    if not is_named or not keys_before.follows(path, key, kept.folder / DATABASE):
        return
    kept.write_closed(kept.state.closed)
    _remove_journal(kept.place, DATABASE)
    try:
        _give_place(kept.place)
    except OSError as problem:
        raise storage_error(problem) from problem


def take_back(kept: KeptHeader, connection: Connection) -> None:
    """At opening: both headers as the one that was opened, and no `records.db.next`: the change did not happen.

    That file may be what fills the disk: it goes first where no header was changed, and is emptied where none can be.

    Raises:
        DiskFullError, PlaceUnwritableError: to be done at the next opening.
    """
    if (kept.folder / NEXT).exists() and not _have_same_slots(kept):
        try:
            kept.write_both(connection)
        except DiskFullError:
            with suppress(OSError, VaultGoneError):
                os.truncate(kept.place.room(NEXT), 0)
            kept.write_both(connection)
    _remove_next(kept.place)  # its journal may have stayed alone


def names_before(connection: Connection) -> bytes | None:
    """The key of the names that objects had before; None where all are sealed anew."""
    kept: bytes | None = connection.value("SELECT value FROM setting WHERE name = ?", (keys_before.NAMES_BEFORE,))
    return kept


def waiting(connection: Connection, objects: ObjectStore) -> list[StoredObject]:
    """The objects that lie under the name of before."""
    if objects.name_key_before is None:
        return []
    stored = (StoredObject(*row) for row in connection.rows("SELECT sha256, size, key FROM object ORDER BY sha256"))
    return [each for each in stored if (place := objects.place_before(each.sha256)) is not None and place.exists()]


def next_portion(objects: ObjectStore, saving: Saving, connection: Connection, most: int = -1) -> Next:
    """Step (e), first third: what is to be sealed next, at most so many objects (below 0: no bound but a portion's).

    Where nothing is left, that is noted. Raises DiskFullError, PlaceUnwritableError: it cannot be.
    """
    left = waiting(connection, objects)
    fresh = [each for each in left if each.sha256 not in objects.stuck]
    if not left and objects.name_key_before is not None:
        with saving():
            connection.execute("DELETE FROM setting WHERE name = ?", (keys_before.NAMES_BEFORE,))
        objects.name_key_before = None
    return Next(_portion(fresh if most < 0 else fresh[:most]), len(left), sum(each.size for each in fresh))


def seal(objects: ObjectStore, portion: Sequence[StoredObject], progress: Progress) -> Sealed:
    """Step (e), second third: seal them under new keys. Needs no database, and may run beside the vault lane.

    Raises:
        DiskFullError, PlaceUnwritableError, and what `progress` raises: nothing of it is left behind.
    """
    staged: list[Anew] = []
    damaged: list[StoredObject] = []
    try:
        for stored in portion:
            made = _staged(objects, stored, progress)
            if isinstance(made, StagedObject):
                staged.append(Anew(stored, made))
            elif made:
                damaged.append(stored)
        objects.sync([each.staged for each in staged])
    except BaseException:
        for each in staged:
            each.staged.discard()
        raise
    return Sealed(tuple(portion), tuple(staged), tuple(damaged))


def keep(objects: ObjectStore, saving: Saving, sealed: Sealed) -> None:
    """Step (e), last third: have the database know them by their new keys, and the files of before go.

    What the database knows no more, or by another key by now, is left alone.

    Raises:
        DiskFullError, PlaceUnwritableError: nothing of it was kept.
    """
    try:
        with saving() as connection:
            known = [each for each in sealed.staged if _is_known(connection, each.stored)]
            objects.keep([each.staged for each in known])
            connection.execute_many(
                "UPDATE object SET key = ? WHERE sha256 = ?",
                [(each.staged.stored.key, each.stored.sha256) for each in known],
            )
    finally:
        sealed.discard()
    for stored in sealed.damaged:
        if _is_known(connection, stored):
            _rename(objects, stored)
    _drop_before(objects, sealed.portion)


def seal_anew(objects: ObjectStore, saving: Saving, connection: Connection, progress: Progress, most: int) -> int:
    """Step (e), for at most so many objects (below 0: for all). Gives how many are left.

    Raises:
        DiskFullError, PlaceUnwritableError, and what `progress` raises: what was done stays done.
        PlaceUnwritableError: all are sealed anew, and some files of before would not go (somebody reads them just now);
            asked again, they are tried again.
    """
    following = next_portion(objects, saving, connection, most)
    if following.is_stuck:
        objects.stuck.clear()
        raise PlaceUnwritableError
    total, done, asked = following.size, 0, most
    while following.portion and asked:
        progress(done, total)
        portion = following.portion
        sealed = seal(objects, portion, lambda count, _total, before=done: progress(before + count, total))
        keep(objects, saving, sealed)
        done += sum(each.size for each in portion)
        asked -= len(portion)
        following = next_portion(objects, saving, connection, asked)
    progress(total, total)
    return following.left


def _is_known(connection: Connection, stored: StoredObject) -> bool:
    """Whether the database still knows the object by the key it had."""
    return bool(connection.value("SELECT key FROM object WHERE sha256 = ?", (stored.sha256,)) == stored.key)


def _staged(objects: ObjectStore, stored: StoredObject, progress: Progress) -> StagedObject | bool:
    """The object, sealed anew; where nothing is, whether it is damaged: else it was done already."""
    with suppress(VaultDamagedError):
        objects.open_new(stored).close()
        return False
    try:
        with objects.open(stored) as content:
            staged = objects.stage(content, progress, stored.size, synced=False)
    except VaultDamagedError:
        return True
    if staged.stored.sha256 == stored.sha256:
        return staged
    staged.discard()
    return True


def _rename(objects: ObjectStore, stored: StoredObject) -> None:
    """A damaged object, as it is, under its new name; where a whole one lies there by now, that stays."""
    before, now = objects.place_before(stored.sha256), objects.place_of(stored.sha256)
    with suppress(VaultDamagedError):
        objects.open_new(stored).close()
        return
    try:
        if before is not None and before.exists():
            objects.make_place(stored.sha256)
            before.replace(now)
            sync_folders([before.parent, now.parent])
    except OSError as problem:
        raise storage_error(problem) from problem


def _drop_before(objects: ObjectStore, portion: Sequence[StoredObject]) -> None:
    """Remove what lies under the names of before; what will not go is `stuck`, and left for the next time."""
    objects.expect_place()
    folders = set[Path]()
    for stored in portion:
        place = objects.place_before(stored.sha256)
        if place is None:
            continue
        try:
            place.unlink(missing_ok=True)
            folders.add(place.parent)
        except OSError:  # held by a virus scanner, or by whoever reads it just now
            objects.stuck.add(stored.sha256)
    with suppress(OSError):
        sync_folders([folder for folder in sorted(folders) if folder.is_dir()])
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _portion(chosen: list[StoredObject]) -> list[StoredObject]:
    """The first of them: few and small enough that what is staged takes little room beside what is there."""
    portion: list[StoredObject] = []
    size = 0
    for each in chosen[:_PORTION]:
        if portion and size + each.size > _PORTION_BYTES:
            break
        portion.append(each)
        size += each.size
    return portion


def _fill(path: Path, following: Following) -> None:
    made = database.open_existing(path, following.key)
    try:
        with made.transaction():
            made.execute("DELETE FROM slot")
            kept_ways.forget_lost(made)
            for slot in following.opening:
                slots.note(made, slot)
            slots.finish(made)
            said = {**following.settings, keys_before.NAMES_BEFORE: following.names_before}
            made.execute_many("INSERT OR REPLACE INTO setting VALUES (?, ?)", list(said.items()))
            note_epoch(made, following.epoch)
        if not made.is_whole():
            raise VaultDamagedError("database")
    finally:
        made.close()


def _digest_of(path: Path) -> bytes:
    digest = closing.digest_of(path)
    if digest is None:
        raise PlaceUnwritableError
    return digest


def _have_same_slots(kept: KeptHeader) -> bool:
    """Whether both copies of the header are under the salt and the slots of the one that was opened."""
    copies = headers.read_copies(kept.folder)
    return len(copies) == len(headers.NAMES) and all(copy.open_part == kept.header.open_part for copy in copies)


def _give_place(place: Place) -> None:
    """Raises OSError, VaultGoneError."""
    place.room(NEXT).replace(place.folder / DATABASE)
    sync_folder(place.folder)


def _remove_journal(place: Place, name: str) -> None:
    """A journal of the database of before would be played into the new one.

    Raises:
        DiskFullError, PlaceUnwritableError: it may be there.
    """
    try:
        place.room(f"{name}-journal").unlink(missing_ok=True)
        sync_folder(place.folder)
    except OSError as problem:
        raise storage_error(problem) from problem


def _remove_next(place: Place) -> None:
    """Remove what there is of a database under a new key; what will not go is removed at the next opening."""
    for name in (f"{NEXT}-journal", NEXT):
        with suppress(OSError, VaultGoneError):
            place.room(name).unlink(missing_ok=True)
