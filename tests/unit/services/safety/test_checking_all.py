"""Nothing is called whole that was not looked at; and the headers of an open vault are looked at too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import PlaceUnwritableError
from fieldapp.services import vaults
from fieldapp.services.archive import Archive
from fieldapp.services.safety import backup_restoring, backups, checking, looking_after, objects_read
from fieldapp.services.safety.findings import Finding, Kind, Report
from fieldapp.vault import header as headers
from fieldapp.vault import rekeying, salvage, vault
from fieldapp.vault.connection import PAGE_SIZE
from fieldapp.vault.place import Place
from fieldapp.vault.slots import NewSlot
from tests.unit.services.people import PASSPHRASE, Someone
from tests.unit.services.safety.wrecks import Wreck, names_in, open_again

NEW = "quite another passphrase"
_HOT = (
    b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
    + b"".join(number.to_bytes(4, "big") for number in (1, 0, 1, 512, PAGE_SIZE))
    + bytes(484 + 4 + PAGE_SIZE + 4)
)
"""A journal that SQLite would play back."""


@pytest.fixture
def ended(wreck: Wreck) -> Wreck:
    """The same after its process ended without closing it."""
    person = Someone("Ainura", open_again(wreck.folder), wreck.folder.parent, "")
    person.new("person", name="Later")
    person.vault.give_up()
    return wreck


def left_out(report: Report) -> set[str]:
    return {each.where for each in report.findings if each.kind is Kind.NOT_CHECKED}


# --- what was not looked at is not whole -----------------------------------------------------------


def test_where_a_folder_stands_for_the_journal_nothing_is_called_whole(wreck: Wreck) -> None:
    for each in wreck.objects:
        each.unlink()
    wreck.database.with_name("records.db-journal").mkdir()

    report = wreck.check()

    assert not report.is_whole
    assert not report.is_complete
    assert left_out(report) == {"database", "journal", "objects", "files", "index"}
    assert Finding(Kind.FOREIGN_FILE) in report.findings


def test_a_save_that_was_cut_short_hides_what_is_missing_and_is_not_called_whole(ended: Wreck) -> None:
    for each in ended.objects:
        each.unlink()
    ended.database.with_name("records.db-journal").write_bytes(_HOT)

    report = ended.check()

    assert report.damage == ()
    assert Finding(Kind.UNFINISHED, where="database") in report.findings
    assert "objects" in left_out(report)
    assert not report.is_whole


def test_a_vault_at_a_path_that_is_too_long_for_its_database_is_not_called_whole(wreck: Wreck, tmp_path: Path) -> None:
    place = tmp_path.joinpath(*["x" * 150] * 4)
    place.mkdir(parents=True)
    far = wreck.copy(place / "vault")
    for each in far.objects:
        each.unlink()

    report = far.check()

    assert "objects" in left_out(report)
    assert not report.is_whole


def test_a_vault_of_an_older_version_is_not_called_whole_before_it_was_opened(wreck: Wreck) -> None:
    wreck.change("PRAGMA user_version = 2")

    report = wreck.check()

    assert Kind.OLDER_VERSION in {each.kind for each in report.findings}
    assert {"journal", "objects"} <= left_out(report)
    assert not report.is_whole


def test_a_database_that_the_disk_does_not_give_out_is_not_called_whole(
    wreck: Wreck, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(salvage, "damaged_pages", refuse)

    report = wreck.check()

    assert {"database", "journal", "objects"} <= left_out(report)
    assert not report.is_whole


def test_a_part_that_cannot_be_read_later_on_is_told_and_the_others_are_looked_at(
    wreck: Wreck, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PlaceUnwritableError

    monkeypatch.setattr(objects_read, "read", refuse)

    report = wreck.check()

    assert left_out(report) == {"objects"}
    assert report.entries > 20
    assert not report.is_whole


def test_a_check_that_could_not_look_at_everything_is_not_remembered_as_good(ainura: Someone) -> None:
    after = looking_after.note_check(
        ainura.archive, Report((Finding(Kind.NOT_CHECKED),), 1, 1, 1, 1, is_complete=False)
    )

    assert after.damage == 1


def test_each_object_is_read_to_its_end_and_not_only_opened(wreck: Wreck) -> None:
    archive = open_again(wreck.folder)
    Someone("Ainura", archive, wreck.folder.parent, "").attach(wreck.people[5], bytes(500_000))
    archive.close()
    large = max(wreck.objects, key=lambda each: each.stat().st_size)
    wreck.flip(large, large.stat().st_size // 2)  # its first and last blocks open as ever

    assert wreck.kinds() == {Kind.OBJECT_DAMAGED: 1}


def test_pages_of_before_that_were_put_back_after_a_close_are_told(wreck: Wreck) -> None:
    old = wreck.database.read_bytes()
    archive = open_again(wreck.folder)
    with archive.connection.transaction():
        archive.connection.execute("INSERT INTO setting VALUES ('anything', x'01')")
    archive.close()
    wreck.database.write_bytes(old)

    assert wreck.check().findings == (Finding(Kind.ROLLED_BACK, where="pages"),)


def test_a_header_that_is_older_than_the_database_knows_is_told(ended: Wreck) -> None:
    old = {name: (ended.folder / name).read_bytes() for name in headers.NAMES}
    archive = open_again(ended.folder)
    for _ in range(2):
        archive.vault._kept.write_both(archive.connection)
    archive.vault.give_up()
    for name, content in old.items():
        (ended.folder / name).write_bytes(content)

    assert ended.check().findings == (Finding(Kind.ROLLED_BACK, where="header"),)


# --- the headers of an open vault ------------------------------------------------------------------


@pytest.fixture
def opened(wreck: Wreck) -> Archive:
    return open_again(wreck.folder)


def spoil(folder: Path, name: str, how: str) -> None:
    place = folder / name
    if how == "missing":
        place.unlink()
    elif how == "cut":
        place.write_bytes(place.read_bytes()[:-1])
    else:
        content = bytearray(place.read_bytes())
        content[int(how)] ^= 1
        place.write_bytes(content)


@pytest.mark.parametrize("how", ["missing", "cut", "3", "40", "700", "2500"])
@pytest.mark.parametrize("names", [("header.a",), ("header.b",), headers.NAMES])
def test_headers_that_are_damaged_while_the_vault_is_open_are_written_anew(
    opened: Archive, names: tuple[str, ...], how: str
) -> None:
    folder = opened.vault.folder
    for name in names:
        spoil(folder, name, how)

    report = checking.check(opened)

    assert report.findings == (Finding(Kind.HEADER_MENDED, len(names)),)
    assert report.is_whole
    assert checking.check(opened).findings == ()
    opened.close()
    for name in headers.NAMES:
        alone = folder.with_name(f"only {name}")
        shutil.copytree(folder, alone)
        (alone / name).unlink()
        open_again(alone).close()


def test_one_header_gone_and_the_other_damaged_is_what_the_vault_survives(opened: Archive) -> None:
    spoil(opened.vault.folder, "header.a", "missing")
    spoil(opened.vault.folder, "header.b", "700")

    assert checking.check(opened).findings == (Finding(Kind.HEADER_MENDED, 2),)
    person = Someone("Ainura", opened, opened.vault.folder.parent, "")
    person.new("person", name="Later")
    opened.close()
    open_again(opened.vault.folder).close()


def test_an_older_copy_that_was_put_back_while_the_vault_is_open_is_written_over(opened: Archive) -> None:
    old = (opened.vault.folder / "header.a").read_bytes()
    person = Someone("Ainura", opened, opened.vault.folder.parent, "")
    person.new("person", name="Later")
    person.new("person", name="Later still")
    (opened.vault.folder / "header.a").write_bytes(old)

    assert checking.check(opened).findings == (Finding(Kind.HEADER_MENDED),)


@pytest.mark.parametrize("whose", ["older", "of another vault"])
def test_headers_that_are_whole_and_not_as_they_were_left_are_told_and_never_written_over(
    opened: Archive, tmp_path: Path, ainura: Someone, whose: str
) -> None:
    folder = opened.vault.folder
    there = {name: (folder / name).read_bytes() for name in headers.NAMES}
    person = Someone("Ainura", opened, tmp_path, "")
    person.new("person", name="Later")
    person.new("person", name="Later still")
    for name, content in there.items():
        other = (ainura.vault.folder / name).read_bytes()
        (folder / name).write_bytes(content if whose == "older" else other)
    before = {name: (folder / name).read_bytes() for name in headers.NAMES}

    report = checking.check(opened)

    assert report.findings == (Finding(Kind.HEADERS_LOST),)
    assert not report.is_whole
    assert {name: (folder / name).read_bytes() for name in headers.NAMES} == before
    backups.back_up(opened, tmp_path / "kept.backup")  # as the words say: headers are in it as they should be
    opened.vault.give_up()
    restored = backup_restoring.restore(tmp_path / "kept.backup", tmp_path / "again", PASSPHRASE, device="laptop")
    assert "Later still" in names_in(restored.archive)
    restored.archive.close()


def test_a_header_that_cannot_be_written_anew_is_told_as_damage(
    opened: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PlaceUnwritableError

    spoil(opened.vault.folder, "header.b", "700")
    monkeypatch.setattr(headers, "write", refuse)

    assert checking.check(opened).findings == (Finding(Kind.HEADER_COPY, where="header.b"),)


def test_a_vault_that_was_opened_in_spite_of_old_files_is_told_and_nothing_is_mended(wreck: Wreck) -> None:
    old = wreck.database.read_bytes()
    archive = open_again(wreck.folder)
    Someone("Ainura", archive, wreck.folder.parent, "").new("person", name="Later")
    archive.close()
    wreck.database.write_bytes(old)
    opened = Archive(vault.open_existing(wreck.folder, PASSPHRASE.encode(), allow_rolled_back=True))
    spoil(wreck.folder, "header.b", "700")
    before = (wreck.folder / "header.b").read_bytes()

    report = checking.check(opened)

    assert opened.vault.rolled_back is not None
    assert report.damage == (
        Finding(Kind.HEADER_COPY, where="header.b"),
        Finding(Kind.ROLLED_BACK, where=opened.vault.rolled_back),
    )
    assert (wreck.folder / "header.b").read_bytes() == before
    opened.vault.give_up()


# --- a new key that was cut short ------------------------------------------------------------------


def killed_in_rekey(wreck: Wreck, monkeypatch: pytest.MonkeyPatch, count: int) -> Wreck:
    """The folder as it stood when so many headers of the new key were written."""
    left = wreck.folder.with_name(f"killed {count}")
    write, give_place, seen = headers.write, rekeying._give_place, [0]

    def look() -> None:
        if seen[0] == count and not left.exists():
            shutil.copytree(wreck.folder, left)

    def write_and_look(folder: Path, name: str, *rest: object) -> bytes:
        if (folder / "records.db.next").exists():
            look()
            seen[0] += 1
        return write(folder, name, *rest)  # type: ignore[arg-type]  # passed on as they came

    def look_first(place: Place) -> None:
        look()
        give_place(place)

    opened = open_again(wreck.folder)
    with monkeypatch.context() as patched:
        patched.setattr(headers, "write", write_and_look)
        patched.setattr(rekeying, "_give_place", look_first)
        opened.vault.rekey([NewSlot(SlotKind.PASSPHRASE, opened.vault.writer, NEW.encode())])
    return Wreck(left, wreck.snapshot, wreck.people)


@pytest.mark.parametrize(("count", "passphrase"), [(0, PASSPHRASE), (1, PASSPHRASE), (1, NEW), (2, NEW)])
def test_a_new_key_that_was_cut_short_is_no_damage_whichever_passphrase_asks(
    wreck: Wreck, monkeypatch: pytest.MonkeyPatch, count: int, passphrase: str
) -> None:
    left = killed_in_rekey(wreck, monkeypatch, count)
    left.passphrase = passphrase

    report = left.check()

    assert report.findings == (Finding(Kind.UNFINISHED, where="key"),)
    assert report.is_whole
    assert report.objects == 4
    vaults.unlock(left.folder, passphrase).close()
    assert left.check().findings == ()


def test_damage_is_still_found_while_a_new_key_is_cut_short(wreck: Wreck, monkeypatch: pytest.MonkeyPatch) -> None:
    left = killed_in_rekey(wreck, monkeypatch, 1)
    left.passphrase = PASSPHRASE
    left.objects[0].unlink()
    left.flip_page(3)

    assert {Kind.PAGES, Kind.OBJECT_MISSING} <= {each.kind for each in left.check().damage}
