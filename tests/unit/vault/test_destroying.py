from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from fieldapp.errors import (
    ExpectedError,
    HeaderBytesLeftError,
    PlaceUnwritableError,
    VaultDestroyedError,
    VaultForeignError,
    VaultInUseError,
    VaultNotFoundError,
)
from fieldapp.vault import destroying
from fieldapp.vault import header as headers
from fieldapp.vault.destroying import destroy, is_left_over, not_ours
from fieldapp.vault.reading import reading
from tests.unit.vault.houses import PASSPHRASE, RECOVERY, House
from tests.unit.vault.test_copying import STRANGE

UNFINISHED = ["header.a.new", "records.db.before", "records.db.next", "records.db.next-journal",
              "objects/new/" + "01" * 16, "inbox/" + "ef" * 16 + ".part", "damaged/records.db", "damaged/header.a",
              "damaged/objects/ab/" + "ab" * 32, "recovered/" + "ab" * 32,
              "damaged/earlier/records.db-journal"]  # fmt: skip


def fill(house: House, names: list[str]) -> None:
    for name in names:
        path = house.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_nothing_of_a_vault_is_left_not_even_its_folder(full_house: House) -> None:
    fill(full_house, UNFINISHED)
    seen: list[tuple[int, int]] = []
    assert not_ours(full_house.folder) == []

    destroy(full_house.folder, lambda done, total: seen.append((done, total)))

    assert not full_house.folder.exists()
    assert seen[-1][0] == seen[-1][1] > 8


def test_what_is_somebody_elses_stays_and_is_named(full_house: House, tmp_path: Path) -> None:
    strange = [name for name in STRANGE if name not in UNFINISHED]
    fill(full_house, strange)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / ("ab" * 32)).write_bytes(b"mine")
    (full_house.folder / "objects" / "ef").symlink_to(tmp_path / "photos")
    (full_house.folder / "outbox" / ("dd" * 32)).symlink_to(tmp_path / "photos" / ("ab" * 32))
    expected = sorted([*strange, "objects/ef", "outbox/" + "dd" * 32])
    assert sorted(not_ours(full_house.folder)) == expected

    destroy(full_house.folder)

    left = [path for path in full_house.folder.rglob("*") if path.is_symlink() or path.is_file()]
    assert sorted(path.relative_to(full_house.folder).as_posix() for path in left) == expected
    assert (tmp_path / "photos" / ("ab" * 32)).read_bytes() == b"mine"


def test_the_headers_are_overwritten_on_the_disk_before_anything_goes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {name: (house.folder / name).read_bytes() for name in ("header.a", "header.b")}
    for name in kept:
        os.link(house.folder / name, house.folder.parent / name)  # another name of the same bytes

    def stop(*_: object) -> None:
        raise PlaceUnwritableError

    monkeypatch.setattr(destroying, "sync_folder", stop)
    with pytest.raises(PlaceUnwritableError):
        destroy(house.folder)

    assert (house.folder.parent / "header.a").read_bytes() == headers.DESTROYED
    now, content = (house.folder.parent / "header.b").read_bytes(), kept["header.b"]
    assert len(now) == len(content)
    assert sum(a == b for a, b in zip(now, content, strict=True)) < 100
    assert (house.folder / "records.db").exists()
    with pytest.raises(ExpectedError):
        house.open()


