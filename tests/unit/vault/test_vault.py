from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.errors import (
    EntryMalformedError,
    KdfParametersError,
    PlaceUnwritableError,
    RollbackError,
    VaultDamagedError,
    VaultExistsError,
    VaultForeignError,
    VaultInUseError,
    VaultNewerError,
    VaultNotFoundError,
    WrongPassphraseError,
)
from fieldapp.vault import header as headers
from fieldapp.vault import journal, vault
from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import CHEAP, MOMENT, PASSPHRASE, RECOVERY, House, author_of, identity_of, save, texts_in

NEW = b"another passphrase"
MakeHouse = Callable[[str], House]


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_vault_opens_with_its_passphrase_and_its_recovery_phrase_and_has_what_was_saved(house: House) -> None:
    for secret in (PASSPHRASE, RECOVERY):
        opened = house.open(secret)
        assert texts_in(opened) == ["first"]
        opened.close()


def test_a_vault_is_always_the_same_set_of_files(house: House, make_house: MakeHouse) -> None:
    made = make_house("new")
    made.make().close()

    expected = ["header.a", "header.b", "inbox", "objects", "objects/new", "outbox", "records.db"]
    assert names(house.folder) == names(made.folder) == expected


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_only_the_owner_may_look_whatever_the_umask(make_house: MakeHouse, umask: int) -> None:
    before = os.umask(umask)
    try:
        made = make_house("new")
        opened = made.make()
        save(opened, "x")
        modes = {name: stat.S_IMODE((made.folder / name).stat().st_mode) for name in [*names(made.folder), "."]}
        opened.close()
    finally:
        os.umask(before)

    assert "records.db-journal" in modes
    assert set(modes.values()) == {0o600, 0o700}
    assert all((mode == 0o700) == (made.folder / name).is_dir() for name, mode in modes.items())


def test_a_wrong_passphrase_changes_nothing(house: House) -> None:
    before = house.tree()
    for secret in (b"seven dry apricot", b"x", b"", RECOVERY[:-1] + b"\xff"):
        with pytest.raises(WrongPassphraseError):
            house.open(secret)
    assert house.tree() == before


def clear(house: House) -> None:
    shutil.rmtree(house.folder)
    house.folder.mkdir()


def fill_with_photos(house: House) -> None:
    clear(house)
    (house.folder / "holiday.jpg").write_bytes(b"x")


def make_a_file(house: House) -> None:
    shutil.rmtree(house.folder)
    house.folder.write_bytes(b"x")


def remove_headers(house: House) -> None:
    for name in headers.NAMES:
        (house.folder / name).unlink()


def remove_database(house: House) -> None:
    (house.folder / "records.db").unlink()


def set_version(house: House, version: int) -> None:
    opened = house.open()
    opened.connection.execute(f"PRAGMA user_version = {version}")
    opened.close()


def put_old_database_back(house: House) -> None:
    old = (house.folder / "records.db").read_bytes()
    opened = house.open()
    save(opened, "second")
    opened.close()
    (house.folder / "records.db").write_bytes(old)


def in_headers(change: Callable[[bytes], bytes]) -> Callable[[House], None]:
    return lambda house: rewrite([house.folder / name for name in headers.NAMES], change)


def in_database(change: Callable[[bytes], bytes]) -> Callable[[House], None]:
    return lambda house: rewrite([house.folder / "records.db"], change)


def rewrite(paths: list[Path], change: Callable[[bytes], bytes]) -> None:
    for path in paths:
        path.write_bytes(change(path.read_bytes()))


