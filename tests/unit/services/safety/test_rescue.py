from __future__ import annotations

import errno
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldapp.crypto.pages import PageOpener
from fieldapp.errors import (
    CancelledError,
    DatabaseLostError,
    HeaderLostError,
    InsideVaultError,
    RollbackError,
    VaultExistsError,
    WrongPassphraseError,
)
from fieldapp.records import store
from fieldapp.services import cards, documents, records, vaults
from fieldapp.services.safety import checking, destroying, rekeying, rescue
from fieldapp.services.safety.findings import Kind
from fieldapp.services.safety.rescue import Rescue
from fieldapp.vault import connection as database
from fieldapp.vault import gaps, leaves
from fieldapp.vault.connection import PAGE_SIZE
from tests.unit.services.people import PASSPHRASE, Clock, Someone, someone
from tests.unit.services.safety.wrecks import Wreck, names_in, open_again, write_people


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return tmp_path / "new"


def repaired(wreck: Wreck, new: Path) -> Rescue:
    """Repair it; and see that the original stays as it is to the last byte."""
    before = wreck.tree()
    done = rescue.repair(wreck.folder, new, wreck.passphrase, device="another laptop", clock=Clock())
    assert wreck.tree() == before
    return done


def test_a_repair_of_a_whole_vault_gives_the_same_records_under_a_new_card(wreck: Wreck, new: Path) -> None:
    done = repaired(wreck, new)

    archive = open_again(new)
    assert done.whole
    assert store.snapshot(archive.connection) == wreck.snapshot
    assert cards.own_card(archive).device == "another laptop"
    assert checking.check(archive).findings == ()
    assert {path.name for path in new.iterdir()} == {"header.a", "header.b", "records.db", "objects", "inbox", "outbox"}
    archive.close()


def test_the_repaired_vault_goes_on_in_a_log_of_its_own(wreck: Wreck, new: Path) -> None:
    repaired(wreck, new)

    old, archive = open_again(wreck.folder), open_again(new)
    assert archive.own_log != old.own_log
    assert old.own_log in archive.vault.own_logs
    old.close()
    archive.close()


def test_the_recovery_phrase_opens_the_repaired_vault_too(tmp_path: Path, new: Path) -> None:
    person = someone(tmp_path, "Ainura")
    person.archive.close()
    rescue.repair(person.vault.folder, new, PASSPHRASE, device="x")

    vaults.recover(new, person.recovery_phrase, "another passphrase").close()


@pytest.mark.parametrize("name", ["header.a", "header.b"])
def test_one_damaged_header_costs_nothing(wreck: Wreck, new: Path, name: str) -> None:
    wreck.flip(wreck.folder / name, 2000)

    done = repaired(wreck, new)

    assert [(each.kind, each.where) for each in done.findings] == [(Kind.HEADER_COPY, name)]
    archive = open_again(new)
    assert store.snapshot(archive.connection) == wreck.snapshot
    archive.close()


def test_two_damaged_headers_open_as_long_as_a_slot_does(wreck: Wreck, new: Path) -> None:
    for name in ("header.a", "header.b"):
        wreck.flip(wreck.folder / name, 2000)  # in the envelope: the slots are whole

    done = repaired(wreck, new)

    assert {each.where for each in done.findings if each.kind is Kind.HEADER_COPY} == {"header.a", "header.b"}
    archive = open_again(new)
    assert store.snapshot(archive.connection) == wreck.snapshot
    archive.close()


def test_two_headers_that_open_nothing_are_told_as_beyond_repair(wreck: Wreck, new: Path) -> None:
    (wreck.folder / "header.a").write_bytes(b"")
    wreck.flip(wreck.folder / "header.b", 40)  # the salt

    with pytest.raises(HeaderLostError):
        repaired(wreck, new)
    assert not new.exists()


def test_a_wrong_passphrase_is_told_as_such(wreck: Wreck, new: Path) -> None:
    with pytest.raises(WrongPassphraseError):
        rescue.repair(wreck.folder, new, "another passphrase", device="x")
    assert not new.exists()


def test_without_a_database_nothing_is_made(wreck: Wreck, new: Path) -> None:
    wreck.database.unlink()

    with pytest.raises(DatabaseLostError):
        repaired(wreck, new)
    assert not new.exists()


def test_a_database_without_one_whole_page_is_told_as_lost(wreck: Wreck, new: Path) -> None:
    wreck.database.write_bytes(bytes(wreck.database.stat().st_size))

    with pytest.raises(DatabaseLostError):
        repaired(wreck, new)


