"""A backup is made, grows, is made anew where it must be, and a vault comes out of it again."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.crypto import keyslots
from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import (
    BackupDamagedError,
    BackupForeignError,
    BackupGenerationError,
    BackupInsideVaultError,
    BackupNoRoomError,
    BackupOvertakenError,
    BackupTooLargeError,
    CancelledError,
    DiskFullError,
    FileUnreadableError,
    NotABackupError,
    PlaceTakenError,
    PlaceUnwritableError,
    VaultExistsError,
    WrongPassphraseError,
)
from fieldapp.services import alarms, erasure, trust, vaults, views
from fieldapp.services.safety import backups
from fieldapp.services.safety.backups import Anew, Restored
from fieldapp.values import Progress, RecordId
from fieldapp.vault.objects import StoredObject
from fieldapp.vault.slots import NewSlot
from tests.unit.services.people import PASSPHRASE, Clock, Someone, someone


@pytest.fixture
def scene(ainura: Someone, tmp_path: Path) -> tuple[Someone, RecordId, Path]:
    """A vault with a record and a photo, of which there is a backup."""
    record = ainura.new("person", name="A")
    ainura.attach(record, b"first photo" * 1000)
    stick = tmp_path / "stick"
    stick.mkdir()
    backups.back_up(ainura.archive, stick / "b")
    return ainura, record, stick / "b"


def restored(path: Path, folder: Path, **asked: object) -> tuple[Someone, Restored]:
    found = backups.restore(path, folder, PASSPHRASE, device="new laptop", clock=Clock(), **asked)  # type: ignore[arg-type]  # as a test asks
    return Someone("Ainura", found.archive, folder.parent, ""), found


def contents(someone: Someone) -> set[str]:
    """The SHA-256 of every attached file, read through its seal."""
    rows = someone.archive.connection.execute("SELECT sha256, size, key FROM object")
    found = set()
    for sha256, size, key in rows:
        with someone.vault.objects.open(StoredObject(sha256, size, key)) as file:
            found.add(hashlib.sha256(file.read()).hexdigest())
    return found


def erase(someone: Someone, record: RecordId) -> None:
    """Take a record off for good, as a confirmed withdrawal does."""
    with someone.vault.saving():
        erasure.take_off(someone.archive, erasure.reach(someone.archive, [record]), for_good=True)
    erasure.clean_up(someone.archive)


def all_objects(folder: Path) -> list[Path]:
    return [path for path in (folder / "objects").rglob("*") if path.is_file()]


def test_a_vault_comes_out_of_a_backup_with_everything_and_a_log_of_its_own(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, record, path = scene
    before, snapshot = path.read_bytes(), ainura.snapshot()

    again, found = restored(path, tmp_path / "again")

    assert (found.generation, found.generations, found.left_out) == (1, 1, 0)
    assert again.value(record, "name") == "A" and contents(again) == contents(ainura)
    assert {name: rows for name, rows in again.snapshot().items() if name == "claim"} == {
        name: rows for name, rows in snapshot.items() if name == "claim"
    }
    assert again.archive.own_log != ainura.archive.own_log
    assert trust.own_card(again.archive).device == "new laptop" and alarms.alarms(again.archive) == []
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir() if "again" in each.name) == ["again"]
    assert {each.stat().st_mode & 0o777 for each in all_objects(tmp_path / "again")} == {0o600}
    again.reopen()
    again.archive.close()


def test_a_second_backup_adds_only_what_is_new_and_each_state_can_be_had(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, record, path = scene
    first = path.read_bytes()
    ainura.edit(record, name="B")
    ainura.attach(record, b"second photo" * 1000)

    written = backups.back_up(ainura.archive, path)

    assert (written.generation, written.anew, written.new_objects, written.objects) == (2, None, 1, 2)
    assert path.read_bytes()[: len(first) - 1024] == first[:-1024]
    assert backups.look(path) == backups.Look(2, whole=True, size_bytes=path.stat().st_size)
    assert backups.check(path).damaged == ()
    for generation, name in ((1, "A"), (2, "B"), (None, "B")):
        again, found = restored(path, tmp_path / f"again {generation}", generation=generation)
        assert again.value(record, "name") == name and found.generation == (generation or 2)
        again.archive.close()
    with pytest.raises(BackupGenerationError):
        restored(path, tmp_path / "x", generation=3)


def test_how_old_a_backup_is_is_not_known_where_a_clock_was_wrong(ainura: Someone, tmp_path: Path) -> None:
    clock = ainura.archive.clock
    assert isinstance(clock, Clock)
    now = clock.now_ms
    clock.now_ms += 366 * 24 * 60 * 60 * 1000
    backups.back_up(ainura.archive, tmp_path / "b")
    clock.now_ms = now

    state = backups.state(ainura.archive)

    assert state.days is None and state.made_ms is not None


def test_how_old_a_backup_is_and_what_came_since(ainura: Someone, tmp_path: Path) -> None:
    assert backups.state(ainura.archive).days is None
    record = ainura.new("person", name="A")
    backups.back_up(ainura.archive, tmp_path / "b")
    assert (backups.state(ainura.archive).days, backups.state(ainura.archive).changes) == (0, 0)
    ainura.edit(record, name="B")
    ainura.edit(record, name="C")
    clock = ainura.archive.clock
    assert isinstance(clock, Clock)
    clock.now_ms += 12 * 24 * 60 * 60 * 1000

    state = backups.state(ainura.archive)

    assert (state.days, state.changes, state.erased_since) == (12, 2, False)
    erase(ainura, record)
    assert backups.state(ainura.archive).erased_since
    assert backups.back_up(ainura.archive, tmp_path / "b").anew is Anew.ERASED  # words alone, no attached file
    assert backups.state(ainura.archive) == backups.State(clock.now_ms - 2000, 0, 0, erased_since=False)


def test_after_something_was_erased_the_file_is_written_anew_without_it(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, record, path = scene
    (sealed,) = (each.read_bytes() for each in all_objects(ainura.vault.folder))
    assert sealed in path.read_bytes()
    erase(ainura, record)

    written = backups.back_up(ainura.archive, path)

    assert (written.anew, written.generation, written.objects) == (Anew.ERASED, 1, 0)
    assert sealed not in path.read_bytes()
    assert [each.name for each in path.parent.iterdir()] == ["b"]


def test_a_file_that_went_and_came_again_under_another_key_is_written_anew(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, record, path = scene
    erase(ainura, record)
    ainura.attach(ainura.new("person", name="Other"), b"first photo" * 1000)

    written = backups.back_up(ainura.archive, path)
    again, _found = restored(path, tmp_path / "again")

    assert written.anew is Anew.ERASED and len(contents(again)) == 1
    again.archive.close()


def test_after_the_passphrase_was_changed_no_state_opens_with_the_one_before(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, _record, path = scene
    vaults.change_passphrase(ainura.archive, PASSPHRASE, "another passphrase")

    written = backups.back_up(ainura.archive, path)

    assert written.anew is Anew.ACCESS
    with pytest.raises(WrongPassphraseError):
        restored(path, tmp_path / "again")
    backups.restore(path, tmp_path / "again", "another passphrase", device="d").archive.close()


def test_after_the_vault_got_a_new_key_the_file_is_written_anew_and_opens_with_nothing_of_before(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, record, path = scene
    secret = keyslots.normalise_passphrase("another passphrase")
    ainura.vault.rekey([NewSlot(SlotKind.PASSPHRASE, ainura.vault.writer, secret)])
    ainura.archive = vaults.unlock(ainura.vault.folder, "another passphrase", clock=Clock())

    halfway = backups.back_up(ainura.archive, path)
    ainura.vault.continue_rekey()
    done = backups.back_up(ainura.archive, path)

    assert (halfway.anew, halfway.missing, done.anew, done.missing) == (Anew.KEY, 0, Anew.ERASED, 0)
    with pytest.raises(WrongPassphraseError):
        restored(path, tmp_path / "again")
    again = backups.restore(path, tmp_path / "again", "another passphrase", device="d").archive
    someone_again = Someone("Ainura", again, tmp_path, "")
    assert someone_again.value(record, "name") == "A" and len(contents(someone_again)) == 1
    again.close()


def test_a_backup_made_while_objects_are_sealed_anew_goes_on_where_it_was(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, record, path = scene
    ainura.attach(record, b"second photo", b"third photo")
    secret = keyslots.normalise_passphrase(PASSPHRASE)
    ainura.vault.rekey([NewSlot(SlotKind.PASSPHRASE, ainura.vault.writer, secret)])
    ainura.archive = vaults.unlock(ainura.vault.folder, PASSPHRASE, clock=Clock())
    assert ainura.vault.continue_rekey(most=1) == 2

    backups.back_up(ainura.archive, path)
    again, _found = restored(path, tmp_path / "again")

    assert len(contents(again)) == 3 and again.vault.continue_rekey() == 0
    assert len(contents(again)) == 3
    again.archive.close()


def test_a_file_that_holds_enough_states_is_written_anew(scene: tuple[Someone, RecordId, Path]) -> None:
    ainura, _record, path = scene
    made = [backups.back_up(ainura.archive, path) for _ in range(8)]

    assert [each.generation for each in made] == [2, 3, 4, 5, 6, 7, 8, 1]
    assert made[-1].anew is Anew.MANY and backups.check(path).damaged == ()
    assert backups.back_up(ainura.archive, path, full=True).anew is Anew.ASKED


def test_two_files_take_turns(scene: tuple[Someone, RecordId, Path]) -> None:
    ainura, record, path = scene
    other = path.with_name("other")

    assert backups.back_up(ainura.archive, other).anew is Anew.FIRST
    ainura.edit(record, name="B")
    assert backups.back_up(ainura.archive, path).generation == 2
    assert backups.back_up(ainura.archive, other).generation == 2


def test_nothing_is_written_over_that_is_not_of_this_vaults_past(
    scene: tuple[Someone, RecordId, Path], bek: Someone, tmp_path: Path
) -> None:
    ainura, record, path = scene
    (tmp_path / "letter").write_bytes(b"dear")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "pipe").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "pipe")
    backups.back_up(bek.archive, tmp_path / "of bek")
    again, _found = restored(path, tmp_path / "again")
    ainura.edit(record, name="B")
    backups.back_up(ainura.archive, path)
    contents_before = {name: (tmp_path / name).read_bytes() for name in ("letter", "of bek", "link")}

    for name in ("letter", "folder", "link", "pipe"):
        for full in (False, True):
            with pytest.raises(PlaceTakenError):
                backups.back_up(ainura.archive, tmp_path / name, full=full)
    with pytest.raises(BackupForeignError):
        backups.back_up(ainura.archive, tmp_path / "of bek", full=True)
    with pytest.raises(BackupForeignError):  # it holds a newer state than the copy knows
        backups.back_up(again.archive, path, full=True)
    for place in (
        ainura.vault.folder / "b",
        ainura.vault.folder / "objects" / "b",
        ainura.vault.folder / "x" / ".." / "b",
    ):
        with pytest.raises(BackupInsideVaultError):
            backups.back_up(ainura.archive, place)
    with pytest.raises(PlaceUnwritableError):
        backups.back_up(ainura.archive, tmp_path / "nowhere" / "b")

    assert {name: (tmp_path / name).read_bytes() for name in contents_before} == contents_before
    assert list((ainura.vault.folder / "objects" / "new").iterdir()) == []
    again.archive.close()


def test_who_restored_the_newest_state_goes_on_with_the_same_file(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    _ainura, _record, path = scene
    again, _found = restored(path, tmp_path / "again")

    assert backups.back_up(again.archive, path).generation == 2
    again.archive.close()


def test_what_is_missing_or_rotten_in_the_vault_is_kept_from_the_backup_of_before(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, record, path = scene
    (first,) = all_objects(ainura.vault.folder)
    ainura.attach(record, b"second photo" * 1000)
    backups.back_up(ainura.archive, path)
    (second,) = (each for each in all_objects(ainura.vault.folder) if each != first)
    first.unlink()
    rotten = bytearray(second.read_bytes())
    rotten[1000] ^= 1
    second.write_bytes(rotten)

    appended = backups.back_up(ainura.archive, path)
    anew = backups.back_up(ainura.archive, path, full=True)

    assert (appended.missing, appended.generation) == (1, 3)
    assert (anew.missing, anew.anew) == (2, Anew.ASKED)
    again, _found = restored(path, tmp_path / "again")
    assert len(contents(again)) == 2
    again.archive.close()


def test_what_cannot_be_read_keeps_nobody_from_a_backup_of_the_rest(ainura: Someone, tmp_path: Path) -> None:
    record = ainura.new("person", name="A")
    ainura.attach(record, b"first", b"second")
    gone, cut = all_objects(ainura.vault.folder)
    gone.unlink()
    with cut.open("r+b") as file:
        file.truncate(100)

    written = backups.back_up(ainura.archive, tmp_path / "b")
    again, _found = restored(tmp_path / "b", tmp_path / "again")

    assert (written.missing, written.new_objects) == (2, 0)
    assert again.value(record, "name") == "A"
    again.archive.close()


def test_what_waits_in_the_inbox_comes_along_and_may_leave(ainura: Someone, bek: Someone, tmp_path: Path) -> None:
    bek.trusts(ainura)
    bek.new("person", name="Underway")
    ainura.takes(bek.bundle(ainura))
    (waiting,) = (each for each in (ainura.vault.folder / "inbox").iterdir() if each.is_file())

    backups.back_up(ainura.archive, tmp_path / "b")
    again, _found = restored(tmp_path / "b", tmp_path / "again")

    assert (again.vault.folder / "inbox" / waiting.name).read_bytes() == waiting.read_bytes()
    prepared = backups.prepare(ainura.archive)
    waiting.unlink()
    assert backups.write(prepared, tmp_path / "c").missing == 0
    again.archive.close()


def test_what_is_taken_off_while_it_is_copied_stops_the_backup(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, record, path = scene
    ainura.attach(record, b"second photo")
    before = path.read_bytes()
    prepared = backups.prepare(ainura.archive)
    erase(ainura, record)

    with pytest.raises(BackupOvertakenError):
        backups.write(prepared, tmp_path / "new")
    ainura.attach(ainura.new("person", name="B"), b"third photo")
    with pytest.raises(BackupOvertakenError):
        backups.write(backups.prepare(ainura.archive), tmp_path / "new", progress=lambda *_: removed(ainura))

    assert path.read_bytes() == before and not (tmp_path / "new").exists()
    assert list((ainura.vault.folder / "objects" / "new").iterdir()) == []


def removed(someone: Someone) -> None:
    for each in all_objects(someone.vault.folder):
        if each.parent.name != "new":
            each.unlink()


@pytest.mark.parametrize("full", [False, True])
def test_stopped_at_any_step_the_file_is_as_it_was(scene: tuple[Someone, RecordId, Path], full: bool) -> None:
    ainura, record, path = scene
    ainura.attach(record, b"second photo" * 100_000)
    before = path.read_bytes()
    asked = 0

    def stop_at(step: int) -> Progress:
        def progress(done_bytes: int, total_bytes: int) -> None:
            nonlocal asked
            asked += 1
            assert 0 < done_bytes <= total_bytes
            if asked == step:
                raise CancelledError

        return progress

    steps = 0
    while True:
        steps, asked = steps + 1, 0
        try:
            backups.back_up(ainura.archive, path, full=full, progress=stop_at(steps))
        except CancelledError:
            assert path.read_bytes() == before
            assert [each.name for each in path.parent.iterdir()] == ["b"]
            continue
        break

    assert steps > 10 and backups.check(path).damaged == ()


def test_a_damaged_backup_is_written_anew_only_when_asked(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    ainura, record, path = scene
    ainura.edit(record, name="B")
    backups.back_up(ainura.archive, path)
    (sealed,) = (each.read_bytes() for each in all_objects(ainura.vault.folder))
    whole = path.read_bytes()
    cut = whole[:-5000]
    at = whole.index(sealed) + 500
    rotten = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]

    path.write_bytes(cut)
    assert not backups.look(path).whole
    with pytest.raises(BackupDamagedError):
        backups.back_up(ainura.archive, path)
    again, found = restored(path, tmp_path / "cut")
    assert found.generation == 1 and again.value(record, "name") == "A"
    again.archive.close()
    path.write_bytes(rotten)
    assert len(backups.check(path).damaged) == 1 and backups.look(path).whole
    with pytest.raises(BackupDamagedError):
        backups.back_up(ainura.archive, path)
    with pytest.raises(BackupDamagedError):
        restored(path, tmp_path / "rotten")
    assert not (tmp_path / "rotten").exists()
    again, found = restored(path, tmp_path / "rotten", salvage=True)
    assert found.left_out == 1 and again.value(record, "name") == "B"
    again.archive.close()
    assert path.read_bytes() == rotten

    assert backups.back_up(ainura.archive, path, full=True).anew is Anew.ASKED
    assert backups.check(path).damaged == ()


def test_quickly_only_what_is_new_is_read_back(scene: tuple[Someone, RecordId, Path]) -> None:
    ainura, _record, path = scene
    (sealed,) = (each.read_bytes() for each in all_objects(ainura.vault.folder))
    whole = path.read_bytes()
    at = whole.index(sealed) + 500
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])

    written = backups.back_up(ainura.archive, path, quick=True)

    assert not written.read_back and written.generation == 2
    assert len(backups.check(path).damaged) == 1


def test_nothing_is_made_where_restoring_is_refused(scene: tuple[Someone, RecordId, Path], tmp_path: Path) -> None:
    _ainura, _record, path = scene
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").touch()
    (tmp_path / "letter").write_bytes(b"dear")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(WrongPassphraseError):
        backups.restore(path, tmp_path / "new", "another passphrase", device="d")
    with pytest.raises(VaultExistsError):
        restored(path, tmp_path / "taken")
    with pytest.raises(NotABackupError):
        restored(tmp_path / "letter", tmp_path / "new")
    with pytest.raises(FileUnreadableError):
        restored(tmp_path / "nothing", tmp_path / "new")
    with pytest.raises(CancelledError):
        restored(path, tmp_path / "new", progress=cancel)

    assert sorted(tmp_path.rglob("*")) == before
    assert backups.is_backup(path) and not backups.is_backup(tmp_path / "letter")
    assert not backups.is_backup(tmp_path / "nothing") and not backups.is_backup(tmp_path)


def cancel(_done: int, _total: int) -> None:
    raise CancelledError


def test_a_disk_without_room_is_told_before_anything_is_written(
    scene: tuple[Someone, RecordId, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, _record, path = scene
    before = path.read_bytes()
    monkeypatch.setattr("shutil.disk_usage", lambda _path: _Full())

    for place, full, told in ((path, False, DiskFullError), (path, True, BackupNoRoomError)):
        with pytest.raises(told):
            backups.back_up(ainura.archive, place, full=full)
    with pytest.raises(DiskFullError):
        backups.back_up(ainura.archive, path.with_name("other"))

    assert path.read_bytes() == before and [each.name for each in path.parent.iterdir()] == ["b"]


class _Full:
    free = 1000


def test_what_a_stop_left_beside_makes_way_and_nothing_else_does(scene: tuple[Someone, RecordId, Path]) -> None:
    ainura, _record, path = scene
    beside = path.with_name("b.unfinished")
    for left in (path.read_bytes()[:5000], b"", bytes(100)):
        beside.write_bytes(left)
        backups.back_up(ainura.archive, path, full=True)
        assert not beside.exists()
    beside.write_bytes(b"my own words")

    with pytest.raises(PlaceTakenError):
        backups.back_up(ainura.archive, path, full=True)

    assert beside.read_bytes() == b"my own words"


def test_a_backup_says_nothing_in_the_clear(person: Callable[[str], Someone], tmp_path: Path) -> None:
    zarina = person("Zarina")
    record = zarina.new("person", name="Canary Кенар")
    zarina.attach(record, b"Canary in a photo", name="Canary.jpg")

    backups.back_up(zarina.archive, tmp_path / "b")

    content = (tmp_path / "b").read_bytes()
    for word in ("Canary", "Кенар", "Zarina"):
        assert word.encode() not in content and word.encode("utf-16-le") not in content
    assert PASSPHRASE.encode() not in content[content.index(b"g0001/id") :]
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.EFBIG, BackupTooLargeError), (errno.ENOSPC, DiskFullError), (errno.EIO, PlaceUnwritableError)],
)
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_place_that_refuses_leaves_the_backup_of_before(
    scene: tuple[Someone, RecordId, Path],
    number: int,
    told: type[Exception],
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ainura, record, path = scene
    ainura.attach(record, b"second photo")
    before, prepared = path.read_bytes(), backups.prepare(ainura.archive)
    refusing = OSError(number, "refused")

    def refuse(*_given: object) -> None:
        raise refusing

    with monkeypatch.context() as patch:
        patch.setattr({"fsync": "os.fsync", "replace": "pathlib.Path.replace"}[step], refuse)
        with pytest.raises(told):
            backups.write(prepared, path, full=step == "replace")

    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["b"]
    assert backups.back_up(ainura.archive, path).generation >= 2


def test_somebody_elses_vault_is_not_needed_to_make_it(tmp_path: Path) -> None:
    chinara = someone(tmp_path, "Chinara")
    assert views.rows(chinara.archive) == []

    written = backups.back_up(chinara.archive, tmp_path / "b")

    assert (written.objects, written.missing, written.same_disk) == (0, 0, True)
    chinara.archive.close()


def test_a_file_that_the_disk_does_not_even_tell_of_is_told_as_missing(
    ainura: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = ainura.new("person", name="A")
    for number in range(2):
        ainura.attach(record, b"photo %d" % number)
    dead = next(path for path in (ainura.vault.folder / "objects").rglob("*") if path.is_file())
    real = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path == dead:
            raise OSError(errno.EIO, "Input/output error")
        return real(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)

    written = backups.back_up(ainura.archive, tmp_path / "b")

    assert (written.missing, written.new_objects) == (1, 1)