REFUSALS: dict[str, tuple[Callable[[House], None], type[Exception]]] = {
    "missing": (lambda house: shutil.rmtree(house.folder), VaultNotFoundError),
    "empty": (clear, VaultNotFoundError),
    "foreign folder": (fill_with_photos, VaultForeignError),
    "a file": (make_a_file, VaultForeignError),
    "foreign headers": (in_headers(lambda raw: b"%PDF-1.7 and so on" + raw), VaultForeignError),
    "no headers": (remove_headers, VaultDamagedError),
    "cut headers": (in_headers(lambda raw: raw[:-1]), VaultDamagedError),
    "empty headers": (in_headers(lambda raw: raw[:0]), VaultDamagedError),
    "newer headers": (in_headers(lambda raw: raw[:17] + b"\2" + raw[18:]), VaultNewerError),
    "newer database": (lambda house: set_version(house, 7), VaultNewerError),
    "database of version 0": (lambda house: set_version(house, 0), VaultDamagedError),
    "no database": (remove_database, VaultDamagedError),
    "empty database": (in_database(lambda raw: raw[:0]), VaultDamagedError),
    "cut database": (in_database(lambda raw: raw[:-1]), VaultDamagedError),
    "half a database": (in_database(lambda raw: raw[: len(raw) // 8192 * 4096]), VaultDamagedError),
    "zeros": (in_database(lambda raw: bytes(len(raw))), VaultDamagedError),
    "noise": (in_database(lambda raw: os.urandom(len(raw))), VaultDamagedError),
    "old database": (put_old_database_back, RollbackError),
}


@pytest.mark.parametrize("name", list(REFUSALS))
def test_what_is_no_vault_of_ours_has_its_own_error_and_is_left_byte_for_byte(house: House, name: str) -> None:
    break_it, error = REFUSALS[name]
    break_it(house)
    before = house.tree()

    for _ in range(2):
        with pytest.raises(error) as refused:
            house.open()
        assert type(refused.value) is error
        assert house.tree() == before
    assert not list(house.folder.parent.glob("*-journal"))


def test_a_database_of_another_vault_is_damage(house: House, make_house: MakeHouse) -> None:
    other = make_house("other")
    other.make().close()
    shutil.copy(other.folder / "records.db", house.folder / "records.db")
    with pytest.raises(VaultDamagedError):
        house.open()


def test_a_vault_is_made_only_in_a_new_or_empty_folder(make_house: MakeHouse, tmp_path: Path) -> None:
    empty = make_house("empty")
    empty.folder.mkdir()
    empty.make().close()
    assert empty.opens()

    with pytest.raises(VaultExistsError):
        empty.make()
    assert empty.opens()
    file = make_house("file")
    file.folder.write_bytes(b"mine")
    with pytest.raises(VaultExistsError):
        file.make()
    assert file.folder.read_bytes() == b"mine"
    with pytest.raises(PlaceUnwritableError):
        House(tmp_path / "no" / "such" / "place").make()
    with pytest.raises(PlaceUnwritableError):
        House(tmp_path / "file" / "vault").make()


def test_an_attempt_that_fails_leaves_the_place_as_it_was(make_house: MakeHouse) -> None:
    for name, exists in (("new", False), ("there", True)):
        place = make_house(name)
        if exists:
            place.folder.mkdir()
        new = vault.NewVault(PASSPHRASE, RECOVERY, identity_of("Amina"), {"person": "x" * 9_000_000}, CHEAP)
        with pytest.raises(EntryMalformedError):
            vault.create(place.folder, new, MOMENT, floor_kib=0)
        assert place.folder.exists() == exists
        assert not exists or not list(place.folder.iterdir())
        place.make().close()
        assert place.opens()


def test_a_new_vault_is_never_weaker_than_the_floor(make_house: MakeHouse) -> None:
    place = make_house("weak")
    new = vault.NewVault(PASSPHRASE, RECOVERY, identity_of("Amina"), {}, CHEAP)
    with pytest.raises(KdfParametersError):
        vault.create(place.folder, new, MOMENT)
    assert not place.folder.exists()


def test_a_new_passphrase_takes_the_place_of_the_old_and_the_recovery_phrase_stays(house: House) -> None:
    opened = house.open()
    opened.change_passphrase(NEW)
    save(opened, "second")
    opened.close()

    assert (house.opens(PASSPHRASE), house.opens(NEW), house.opens(RECOVERY)) == (False, True, True)
    for copy in ("header.a", "header.b"):
        alone = House(house.folder.parent / f"only {copy}")
        shutil.copytree(house.folder, alone.folder)
        (alone.folder / copy).unlink()
        assert (alone.opens(PASSPHRASE), alone.opens(NEW), alone.opens(RECOVERY)) == (False, True, True)


def test_the_recovery_phrase_gives_a_new_passphrase(house: House) -> None:
    opened = house.open(RECOVERY)
    opened.change_passphrase(NEW)
    opened.close()

    assert (house.opens(PASSPHRASE), house.opens(NEW), house.opens(RECOVERY)) == (False, True, True)


@pytest.mark.parametrize("blocked", ["header.a", "header.b"])
def test_a_change_of_passphrase_that_fails_leaves_the_old_one_for_good(house: House, blocked: str) -> None:
    opened = house.open()
    (house.folder / f"{blocked}.new").mkdir()
    with pytest.raises(PlaceUnwritableError):
        opened.change_passphrase(NEW)
    (house.folder / f"{blocked}.new").rmdir()
    for text in ("second", "third", "fourth"):
        save(opened, text)
        copy = House(house.folder.parent / f"{blocked} {text}")
        shutil.copytree(house.folder, copy.folder)
        assert copy.opens(PASSPHRASE), text
    opened.close()

    assert (house.opens(PASSPHRASE), house.opens(NEW), house.opens(RECOVERY)) == (True, False, True)


def test_a_header_that_cannot_be_written_does_not_undo_what_was_saved(house: House) -> None:
    opened = house.open()
    save(opened, "second")
    block_headers(house)
    save(opened, "third")
    save(opened, "fourth")
    unblock_headers(house)
    assert texts_in(opened) == ["first", "second", "third", "fourth"]
    opened.give_up()

    opened = house.open()
    save(opened, "fifth")
    head = journal.heads(opened.connection, own_only=True)
    opened.close()
    assert house.open()._kept.state.heads == head


def test_where_the_header_goes_on_saying_that_it_was_closed_nothing_is_written(house: House) -> None:
    opened = house.open()
    before = house.tree()["records.db"]
    block_headers(house)
    for _ in range(2):
        with pytest.raises(PlaceUnwritableError):
            save(opened, "lost")
        with pytest.raises(PlaceUnwritableError):
            opened.connection.execute("VACUUM")
    assert house.tree()["records.db"] == before
    unblock_headers(house)
    save(opened, "second")
    opened.close()

    opened = house.open()
    assert texts_in(opened) == ["first", "second"]
    opened.close()


def block_headers(house: House) -> None:
    for name in headers.NAMES:
        (house.folder / f"{name}.new").mkdir()


def unblock_headers(house: House) -> None:
    for name in headers.NAMES:
        (house.folder / f"{name}.new").rmdir()


def test_a_save_that_fails_is_undone_whole(house: House) -> None:
    opened = house.open()
    save(opened, "before")
    before = house.tree()
    with pytest.raises(KeyError):
        save_and_stop(opened)
    assert texts_in(opened) == ["first", "before"]
    opened.give_up()
    assert {name: house.tree()[name] for name in before if "header" in name} == {
        name: content for name, content in before.items() if "header" in name
    }


def save_and_stop(opened: Vault) -> None:
    with opened.saving():
        save(opened, "lost")
        raise KeyError


def test_what_an_interrupted_run_left_is_removed_at_the_next_opening(house: House) -> None:
    for name in ("header.a.new", "header.b.new", "objects/new/0123"):
        (house.folder / name).write_bytes(b"half")
    (house.folder / "objects/new/folder of somebody").mkdir()
    (house.folder / "inbox").rmdir()

    house.open().close()

    expected = ["header.a", "header.b", "inbox", "objects", "objects/new", "objects/new/folder of somebody", "outbox",
                "records.db"]  # fmt: skip
    assert names(house.folder) == expected


def test_old_pages_under_newer_ones_are_a_rollback(house: House) -> None:
    opened = house.open()
    save(opened, "second", "third")
    entries = list(journal.stored_entries(opened.connection))
    first = entries[0]
    opened.connection.execute("UPDATE log SET head_seq = ?, head = ?", (first.seq, first.id))
    opened.close()
    with pytest.raises(RollbackError):
        house.open()


def test_an_older_header_beside_a_newer_database_is_a_rollback(house: House) -> None:
    old = {name: (house.folder / name).read_bytes() for name in ("header.a", "header.b")}
    opened = house.open()
    save(opened, "second")
    opened.close()
    for name, content in old.items():
        (house.folder / name).write_bytes(content)

    with pytest.raises(RollbackError) as alarm:
        house.open()
    assert alarm.value.what == "header"


def test_ten_logs_written_here_still_fit_into_the_header(house: House) -> None:
    opened = house.open()
    for number in range(10):
        author_of(opened, f"person {number}", kept=True)
    opened._author = None
    save(opened, "second")
    newest = opened.author.log
    opened.close()

    opened = house.open()
    assert newest in opened._kept.state.heads
    assert len(opened._kept.state.heads) == 8
    opened.close()


def test_a_vault_behind_a_link_is_the_same_vault(house: House, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(house.folder)
    opened = House(link).open()
    with pytest.raises(VaultInUseError):
        house.open()
    save(opened, "second")
    opened.close()
    assert link.is_symlink()


CHILD = """
import sys
from pathlib import Path
from fieldapp.errors import VaultError
from fieldapp.vault import vault
try:
    opened = vault.open_existing(Path(sys.argv[1]), sys.argv[2].encode())
    print("open", flush=True)
    sys.stdin.read()
    opened.close()
except VaultError as error:
    print(type(error).__name__)
"""


def start(root: Path, house: House, secret: bytes = PASSPHRASE) -> subprocess.Popen[str]:
    asked = [sys.executable, "-c", CHILD, str(house.folder), secret.decode()]
    return subprocess.Popen(asked, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_second_process_is_refused_and_let_in_when_the_first_has_gone(house: House, root: Path) -> None:
    with start(root, house) as first:
        assert first.stdout
        assert first.stdout.readline() == "open\n"
        before = house.tree()
        with pytest.raises(VaultInUseError):
            house.open()
        with pytest.raises(VaultInUseError):
            house.open(b"a wrong passphrase, which is not even looked at")
        assert house.tree() == before
        first.kill()
    assert house.opens()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks no folders")
def test_the_refusal_comes_before_any_key_is_derived(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = house.open()
    monkeypatch.setattr(headers, "open_copies", lambda *_: pytest.fail("a key was derived"))
    with pytest.raises(VaultInUseError):
        house.open()
    opened.close()


def test_the_database_alone_keeps_a_second_process_out_too(house: House, root: Path) -> None:
    opened = house.open()
    opened._lock.close()
    with start(root, house) as second:
        assert second.communicate("")[0] == "VaultInUseError\n"
    opened.close()


def test_two_processes_that_make_a_vault_in_one_folder_do_not_meet(make_house: MakeHouse) -> None:
    place = make_house("one")
    opened = place.make()
    with pytest.raises(VaultInUseError):
        place.make()
    opened.close()
    assert place.opens()


def test_a_vault_that_was_closed_can_be_opened_again_and_closed_twice(house: House) -> None:
    opened = house.open()
    opened.close()
    opened.close()
    assert opened._kept.master_key == bytes(32)
    assert house.opens()


def test_a_vault_that_was_dropped_without_closing_is_free(house: House) -> None:
    house.open()
    assert house.opens()
