"""What the device is for, chosen again in the settings."""

from __future__ import annotations

import pytest

from fieldapp.services import keeping, receipts, trust
from fieldapp.services.archive import Archive
from fieldapp.ui.plain import Sheet
from fieldapp.ui.session import Session
from fieldapp.ui.settings.page import SettingsPage
from fieldapp.ui.settings.purpose_box import PurposeBox
from tests.ui.rooms import Rooms, words_in


@pytest.fixture
def zarina(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


def box_of(rooms: Rooms, session: Session) -> PurposeBox:
    page = SettingsPage(session)
    with rooms.qtbot.waitSignal(page.purpose.shown):
        rooms.show(page)
    return page.purpose


def chosen(rooms: Rooms, box: PurposeBox, *, keeps: bool) -> None:
    box.setCurrentIndex(box.findData(keeps))
    box.activated.emit(box.currentIndex())


def keeps(archive: Archive) -> bool:
    return keeping.keeps_for_others(archive)


def test_a_device_is_for_field_work_until_a_person_says_otherwise(rooms: Rooms, zarina: Session) -> None:
    box = box_of(rooms, zarina)
    assert box.currentText() == "Field work"
    with rooms.qtbot.waitSignal(box.shown):
        chosen(rooms, box, keeps=True)

    assert rooms.do(zarina, keeps)
    with rooms.qtbot.waitSignal(box.shown):
        chosen(rooms, box, keeps=False)  # nobody was told to rely on it
    assert not rooms.do(zarina, keeps)


def test_who_was_told_to_rely_on_it_is_named_before_it_keeps_nothing_more(rooms: Rooms, zarina: Session) -> None:
    nodira = rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    rooms.do(zarina, lambda archive: keeping.set_keeps_for_others(archive, on=True))
    (peer,) = rooms.do(zarina, trust.peers)
    rooms.do(zarina, lambda archive: receipts.write_file(archive, peer, rooms.folder / "told.receipt"))
    box = box_of(rooms, zarina)

    for accepted in (False, True):
        sheet = box.choose(keeps=False)
        assert isinstance(sheet, Sheet)
        assert "1 person was told to rely on it: what came until then stays here." in words_in(sheet)
        with rooms.qtbot.waitSignal(box.shown):
            (sheet.accept if accepted else sheet.reject)()
        assert rooms.do(zarina, keeps) is not accepted
