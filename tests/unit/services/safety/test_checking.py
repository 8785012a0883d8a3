from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.errors import CancelledError, HeaderLostError, VaultInUseError, WrongPassphraseError
from fieldapp.services.safety import checking, index_compared
from fieldapp.services.safety.findings import Kind
from tests.unit.services.people import PASSPHRASE, Someone
from tests.unit.services.safety.wrecks import Wreck, open_again, run_all, write_people


def test_a_vault_that_is_whole_has_nothing_to_tell(wreck: Wreck) -> None:
    report = wreck.check()

    assert report.findings == ()
    assert report.entries > 20
    assert report.objects == 4


def test_an_open_vault_is_checked_without_a_byte_written(ainura: Someone) -> None:
    write_people(ainura)
    folder = ainura.vault.folder
    ainura.reopen()
    before = {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}

    report = checking.check(ainura.archive)

    assert report.findings == ()
    assert {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))} == before


def test_free_pages_that_the_power_tore_are_no_damage(wreck: Wreck) -> None:
    torn = open_again(wreck.folder)
    bulk = ("CREATE TABLE bulk (content BLOB)", "INSERT INTO bulk VALUES (zeroblob(400000))", "DROP TABLE bulk")
    run_all(torn.connection, bulk)
    free = int(torn.connection.value("PRAGMA freelist_count"))
    torn.vault.give_up()  # as after a crash: no header says what the pages were
    for number in range(wreck.pages() - 50, wreck.pages() - 40):
        wreck.flip_page(number)

    report = wreck.check()
    archive = open_again(wreck.folder)

    assert free > 90
    assert report.findings == ()
    assert checking.check(archive).findings == ()
    archive.close()


@pytest.mark.parametrize("name", ["header.a", "header.b"])
@pytest.mark.parametrize("place", [3, 20, 40, 300, 1600, 2500])
def test_a_damaged_copy_of_the_header_is_named(wreck: Wreck, name: str, place: int) -> None:
    wreck.flip(wreck.folder / name, place)

    found = wreck.check().findings

    assert (found[0].kind, found[0].where) == (Kind.HEADER_COPY, name)


def test_a_missing_copy_of_the_header_is_named(wreck: Wreck) -> None:
    (wreck.folder / "header.b").unlink()

    assert wreck.check().findings[0].where == "header.b"


@pytest.mark.parametrize("table", ["entry", "body", "log", "object", "setting", "lacking", "draft", "arrival", "slot"])
def test_a_damaged_page_is_found_and_its_table_named(wreck: Wreck, table: str) -> None:
    wreck.flip_page_of(table)

    found = wreck.check().damage[0]

    assert (found.kind, found.where, found.count) == (Kind.PAGES, table, 1)


def test_every_page_counts(wreck: Wreck) -> None:
    for number in range(1, wreck.pages() + 1):
        wreck.flip_page(number)
    assert wreck.kinds()[Kind.PAGES] == wreck.pages()


def test_a_missing_database_is_told_as_such(wreck: Wreck) -> None:
    wreck.database.unlink()

    assert set(wreck.kinds()) == {Kind.DATABASE_MISSING}


def test_an_object_that_was_changed_and_one_that_is_gone_are_told_apart_and_with_their_documents(wreck: Wreck) -> None:
    first, second, *_rest = wreck.objects
    wreck.flip(first, 70)
    second.unlink()

    report = wreck.check()

    found = {each.kind: each for each in report.damage}
    assert found.keys() == {Kind.OBJECT_DAMAGED, Kind.OBJECT_MISSING}
    assert all(len(each.records) == 1 for each in found.values())


def test_an_object_that_was_cut_is_damaged(wreck: Wreck) -> None:
    wreck.objects[0].write_bytes(wreck.objects[0].read_bytes()[:-1])

    assert wreck.kinds() == {Kind.OBJECT_DAMAGED: 1}


def test_an_object_whose_key_is_lost_is_told(wreck: Wreck) -> None:
    wreck.change("DELETE FROM object WHERE sha256 = (SELECT min(sha256) FROM object)")

    kinds = wreck.kinds()

    assert kinds[Kind.OBJECT_KEY_LOST] == 1
    assert kinds[Kind.UNKNOWN_OBJECT] == 1


