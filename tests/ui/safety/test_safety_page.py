"""The page of safety: how things stand at a glance, and what each of its sheets says and does."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget

from fieldapp.errors import DiskFullError
from fieldapp.messages.found import FOUND
from fieldapp.services import erasure
from fieldapp.services.archive import Archive
from fieldapp.services.safety import backups, checking, looking_after
from fieldapp.services.safety.findings import Finding, Kind, Report
from fieldapp.services.safety.machine import findings_of
from fieldapp.system.machine_state import Kept, MachineState
from fieldapp.system.network import NetworkLock
from fieldapp.ui.safety.backup_sheet import BackupSheet
from fieldapp.ui.safety.card import SafetyCard, Standing
from fieldapp.ui.safety.check_sheet import REPAIRED, CheckSheet
from fieldapp.ui.safety.machine import MachineSheet, standing_of
from fieldapp.ui.safety.page import SafetyPage
from fieldapp.ui.session import Session
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId
from tests.ui.rooms import Held, Rooms, sheets, words_in
from tests.ui.test_accessible import nameless


@pytest.fixture
def session(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


@pytest.fixture
def page(rooms: Rooms, session: Session) -> SafetyPage:
    page = SafetyPage(session)
    rooms.show(page)
    refresh(rooms, page)
    return page


def refresh(rooms: Rooms, page: SafetyPage) -> None:
    said: list[SafetyCard] = []
    mine = (page.backup, page.check, page.machine, page.destroying)
    for card in mine:
        card.said.connect(lambda card=card: said.append(card))
    page.refresh()
    rooms.until(lambda: set(said) >= set(mine))


def opened_backup(rooms: Rooms, page: SafetyPage, place: Path) -> BackupSheet:
    sheet = page.backup.back_up()
    with rooms.qtbot.waitSignal(sheet.looked):
        sheet.take_place(place)
    return sheet


def back_up(rooms: Rooms, page: SafetyPage, place: Path) -> BackupSheet:
    sheet = opened_backup(rooms, page, place)
    with rooms.qtbot.waitSignal(sheet.ended):
        QTest.keyClick(sheet, Qt.Key.Key_Return)
    return sheet


def erase(archive: Archive, record: RecordId) -> None:
    with archive.vault.saving():
        erasure.take_off(archive, erasure.reach(archive, [record]), for_good=True)


def told_by(sheet: QWidget) -> str:
    """What can be read on a sheet, once what was put on it just now has come to be seen."""
    QApplication.sendPostedEvents()
    return words_in(sheet)


def checked(rooms: Rooms, page: SafetyPage) -> CheckSheet:
    sheet = page.check.check()
    rooms.until(lambda: sheet._job is None)
    return sheet


def test_every_card_says_how_things_stand_and_its_button_says_it_too(page: SafetyPage) -> None:
    for card in page.cards:
        assert card.state.text() not in ("", "…"), card.name
        assert card.state.text() in card.button.accessibleDescription()
        assert card.button.text()


def test_every_button_and_input_of_the_page_and_its_sheets_has_a_name(page: SafetyPage) -> None:
    rooms = (page, page.backup.back_up(), page.check.check(), page.machine.show_findings(), page.destroying.ask())

    assert [nameless(room) for room in rooms] == [[]] * len(rooms)


def test_a_vault_without_a_backup_wants_attention(page: SafetyPage) -> None:
    assert page.backup.standing is Standing.ATTENTION
    assert "no backup yet" in page.backup.state.text()


def test_a_backup_is_made_with_the_keyboard_and_the_card_says_so(
    rooms: Rooms, session: Session, page: SafetyPage
) -> None:
    rooms.testimony(session)
    place = rooms.folder / "stick.backup"
    sheet = back_up(rooms, page, place)

    assert "written and read back" in told_by(sheet)
    assert "same disk" in told_by(sheet)
    assert backups.check(place).whole
    refresh(rooms, page)
    assert page.backup.standing is Standing.GOOD
    assert page.backup.state.text() == "The last one was made today; nothing is new since."


def test_the_second_backup_proposes_the_same_file_and_says_what_is_in_it(
    rooms: Rooms, session: Session, page: SafetyPage
) -> None:
    place = rooms.folder / "stick.backup"
    back_up(rooms, page, place).reject()
    rooms.testimony(session)

    sheet = page.backup.back_up()
    with rooms.qtbot.waitSignal(sheet.looked):
        pass

    assert sheet.place.accessibleName() == str(place)
    assert "1 state" in sheet.inside.text()
    with rooms.qtbot.waitSignal(sheet.ended):
        sheet.go()
    assert "number 2" in told_by(sheet)


def test_what_was_erased_and_is_still_in_the_backup_wants_attention(
    rooms: Rooms, session: Session, page: SafetyPage
) -> None:
    record = rooms.testimony(session)
    back_up(rooms, page, rooms.folder / "b").reject()
    rooms.do(session, lambda archive: erase(archive, record))
    refresh(rooms, page)
    assert page.backup.standing is Standing.ATTENTION
    assert "still has what was erased" in page.backup.state.text()

    sheet = back_up(rooms, page, rooms.folder / "b")

    assert "something was taken off" in told_by(sheet)


def test_a_backup_that_is_stopped_leaves_nothing_and_can_be_begun_again(
    rooms: Rooms, page: SafetyPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held_write(made: object, place: object, *, full: bool, progress: object) -> object:
        return held(made, place, full, progress)

    really = backups.write
    held = Held(lambda made, place, full, progress: really(made, place, full=full, progress=progress))
    monkeypatch.setattr(backups, "write", held_write)
    place = rooms.folder / "b"
    sheet = opened_backup(rooms, page, place)
    sheet.go()
    rooms.until(held.reached.is_set)

    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    held.let_go.set()
    rooms.until(lambda: not sheet.notice.isHidden())

    assert "Stopped" in sheet.notice.words.text()
    assert sheet.isVisible()
    assert list(rooms.folder.glob("b*")) == []
    assert list((page._session.folder / "objects" / "new").iterdir()) == []
    with rooms.qtbot.waitSignal(sheet.ended):
        sheet.go()
    assert backups.check(place).whole


def test_a_full_stick_is_said_and_nothing_is_noted(
    rooms: Rooms, session: Session, page: SafetyPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(made: backups.Prepared, *_arguments: object, **_named: object) -> None:
        backups.discard(made)
        raise DiskFullError

    monkeypatch.setattr(backups, "write", refuse)

    sheet = back_up(rooms, page, rooms.folder / "b")

    assert "full" in sheet.notice.words.text()
    assert rooms.do(session, backups.state).made_ms is None
    assert sheet.go_button.isEnabled()


def test_another_file_of_that_name_is_told_before_anything_is_written(rooms: Rooms, page: SafetyPage) -> None:
    place = rooms.folder / "photo.jpg"
    place.write_bytes(b"mine" * 400)

    sheet = opened_backup(rooms, page, place)
    assert sheet.inside.text() == "This file is not a backup."
    assert not sheet.go_button.isEnabled()
    with rooms.qtbot.waitSignal(sheet.ended):
        sheet.go()

    assert not sheet.notice.isHidden()
    assert place.read_bytes() == b"mine" * 400


def test_choosing_the_file_of_last_time_asks_nobody_to_overwrite_it(rooms: Rooms, page: SafetyPage) -> None:
    sheet = page.backup.back_up()
    dialog = sheet.choose()

    assert dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.reject()


def test_a_damaged_backup_can_be_written_anew(rooms: Rooms, session: Session, page: SafetyPage) -> None:
    place = rooms.folder / "b"
    back_up(rooms, page, place).reject()
    rooms.testimony(session)
    back_up(rooms, page, place).reject()
    content = bytearray(place.read_bytes())
    content[-1500:] = bytes(1500)
    place.write_bytes(content[:-600] + b"x" * 600)

    sheet = back_up(rooms, page, place)
    assert not sheet.notice.isHidden()
    assert not sheet.full.isHidden()
    sheet.full.setChecked(True)
    with rooms.qtbot.waitSignal(sheet.ended):
        sheet.go()

    assert sheet.notice.isHidden()
    assert backups.check(place).whole


def test_a_check_of_a_whole_vault_says_so_and_the_day_is_kept(rooms: Rooms, session: Session, page: SafetyPage) -> None:
    rooms.testimony(session)
    assert page.check.state.text() == "Nobody has checked it yet."

    sheet = checked(rooms, page)

    assert "Everything is whole" in told_by(sheet)
    assert "2 entries" in told_by(sheet)
    assert sheet.repair_button.isHidden()
    refresh(rooms, page)
    assert page.check.standing is Standing.GOOD


def test_damage_is_told_with_what_it_concerns_and_what_to_do(
    rooms: Rooms, session: Session, page: SafetyPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = rooms.testimony(session, "A call <b>from</b> the depot")
    found = Report(
        (Finding(Kind.SIGNATURE, 3, records=(record,)), Finding(Kind.UNKNOWN_OBJECT, 2)), 10, 20, 5, 1_500_000
    )
    monkeypatch.setattr(checking, "check", lambda _archive, _progress: found)

    sheet = checked(rooms, page)

    told = told_by(sheet)
    assert "Something is damaged" in told
    assert "“A call <b>from</b> the depot”" in told
    assert "Repair it in a copy" in told
    assert "Sealed files that nobody speaks of: 2." in told
    assert told.index("signature") < told.index("nobody speaks of")
    refresh(rooms, page)
    assert page.check.standing is Standing.ATTENTION
    with rooms.qtbot.waitSignal(page.repair_asked):
        sheet.repair_button.click()


def test_a_repair_is_offered_wherever_the_words_say_that_it_helps() -> None:
    helped = {kind for kind, (_what, do) in FOUND.items() if do.startswith("Repair it") or "Repair it in a copy" in do}

    assert helped == REPAIRED


def test_lists_that_differ_are_made_anew_and_checked_again(
    rooms: Rooms, page: SafetyPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = iter([Report((Finding(Kind.INDEX, 4),), 1, 1, 1, 1), Report((), 1, 1, 1, 1)])
    monkeypatch.setattr(checking, "check", lambda _archive, _progress: next(reports))
    sheet = checked(rooms, page)
    assert sheet.repair_button.isHidden()

    sheet.rebuild_button.click()
    rooms.until(lambda: "Everything is whole" in told_by(sheet))


def test_a_check_can_be_stopped_and_remembers_nothing(
    rooms: Rooms, session: Session, page: SafetyPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(checking.check)
    monkeypatch.setattr(checking, "check", held)
    sheet = page.check.check()
    rooms.until(held.reached.is_set)

    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    held.let_go.set()
    rooms.until(lambda: not sheet.notice.isHidden())

    assert "Stopped" in sheet.notice.words.text()
    assert rooms.do(session, looking_after.looked_after).checked_ms is None
    assert sheet.isVisible()


def test_a_full_disk_keeps_nobody_from_reading_the_result(
    rooms: Rooms, page: SafetyPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_archive: object, _report: object) -> None:
        raise DiskFullError

    monkeypatch.setattr(looking_after, "note_check", refuse)

    assert "Everything is whole" in told_by(checked(rooms, page))


def test_what_a_repair_left_aside_is_mentioned(rooms: Rooms, session: Session, page: SafetyPage) -> None:
    assert page.check.aside.isHidden()
    aside = session.folder / "damaged"
    aside.mkdir()
    (aside / "records.db").write_bytes(b"x")

    refresh(rooms, page)

    assert "1 sealed file" in page.check.aside.text()
    assert "What you erase may still be in it" in page.check.aside.text()


LOCKED = frozenset(NetworkLock)
GOOD = MachineState(Kept.ENCRYPTED, Kept.ENCRYPTED, Kept.NOT, Kept.ENCRYPTED, LOCKED)
UNKNOWN = MachineState(Kept.ENCRYPTED, Kept.UNKNOWN, Kept.NOT, Kept.ENCRYPTED, LOCKED)
BAD = MachineState(Kept.PLAIN, Kept.PLAIN, Kept.UNKNOWN, Kept.PLAIN, frozenset())


@pytest.mark.parametrize(
    ("state", "standing", "words"),
    [
        (GOOD, Standing.GOOD, "Nothing was found that gives you away."),
        (UNKNOWN, Standing.UNKNOWN, "1 thing is not known."),
        (BAD, Standing.ATTENTION, "3 things here could give you away."),
    ],
)
def test_the_worst_of_the_computer_is_what_its_card_says(state: MachineState, standing: Standing, words: str) -> None:
    assert standing_of(findings_of(state)) == (standing, words)


def test_each_finding_about_the_computer_stands_with_what_to_do(rooms: Rooms) -> None:
    found = findings_of(BAD)
    sheet = MachineSheet(found, None)
    rooms.show(sheet)

    for finding in found:
        assert finding.what in told_by(sheet)
        assert finding.do in told_by(sheet)


def test_hints_and_settings_lead_to_the_cards(workspace: Workspace, rooms: Rooms) -> None:
    workspace.settings.safety_button.click()
    assert workspace.safety.isVisible()
    assert workspace.where().page == "safety"

    workspace.show_place("desk")
    workspace.desk.safety_asked.emit("backup")

    assert workspace.safety.isVisible()
    assert workspace.safety.backup.button.hasFocus() or not workspace.isActiveWindow()
    assert workspace.focusWidget() is workspace.safety.backup.button


def test_the_desk_mentions_damage_and_its_line_leads_to_the_check(workspace: Workspace, rooms: Rooms) -> None:
    damaged = Report((Finding(Kind.PAGES),), 1, 1, 1, 1)
    rooms.do(workspace.session, lambda archive: looking_after.note_check(archive, damaged))
    loaded: list[object] = []
    workspace.desk.loaded.connect(loaded.append)
    workspace.show_place("desk")
    rooms.until(lambda: loaded)

    row = workspace.desk.findChild(QPushButton, "hint damaged")
    assert row is not None
    row.click()

    assert workspace.focusWidget() is workspace.safety.check.button


def test_nothing_of_a_sheet_stays_open_behind(rooms: Rooms, page: SafetyPage) -> None:
    for open_sheet in (page.backup.back_up, page.machine.show_findings, page.destroying.ask):
        sheet = open_sheet()
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        rooms.until(lambda: not sheets())