def test_a_folder_that_is_not_empty_is_left_alone(wreck: Wreck, new: Path) -> None:
    new.mkdir()
    (new / "letter.txt").write_bytes(b"x")

    with pytest.raises(VaultExistsError):
        repaired(wreck, new)


@pytest.mark.parametrize("below", ["new", "objects/ab", "."])
def test_a_repair_into_the_damaged_vault_itself_is_refused(wreck: Wreck, tmp_path: Path, below: str) -> None:
    (tmp_path / "link").symlink_to(wreck.folder)
    for folder in (wreck.folder, tmp_path / "link"):
        with pytest.raises(InsideVaultError):
            repaired(wreck, folder / below)
        with pytest.raises((InsideVaultError, VaultExistsError)):
            vaults.restore(wreck.folder, folder / below, PASSPHRASE, device="x")
    assert not (wreck.folder / "new").exists()


TABLES = ("sqlite_schema", "setting", "slot", "writer", "log", "entry", "body", "lacking", "fork", "object", "draft")


@pytest.mark.parametrize("name", [*TABLES[1:], "entry_by_place", "claim", "record", "search_content"])
def test_the_root_of_any_table_can_go_and_nearly_all_comes_through(wreck: Wreck, new: Path, name: str) -> None:
    wreck.flip_page_of(name)

    done = repaired(wreck, new)

    archive = open_again(new)
    assert not done.whole
    assert done.pages_lost == 1
    assert (new / "damaged" / "records.db").read_bytes() == wreck.database.read_bytes()
    assert names_in(archive) == {f"Name {number}" for number in range(12)}
    assert {each.kind for each in checking.check(archive).damage} <= {Kind.OBJECT_KEY_LOST}
    assert done.keys_lost == (name == "log")
    assert (done.ways_lost, done.put_out) == (False, 0)
    archive.close()


@pytest.mark.parametrize("share", range(6))
def test_any_single_page_can_go_and_the_rest_comes_through(whole: Wreck, tmp_path: Path, share: int) -> None:
    key = whole.key()
    with whole.database.open("rb", buffering=0) as file:
        free = leaves.unused(leaves.Pages(file, PageOpener(key), whole.pages()))
    for number in range(1 + share, whole.pages() + 1, 6 * EVERY):
        wreck = whole.copy(tmp_path / f"vault {number}")
        wreck.flip_page(number)
        found = wreck.check()
        done = repaired(wreck, tmp_path / f"new {number}")
        archive = open_again(tmp_path / f"new {number}")

        assert found.is_whole == done.whole == (number in free)
        assert found.is_whole or found.damage[0].kind is Kind.PAGES
        assert len(names_in(archive)) >= 12 - (done.entries_lost + done.texts_lost)
        assert {each.kind for each in checking.check(archive).damage} <= {Kind.OBJECT_KEY_LOST}
        archive.close()
        shutil.rmtree(wreck.folder)
        shutil.rmtree(archive.vault.folder)


EVERY = 1 if os.environ.get("FIELDAPP_NIGHTLY") else 3


def test_entries_in_the_middle_are_missed_and_what_comes_after_them_is_shown(wreck: Wreck, new: Path) -> None:
    wreck.change("DELETE FROM body WHERE entry IN (9, 10)", "DELETE FROM entry WHERE id IN (9, 10)")

    done = repaired(wreck, new)

    archive = open_again(new)
    assert done.entries_lost == 2
    assert done.behind == done.entries - 8
    assert len(names_in(archive)) == 10
    assert {each.kind for each in checking.check(archive).findings} == {Kind.BEHIND_GAP}
    archive.close()


def test_what_stands_behind_a_gap_is_not_handed_on_and_joins_its_log_when_the_gap_is_filled(
    person: Callable[[str], Someone], tmp_path: Path
) -> None:
    ainura, bek = person("Ainura"), person("Bek")
    ainura.trusts(bek)
    bek.trusts(ainura)
    write_people(ainura)
    bek.takes(ainura.bundle(bek))
    bek.archive.close()
    torn = Wreck(bek.vault.folder, {})
    torn.change(
        "DELETE FROM body WHERE entry IN (SELECT id FROM entry WHERE seq IN (5, 6) AND arrival IS NOT NULL)",
        "DELETE FROM entry WHERE seq IN (5, 6) AND arrival IS NOT NULL",
    )
    rescue.repair(torn.folder, tmp_path / "new", PASSPHRASE, device="x", clock=Clock())
    bek.archive = open_again(tmp_path / "new")
    assert len(gaps.rows_behind(bek.archive.connection)) > 10
    assert len(names_in(bek.archive)) == 10
    chinara = person("Chinara")
    chinara.trusts(bek)
    bek.trusts(chinara)
    chinara.takes(bek.bundle(chinara))

    bek.takes(ainura.bundle(bek))

    assert gaps.rows_behind(bek.archive.connection) == frozenset()
    assert len(names_in(bek.archive)) == 12
    assert checking.check(bek.archive).findings == ()


