"""A damaged backup gives what it still holds: only what stands in the damaged place is missing."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest

from fieldapp.bundles import backup_salvage, backup_write
from fieldapp.bundles.backup import DATABASE, Layout, Member, Tail
from fieldapp.bundles.backup_write import Counted
from fieldapp.errors import BackupDamagedError, BackupLostError, FileUnreadableError, NotABackupError
from fieldapp.services import views
from fieldapp.services.safety import backup_restoring, backups
from tests.unit.bundles.backups_forged import layout_of, member
from tests.unit.services.people import PASSPHRASE, Clock, Someone, someone

PHOTOS = (b"first photo", b"second photo", b"third photo")


@pytest.fixture(scope="module")
def true(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup of two generations; the second brings one more attached file."""
    folder = tmp_path_factory.mktemp("backup")
    ainura = someone(folder, "Ainura")
    record = ainura.new("person", name="A")
    ainura.attach(record, *PHOTOS[:2])
    backups.back_up(ainura.archive, folder / "b")
    ainura.attach(record, PHOTOS[2])
    backups.back_up(ainura.archive, folder / "b")
    ainura.archive.close()
    return (folder / "b").read_bytes()


def with_damage(content: bytes, at: int, count: int = 8) -> bytes:
    return content[:at] + os.urandom(count) + content[at + count :]


def block_of(content: bytes, name: str) -> int:
    """Where the block of a member begins."""
    at = content.index(name.encode() + b"\0")
    while at % 512:
        at = content.index(name.encode() + b"\0", at + 1)
    return at


def objects_of(layout: Layout, number: int) -> list[str]:
    generation = layout.generations[number - 1]
    return [each.member.name for each in generation.own if "objects/" in each.member.name]


def salvaged(path: Path, content: bytes) -> Layout:
    path.write_bytes(content)
    with FileIO(path, "rb") as file:
        return backup_salvage.read_layout(file, len(content))


def restored(path: Path, folder: Path, generation: int | None = None) -> tuple[Someone, backups.Restored]:
    found = backups.restore(
        path, folder, PASSPHRASE, device="new laptop", clock=Clock(), salvage=True, generation=generation
    )
    return Someone("Ainura", found.archive, folder.parent, ""), found


@pytest.mark.parametrize("document", ["formats/age.md", "formats/receipt.md", "read_vault.py"])
def test_eight_damaged_bytes_before_a_document_cost_nothing_of_the_vault(
    true: bytes, tmp_path: Path, document: str
) -> None:
    damaged = with_damage(true, block_of(true, document) + 20)
    with pytest.raises(BackupDamagedError):
        layout_of(tmp_path / "b", damaged)

    layout = salvaged(tmp_path / "b", damaged)

    assert [each.number for each in layout.generations] == [1, 2] and layout.tail is Tail.DAMAGED
    assert layout.newest.lost == 0
    for generation in (None, 1):
        again, found = restored(tmp_path / "b", tmp_path / f"again {generation}", generation)
        assert (found.generation, found.left_out) == (generation or 2, 0)
        assert "A" in [row.title for row in views.rows(again.archive)]
        again.archive.close()


def test_a_file_whose_block_is_damaged_is_lost_and_counted_and_no_other(true: bytes, tmp_path: Path) -> None:
    name = objects_of(layout_of(tmp_path / "b", true), 1)[0]

    layout = salvaged(tmp_path / "b", with_damage(true, block_of(true, name) + 130))
    again, found = restored(tmp_path / "b", tmp_path / "again")

    assert [each.lost for each in layout.generations] == [1, 1]
    assert (found.generation, found.generations, found.left_out) == (2, 2, 1)
    assert len([each for each in (tmp_path / "again" / "objects").rglob("*") if each.is_file()]) == len(PHOTOS) - 1
    again.archive.close()


def test_a_state_whose_database_cannot_be_found_gives_way_to_another(true: bytes, tmp_path: Path) -> None:
    first = salvaged(tmp_path / "b", with_damage(true, block_of(true, "g0001/records.db") + 130))
    second = salvaged(tmp_path / "c", with_damage(true, block_of(true, "g0002/records.db") + 130))

    assert [each.number for each in first.generations] == [2] and first.newest.lost == 0
    assert [each.number for each in second.generations] == [1]
    again, found = restored(tmp_path / "b", tmp_path / "again")
    assert (found.generation, found.left_out) == (2, 0)
    again.archive.close()


