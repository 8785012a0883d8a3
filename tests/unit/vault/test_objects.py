from __future__ import annotations

import hashlib
import io
import os
import stat
from pathlib import Path

import pytest

from fieldapp.crypto.padding import padded_object_size
from fieldapp.crypto.stream import sealed_size
from fieldapp.errors import BugError, CancelledError, PlaceUnwritableError, VaultDamagedError
from fieldapp.vault.objects import CONSTANT_TIME, ObjectStore, StagedObject, StoredObject

NAME_KEY = bytes(32)
CONTENT = bytes(range(256)) * 700


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    store = ObjectStore(tmp_path / "objects", NAME_KEY)
    store.prepare()
    return store


def kept(store: ObjectStore, content: bytes) -> StoredObject:
    staged = store.stage(io.BytesIO(content))
    store.keep([staged])
    return staged.stored


def content_of(store: ObjectStore, stored: StoredObject) -> bytes:
    with store.open(stored) as file:
        return file.read()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, 179200, 2**20 + 1])
def test_content_comes_out_as_it_went_in_and_its_size_is_hidden(store: ObjectStore, size: int) -> None:
    content = os.urandom(size)
    stored = kept(store, content)

    assert content_of(store, stored) == content
    assert stored.sha256 == hashlib.sha256(content).digest()
    assert store.place_of(stored.sha256).stat().st_size == sealed_size(padded_object_size(size))


def test_a_kept_object_shows_neither_content_name_mode_nor_time(store: ObjectStore, tmp_path: Path) -> None:
    before = os.umask(0o000)
    stored = kept(store, CONTENT)
    os.umask(before)
    (path,) = files(tmp_path)

    assert path == store.place_of(stored.sha256)
    assert path.parent.name == path.name[:2]
    assert stored.sha256.hex() not in str(path)
    assert CONTENT[:64] not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_mtime == CONSTANT_TIME
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.rglob("*") if each.is_dir()} == {0o700}


def test_the_same_content_has_one_place_and_another_key_each_time(store: ObjectStore, tmp_path: Path) -> None:
    one, two = kept(store, CONTENT), kept(store, CONTENT)

    assert len(files(tmp_path)) == 1
    assert one.key != two.key
    assert content_of(store, two) == CONTENT
    with pytest.raises(VaultDamagedError):
        store.open(one)


def test_it_can_be_read_at_any_place(store: ObjectStore) -> None:
    stored = kept(store, CONTENT)
    with store.open(stored) as file:
        assert file.size == len(CONTENT)
        for place, count in ((0, 10), (65530, 20), (len(CONTENT) - 5, 100), (len(CONTENT), 10), (131072, 1)):
            file.seek(place)
            assert file.read(count) == CONTENT[place : place + count]


def spoilt(whole: bytes, place: int) -> bytes:
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


def test_what_was_changed_cut_off_exchanged_or_removed_is_damage(store: ObjectStore) -> None:
    stored, other = kept(store, CONTENT), kept(store, CONTENT[::-1])
    path = store.place_of(stored.sha256)
    whole = path.read_bytes()
    places = [*range(0, len(whole), 4099), len(whole) - 1]
    broken = [spoilt(whole, place) for place in places]
    broken += [whole[:-1], whole[:65552], whole[:100], b"", whole + b"\0", store.place_of(other.sha256).read_bytes()]
    for raw in broken:
        path.write_bytes(raw)
        with pytest.raises(VaultDamagedError):
            content_of(store, stored)
    path.unlink()
    with pytest.raises(VaultDamagedError):
        store.open(stored)
    os.mkfifo(path)
    with pytest.raises(VaultDamagedError):
        store.open(stored)


def test_a_size_that_is_not_its_own_is_damage(store: ObjectStore) -> None:
    stored = kept(store, CONTENT)
    for size in (0, 65536, 2 * len(CONTENT)):
        with pytest.raises(VaultDamagedError):
            store.open(StoredObject(stored.sha256, size, stored.key))


