"""Someone saw the passphrase: a new master key, under which the old secrets open nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import (
    BugError,
    CancelledError,
    DiskFullError,
    ExpectedError,
    PassphraseTakenError,
    PlaceUnwritableError,
    SlotsFullError,
    WrongPassphraseError,
)
from fieldapp.system import sync_files
from fieldapp.values import no_progress
from fieldapp.vault import closing, kept_header, rekeying
from fieldapp.vault import connection as database
from fieldapp.vault import header as headers
from fieldapp.vault.connection import Connection
from fieldapp.vault.copying import copy_closed
from fieldapp.vault.objects import ObjectStore, StagedObject, StoredObject
from fieldapp.vault.opening import database_key
from fieldapp.vault.place import Place
from fieldapp.vault.slots import NewSlot
from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import CONTENT, PASSPHRASE, RECOVERY, House, attach, save, texts_in
from tests.unit.vault.test_writers import BAKHYT, add

NEW = b"another passphrase"
PHRASE = bytes(range(50, 66))
OPENING = (NewSlot(SlotKind.PASSPHRASE, 1, NEW), NewSlot(SlotKind.RECOVERY, 1, PHRASE))
OTHER = b"a photo of somebody else " * 9_000


@pytest.fixture
def house_with_objects(house: House) -> House:
    """A vault with a note and two objects."""
    opened = house.open()
    attach(opened)
    attach(opened, OTHER)
    opened.close()
    return house


def rekey(house: House) -> None:
    opened = house.open()
    opened.rekey(OPENING)
    assert not opened.is_open
    opened.close()


def names(house: House) -> list[str]:
    return sorted(path.name for path in house.folder.iterdir())


def contents(opened: Vault) -> list[bytes]:
    found = []
    for row in opened.connection.execute("SELECT sha256, size, key FROM object ORDER BY size"):
        with opened.objects.open(StoredObject(*row)) as file:
            found.append(file.read())
    return found


def objects_in(house: House) -> set[str]:
    return {path.name for path in house.folder.glob("objects/??/*")}


def is_whole_with(house: House, secret: bytes, *texts: str) -> bool:
    opened = house.open(secret)
    assert texts_in(opened) == ["first", *texts]
    assert sorted(contents(opened)) == sorted([CONTENT, OTHER])
    opened.close()
    return True


def test_only_the_new_secrets_open_it_and_everything_is_there(house_with_objects: House) -> None:
    house = house_with_objects
    before = objects_in(house)
    old = (house.folder / "records.db").read_bytes()
    rekey(house)

    assert [house.opens(secret) for secret in (PASSPHRASE, RECOVERY, NEW, PHRASE)] == [False, False, True, True]
    assert names(house) == ["header.a", "header.b", "inbox", "objects", "outbox", "records.db"]
    assert not {old[i : i + 64] for i in range(0, len(old), 64)} & {
        raw[i : i + 64] for raw in [(house.folder / "records.db").read_bytes()] for i in range(0, len(raw), 64)
    }
    opened = house.open(NEW)
    assert texts_in(opened) == ["first"]
    assert sorted(contents(opened)) == sorted([CONTENT, OTHER])
    assert (opened.rekey_left(), objects_in(house)) == (2, before)
    keys = set(opened.connection.execute("SELECT key FROM object"))

    assert opened.continue_rekey() == 0
    assert sorted(contents(opened)) == sorted([CONTENT, OTHER])
    assert not objects_in(house) & before
    assert not set(opened.connection.execute("SELECT key FROM object")) & keys
    assert opened.rekey_left() == 0
    assert opened.connection.value("SELECT count(*) FROM setting WHERE name = 'names before'") == 0
    save(opened, "second")
    opened.close()
    assert is_whole_with(house, PHRASE, "second")


def test_the_old_key_opens_neither_database_nor_objects(house_with_objects: House) -> None:
    house = house_with_objects
    opened = house.open()
    key = database_key(opened._kept.master_key)
    stored = [StoredObject(*row) for row in opened.connection.execute("SELECT sha256, size, key FROM object")]
    opened.rekey(OPENING)
    opened = house.open(NEW)
    opened.continue_rekey()
    for each in stored:
        with pytest.raises(ExpectedError):
            opened.objects.open(each)
    opened.close()

    with pytest.raises(ExpectedError):
        database.open_existing(house.folder / "records.db", key)


def test_the_same_passphrase_can_go_on_under_the_new_key(house: House) -> None:
    opened = house.open()
    opened.rekey([NewSlot(SlotKind.PASSPHRASE, 1, PASSPHRASE)])
    assert (house.opens(PASSPHRASE), house.opens(RECOVERY)) == (True, False)


def test_who_is_not_among_the_new_slots_gets_in_again_when_given_one(house: House) -> None:
    opened = house.open()
    writer = add(opened)
    log = opened.writers()[1].log
    opened.rekey(OPENING)
    assert not house.opens(BAKHYT)

    opened = house.open(NEW)
    opened.add_slot(NewSlot(SlotKind.PASSPHRASE, writer, BAKHYT))
    opened.close()
    opened = house.open(BAKHYT)
    assert (opened.writer, opened.author.log) == (writer, log)
    opened.close()


def test_what_cannot_be_the_new_secrets_is_refused_and_the_vault_stays_open(house: House) -> None:
    opened = house.open()
    before = house.tree()
    one = NewSlot(SlotKind.PASSPHRASE, 1, NEW)
    for opening, error in (
        ([one] * 9, SlotsFullError),
        ([NewSlot(SlotKind.RECOVERY, 1, PHRASE)], BugError),
        ([one, NewSlot(SlotKind.PASSPHRASE, 7, PHRASE)], BugError),
        ([one, one], PassphraseTakenError),
    ):
        with pytest.raises(error):
            opened.rekey(opening)
    assert opened.is_open
    assert house.tree() == before
    opened.close()


# --- cut short -------------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for the end of the process."""


