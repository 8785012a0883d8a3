"""What happened to a record: any earlier moment can be looked at, and its state brought back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from fieldapp.services import arrivals, records, views
from fieldapp.services.archive import Archive
from fieldapp.ui.records.history import HistoryCard, HistorySheet
from fieldapp.ui.records.past_sheet import PastSheet
from fieldapp.ui.session import Session
from fieldapp.values import RecordId
from tests.ui.rooms import Rooms, rooms

__all__ = ["rooms"]

OpenSheet = Callable[[Session, RecordId], HistorySheet]


def words(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def person(rooms: Rooms, session: Session, **values: object) -> RecordId:
    created = rooms.do(session, lambda archive: records.save(archive, "person", values)).created
    assert created is not None
    return created


def change(rooms: Rooms, session: Session, record: RecordId, **values: object) -> None:
    rooms.do(session, lambda archive: records.save(archive, "person", values, record=record))


def values(rooms: Rooms, session: Session, record: RecordId) -> dict[str, object]:
    def read(archive: Archive) -> dict[str, object]:
        return {field.name: field.value for field in views.view(archive, record).fields}

    return rooms.do(session, read)


@pytest.fixture
def sheet_of(rooms: Rooms) -> OpenSheet:
    windows = []  # Qt's parent is no owner in Python's eyes

    def open_sheet(session: Session, record: RecordId) -> HistorySheet:
        window = QWidget()
        rooms.show(window)
        sheet = HistorySheet(session, record, "A person", window)
        windows.append(window)
        sheet.open()
        rooms.until(lambda: sheet.entries)
        return sheet

    return open_sheet


def moment(rooms: Rooms, sheet: HistorySheet, place: int) -> PastSheet:
    past = sheet.show_moment(sheet.entries[place])
    rooms.until(lambda: past.lines)
    return past


def test_an_earlier_moment_shows_what_stood_there_and_what_is_different_today(
    rooms: Rooms, sheet_of: OpenSheet
) -> None:
    mine = rooms.new("Zarina")
    record = person(rooms, mine, name="Dilbar", occupation="cook")
    change(rooms, mine, record, name="Dilbar R.", citizenship=["Tajikistan"])
    sheet = sheet_of(mine, record)

    past = moment(rooms, sheet, 0)

    different = {line.label: (line.then, line.now) for line in past.lines if line.differs}
    assert different == {"Name as told": ("Dilbar", "Dilbar R."), "Citizenships": ("", "Tajikistan")}
    assert past.summary.text() == "2 fields say something else today."
    assert "Nothing can be changed here." in words(past)
    assert "Today: Dilbar R." in words(past)
    assert not [
        each for each in past.findChildren(QWidget) if each.metaObject().className() in ("QLineEdit", "QComboBox")
    ]


def test_the_state_of_an_earlier_moment_is_brought_back_and_can_be_undone(rooms: Rooms, sheet_of: OpenSheet) -> None:
    mine = rooms.new("Zarina")
    record = person(rooms, mine, name="Dilbar")
    change(rooms, mine, record, name="Dilbar R.", occupation="cook")
    sheet = sheet_of(mine, record)
    told: list[bool] = []
    sheet.brought_back.connect(lambda: told.append(True))

    moment(rooms, sheet, 0).bring_button.click()
    rooms.until(lambda: told)
    after = values(rooms, mine, record)
    rooms.do(mine, lambda archive: records.undo(archive, record))

    assert after == {"name": "Dilbar"}
    assert values(rooms, mine, record) == {"name": "Dilbar R.", "occupation": "cook"}
    assert not sheet.isVisible()


def test_where_nothing_is_different_there_is_nothing_to_bring_back(rooms: Rooms, sheet_of: OpenSheet) -> None:
    mine = rooms.new("Zarina")
    record = person(rooms, mine, name="Dilbar")
    change(rooms, mine, record, name="Dilbar R.")
    sheet = sheet_of(mine, record)

    past = moment(rooms, sheet, 1)

    assert past.summary.text() == "It says the same today."
    assert not past.bring_button.isEnabled()


def test_each_entry_says_who_when_on_which_device_and_which_bundle_brought_it(
    rooms: Rooms, sheet_of: OpenSheet
) -> None:
    office, field = rooms.new("Nodira", "office computer"), rooms.new("Zarina", "old laptop")
    rooms.meet(office, field)
    record = person(rooms, field, name="Dilbar")
    bundle = rooms.bundle(field)
    rooms.do(office, lambda archive: arrivals.import_file(archive, bundle))
    change(rooms, office, record, name="Dilbar R.")
    sheet = sheet_of(office, record)

    newest, first = (words(card) for card in sheet.findChildren(HistoryCard))

    assert "You: wrote" in newest and "before: Dilbar" in newest
    assert "Zarina: wrote" in first and "on old laptop" in first and "came in with bundle 1 of Zarina" in first


def test_the_newest_entry_offers_no_way_back_to_itself(rooms: Rooms, sheet_of: OpenSheet) -> None:
    mine = rooms.new("Zarina")
    record = person(rooms, mine, name="Dilbar")
    change(rooms, mine, record, name="Dilbar R.")
    sheet = sheet_of(mine, record)

    offered = [bool(card.findChildren(QPushButton)) for card in sheet.findChildren(HistoryCard)]

    assert offered == [False, True]


def test_markup_in_an_earlier_state_stays_words(rooms: Rooms, sheet_of: OpenSheet) -> None:
    mine = rooms.new("Zarina")
    hostile = '<img src="file:///etc/passwd"> & <b>x'
    record = person(rooms, mine, name=hostile)
    change(rooms, mine, record, name="Dilbar")
    sheet = sheet_of(mine, record)

    assert hostile in words(moment(rooms, sheet, 0))
