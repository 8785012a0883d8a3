"""A backup that was in other hands, and one on a stick that is more than half full."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.errors import BackupAlteredError, BackupDamagedError, BackupNoRoomError
from fieldapp.services import vaults
from fieldapp.services.safety import backup_place, backups, checking
from fieldapp.services.safety.backup_contents import keep_notes
from fieldapp.services.safety.backups import Anew
from tests.unit.bundles.backups_forged import put_together, taken_apart, with_true_manifests
from tests.unit.services.people import PASSPHRASE, Clock, Someone


@pytest.fixture
def scene(ainura: Someone, tmp_path: Path) -> tuple[Someone, Path]:
    """A vault with attached files, of which there is a backup."""
    ainura.attach(ainura.new("testimony", narrative="first"), *(os.urandom(3000) for _ in range(3)))
    stick = tmp_path / "stick"
    stick.mkdir()
    backups.back_up(ainura.archive, stick / "b")
    return ainura, stick / "b"


def forge(path: Path, is_meant: Callable[[str], bool]) -> None:
    """What somebody does who had the stick: other contents, the ends as they were, and manifests that fit."""
    members = [
        (name, bytes(len(content) - 64) + content[-64:] if is_meant(name) else content)
        for name, content in taken_apart(path.read_bytes())
    ]
    path.write_bytes(put_together(with_true_manifests(members)))


def is_attached(name: str) -> bool:
    return "objects/" in name


def is_reader(name: str) -> bool:
    return name == "read_vault.py"


@pytest.mark.parametrize("is_meant", [is_attached, is_reader])
@pytest.mark.parametrize("quick", [False, True])
def test_contents_that_were_changed_with_a_manifest_that_fits_are_not_carried_on(
    scene: tuple[Someone, Path], tmp_path: Path, is_meant: Callable[[str], bool], *, quick: bool
) -> None:
    ainura, path = scene
    forge(path, is_meant)
    forged = path.read_bytes()
    assert backups.check(path).whole  # in itself it is
    ainura.new("testimony", narrative="second")

    with pytest.raises(BackupAlteredError):
        backups.back_up(ainura.archive, path, quick=quick)

    assert path.read_bytes() == forged
    written = backups.back_up(ainura.archive, path, full=True)
    assert (written.anew, written.missing) == (Anew.ASKED, 0)
    again = backups.restore(path, tmp_path / "again", PASSPHRASE, device="d", clock=Clock()).archive
    assert checking.check(again).is_whole
    assert dict(taken_apart(path.read_bytes()))["read_vault.py"].startswith(b'"""')
    again.close()


def test_an_older_state_that_was_changed_is_seen_too(scene: tuple[Someone, Path]) -> None:
    ainura, path = scene
    ainura.new("testimony", narrative="second")
    backups.back_up(ainura.archive, path)
    forge(path, lambda name: name == "g0001/records.db")

    with pytest.raises((BackupAlteredError, BackupDamagedError)):
        backups.back_up(ainura.archive, path)


def test_a_reader_that_was_changed_under_its_old_hash_is_not_carried_on(scene: tuple[Someone, Path]) -> None:
    ainura, path = scene
    content = path.read_bytes()
    (reader,) = (content for name, content in taken_apart(content) if name == "read_vault.py")
    at = content.index(reader)
    path.write_bytes(content[: at + 50] + b"evil" + content[at + 54 :])

    with pytest.raises(BackupDamagedError):
        backups.back_up(ainura.archive, path, quick=True)


def test_where_nothing_was_noted_of_a_file_it_is_written_anew_and_nothing_of_it_is_taken(
    scene: tuple[Someone, Path],
) -> None:
    ainura, path = scene
    keep_notes(ainura.archive, wrote=[])  # as a version before left it, or who was stopped at the last moment
    forge(path, is_attached)

    written = backups.back_up(ainura.archive, path)

    assert (written.anew, written.missing, written.generation) == (Anew.UNKNOWN, 0, 1)
    sealed = {hashlib.sha256(each.read_bytes()).digest() for each in (ainura.vault.folder / "objects").glob("*/*")}
    assert {
        hashlib.sha256(each).digest() for name, each in taken_apart(path.read_bytes()) if is_attached(name)
    } <= sealed
    assert backups.back_up(ainura.archive, path).anew is None


def test_what_is_missing_in_the_vault_is_taken_from_a_file_of_which_nothing_was_noted(
    scene: tuple[Someone, Path],
) -> None:
    ainura, path = scene
    keep_notes(ainura.archive, wrote=[])
    next(path for path in (ainura.vault.folder / "objects").glob("*/*") if path.is_file()).unlink()

    written = backups.back_up(ainura.archive, path)

    assert (written.anew, written.missing, written.objects) == (Anew.UNKNOWN, 1, 3)
    assert len([name for name, _content in taken_apart(path.read_bytes()) if is_attached(name)]) == 3


class Room:
    """What a place says of itself."""

    def __init__(self, free: int) -> None:
        self.free = free


def test_on_a_stick_that_is_more_than_half_full_a_ninth_state_is_added(
    scene: tuple[Someone, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, path = scene
    for _each in range(7):
        backups.back_up(ainura.archive, path)
    database = (ainura.vault.folder / "records.db").stat().st_size
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Room(database + 100_000))

    ninth = backups.back_up(ainura.archive, path)

    assert (ninth.generation, ninth.anew, ninth.crowded) == (9, None, True)
    assert backups.check(path).whole
    monkeypatch.undo()
    with_room = backups.back_up(ainura.archive, path)
    assert (with_room.generation, with_room.anew, with_room.crowded) == (1, Anew.MANY, False)


def test_where_a_state_may_not_be_added_it_says_how_much_room_is_needed(
    scene: tuple[Someone, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, path = scene
    before = path.read_bytes()
    backup_place.beside(path).write_bytes(before[:5000])  # what a stop left takes room too: it goes first
    vaults.change_passphrase(ainura.archive, PASSPHRASE, "another passphrase")
    database = (ainura.vault.folder / "records.db").stat().st_size
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Room(database + 1000))

    with pytest.raises(BackupNoRoomError) as caught:
        backups.back_up(ainura.archive, path)

    assert caught.value.why == "access"
    assert caught.value.needed_bytes > caught.value.free_bytes == database + 1000
    assert path.read_bytes() == before and [each.name for each in path.parent.iterdir()] == ["b"]
