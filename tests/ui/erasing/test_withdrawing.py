"""Somebody takes back what was told: the sheet on a record, the page of what came in, and the list of whom to tell."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from fieldapp.services import arrivals, records, trust, views, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How, Told
from fieldapp.ui.erasing.erase_sheet import EraseSheet, erasing_word
from fieldapp.ui.erasing.page import TakenBackPage
from fieldapp.ui.erasing.telling import ToTell, text_of, who_lines
from fieldapp.ui.erasing.told_sheet import ToldSheet
from fieldapp.ui.erasing.withdraw_sheet import WithdrawSheet
from fieldapp.ui.session import Session
from fieldapp.ui.short_copy import STAYS_MS, ShortCopy
from fieldapp.values import RecordId
from tests.ui.rooms import Rooms, sheets, words_in

HOSTILE = '<img src="file:///x.png"><b>R&D</b>'


@pytest.fixture
def zarina(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


@pytest.fixture
def nodira(rooms: Rooms, zarina: Session) -> Session:
    """A coordinator for Zarina, who is a field worker for her."""
    nodira = rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    (peer,) = rooms.do(zarina, trust.peers)
    rooms.do(zarina, lambda archive: trust.set_role(archive, peer, Role.COORDINATOR))
    return nodira


def carry(rooms: Rooms, sender: Session, to: Session, name: str) -> None:
    path = rooms.bundle(sender, name)
    rooms.do(to, lambda archive: arrivals.import_file(archive, path))


def withdrawn(rooms: Rooms, session: Session, *records_: RecordId, reason: str = "") -> None:
    def work(archive: Archive) -> None:
        for record in records_:
            withdrawals.withdraw(archive, record, by="Zarina", how=How.SPOKEN, date="2026-03-05", reason=reason)

    rooms.do(session, work)


def titles(rooms: Rooms, session: Session) -> set[str]:
    return rooms.do(session, lambda archive: {row.title for row in views.rows(archive, kind="testimony")})


def sheet_of(rooms: Rooms, session: Session, record: RecordId, title: str = "A call") -> WithdrawSheet:
    sheet = WithdrawSheet(session, [record], title, None)
    rooms.qtbot.addWidget(sheet)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the test looks at it afterwards
    sheet.open()
    return sheet


def page_of(rooms: Rooms, session: Session) -> TakenBackPage:
    page = TakenBackPage(session)
    rooms.show(page)
    with rooms.qtbot.waitSignal(page.loaded):
        page.refresh()
    return page


def test_who_confirmed_the_wish_and_how_must_be_said(rooms: Rooms, zarina: Session) -> None:
    record = rooms.testimony(zarina)
    sheet = sheet_of(rooms, zarina, record)
    assert not sheet.withdraw_button.isEnabled()

    QTest.keyClicks(sheet.by, "Zarina")
    assert not sheet.withdraw_button.isEnabled()
    sheet.how.setCurrentIndex(sheet.how.findData("relative"))
    assert sheet.withdraw_button.isEnabled()
    QTest.keyClicks(sheet.date.line, "when the snow fell")

    assert not sheet.withdraw_button.isEnabled()
    assert "not understood" in words_in(sheet)
    sheet.reject()


def test_what_was_taken_back_leaves_the_lists_and_says_who_confirmed_it(rooms: Rooms, zarina: Session) -> None:
    record = rooms.testimony(zarina)
    sheet = sheet_of(rooms, zarina, record)
    assert "Nothing is erased by this" in words_in(sheet)
    QTest.keyClicks(sheet.by, "Zarina")
    sheet.how.setCurrentIndex(sheet.how.findData("audio"))
    QTest.keyClicks(sheet.date.line, "5 March 2026")
    QTest.keyClicks(sheet.reason, "afraid")

    with rooms.qtbot.waitSignal(sheet.withdrawn):
        QTest.keyClick(sheet.reason, Qt.Key.Key_Return)

    assert titles(rooms, zarina) == set()
    (said,) = rooms.do(zarina, withdrawals.pending)
    assert (said.by, said.how, said.date, said.reason) == ("Zarina", "audio", "2026-03-05", "afraid")


def test_closing_the_sheet_changes_nothing(rooms: Rooms, zarina: Session) -> None:
    record = rooms.testimony(zarina)
    sheet = sheet_of(rooms, zarina, record)
    QTest.keyClicks(sheet.by, "Zarina")
    QTest.keyClick(sheet, Qt.Key.Key_Escape)

    assert titles(rooms, zarina) == {"A call"}


def test_what_came_in_is_grouped_and_nothing_is_ticked_beforehand(
    rooms: Rooms, zarina: Session, nodira: Session
) -> None:
    one, other = rooms.testimony(zarina, "One"), rooms.testimony(zarina, "Other")
    carry(rooms, zarina, nodira, "1.bin")
    withdrawn(rooms, zarina, one, other, reason="afraid")
    carry(rooms, zarina, nodira, "2.bin")

    page = page_of(rooms, nodira)

    (group,) = page.groups
    assert not group.follow_button.isEnabled()
    assert not group.keep_button.isEnabled()
    assert "Confirmed by Zarina, spoken, in a call or face to face, 5 March 2026. Why: afraid" in words_in(group)
    group.all_button.click()
    assert len(group.withdrawals) == 2
    group.none_button.click()
    assert not group.withdrawals


def test_erasing_needs_the_word_and_erases_only_what_is_ticked(rooms: Rooms, zarina: Session, nodira: Session) -> None:
    one, other = rooms.testimony(zarina, "One"), rooms.testimony(zarina, "Other")
    carry(rooms, zarina, nodira, "1.bin")
    withdrawn(rooms, zarina, one, other)
    carry(rooms, zarina, nodira, "2.bin")
    page = page_of(rooms, nodira)
    (group,) = page.groups
    said = next(each for each in group.group.withdrawals if each.record == one)
    group.boxes[said.entry].click()
    group.follow_button.click()
    (sheet,) = [each for each in sheets() if isinstance(each, EraseSheet)]
    rooms.until(lambda: "1 record" in sheet.going.text())
    assert not sheet.erase_button.isEnabled()
    QTest.keyClick(sheet.line, Qt.Key.Key_Return)  # no button is the one that Enter presses
    assert len(rooms.do(nodira, withdrawals.pending)) == 2

    QTest.keyClicks(sheet.line, erasing_word().upper())
    with rooms.qtbot.waitSignal(sheet.erased):
        QTest.mouseClick(sheet.erase_button, Qt.MouseButton.LeftButton)

    rooms.until(lambda: "erased here for good" in words_in(page))
    (left,) = rooms.do(nodira, withdrawals.pending)
    assert left.record == other


def test_keeping_is_one_click_and_brings_it_back_to_the_lists(rooms: Rooms, zarina: Session, nodira: Session) -> None:
    record = rooms.testimony(zarina, "One")
    carry(rooms, zarina, nodira, "1.bin")
    withdrawn(rooms, zarina, record)
    carry(rooms, zarina, nodira, "2.bin")
    page = page_of(rooms, nodira)
    assert titles(rooms, nodira) == set()

    page.groups[0].keep_button.click()
    rooms.until(lambda: page.declined is not None)

    assert titles(rooms, nodira) == {"One"}
    assert not page.groups


def test_our_own_withdrawal_that_was_a_mistake_is_taken_back_for_everybody(
    rooms: Rooms, zarina: Session, nodira: Session
) -> None:
    record = rooms.testimony(zarina, "One")
    carry(rooms, zarina, nodira, "1.bin")
    withdrawn(rooms, zarina, record)
    page = page_of(rooms, zarina)

    assert "mistake" in page.groups[0].keep_button.text()
    page.groups[0].keep_button.click()
    rooms.until(lambda: not page.groups)
    carry(rooms, zarina, nodira, "2.bin")

    assert titles(rooms, zarina) == titles(rooms, nodira) == {"One"}


def test_a_request_does_nothing_until_we_withdraw_it_ourselves(rooms: Rooms, zarina: Session, nodira: Session) -> None:
    record = rooms.testimony(nodira, "Written by Nodira")
    carry(rooms, nodira, zarina, "1.bin")
    withdrawn(rooms, zarina, record)
    carry(rooms, zarina, nodira, "2.bin")
    page = page_of(rooms, nodira)
    assert titles(rooms, nodira) == {"Written by Nodira"}
    assert not page.groups

    page.requests[0].follow_button.click()
    (sheet,) = [each for each in sheets() if isinstance(each, WithdrawSheet)]
    sheet.by.setText("Nodira")
    sheet.how.setCurrentIndex(1)
    sheet.withdraw_button.click()
    rooms.until(lambda: page.groups)

    assert titles(rooms, nodira) == set()


def test_many_withdrawals_are_shown_in_portions_and_all_means_all(rooms: Rooms, zarina: Session) -> None:
    def make(archive: Archive) -> None:
        for number in range(60):
            made = records.save(archive, "testimony", {"title": str(number)}).created
            assert made is not None
            withdrawals.withdraw(archive, made, by="Zarina", how=How.WRITTEN)

    rooms.do(zarina, make)
    page = page_of(rooms, zarina)
    (group,) = page.groups
    assert (len(group.boxes), group.more_button.text()) == (50, "Show 10 more")

    group.all_button.click()
    assert len(group.withdrawals) == 60
    group.more_button.click()
    assert len(group.boxes) == 60
    assert all(box.isChecked() for box in group.boxes.values())


def test_words_of_others_are_plain_text_on_the_page_and_in_the_sheets(rooms: Rooms, zarina: Session) -> None:
    record = rooms.testimony(zarina, HOSTILE)
    withdrawn(rooms, zarina, record, reason=HOSTILE)
    page = page_of(rooms, zarina)

    (box,) = page.groups[0].boxes.values()
    assert box.text() == HOSTILE.replace("&", "&&")
    rooms.until(lambda: HOSTILE in words_in(page))
    page.groups[0].follow_button.click()
    assert HOSTILE in words_in(sheets()[-1])
    for sheet in sheets():
        sheet.reject()


def told_sheet(rooms: Rooms, session: Session, records_: list[RecordId] | None = None) -> ToldSheet:
    sheet = ToldSheet(session, None, records_)
    rooms.qtbot.addWidget(sheet)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    with rooms.qtbot.waitSignal(sheet.listed):
        sheet.open()
    return sheet


def test_who_got_it_stands_on_a_list_and_the_copy_has_no_word_of_the_record(
    rooms: Rooms, zarina: Session, nodira: Session
) -> None:
    record = rooms.testimony(zarina, "Forty seconds")
    carry(rooms, zarina, nodira, "1.bin")
    withdrawn(rooms, zarina, record)
    sheet = told_sheet(rooms, zarina, [record])
    rooms.until(lambda: "Forty seconds" in words_in(sheet))
    assert "Nodira: in bundle 1" in words_in(sheet)
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("before")

    sheet.copy_button.click()
    assert clipboard.text() == "before"
    assert "Other programs" in words_in(sheet)
    sheet.copy_really.click()

    assert "Nodira: in bundle 1" in clipboard.text()
    assert "Forty" not in clipboard.text()
    assert isinstance(sheet.copied, ShortCopy)
    assert bytes(clipboard.mimeData().data("x-kde-passwordManagerHint").data()) == b"secret"
    assert sheet.copied.timer.interval() == STAYS_MS <= 10_000
    sheet.copied.timer.timeout.emit()
    assert clipboard.text() == ""


def test_what_a_copy_was_for_is_shown_and_not_copied() -> None:
    told = Told("copy", "Zarina", b"", 0, 0, "for the lawyer of Malika")
    shown = ToTell(RecordId(bytes(16)), "Forty seconds", erased=False, told=(told,))

    assert "Malika" in who_lines(shown)[0]
    assert "Zarina" in text_of([shown])
    assert "Malika" not in text_of([shown])


def test_what_somebody_else_copied_meanwhile_stays_on_the_clipboard(rooms: Rooms) -> None:
    copied = ShortCopy("names")
    QGuiApplication.clipboard().setText("something else")

    copied.forget()

    assert QGuiApplication.clipboard().text() == "something else"


def test_when_all_were_told_the_list_of_an_erased_record_is_forgotten(
    rooms: Rooms, zarina: Session, nodira: Session
) -> None:
    record = rooms.testimony(zarina, "Forty seconds")
    carry(rooms, zarina, nodira, "1.bin")
    withdrawn(rooms, zarina, record)
    rooms.do(zarina, lambda archive: withdrawals.confirm(archive, withdrawals.pending(archive)))
    sheet = told_sheet(rooms, zarina)
    rooms.until(lambda: record.hex()[:8] in words_in(sheet))
    assert "Forty" not in words_in(sheet)

    with rooms.qtbot.waitSignal(sheet.emptied):
        sheet.done_button.click()

    rooms.until(lambda: "Nobody is left" in words_in(sheet))
    assert rooms.do(zarina, withdrawals.to_tell) == []


def test_while_it_is_here_the_list_cannot_be_forgotten(rooms: Rooms, zarina: Session, nodira: Session) -> None:
    record = rooms.testimony(zarina)
    carry(rooms, zarina, nodira, "1.bin")
    sheet = told_sheet(rooms, zarina, [record])

    assert sheet.done_button.isHidden()