def test_words_that_are_lost_come_back_when_somebody_sends_them(
    person: Callable[[str], Someone], tmp_path: Path
) -> None:
    ainura, bek = person("Ainura"), person("Bek")
    ainura.trusts(bek)
    bek.trusts(ainura)
    write_people(ainura)
    bundle = ainura.bundle(bek)
    bek.takes(bundle)
    bek.archive.close()
    torn = Wreck(bek.vault.folder, {})
    torn.change("DELETE FROM body WHERE entry IN (SELECT id FROM entry WHERE seq IN (5, 6) AND arrival IS NOT NULL)")
    done = rescue.repair(torn.folder, tmp_path / "new", PASSPHRASE, device="x", clock=Clock())
    bek.archive = open_again(tmp_path / "new")
    assert done.texts_lost == 2

    bek.takes(bundle)

    assert len(names_in(bek.archive)) == 12


def test_a_damaged_object_is_kept_apart_and_an_unknown_one_too(wreck: Wreck, new: Path) -> None:
    damaged, missing, whole, _last = wreck.objects
    wreck.flip(damaged, 100)
    missing.unlink()
    unknown = whole.parent / (whole.name[:2] + "0" * 62)
    shutil.copy(whole, unknown)
    (wreck.folder / "holiday.jpg").write_bytes(b"x")

    done = repaired(wreck, new)

    below = damaged.relative_to(wreck.folder)
    assert (done.objects, done.objects_damaged, done.objects_missing, done.recovered, done.foreign) == (2, 1, 1, 1, 1)
    assert (new / "damaged" / below).read_bytes() == damaged.read_bytes()
    assert (new / "recovered" / unknown.relative_to(wreck.folder)).read_bytes() == unknown.read_bytes()
    assert not (new / "holiday.jpg").exists()
    archive = open_again(new)
    assert rescue.recovered(archive) == rescue.Recovered((), 1, 1)
    assert archive.connection.value("SELECT count(*) FROM object") == 2
    archive.close()


@pytest.mark.parametrize("lost", ["DELETE FROM setting WHERE name = 'names before'", ""])
def test_files_of_before_a_new_key_are_found_though_the_key_of_their_names_is_lost(
    tmp_path: Path, new: Path, lost: str
) -> None:
    other = "another good passphrase"
    ainura = someone(tmp_path, "Ainura")
    record = ainura.new("person", name="A")
    (wanted,) = ainura.attach(record, b"photo 0")
    for number in range(1, 6):
        ainura.attach(record, b"photo %d" % number)
    rekeying.rekey(ainura.archive, PASSPHRASE, other, phrase=None)
    archive = vaults.unlock(ainura.vault.folder, other)
    assert rekeying.continue_rekey(archive, most=2) == 4
    archive.close()
    wreck = Wreck(ainura.vault.folder, {}, passphrase=other)
    if lost:
        wreck.change(lost)

    done = repaired(wreck, new)

    assert (done.objects, done.objects_missing, done.objects_damaged, done.recovered) == (6, 0, 0, 0)
    archive = vaults.unlock(new, other)
    assert checking.check(archive).findings == ()
    assert rekeying.continue_rekey(archive) == 0
    assert checking.check(archive).findings == ()
    assert len(list((new / "objects").rglob("?" * 64))) == 6
    with archive.vault.objects.open(documents.content_of(archive, wanted)) as content:
        assert content.read() == b"photo 0"
    archive.close()


def dead(monkeypatch: pytest.MonkeyPatch, method: str, *dying: Path) -> None:
    """Have the disk answer with an error whenever one of these files is asked for."""
    real: Callable[..., Any] = getattr(Path, method)

    def asked(path: Path, *values: Any, **options: Any) -> Any:
        if path in dying:
            raise OSError(errno.EIO, "Input/output error")
        return real(path, *values, **options)

    monkeypatch.setattr(Path, method, asked)