class Failing(io.BytesIO):
    """Gives a little and then fails."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(CONTENT)
        self.error = error

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if self.tell():
            raise self.error
        return super().readinto(buffer[:1000])


@pytest.mark.parametrize(
    ("error", "seen"),
    [(OSError(5, "io"), PlaceUnwritableError), (KeyError(), KeyError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_nothing_is_left_behind_by_staging_that_stops(
    store: ObjectStore, tmp_path: Path, error: BaseException, seen: type[BaseException]
) -> None:
    with pytest.raises(seen):
        store.stage(Failing(error))
    assert files(tmp_path) == []


def test_staging_can_be_cancelled(store: ObjectStore, tmp_path: Path) -> None:
    def cancel(done_bytes: int, total_bytes: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        store.stage(io.BytesIO(CONTENT), cancel)
    assert files(tmp_path) == []


def test_what_is_staged_can_be_read_discarded_and_is_gone_at_the_next_opening(
    store: ObjectStore, tmp_path: Path
) -> None:
    one, two = store.stage(io.BytesIO(b"one")), store.stage(io.BytesIO(b"two"))
    with store.open_staged(one) as file:
        assert file.read() == b"one"
    one.discard()
    one.discard()
    assert files(tmp_path) == [two.path]

    store.prepare()
    assert files(tmp_path) == []
    with pytest.raises(PlaceUnwritableError):
        store.keep([two])
    StagedObject(tmp_path / "objects", two.stored).discard()


def test_an_object_that_was_not_synced_is_not_kept(store: ObjectStore) -> None:
    staged = store.stage(io.BytesIO(CONTENT), synced=False)

    with pytest.raises(BugError):
        store.keep([staged])
    assert not store.place_of(staged.stored.sha256).exists()

    store.sync([staged])
    store.keep([staged])
    assert content_of(store, staged.stored) == CONTENT


def test_objects_are_synced_one_by_one_at_the_latest_when_asked(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def fsync(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    staged = [store.stage(io.BytesIO(bytes([number])), synced=False) for number in range(3)]
    assert synced == []

    store.sync(staged)

    assert synced == [each.path.stat().st_ino for each in staged]


def test_an_object_that_cannot_be_synced_is_told(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "io")

    staged = store.stage(io.BytesIO(CONTENT), synced=False)
    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(PlaceUnwritableError):
        store.sync([staged])
    assert not staged.synced


def test_a_hash_that_the_source_compares_itself_is_not_reckoned_again(store: ObjectStore) -> None:
    known = hashlib.sha256(b"said by the source").digest()

    assert store.stage(io.BytesIO(CONTENT), sha256=known).stored.sha256 == known


def test_an_object_that_is_removed_is_gone_and_its_neighbours_stay(store: ObjectStore, tmp_path: Path) -> None:
    going, staying = kept(store, CONTENT), kept(store, b"stays")

    assert store.remove([going.sha256, hashlib.sha256(b"never here").digest()]) == set()

    assert files(tmp_path) == [store.place_of(staying.sha256)]
    assert content_of(store, staying) == b"stays"


def test_an_object_that_cannot_be_removed_now_is_named(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    going, held = kept(store, CONTENT), kept(store, b"held")
    unlink = Path.unlink

    def refuse_one(path: Path, *, missing_ok: bool = False) -> None:
        if path == store.place_of(held.sha256):
            raise PermissionError
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse_one)

    assert store.remove([held.sha256, going.sha256]) == {held.sha256}
    assert not store.place_of(going.sha256).exists()


def test_removing_ends_only_when_the_folders_are_synced(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    going = kept(store, CONTENT)
    synced: list[Path] = []
    monkeypatch.setattr("fieldapp.vault.objects.sync_folders", synced.extend)
    store.remove([going.sha256])
    store.remove([going.sha256])

    assert synced == [store.place_of(going.sha256).parent] * 2


def test_an_object_is_there_while_its_file_is_and_has_its_size(tmp_path: Path, store: ObjectStore) -> None:
    whole, cut, lost, removed = (kept(store, CONTENT + bytes([number])) for number in range(4))
    os.truncate(store.place_of(cut.sha256), 100)
    store.place_of(lost.sha256).unlink()
    assert store.is_there(removed.sha256, removed.size)
    store.remove([removed.sha256])

    found = [store.is_there(each.sha256, each.size) for each in (whole, cut, lost, removed)]
    assert found == [True, False, False, False]
    assert not ObjectStore(tmp_path / "objects", NAME_KEY).is_there(whole.sha256, whole.size + 10**6)


def test_of_two_files_of_one_object_the_one_that_its_key_opens_is_found(tmp_path: Path) -> None:
    before = ObjectStore(tmp_path / "objects", NAME_KEY)
    before.prepare()
    stored = kept(before, CONTENT)
    going_on = ObjectStore(tmp_path / "objects", bytes([1]) * 32, NAME_KEY)
    sealed_anew = kept(going_on, CONTENT)  # as it is where a crash came before the database was told of it

    assert going_on.find_opening(stored) == before.place_of(stored.sha256)
    assert going_on.find_opening(sealed_anew) == going_on.place_of(stored.sha256)
    assert {bytes.fromhex(path.name) for path in files(tmp_path)} == set(going_on.names_of(stored.sha256))