def test_files_of_others_leftovers_and_unknown_objects_are_told_and_are_no_damage(wreck: Wreck) -> None:
    (wreck.folder / "holiday.jpg").write_bytes(b"x")
    (wreck.folder / "objects" / "new" / ("ab" * 16)).write_bytes(b"x")
    shutil.copy(wreck.objects[0], wreck.objects[0].parent / (wreck.objects[0].name[:2] + "0" * 62))

    report = wreck.check()

    assert {each.kind for each in report.notes} == {Kind.FOREIGN_FILE, Kind.LEFTOVER, Kind.UNKNOWN_OBJECT}
    assert report.is_whole


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("DELETE FROM entry WHERE id = 9", Kind.LOG_GAP),
        ("UPDATE entry SET tick = tick + 1 WHERE id = 9", Kind.ENTRY),
        ("UPDATE entry SET signature = zeroblob(64) WHERE id = 9", Kind.ENTRY),
        ("UPDATE log SET key = zeroblob(32)", Kind.SIGNATURE),
        ("UPDATE body SET body = (SELECT body FROM body WHERE entry = 8) WHERE entry = 9", Kind.BODY),
        ("UPDATE body SET kind = 'other' WHERE entry = 9", Kind.BODY),
        ("DELETE FROM body WHERE entry = 9", Kind.BODY_LOST),
        ("INSERT INTO lacking VALUES (9, 1, 8, 'withheld')", Kind.MARKS),
        ("UPDATE log SET head = zeroblob(32)", Kind.MARKS),
        ("UPDATE entry SET arrival = 99 WHERE id = 9", Kind.DATABASE),
        ("UPDATE record SET title = 'another' WHERE id = 2", Kind.INDEX),
        ("DELETE FROM touch WHERE entry = 9", Kind.INDEX),
        ("UPDATE claim SET value = x'6161' WHERE entry = 9", Kind.INDEX),
        ("DELETE FROM search WHERE rowid = 2", Kind.INDEX),
    ],
)
def test_damage_planted_in_the_tables_is_found_by_its_right_name(wreck: Wreck, statement: str, kind: Kind) -> None:
    wreck.change(statement)

    assert kind in wreck.kinds()
    assert not wreck.check().is_whole


def test_an_older_database_under_a_newer_header_is_told(wreck: Wreck, tmp_path: Path) -> None:
    old = wreck.database.read_bytes()
    person = Someone("Ainura", open_again(wreck.folder), tmp_path, "")
    person.new("person", name="Later")
    person.archive.close()
    wreck.database.write_bytes(old)

    assert Kind.ROLLED_BACK in wreck.kinds()


def test_an_older_copy_that_fits_together_cannot_be_told(wreck: Wreck) -> None:
    assert wreck.copy(wreck.folder.parent / "older").check().is_whole


def test_a_save_that_a_crash_left_half_done_is_said_and_left_alone(wreck: Wreck) -> None:
    journal = bytearray(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    journal[8:12] = (1).to_bytes(4, "big")
    journal[20:24], journal[24:28] = (512).to_bytes(4, "big"), (4096).to_bytes(4, "big")
    wreck.database.with_name("records.db-journal").write_bytes(journal + bytes(4096 + 8))

    assert Kind.UNFINISHED in wreck.kinds()


def test_a_wrong_passphrase_is_not_called_damage(wreck: Wreck) -> None:
    with pytest.raises(WrongPassphraseError):
        checking.check_closed(wreck.folder, "another passphrase")


def test_where_both_headers_are_damaged_that_is_said(wreck: Wreck) -> None:
    for name in ("header.a", "header.b"):
        (wreck.folder / name).write_bytes(b"nothing")

    with pytest.raises(HeaderLostError):
        checking.check_closed(wreck.folder, PASSPHRASE)


def test_an_open_vault_is_not_checked_from_outside(ainura: Someone) -> None:
    with pytest.raises(VaultInUseError):
        checking.check_closed(ainura.vault.folder, PASSPHRASE)


@pytest.mark.parametrize("stops_after", [0, 1, 5, 40])
def test_a_check_can_be_stopped_at_any_time(wreck: Wreck, stops_after: int) -> None:
    before, seen = wreck.tree(), []

    def stop(done_bytes: int, total_bytes: int) -> None:
        seen.append((done_bytes, total_bytes))
        if len(seen) > stops_after:
            raise CancelledError

    with pytest.raises(CancelledError):
        checking.check_closed(wreck.folder, PASSPHRASE, stop)
    assert wreck.tree() == before


def test_lists_of_a_large_vault_are_not_compared_and_that_is_said(
    wreck: Wreck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_compared, "MOST_BYTES", 4096)

    assert wreck.kinds() == {Kind.NOT_CHECKED: 1}


def test_lists_of_what_came_in_late_and_in_any_order_are_those_of_a_rebuild(
    person: Callable[[str], Someone],
) -> None:
    ainura, bek = person("Ainura"), person("Bek")
    ainura.trusts(bek)
    bek.trusts(ainura)
    people = write_people(ainura)
    bek.takes(ainura.bundle(bek))
    bek.edit(people[0], name="Another name")
    ainura.edit(people[0], name="A third name")
    ainura.takes(bek.bundle(ainura))

    assert checking.check(ainura.archive).findings == ()
    assert checking.check(bek.archive).findings == ()


def test_titles_name_what_a_finding_concerns(ainura: Someone) -> None:
    record = ainura.new("person", name="Gulnara")

    assert checking.titles(ainura.archive, (record,)) == [(record, "Gulnara")]