def test_what_is_whole_is_read_as_ever_and_what_was_never_finished_does_not_count(true: bytes, tmp_path: Path) -> None:
    begin = layout_of(tmp_path / "b", true).generations[1].begin
    unfinished = true[:begin] + bytes(512) + true[begin + 512 :]

    assert salvaged(tmp_path / "b", true) == layout_of(tmp_path / "b", true)
    assert salvaged(tmp_path / "c", unfinished).tail is Tail.UNFINISHED
    damaged_too = with_damage(unfinished, block_of(unfinished, "formats/card.md") + 20)
    assert [each.number for each in salvaged(tmp_path / "d", damaged_too).generations] == [1]


@pytest.mark.parametrize(
    "change",
    [
        lambda true: with_damage(with_damage(true, block_of(true, "g0001/id") + 9), block_of(true, "g0002/id") + 9),
        lambda true: true[:100_000],
        lambda true: with_damage(true, 100_000, len(true) - 100_000),
    ],
)
def test_where_no_state_is_left_it_says_so(true: bytes, tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BackupDamagedError):
        salvaged(tmp_path / "b", change(true))
    with pytest.raises(NotABackupError):
        salvaged(tmp_path / "b", with_damage(true, 0, 600))


def test_names_of_other_places_are_passed_over(true: bytes, tmp_path: Path) -> None:
    at = block_of(true, "formats/card.md")
    strange = member("../../somebody/file", b"x" * 600)

    layout = salvaged(tmp_path / "b", true[:at] + strange + true[at:])

    assert [each.number for each in layout.generations] == [1, 2]
    assert layout.newest.files.keys() == layout_of(tmp_path / "c", true).newest.files.keys()


def test_what_stands_behind_a_damaged_state_is_looked_for_only_when_asked(true: bytes, tmp_path: Path) -> None:
    first = with_damage(true, block_of(true, "g0001/records.db") + 130)
    second = with_damage(true, block_of(true, "g0002/id") + 9)
    (tmp_path / "first").write_bytes(first)
    (tmp_path / "second").write_bytes(second)

    with pytest.raises(BackupDamagedError):
        backups.choose(tmp_path / "first")
    found = backups.choose(tmp_path / "first", salvage=True)
    assert (found.generation, found.passed_over, found.more_behind) == (2, False, False)
    found = backups.choose(tmp_path / "second")
    assert (found.generation, found.passed_over, found.more_behind) == (1, True, True)
    found = backups.choose(tmp_path / "second", salvage=True)
    assert (found.generation, found.passed_over, found.more_behind) == (1, True, False)


def test_a_state_that_was_never_finished_is_passed_over_too(true: bytes, tmp_path: Path) -> None:
    begin = layout_of(tmp_path / "b", true).generations[1].begin
    (tmp_path / "b").write_bytes(true[:begin] + bytes(512) + true[begin + 512 :])

    for salvage in (False, True):
        found = backups.choose(tmp_path / "b", salvage=salvage)
        assert (found.generation, found.generations, found.passed_over, found.more_behind) == (1, 1, True, False)


def test_a_place_that_cannot_be_read_is_told_as_that_where_nothing_else_is_whole(
    true: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").write_bytes(true)
    layout = layout_of(tmp_path / "b", true)
    bad = [layout.generations[1].files[DATABASE].member]

    def digest_of(file: FileIO, member: Member, counted: Counted) -> bytes:
        if member in bad:
            raise FileUnreadableError("io")
        return backup_write.digest_of(file, member, counted)

    monkeypatch.setattr(backup_restoring, "digest_of", digest_of)

    assert backups.choose(tmp_path / "b").generation == 1
    bad.append(layout.generations[0].files[DATABASE].member)
    with pytest.raises(FileUnreadableError):
        backups.choose(tmp_path / "b")


def test_where_nothing_is_left_it_is_told_so_and_not_to_try_again(true: bytes, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(true[:100_000])

    with pytest.raises(BackupLostError):
        backups.choose(tmp_path / "b", salvage=True)
    with pytest.raises(BackupLostError):
        restored(tmp_path / "b", tmp_path / "again")


@pytest.mark.parametrize("salvage", [False, True])
@pytest.mark.parametrize("line", [b"g0002/records.db", b"g0002/header.a", b"g0002/id"])
def test_where_the_newest_list_of_contents_is_damaged_the_state_before_is_taken(
    true: bytes, tmp_path: Path, line: bytes, *, salvage: bool
) -> None:
    at = true.index(line + b"\n") - 10  # within the hash of it; a broken form of the list is caught before
    for byte in (true[at] ^ 1, 0):
        (tmp_path / "b").write_bytes(true[:at] + bytes([byte]) + true[at + 1 :])

        found = backups.choose(tmp_path / "b", salvage=salvage)

        assert (found.generation, found.passed_over) == (1, True)
