"""The desk in a window: what it says on a Monday, where it leads, what is decided on it, and when it is quiet."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from fieldapp.services import arrivals, conflicts, records, revoking, trust, views, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.ui.desk.alarms import AlarmBox
from fieldapp.ui.desk.page import DeskPage
from fieldapp.ui.desk.reading import FEW
from fieldapp.ui.desk.rows import RowButton
from fieldapp.ui.desk.what_came import WhatCameSheet
from fieldapp.ui.session import Session
from fieldapp.ui.toast import Toast
from fieldapp.values import RecordId
from tests.ui.rooms import Rooms


class Desk:
    """A desk in a room of its own, with what it asks for."""

    def __init__(self, rooms: Rooms, session: Session) -> None:
        self.rooms, self.session = rooms, session
        self.room = QWidget()
        rooms.show(self.room)
        self.toast = Toast(self.room)
        self.page = DeskPage(session, self.toast)
        self.page.setParent(self.room)
        self.page.resize(self.room.size())
        self.page.show()
        self.opened: list[bytes] = []
        self.parts: list[str] = []
        self.page.record_chosen.connect(self.opened.append)
        self.page.part_asked.connect(self.parts.append)
        self.read()

    def read(self) -> None:
        """Until all that was written is shown."""
        loaded: list[object] = []
        connection = self.page.loaded.connect(loaded.append)
        self.page.refresh()
        self.rooms.until(lambda: loaded and (self.page._reading is None or self.page._reading.ended))
        self.page.disconnect(connection)

    def words(self) -> str:
        """All that can be read on it."""
        QApplication.sendPostedEvents()  # rows that were made just now come to be seen
        labels = self.page.findChildren(QLabel)
        return "\n".join(label.accessibleName() or label.text() for label in labels if label.isVisibleTo(self.page))

    def press(self, key: Qt.Key) -> None:
        QApplication.sendEvent(self.page, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier))

    def row(self, begins: str) -> RowButton:
        """The row whose name begins so."""
        return next(row for row in self.page.findChildren(RowButton) if row.objectName().startswith(begins))

    def button(self, text: str) -> QPushButton:
        return next(each for each in self.page.findChildren(QPushButton) if each.text() == text)


def count(session: Session, rooms: Rooms) -> int:
    """How many records disagree."""
    return rooms.do(session, conflicts.count)


@pytest.fixture
def office(rooms: Rooms) -> Session:
    return rooms.new("Nodira", "office computer")


@pytest.fixture
def field(rooms: Rooms, office: Session) -> Session:
    field = rooms.new("Zarina", "old laptop")
    rooms.meet(office, field)
    return field


def hand_over(rooms: Rooms, sender: Session, taker: Session, name: str) -> None:
    bundle = rooms.bundle(sender, name)
    rooms.do(taker, lambda archive: arrivals.import_file(archive, bundle))


def person(rooms: Rooms, session: Session, **values: str) -> RecordId:
    made = rooms.do(session, lambda archive: records.save(archive, "person", values)).created
    assert made is not None
    return made


def call(rooms: Rooms, session: Session, record: RecordId, name: str) -> None:
    rooms.do(session, lambda archive: records.save(archive, "person", {"name": name}, record=record))


def differing(rooms: Rooms, field: Session, office: Session, names: int = 2) -> list[RecordId]:
    """So many people whom two devices call differently at the same time."""
    people = [person(rooms, field, name=f"Person {number}") for number in range(names)]
    hand_over(rooms, field, office, "first.bin")
    for each in people:
        for session, name in ((field, "as the field says"), (office, "as the office says")):
            call(rooms, session, each, name)
    hand_over(rooms, field, office, "second.bin")
    return people


def test_nothing_waits_and_it_says_so(rooms: Rooms, office: Session) -> None:
    desk = Desk(rooms, office)

    assert "All quiet" in desk.words()
    assert desk.page.overview.isHidden()


def test_what_came_in_is_new_until_somebody_says_that_they_have_seen_it(
    rooms: Rooms, office: Session, field: Session
) -> None:
    rooms.testimony(field)
    hand_over(rooms, field, office, "a.bin")
    desk = Desk(rooms, office)
    before = desk.words()

    desk.button("I have seen this").click()
    rooms.until(lambda: "All quiet" in desk.words())

    assert "1 new" in before and "From Zarina" in before
    assert "From Zarina" in desk.words()


def test_a_bundle_opens_what_it_brought(rooms: Rooms, office: Session, field: Session) -> None:
    record = person(rooms, field, name="Marufjon", status="missing")
    hand_over(rooms, field, office, "a.bin")
    desk = Desk(rooms, office)

    desk.row("arrival").click()
    sheet = next(each for each in desk.page.findChildren(WhatCameSheet))
    rooms.until(lambda: sheet.findChildren(RowButton))
    row = sheet.findChildren(RowButton)[0]
    told = row.accessibleName()
    row.click()

    assert told == "Marufjon. urgent"
    assert desk.opened == [record]
    assert not sheet.isVisible()


def test_who_has_been_in_danger_for_long_stays_listed_and_the_desk_is_quiet(rooms: Rooms, office: Session) -> None:
    person(rooms, office, name="Marufjon", status="at_front")
    desk = Desk(rooms, office)
    before = "All quiet" in desk.words()

    desk.button("I have seen this").click()
    rooms.until(lambda: "All quiet" in desk.words())

    assert not before
    assert "Marufjon" in desk.words()


def test_somebody_in_danger_stands_on_the_desk_and_a_click_opens_them(rooms: Rooms, office: Session) -> None:
    record = person(rooms, office, name="Marufjon", status="missing")
    desk = Desk(rooms, office)

    desk.row("urgent").click()

    assert "Marufjon" in desk.words() and "Missing" in desk.words()
    assert desk.opened == [record]


def test_of_many_in_danger_a_few_are_shown_until_all_are_asked_for(rooms: Rooms, office: Session) -> None:
    for number in range(FEW + 3):
        person(rooms, office, name=f"P{number}", status="missing")
    desk = Desk(rooms, office)
    few = len([row for row in desk.page.findChildren(RowButton) if row.objectName().startswith("urgent")])
    told = desk.page.overview.tiles["urgent"].accessibleName()

    desk.button("Show all").click()
    rooms.until(lambda: desk.page._shown is not None and len(desk.page._shown.urgent) == FEW + 3)

    assert few == FEW
    assert told == f"urgent: {FEW + 3}"


def test_accounts_that_differ_are_decided_with_one_key_and_taken_back_with_another(
    rooms: Rooms, office: Session, field: Session
) -> None:
    differing(rooms, field, office)
    desk = Desk(rooms, office)
    before = count(office, rooms)
    question = desk.page.deciding.question
    assert question is not None and question.field is not None
    second = question.field.accounts[1].told

    desk.page._on_look_asked()
    desk.press(Qt.Key.Key_2)
    rooms.until(desk.toast.isVisible)
    after = count(office, rooms)
    name = rooms.do(office, lambda archive: views.view(archive, question.row.id).value("name"))
    toast = desk.toast.words.text()
    desk.page.undo()
    rooms.until(lambda: count(office, rooms) == before)

    assert (before, after) == (2, 1)
    assert name == second
    assert toast == f"Kept: {second}"


def test_nothing_is_decided_unseen(rooms: Rooms, office: Session, field: Session) -> None:
    for number in range(FEW + 1):
        person(rooms, office, name=f"P{number}", status="missing")
    differing(rooms, field, office)
    desk = Desk(rooms, office)
    rooms.until(lambda: desk.page._part.verticalScrollBar().maximum() > 0)
    first = desk.page.deciding.question

    desk.press(Qt.Key.Key_1)
    unseen = desk.page.deciding.question
    rooms.until(lambda: desk.page._part.verticalScrollBar().value() > 0)
    desk.press(Qt.Key.Key_1)

    assert unseen == first
    assert desk.page.deciding.question != first
    rooms.until(lambda: count(office, rooms) == 1)


def test_when_all_is_decided_the_section_goes(rooms: Rooms, office: Session, field: Session) -> None:
    differing(rooms, field, office, names=2)
    desk = Desk(rooms, office)

    desk.page.deciding.keep(1)
    desk.page.deciding.keep(1)
    rooms.until(lambda: not desk.page.deciding.isVisible())

    assert count(office, rooms) == 0
    assert "Accounts differ" not in desk.words()


def test_undo_where_nothing_was_decided_says_so_and_changes_nothing(rooms: Rooms, office: Session) -> None:
    rooms.testimony(office)
    desk = Desk(rooms, office)

    desk.page.undo()

    assert desk.toast.isVisible()
    assert rooms.do(office, views.counts) == {"testimony": 1}


def test_what_is_taken_back_leads_to_the_decision(rooms: Rooms, office: Session, field: Session) -> None:
    record = rooms.testimony(field, "The bus driver")
    hand_over(rooms, field, office, "a.bin")
    how = withdrawals.How.SPOKEN
    rooms.do(field, lambda archive: withdrawals.withdraw(archive, record, by="Zarina", how=how, reason="Afraid."))
    hand_over(rooms, field, office, "b.bin")
    desk = Desk(rooms, office)
    asked: list[bool] = []
    desk.page.withdrawals_asked.connect(lambda: asked.append(True))

    desk.row("withdrawn").click()

    assert "Zarina: 1 record is taken back" in desk.words()
    assert asked == [True]


def test_a_bundle_that_never_came_is_named_and_leads_to_the_exchange(
    rooms: Rooms, office: Session, field: Session
) -> None:
    for name in ("a.bin", "b.bin"):
        rooms.testimony(field)
        bundle = rooms.bundle(field, name)
    rooms.do(office, lambda archive: arrivals.import_file(archive, bundle))
    desk = Desk(rooms, office)

    desk.row("missing").click()

    assert "Bundle 1 of Zarina has not arrived" in desk.words()
    assert desk.parts == ["take_in"]


def test_who_is_not_trusted_waits_aside(rooms: Rooms, office: Session) -> None:
    stranger = rooms.new("Timur", "borrowed laptop")
    card = rooms.do(office, trust.own_card)
    rooms.do(stranger, lambda archive: trust.trust(archive, card))
    rooms.testimony(stranger)
    hand_over(rooms, stranger, office, "s.bin")
    desk = Desk(rooms, office)

    desk.row("aside").click()

    assert "Somebody who calls themselves Timur" in desk.words()
    assert desk.parts == ["take_in"]


def test_what_is_in_no_bundle_yet_and_what_nobody_confirmed_leads_there(
    rooms: Rooms, office: Session, field: Session
) -> None:
    rooms.testimony(field)
    rooms.bundle(field, "a.bin")
    rooms.testimony(field, "Another")
    desk = Desk(rooms, field)

    desk.row("waiting").click()
    desk.row("sent").click()

    assert "1 record is in no bundle yet" in desk.words()
    assert "1 record was sent, and nobody has confirmed it yet" in desk.words()
    assert desk.parts == ["hand_over", "people"]


def test_an_alarm_stays_until_somebody_has_seen_it(rooms: Rooms, office: Session, field: Session) -> None:
    other = rooms.new("Timur", "tablet")
    rooms.meet(field, other)

    def lose(archive: Archive) -> None:
        peer = next(each for each in trust.peers(archive) if each.name == "Timur")
        revoking.revoke(archive, peer, reason="left on a bus")

    rooms.do(field, lose)
    hand_over(rooms, field, office, "a.bin")
    desk = Desk(rooms, office)
    box = desk.page.findChild(AlarmBox)
    assert box is not None
    told = box.accessibleName()

    box.seen_button.click()
    rooms.until(lambda: desk.page.findChild(AlarmBox) is None)

    assert told.startswith("Zarina says that devices are lost, but does not coordinate here.")
    assert "left on a bus" in told


def test_who_was_at_a_row_is_there_again_when_rows_are_made_anew(rooms: Rooms, office: Session) -> None:
    person(rooms, office, name="Marufjon", status="missing")
    desk = Desk(rooms, office)
    name = desk.row("urgent").objectName()
    desk.row("urgent").setFocus()

    person(rooms, office, name="Ali", status="missing")
    desk.read()

    focused = desk.room.focusWidget()
    assert focused is not None and focused.objectName() == name


def test_markup_in_names_stays_words(rooms: Rooms, office: Session) -> None:
    hostile = '<img src="file:///etc/passwd"> & <b>x'
    person(rooms, office, name=hostile, status="missing")

    desk = Desk(rooms, office)

    assert hostile in desk.words()
