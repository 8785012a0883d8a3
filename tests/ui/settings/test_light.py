"""Travelling light: what may go, why the rest stays, how it goes and is stopped, and what is known afterwards."""

from __future__ import annotations

import pytest

from fieldapp.errors import DiskFullError
from fieldapp.services import arrivals, handover, keeping, receipts, records, removal, trust, views
from fieldapp.services.archive import Archive
from fieldapp.services.trust import Role
from fieldapp.ui.session import Session
from fieldapp.ui.settings.light import LightPage
from tests.ui.rooms import Held, Rooms, words_in


@pytest.fixture
def zarina(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


@pytest.fixture
def nodira(rooms: Rooms, zarina: Session) -> Session:
    nodira = rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    (peer,) = rooms.do(zarina, trust.peers)
    rooms.do(zarina, lambda archive: trust.set_role(archive, peer, Role.COORDINATOR))
    rooms.do(nodira, lambda archive: keeping.set_keeps_for_others(archive, on=True))
    return nodira


def confirmed(rooms: Rooms, sender: Session, holder: Session) -> None:
    """All that is here has arrived there, and the confirmation is here."""
    bundle, file = rooms.folder / "all.bin", rooms.folder / "all.receipt"

    def seal(archive: Archive) -> None:
        handover.export(archive, trust.peers(archive), handover.select(archive), bundle)

    def take(archive: Archive) -> None:
        arrivals.import_file(archive, bundle)
        (peer,) = trust.peers(archive)
        receipts.write_file(archive, peer, file)

    rooms.do(sender, seal)
    rooms.do(holder, take)
    rooms.do(sender, lambda archive: receipts.import_file(archive, file))
    bundle.unlink()


def page_of(rooms: Rooms, session: Session) -> LightPage:
    page = LightPage(session)
    rooms.show(page)
    with rooms.qtbot.waitSignal(page.reckoned):
        page.refresh()
    return page


def choose(rooms: Rooms, page: LightPage, number: int) -> None:
    with rooms.qtbot.waitSignal(page.reckoned):
        page.copies.setCurrentIndex(page.copies.findData(number))
        page.copies.activated.emit(page.copies.currentIndex())


def count(rooms: Rooms, session: Session) -> int:
    return rooms.do(session, lambda archive: sum(views.counts(archive).values()))


def test_with_too_few_coordinators_nothing_can_go_and_the_page_says_why(
    rooms: Rooms, zarina: Session, nodira: Session
) -> None:
    rooms.testimony(zarina)
    confirmed(rooms, zarina, nodira)
    page = page_of(rooms, zarina)

    rooms.until(lambda: "Nothing can go now" in words_in(page))
    assert "1 record: fewer than 2 coordinators here" in words_in(page)
    assert page.go_button.isHidden()


def test_a_coordinator_who_keeps_nothing_for_others_is_named(rooms: Rooms, zarina: Session, nodira: Session) -> None:
    rooms.do(nodira, lambda archive: keeping.set_keeps_for_others(archive, on=False))
    rooms.testimony(zarina)
    confirmed(rooms, zarina, nodira)
    page = page_of(rooms, zarina)

    rooms.until(lambda: "The device of Nodira is not set to keep things for others" in words_in(page))
    assert page.go_button.isHidden()


def test_what_is_safe_goes_in_one_step_and_the_rest_stays(rooms: Rooms, zarina: Session, nodira: Session) -> None:
    rooms.testimony(zarina, "One")
    rooms.testimony(zarina, "Two")
    confirmed(rooms, zarina, nodira)
    rooms.testimony(zarina, "New")
    page = page_of(rooms, zarina)
    choose(rooms, page, 1)
    assert page.go_button.text() == "Take 2 records off this device"
    rooms.until(lambda: "1 record: Nodira: not confirmed yet" in words_in(page))

    with rooms.qtbot.waitSignal(page.ended):
        page.go_button.click()

    rooms.until(lambda: "2 records are off this device" in words_in(page))
    assert count(rooms, zarina) == 1
    assert rooms.do(zarina, removal.copies_needed) == 1


def test_it_can_be_stopped_and_says_what_went(
    rooms: Rooms, zarina: Session, nodira: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(archive: Archive) -> None:
        for number in range(40):
            records.save(archive, "testimony", {"title": str(number)})

    rooms.do(zarina, many)
    confirmed(rooms, zarina, nodira)
    page = page_of(rooms, zarina)
    choose(rooms, page, 1)
    held = Held(removal.remove)
    monkeypatch.setattr(removal, "remove", held)
    page.go_button.click()
    rooms.until(held.reached.is_set)

    with rooms.qtbot.waitSignal(page.ended):
        page.stop_button.click()
        held.let_go.set()

    rooms.until(lambda: "Stopped, as you asked" in words_in(page))
    assert count(rooms, zarina) == 40
    assert not page.again_button.isHidden()


def test_a_full_disk_is_told_and_the_page_can_look_again(
    rooms: Rooms, zarina: Session, nodira: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms.testimony(zarina)
    confirmed(rooms, zarina, nodira)
    page = page_of(rooms, zarina)
    choose(rooms, page, 1)

    def full(*_arguments: object) -> None:
        raise DiskFullError

    monkeypatch.setattr(removal, "remove", full)
    with rooms.qtbot.waitSignal(page.ended):
        page.go_button.click()
    assert page.notice.words.text()

    with rooms.qtbot.waitSignal(page.reckoned):
        page.again_button.click()
    assert page.notice.isHidden()


def test_the_list_of_what_left_has_kinds_and_days_and_no_names(rooms: Rooms, zarina: Session, nodira: Session) -> None:
    rooms.testimony(zarina, "Forty seconds")
    confirmed(rooms, zarina, nodira)
    page = page_of(rooms, zarina)
    choose(rooms, page, 1)
    with rooms.qtbot.waitSignal(page.ended):
        page.go()

    sheet = page.show_taken_off()
    rooms.until(sheet.list.count)

    text = sheet.list.item(0).text()
    assert text.startswith("Testimony\n")
    assert "to travel light" in text
    assert "Forty" not in text
    sheet.reject()


def test_nothing_was_taken_off_is_said_too(rooms: Rooms, zarina: Session) -> None:
    page = page_of(rooms, zarina)
    sheet = page.show_taken_off()

    with rooms.qtbot.waitSignal(sheet.listed) as told:
        pass

    assert told.args == [0]
    assert "Nothing was taken off" in words_in(sheet)
    sheet.reject()


def test_leaving_the_page_while_it_reckons_starts_anew_at_the_next_visit(rooms: Rooms, zarina: Session) -> None:
    rooms.testimony(zarina)
    page = LightPage(zarina)
    rooms.show(page)
    page.refresh()
    with rooms.qtbot.waitSignal(page.reckoned):
        page.refresh()

    assert page.stop_button.isHidden()