@pytest.mark.parametrize("steps", range(1, 7))
def test_cut_short_it_opens_for_nobody_and_is_begun_again(
    full_house: House,
    steps: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unlink, done = Path.unlink, [0]

    def unlink_some(self: Path, missing_ok: bool = False) -> None:
        done[0] += 1
        if done[0] > steps:
            raise PermissionError
        unlink(self, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", unlink_some)
        with pytest.raises(PlaceUnwritableError):
            destroy(full_house.folder)
    for secret in (PASSPHRASE, RECOVERY):
        with pytest.raises(ExpectedError):
            full_house.open(secret)

    destroy(full_house.folder)
    assert not full_house.folder.exists()


def test_cut_short_it_says_what_it_was_until_all_else_is_gone(full_house: House) -> None:
    left = list[int]()

    def stop(done_bytes: int, total_bytes: int) -> None:
        left.append(total_bytes - done_bytes)
        assert is_left_over(full_house.folder)
        if len(left) > 2:
            raise KeyboardInterrupt

    assert not is_left_over(full_house.folder)
    with pytest.raises(KeyboardInterrupt):
        destroy(full_house.folder, stop)
    assert is_left_over(full_house.folder)
    with pytest.raises(VaultDestroyedError):
        full_house.open()
    with pytest.raises(VaultDestroyedError), reading(full_house.folder, PASSPHRASE):
        pass

    (full_house.folder / "notes.txt").write_bytes(b"mine")
    destroy(full_house.folder)
    assert [path.name for path in full_house.folder.iterdir()] == ["notes.txt"]
    assert not is_left_over(full_house.folder)


def test_headers_that_may_not_be_written_are_overwritten_all_the_same(
    full_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[tuple[str, int]] = []
    may, chmod = os.access, Path.chmod

    def may_write(path: Path, mode: int) -> bool:  # also where the test is run by somebody who may do everything
        return bool(path.stat().st_mode & 0o200) and may(path, mode)

    def note(self: Path, mode: int) -> None:
        changed.append((self.name, mode))
        chmod(self, mode)

    kept = {name: (full_house.folder / name).read_bytes() for name in ("header.a", "header.b")}
    for name in kept:
        os.link(full_house.folder / name, full_house.folder.parent / name)
    for path in full_house.folder.rglob("*"):
        path.chmod(0o500 if path.is_dir() else 0o400)
    monkeypatch.setattr(os, "access", may_write)
    monkeypatch.setattr(Path, "chmod", note)

    destroy(full_house.folder)

    assert {("header.a", 0o600), ("header.b", 0o600), ("objects", 0o700)} <= set(changed)
    assert not full_house.folder.exists()
    assert all((full_house.folder.parent / name).read_bytes() != content for name, content in kept.items())


def test_where_a_header_cannot_be_overwritten_it_goes_and_that_is_told(
    full_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = destroying._overwrite
    monkeypatch.setattr(destroying, "_overwrite", lambda path: path.name != "header.a" and real(path))

    with pytest.raises(HeaderBytesLeftError) as told:
        destroy(full_house.folder)

    assert told.value.count == 1
    assert not full_house.folder.exists()


def test_cut_short_between_its_folders_it_is_begun_again(full_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(destroying, "_remove_folders", lambda _folder: None)
        destroy(full_house.folder)
    assert (full_house.folder / "objects").is_dir()

    destroy(full_house.folder)
    assert not full_house.folder.exists()


def test_empty_folders_beside_which_something_else_lies_are_no_vault(tmp_path: Path) -> None:
    for below in ("objects/ab", "photos"):
        (tmp_path / "mine" / below).mkdir(parents=True)
    with pytest.raises(VaultForeignError):
        destroy(tmp_path / "mine")
    assert (tmp_path / "mine" / "objects" / "ab").is_dir()


@pytest.mark.parametrize("name", ["objects", "inbox", "outbox", "damaged", "recovered"])
def test_a_link_in_the_place_of_a_folder_is_not_followed(full_house: House, tmp_path: Path, name: str) -> None:
    (tmp_path / "mine" / "empty").mkdir(parents=True)
    if (full_house.folder / name).exists():
        shutil.rmtree(full_house.folder / name)
    (full_house.folder / name).symlink_to(tmp_path / "mine")

    destroy(full_house.folder)

    assert (tmp_path / "mine" / "empty").is_dir()
    assert [path.name for path in full_house.folder.iterdir()] == [name]


def test_an_open_vault_is_not_destroyed(house: House) -> None:
    opened = house.open()
    before = house.tree()
    with pytest.raises(VaultInUseError):
        destroy(house.folder)
    assert house.tree() == before
    opened.close()
    assert house.opens()


def test_where_there_is_no_vault_nothing_is_touched(house: House, tmp_path: Path) -> None:
    with pytest.raises(VaultNotFoundError):
        destroy(tmp_path / "nothing")
    (tmp_path / "photos").mkdir()
    with pytest.raises(VaultNotFoundError):
        destroy(tmp_path / "photos")
    (tmp_path / "photos" / "x.jpg").write_bytes(b"x")
    with pytest.raises(VaultForeignError):
        destroy(tmp_path / "photos")
    assert (tmp_path / "photos" / "x.jpg").read_bytes() == b"x"
    shutil.rmtree(house.folder)
