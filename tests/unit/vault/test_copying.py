from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from fieldapp.errors import (
    CancelledError,
    PlaceUnwritableError,
    VaultDamagedError,
    VaultExistsError,
    VaultForeignError,
    VaultInUseError,
    VaultNotFoundError,
)
from fieldapp.vault.copying import copy_closed
from fieldapp.vault.objects import CONSTANT_TIME, StoredObject
from tests.unit.vault.houses import CONTENT, MOMENT, House, identity_of, save, texts_in

SET = "ab" * 32


STRANGE = [
    "notes.txt", "header.a.new", "records.db.before", "inbox/letter.doc", f"inbox/{SET}/x", "objects/new/0123",
    "objects/xx", "objects/zz/" + "zz" * 32, "objects/ab/" + "cd" * 32, "inbox/" + "ef" * 16 + ".part",
]  # fmt: skip


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_has_every_file_of_the_vault_and_opens(full_house: House, make_house: object, tmp_path: Path) -> None:
    before = full_house.tree()
    copy = House(tmp_path / "copy")
    copy_closed(full_house.folder, copy.folder)

    assert files_in(copy.folder) == files_in(full_house.folder)
    assert full_house.tree() == before
    for path in [copy.folder, *copy.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert {int(path.stat().st_mtime) for path in copy.folder.glob("objects/??/*")} == {CONSTANT_TIME}
    opened = copy.open()
    assert texts_in(opened) == ["first"]
    for row in opened.connection.execute("SELECT sha256, size, key FROM object"):
        with opened.objects.open(StoredObject(*row)) as content:
            assert content.read() == CONTENT
    opened.begin_log(identity_of("Amina, restored"), {"person": "Amina"}, MOMENT)
    save(opened, "in the copy")
    opened.close()
    assert full_house.opens()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_what_does_not_belong_stays_behind(full_house: House, tmp_path: Path) -> None:
    expected = files_in(full_house.folder)
    for name in STRANGE:
        path = full_house.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"somebody's")
    (tmp_path / "secret").write_bytes(b"elsewhere")
    (full_house.folder / "inbox" / ("ee" * 32)).symlink_to(tmp_path / "secret")
    (full_house.folder / "outbox" / ("dd" * 32)).symlink_to(tmp_path)
    os.mkfifo(full_house.folder / "inbox" / ("ff" * 32))

    copy_closed(full_house.folder, tmp_path / "copy")

    assert files_in(tmp_path / "copy") == expected


def test_a_journal_of_a_crash_goes_along(house: House, tmp_path: Path) -> None:
    (house.folder / "records.db-journal").write_bytes(b"")
    copy_closed(house.folder, tmp_path / "copy")
    assert (tmp_path / "copy" / "records.db-journal").exists()
    assert House(tmp_path / "copy").opens()


def test_an_open_vault_is_not_copied(house: House, tmp_path: Path) -> None:
    opened = house.open()
    with pytest.raises(VaultInUseError):
        copy_closed(house.folder, tmp_path / "copy")
    opened.close()
    assert not (tmp_path / "copy").exists()


def test_nothing_is_copied_over(house: House, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine").write_bytes(b"x")
    for place in (tmp_path / "copy", house.folder / "inbox" / ".."):
        with pytest.raises((VaultExistsError, VaultInUseError)):
            copy_closed(house.folder, place)
    assert files_in(tmp_path / "copy") == {"mine": b"x"}
    assert house.opens()


def test_what_is_no_whole_vault_is_told_as_what_it_is(house: House, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    with pytest.raises(VaultNotFoundError):
        copy_closed(tmp_path / "nothing", target)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "x.jpg").write_bytes(b"x")
    with pytest.raises(VaultForeignError):
        copy_closed(tmp_path / "photos", target)
    (house.folder / "records.db").unlink()
    with pytest.raises(VaultDamagedError):
        copy_closed(house.folder, target)
    assert not target.exists()


@pytest.mark.parametrize("exists", [True, False])
def test_a_copy_that_is_stopped_leaves_the_place_as_it_was(full_house: House, tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "copy"
    if exists:
        target.mkdir()
    seen: list[int] = []

    def stop(done_bytes: int, total_bytes: int) -> None:
        seen.append(done_bytes)
        assert done_bytes <= total_bytes
        if len(seen) == 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        copy_closed(full_house.folder, target, stop)

    assert target.exists() == exists
    assert not exists or list(target.iterdir()) == []
    copy_closed(full_house.folder, target)
    assert House(target).opens()


def test_a_copy_without_its_headers_is_no_vault_so_they_come_last(
    full_house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    copy_closed(full_house.folder, tmp_path / "copy", lambda _done, _total: order.extend(new_in(tmp_path, order)))

    assert set(order[-2:]) == {"header.a", "header.b"}
    assert "records.db" in order[:-2]
    shutil.rmtree(tmp_path / "copy")


def new_in(tmp_path: Path, known: list[str]) -> list[str]:
    return sorted(set(files_in(tmp_path / "copy")) - set(known))


def test_a_place_that_cannot_be_written_is_told(house: House, tmp_path: Path) -> None:
    with pytest.raises(PlaceUnwritableError):
        copy_closed(house.folder, tmp_path / "no" / "such" / "place")