@pytest.mark.parametrize("methods", [("open",), ("open", "stat", "lstat")])
def test_a_file_that_the_disk_does_not_even_open_costs_itself_only(
    wreck: Wreck, new: Path, monkeypatch: pytest.MonkeyPatch, methods: tuple[str, ...]
) -> None:
    bundle = wreck.folder / "inbox" / ("ab" * 32)
    bundle.write_bytes(b"sealed")
    gone = wreck.objects[0]
    for method in methods:
        dead(monkeypatch, method, gone, bundle)

    done = rescue.repair(wreck.folder, new, PASSPHRASE, device="x")

    assert (done.objects, done.objects_damaged, done.whole) == (3, 1, False)
    archive = open_again(new)
    assert archive.connection.value("SELECT count(*) FROM object") == 3
    assert checking.check(archive).damage[0].kind is Kind.OBJECT_KEY_LOST
    archive.close()


@pytest.mark.parametrize("name", ["header.a", "records.db-journal"])
def test_a_part_of_the_vault_that_the_disk_does_not_even_open_costs_nothing_else(
    wreck: Wreck, new: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (wreck.folder / name).touch()
    dead(monkeypatch, "open", wreck.folder / name)

    rescue.repair(wreck.folder, new, PASSPHRASE, device="x")

    archive = open_again(new)
    assert store.snapshot(archive.connection) == wreck.snapshot
    archive.close()


def test_a_database_that_the_disk_does_not_even_open_is_told_as_lost(
    wreck: Wreck, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead(monkeypatch, "open", wreck.database)

    with pytest.raises(DatabaseLostError):
        rescue.repair(wreck.folder, new, PASSPHRASE, device="x")


def test_what_was_repaired_can_be_repaired_again_with_all_that_lies_beside_it(wreck: Wreck, new: Path) -> None:
    wreck.flip(wreck.objects[0], 100)
    repaired(wreck, new)

    twice = Wreck(new, wreck.snapshot)
    twice.flip(twice.objects[0], 100)
    twice.flip_page(30)

    again = repaired(twice, new.parent / "again")

    assert again.objects == 2
    kept = new.parent / "again" / "damaged"
    assert (kept / "earlier" / wreck.objects[0].relative_to(wreck.folder)).is_file()
    assert (kept / "records.db").is_file()


def test_a_sealed_bundle_that_nobody_speaks_of_any_more_is_kept_apart(wreck: Wreck, new: Path) -> None:
    (wreck.folder / "inbox" / ("ab" * 32)).write_bytes(b"sealed")

    repaired(wreck, new)

    assert (new / "recovered" / "inbox" / ("ab" * 32)).read_bytes() == b"sealed"


def test_unknown_files_of_one_name_in_two_places_are_both_kept_apart(wreck: Wreck, new: Path) -> None:
    name = "ab" + "0" * 62
    for number, place in enumerate(("objects/ab", "inbox", "outbox")):
        (wreck.folder / place).mkdir(exist_ok=True)
        (wreck.folder / place / name).write_bytes(b"sealed %d" % number)

    done = repaired(wreck, new)
    again = repaired(Wreck(new, wreck.snapshot), new.parent / "again")

    kept = [path for path in (new / "recovered").rglob("*") if path.is_file()]
    assert done.recovered == len(kept) >= 2
    assert len({path.read_bytes() for path in kept}) == len(kept)
    assert (new / "recovered" / "objects" / "ab" / name).read_bytes() == b"sealed 0"
    assert (again.recovered, again.foreign) == (0, 0)
    destroying.destroy(new)
    assert not new.exists()


def test_a_vault_that_is_refused_because_old_files_were_put_back_opens_after_a_repair(wreck: Wreck, new: Path) -> None:
    old = wreck.database.read_bytes()
    later = open_again(wreck.folder)
    Someone("Ainura", later, wreck.folder, "").new("person", name="Later")
    later.close()
    wreck.database.write_bytes(old)
    with pytest.raises(RollbackError):
        open_again(wreck.folder)

    done = repaired(wreck, new)

    archive = open_again(new)
    assert done.rolled_back
    assert store.snapshot(archive.connection) == wreck.snapshot
    archive.close()


def killed_in_a_save(wreck: Wreck) -> bytes:
    """Kill the program inside a save of which pages are on the disk already. Gives the journal that this leaves."""
    process = os.fork()
    if not process:
        archive = open_again(wreck.folder)
        archive.connection.execute("PRAGMA cache_size = 5")
        with archive.vault.saving():
            for number in range(40):
                records.save(archive, "person", {"name": f"Never saved {number}", "notes": "x" * 3000})
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    journal = wreck.folder / "records.db-journal"
    assert journal.read_bytes()[:1] not in {b"", b"\0"}
    return journal.read_bytes()


@pytest.mark.parametrize("damage", ["object", "header", "page"])
def test_what_a_crash_left_half_done_is_undone_and_the_rest_repaired(wreck: Wreck, new: Path, damage: str) -> None:
    untouched = wreck.ask("SELECT rootpage FROM sqlite_schema WHERE name = 'share'")
    killed_in_a_save(wreck)
    if damage == "object":
        wreck.flip(wreck.objects[0], 100)
    elif damage == "header":
        wreck.flip(wreck.folder / "header.a", 2000)
    else:
        wreck.flip_page(untouched)
    names = {path.name: path.read_bytes() for path in wreck.folder.glob("records.db*")}

    done = repaired(wreck, new)

    assert (done.rolled_back, done.objects_damaged) == (False, int(damage == "object"))
    archive = open_again(new)
    found = names_in(archive)
    assert not any(str(name).startswith("Never saved") for name in found)
    assert store.snapshot(archive.connection) == wreck.snapshot
    if damage == "page":
        assert {name: (new / "damaged" / name).read_bytes() for name in names} == names
    else:
        assert not (new / "damaged" / "records.db").exists()
    assert not any(path.name.startswith("trying") for path in new.iterdir())
    archive.close()


@pytest.mark.parametrize("closed", [True, False])
def test_a_journal_of_before_that_somebody_laid_there_takes_nothing_away(wreck: Wreck, new: Path, closed: bool) -> None:
    journal = killed_in_a_save(wreck)
    later = open_again(wreck.folder)
    for number in range(30):
        records.save(later, "person", {"name": f"Later {number}", "notes": "x" * 700})
    if closed:
        later.close()
    else:
        later.vault.give_up()
    (wreck.folder / "records.db-journal").write_bytes(journal)

    done = repaired(wreck, new)

    assert done.rolled_back
    assert (new / "damaged" / "records.db-journal").read_bytes() == journal
    archive = open_again(new)
    assert sum(str(name).startswith("Later") for name in names_in(archive)) == 30
    assert done.entries_lost == 0
    archive.close()


def test_a_journal_of_before_takes_nothing_away_also_where_no_entry_of_ours_is_newer(wreck: Wreck, new: Path) -> None:
    journal = killed_in_a_save(wreck)
    later = open_again(wreck.folder)
    for number in range(3):
        with later.vault.saving() as connection:
            connection.execute("INSERT INTO setting VALUES (?, ?)", (f"came {number}", b"x" * 100))
    later.vault.give_up()
    (wreck.folder / "records.db-journal").write_bytes(journal)

    done = repaired(wreck, new)

    assert done.rolled_back
    assert (new / "damaged" / "records.db-journal").read_bytes() == journal
    archive = open_again(new)
    assert archive.connection.value("SELECT count(*) FROM setting WHERE name LIKE 'came %'") == 3
    archive.close()


def test_where_the_journal_itself_is_damaged_the_database_as_it_lies_there_is_looked_at_too(
    wreck: Wreck, new: Path
) -> None:
    journal = bytearray(killed_in_a_save(wreck))
    undone = wreck.copy(new.parent / "undone")
    database.open_existing(undone.database, undone.key()).close()
    shutil.copyfile(undone.database, wreck.database)  # none of its pages was on the disk yet
    damage_page_in(journal, undone.ask("SELECT rootpage FROM sqlite_schema WHERE name = 'entry_by_place'"))
    (wreck.folder / "records.db-journal").write_bytes(journal)

    done = repaired(wreck, new)

    assert done.pages_lost == 0
    archive = open_again(new)
    assert store.snapshot(archive.connection) == wreck.snapshot
    archive.close()


def damage_page_in(journal: bytearray, number: int) -> None:
    """Turn a bit of a page in a journal, where its sums do not look (https://www.sqlite.org/fileformat2.html, 3)."""
    start = journal.index(number.to_bytes(4, "big"), int.from_bytes(journal[20:24], "big"))
    assert (start - int.from_bytes(journal[20:24], "big")) % (PAGE_SIZE + 8) == 0
    journal[start + 4 + 100] ^= 0x10


@pytest.mark.parametrize("release", ["v1", "v2"])
def test_a_damaged_vault_of_an_older_version_is_repaired_and_brought_to_this_one(
    root: Path, tmp_path: Path, new: Path, release: str
) -> None:
    passphrase = json.loads((root / "tests" / "museum" / release / "expected.json").read_text())["passphrase"]
    old = Wreck(tmp_path / "vault", {}, passphrase=passphrase)
    shutil.copytree(root / "tests" / "museum" / release / "vault", old.folder)
    old.flip_page_of("entry_by_place")

    done = repaired(old, new)

    assert done.pages_lost == 1
    assert done.entries_lost == 0
    archive = vaults.unlock(new, passphrase)
    assert checking.check(archive).damage == ()
    archive.close()


@pytest.mark.parametrize(("release", "page"), [("v1", 22), ("v1", 23), ("v2", 20), ("v2", 23)])
def test_where_an_older_vault_no_longer_tells_of_its_tables_they_are_made_as_they_were(
    root: Path, tmp_path: Path, new: Path, release: str, page: int
) -> None:
    """The description of all tables is longer than a page, and one of its pages goes."""
    passphrase = json.loads((root / "tests" / "museum" / release / "expected.json").read_text())["passphrase"]
    old = Wreck(tmp_path / "vault", {}, passphrase=passphrase)
    shutil.copytree(root / "tests" / "museum" / release / "vault", old.folder)
    whole = vaults.unlock(shutil.copytree(old.folder, tmp_path / "whole"), passphrase)
    described = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'search%' ORDER BY name"
    names, tables = names_in(whole), [name for name, _sql in whole.connection.execute(described)]
    whole.close()
    old.flip_page(page)

    done = repaired(old, new)

    assert {each.where for each in done.findings if each.kind is Kind.PAGES} == {"sqlite_schema"}
    archive = vaults.unlock(new, passphrase)
    assert names_in(archive) == names
    assert [name for name, _sql in archive.connection.execute(described)] == tables
    archive.close()


def test_a_vault_of_which_no_entry_is_left_opens_and_goes_on(root: Path, tmp_path: Path, new: Path) -> None:
    """One of two logs that were written there has left nothing but its keys: bundles sealed for its card still open."""
    passphrase = json.loads((root / "tests" / "museum" / "v2" / "expected.json").read_text())["passphrase"]
    old = Wreck(tmp_path / "vault", {}, passphrase=passphrase)
    shutil.copytree(root / "tests" / "museum" / "v2" / "vault", old.folder)
    old.flip_page_of("entry")

    assert repaired(old, new).entries_lost > 0

    archive = vaults.unlock(new, passphrase)
    assert {each.kind for each in checking.check(archive).damage} <= {Kind.OBJECT_KEY_LOST}
    assert (len(cards.own_recipients(archive)), len(cards.earlier_cards(archive))) == (3, 1)
    record = records.save(archive, "person", {"name": "Written later"}).created
    archive.close()
    archive = vaults.unlock(new, passphrase)
    assert record is not None
    assert names_in(archive) == {"Written later"}
    archive.close()


def test_who_is_not_even_known_by_a_card_any_more_goes_on_under_the_name_of_the_device(wreck: Wreck, new: Path) -> None:
    wreck.change(
        "DELETE FROM body", "DELETE FROM lacking", "DELETE FROM entry", "DELETE FROM setting WHERE name GLOB 'card*'"
    )

    repaired(wreck, new)

    archive = open_again(new)
    assert cards.own_card(archive).person == "another laptop"
    assert cards.own_card(archive).log == archive.own_log
    assert [each.device for each in cards.earlier_cards(archive)] == ["another laptop"]
    assert checking.check(archive).damage == ()
    archive.close()


def test_documents_that_no_record_speaks_of_are_listed(ainura: Someone) -> None:
    owner = ainura.new("person", name="Gulnara")
    ainura.attach(owner, b"photo")
    lonely = ainura.attach(None, b"another")

    assert rescue.recovered(ainura.archive).documents == tuple(lonely)


@pytest.mark.parametrize("stops_after", [0, 3, 20])
def test_a_repair_that_is_stopped_leaves_nothing(wreck: Wreck, new: Path, stops_after: int) -> None:
    wreck.flip_page(30)
    seen = []

    def stop(done_bytes: int, total_bytes: int) -> None:
        seen.append((done_bytes, total_bytes))
        if len(seen) > stops_after:
            raise CancelledError

    with pytest.raises(CancelledError):
        rescue.repair(wreck.folder, new, PASSPHRASE, device="x", progress=stop)
    assert {path.name for path in new.parent.iterdir()} == {wreck.folder.name}