def killed_in_rekey(house: House, monkeypatch: pytest.MonkeyPatch, count: int) -> House:
    """The folder as it stood when so many headers of the new key were written."""
    left = House(house.folder.with_name(f"killed {count}"))
    write, give_place, seen = headers.write, rekeying._give_place, [0]

    def look() -> None:
        if seen[0] == count and not left.folder.exists():
            shutil.copytree(house.folder, left.folder)

    def write_and_look(folder: Path, name: str, *rest: object) -> bytes:
        if (folder / "records.db.next").exists():
            look()
            seen[0] += 1
        return write(folder, name, *rest)  # type: ignore[arg-type]  # passed on as they came

    def look_first(place: Place) -> None:
        look()
        give_place(place)

    opened = house.open()
    with monkeypatch.context() as patched:
        patched.setattr(headers, "write", write_and_look)
        patched.setattr(rekeying, "_give_place", look_first)
        opened.rekey(OPENING)
    return left


def killed(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("secret", [PASSPHRASE, NEW])
def test_half_switched_headers_are_settled_by_whoever_opens(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch, count: int, secret: bytes
) -> None:
    house = killed_in_rekey(house_with_objects, monkeypatch, count)
    assert "records.db.next" in names(house)
    if not house.opens(secret):
        assert (count, secret) in {(0, NEW), (2, PASSPHRASE)}
        return

    other = {PASSPHRASE: NEW, NEW: PASSPHRASE}[secret]
    assert is_whole_with(house, secret)
    assert "records.db.next" not in names(house)
    assert not house.opens(other)
    for copy in headers.NAMES:
        alone = House(house.folder.parent / f"only {copy}")
        shutil.copytree(house.folder, alone.folder)
        (alone.folder / copy).unlink()
        assert (alone.opens(secret), alone.opens(other)) == (True, False)
    opened = house.open(secret)
    save(opened, "goes on")
    assert opened.continue_rekey() == 0
    opened.close()
    assert is_whole_with(house, secret, "goes on")


@pytest.mark.parametrize("count", [0, 1])
def test_a_change_cut_short_that_filled_the_disk_lets_its_owner_in(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    house = killed_in_rekey(house_with_objects, monkeypatch, count)
    write = headers.write

    def write_where_there_is_room(folder: Path, name: str, *rest: object) -> bytes:
        if (folder / "records.db.next").exists() and (folder / "records.db.next").stat().st_size:
            raise DiskFullError
        return write(folder, name, *rest)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(headers, "write", write_where_there_is_room)
    assert is_whole_with(house, PASSPHRASE)
    assert "records.db.next" not in names(house)
    assert not house.opens(NEW)


def test_killed_while_room_is_made_for_the_headers_of_before_its_owner_still_gets_in(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = killed_in_rekey(house_with_objects, monkeypatch, 1)
    seen = []

    def refuse(folder: Path, *_rest: object) -> bytes:
        seen.append((folder / "records.db.next").stat().st_size)
        raise DiskFullError if len(seen) == 1 else Killed

    with monkeypatch.context() as patched:
        patched.setattr(headers, "write", refuse)
        with pytest.raises(Killed):
            house.open()
    assert seen[0] > seen[1] == 0

    assert not house.opens(NEW)
    assert is_whole_with(house, PASSPHRASE)
    assert "records.db.next" not in names(house)


@pytest.mark.parametrize("count", [0, 1])
def test_a_full_disk_while_headers_are_written_leaves_the_old_secrets(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    house = house_with_objects
    write, left = headers.write, [count]

    def write_some(folder: Path, name: str, *rest: object) -> bytes:
        left[0] -= 1
        if left[0] == -1 and (folder / "records.db.next").exists():
            raise DiskFullError
        return write(folder, name, *rest)  # type: ignore[arg-type]  # passed on as they came

    opened = house.open()
    with monkeypatch.context() as patched:
        patched.setattr(headers, "write", write_some)
        with pytest.raises(DiskFullError):
            opened.rekey(OPENING)
    assert not opened.is_open

    assert (house.opens(PASSPHRASE), house.opens(NEW)) == (True, False)
    assert "records.db.next" not in names(house)
    rekey(house)
    assert house.opens(NEW)


@pytest.mark.parametrize("step", ["copy_to", "transaction", "is_whole"])
def test_a_full_disk_before_the_headers_leaves_the_vault_open_and_as_it_was(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(self: Connection, *rest: object) -> object:
        if step == "copy_to" or self is not opened.connection:
            raise DiskFullError
        return getattr(Kept, step)(self, *rest)

    class Kept:
        copy_to, transaction, is_whole = Connection.copy_to, Connection.transaction, Connection.is_whole

    opened = house.open()
    before = house.tree()
    with monkeypatch.context() as patched:
        patched.setattr(Connection, step, refuse)
        with pytest.raises(DiskFullError):
            opened.rekey(OPENING)

    assert opened.is_open
    assert house.tree() == before
    save(opened, "goes on")
    opened.close()
    assert (house.opens(PASSPHRASE), house.opens(NEW)) == (True, False)


def test_a_rename_that_fails_at_the_end_is_made_up_for_at_the_next_opening(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    house = house_with_objects
    with monkeypatch.context() as patched:
        patched.setattr(rekeying, "_give_place", refuse)
        rekey(house)
        with pytest.raises(PlaceUnwritableError):
            house.open(NEW)
    assert "records.db.next" in names(house)
    assert is_whole_with(house, NEW)
    assert not house.opens(PASSPHRASE)


def test_a_database_that_somebody_laid_there_does_not_take_the_place_of_ours(house: House) -> None:
    old = (house.folder / "records.db").read_bytes()
    opened = house.open()
    save(opened, "second")
    opened.close()
    (house.folder / "records.db.next").write_bytes(old)

    opened = house.open()
    assert texts_in(opened) == ["first", "second"]
    assert "records.db.next" not in names(house)
    opened.close()


def test_headers_of_before_under_the_new_database_open_nothing(house: House) -> None:
    old = {name: (house.folder / name).read_bytes() for name in headers.NAMES}
    rekey(house)
    new = {name: (house.folder / name).read_bytes() for name in headers.NAMES}
    for put_back in (["header.a"], ["header.b"], ["header.a", "header.b"]):
        for name in headers.NAMES:
            (house.folder / name).write_bytes((old if name in put_back else new)[name])
        before = house.tree()
        with pytest.raises(ExpectedError):
            house.open(PASSPHRASE)
        assert house.tree() == before
        if len(put_back) == 1:
            house.open(NEW).close()  # which writes the other copy anew
            new = {name: (house.folder / name).read_bytes() for name in headers.NAMES}


def test_the_database_of_before_under_the_new_headers_opens_nothing(house: House) -> None:
    old = (house.folder / "records.db").read_bytes()
    rekey(house)
    (house.folder / "records.db").write_bytes(old)
    for secret in (PASSPHRASE, NEW):
        with pytest.raises(ExpectedError):
            house.open(secret)


HOT = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600)
"""As a journal that SQLite would play back begins."""


def test_no_journal_of_the_database_of_before_is_left_beside_the_new_one(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = house_with_objects
    close = closing.close

    def close_and_leave_one(*given: object) -> bool:
        is_ours = close(*given)  # type: ignore[arg-type]  # passed on as they came
        (house.folder / "records.db-journal").write_bytes(HOT)
        return is_ours

    opened = house.open()
    with monkeypatch.context() as patched:
        patched.setattr(closing, "close", close_and_leave_one)
        patched.setattr(rekeying, "_give_place", lambda _place: names_then.extend(names(house)))
        names_then: list[str] = []
        opened.rekey(OPENING)
    assert "records.db.next" in names_then and "records.db-journal" not in names_then


def test_a_journal_that_came_back_while_a_change_was_cut_short_is_not_played_into_the_new_database(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = killed_in_rekey(house_with_objects, monkeypatch, 2)
    (house.folder / "records.db-journal").write_bytes(HOT)
    assert is_whole_with(house, NEW)


# --- sealing objects anew --------------------------------------------------------------------------


def test_it_is_resumed_where_it_was_stopped(house_with_objects: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(done_bytes: int, total_bytes: int) -> None:
        raise CancelledError

    house = house_with_objects
    rekey(house)
    opened = house.open(NEW)
    with pytest.raises(CancelledError):
        opened.continue_rekey(stop)
    assert sorted(contents(opened)) == sorted([CONTENT, OTHER])
    assert opened.continue_rekey(most=1) == 1
    assert sorted(contents(opened)) == sorted([CONTENT, OTHER])
    opened.close()

    opened = house.open(NEW)
    assert opened.rekey_left() == 1
    assert opened.continue_rekey() == 0
    opened.close()
    assert is_whole_with(house, PHRASE)
    assert len(objects_in(house)) == 2


def test_what_is_sealed_anew_is_on_the_disk_before_it_has_its_name(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rekey(house_with_objects)
    opened = house_with_objects.open(NEW)
    synced: set[Path] = set()
    kept: list[Path] = []
    sync, keep = sync_files, ObjectStore.keep

    def sync_and_note(paths: Sequence[Path]) -> None:
        sync(paths)
        synced.update(paths)

    def look_and_keep(self: ObjectStore, staged: list[StagedObject]) -> None:
        kept.extend(each.path for each in staged)
        assert synced >= set(kept)
        keep(self, staged)

    monkeypatch.setattr("fieldapp.vault.objects.sync_files", sync_and_note)
    monkeypatch.setattr(ObjectStore, "keep", look_and_keep)
    assert opened.continue_rekey() == 0
    opened.close()
    assert len(kept) == 2


@pytest.mark.parametrize("where", ["_drop_before", "keep"])
def test_killed_between_two_steps_each_object_opens_under_one_of_its_names(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    house = house_with_objects
    rekey(house)
    opened = house.open(NEW)
    with monkeypatch.context() as patched:
        if where == "keep":
            keep = type(opened.objects).keep

            def keep_and_stop(*given: object) -> None:
                keep(*given)  # type: ignore[arg-type]  # passed on as they came
                raise Killed

            patched.setattr(type(opened.objects), "keep", keep_and_stop)
        else:
            patched.setattr(rekeying, where, killed)
        with pytest.raises(Killed):
            opened.continue_rekey()
    opened.give_up()
    assert len(objects_in(house)) == 4

    assert is_whole_with(house, NEW)
    opened = house.open(NEW)
    assert opened.continue_rekey() == 0
    opened.close()
    assert is_whole_with(house, NEW)
    assert len(objects_in(house)) == 2


def test_a_file_of_before_that_will_not_go_keeps_no_other_and_is_told_at_the_end(
    house_with_objects: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = house_with_objects
    rekey(house)
    opened = house.open(NEW)
    held = opened.objects.place_before(rekeying.waiting(opened.connection, opened.objects)[0].sha256)
    unlink = Path.unlink

    def unlink_others(self: Path, missing_ok: bool = False) -> None:
        if self == held:
            raise PermissionError
        unlink(self, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", unlink_others)
        assert [opened.continue_rekey(most=1) for _ in range(2)] == [2, 1]
        for _ in range(2):
            with pytest.raises(PlaceUnwritableError):
                opened.continue_rekey(most=1)
            assert opened.continue_rekey(most=1) == 1
        assert sorted(contents(opened)) == sorted([CONTENT, OTHER])
        with pytest.raises(PlaceUnwritableError):
            opened.continue_rekey()

    assert opened.continue_rekey() == 0
    opened.close()
    assert is_whole_with(house, NEW)
    assert len(objects_in(house)) == 2


def test_a_damaged_object_is_not_lost_from_sight(house_with_objects: House) -> None:
    house = house_with_objects
    damaged = min(house.folder.glob("objects/??/*"))
    raw = bytearray(damaged.read_bytes())
    raw[100] ^= 1
    damaged.write_bytes(raw)
    rekey(house)
    opened = house.open(NEW)

    assert opened.continue_rekey() == 0

    assert bytes(raw) in [path.read_bytes() for path in house.folder.glob("objects/??/*")]
    assert len(objects_in(house)) == 2
    assert not damaged.exists()
    opened.close()


def test_a_second_change_first_finishes_the_first(house_with_objects: House) -> None:
    house = house_with_objects
    rekey(house)
    opened = house.open(NEW)
    opened.rekey([NewSlot(SlotKind.PASSPHRASE, 1, b"the third passphrase")])
    assert not house.opens(NEW)
    opened = house.open(b"the third passphrase")
    assert opened.rekey_left() == 2
    assert sorted(contents(opened)) == sorted([CONTENT, OTHER])
    assert opened.continue_rekey() == 0
    opened.close()


def test_objects_that_are_removed_or_added_meanwhile_are_treated_as_always(house_with_objects: House) -> None:
    house = house_with_objects
    rekey(house)
    opened = house.open(NEW)
    new = attach(opened, b"new content")
    ((sha256, size),) = opened.connection.execute("SELECT sha256, size FROM object WHERE size = ?", (len(OTHER),))
    assert opened.objects.is_there(sha256, size)
    with opened.saving() as connection:
        connection.execute("DELETE FROM object WHERE sha256 = ?", (sha256,))
    assert opened.objects.remove([sha256]) == set()

    assert opened.continue_rekey() == 0
    assert len(objects_in(house)) == 2
    with opened.objects.open(new) as content:
        assert content.read() == b"new content"
    opened.close()


def test_a_copy_of_a_half_changed_vault_is_settled_too(
    house: House, make_house: Callable[[str], House], monkeypatch: pytest.MonkeyPatch
) -> None:

    copy = make_house("copy")
    copy_closed(killed_in_rekey(house, monkeypatch, 2).folder, copy.folder)
    assert (copy.opens(NEW), copy.opens(PASSPHRASE)) == (True, False)
    assert "records.db.next" not in names(copy)


def test_the_epoch_goes_on_over_a_change_of_the_key(house: House) -> None:
    opened = house.open()
    save(opened, "second")
    epoch = opened._kept.state.epoch
    opened.rekey(OPENING)
    opened = house.open(NEW)
    assert opened._kept.state.epoch > epoch
    assert kept_header.noted_epoch(opened.connection) > 0
    opened.close()
    with pytest.raises(WrongPassphraseError):
        house.open(PASSPHRASE)


def test_what_was_removed_or_has_another_key_by_the_time_it_is_sealed_is_left_alone(house_with_objects: House) -> None:
    house = house_with_objects
    rekey(house)
    opened = house.open(NEW)
    one, other = opened.connection.rows("SELECT sha256, size, key FROM object")
    following = rekeying.next_portion(opened.objects, opened.saving, opened.connection)
    sealed = rekeying.seal(opened.objects, following.portion, no_progress)
    with opened.saving() as connection:
        connection.execute("DELETE FROM object WHERE sha256 = ?", (one[0],))
    opened.objects.remove([one[0]])

    rekeying.keep(opened.objects, opened.saving, sealed)

    assert len(following.portion) == 2 and len(sealed.staged) == 2
    assert not opened.objects.place_of(one[0]).exists() and opened.rekey_left() == 0
    (kept,) = opened.connection.rows("SELECT sha256, size, key FROM object")
    assert kept[0] == other[0] and kept[2] != other[2]
    opened.objects.open(StoredObject(*kept)).close()
    assert list((house.folder / "objects" / "new").iterdir()) == []
    opened.close()


def test_an_object_that_was_damaged_and_is_whole_by_the_time_it_would_be_renamed_stays_whole(
    house_with_objects: House,
) -> None:
    house = house_with_objects
    rekey(house)
    opened = house.open(NEW)
    stored = StoredObject(*next(iter(opened.connection.rows("SELECT sha256, size, key FROM object"))))
    before = opened.objects.place_before(stored.sha256)
    assert before is not None
    whole = before.read_bytes()
    before.write_bytes(b"x" + whole[1:])
    following = rekeying.next_portion(opened.objects, opened.saving, opened.connection)
    sealed = rekeying.seal(opened.objects, following.portion, no_progress)
    opened.objects.make_place(stored.sha256)
    opened.objects.place_of(stored.sha256).write_bytes(whole)

    rekeying.keep(opened.objects, opened.saving, sealed)

    assert [each.sha256 for each in sealed.damaged] == [stored.sha256]
    opened.objects.open_new(stored).close()
    assert opened.rekey_left() == 0
    opened.close()
