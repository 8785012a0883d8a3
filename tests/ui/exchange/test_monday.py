"""A coordinator's Monday: many files at once, what cannot wait on top, and what waits aside sender by sender."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from fieldapp.services import arrivals, handover, quarantine, receipts, records, revoking, trust, views
from fieldapp.services.archive import Archive
from fieldapp.ui.exchange.look_inside import LookInsideSheet
from fieldapp.ui.exchange.take_in import TakeInPart
from fieldapp.ui.session import Session
from fieldapp.values import RecordId
from tests.ui.rooms import Rooms, sheets, untouched, words_in


@pytest.fixture
def zarina(rooms: Rooms) -> Session:
    return rooms.new("Zarina", "old laptop")


@pytest.fixture
def nodira(rooms: Rooms, zarina: Session) -> Session:
    nodira = rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    return nodira


@pytest.fixture
def part(rooms: Rooms, nodira: Session) -> TakeInPart:
    part = TakeInPart(nodira)
    rooms.show(part)
    return part


def settle(rooms: Rooms, part: TakeInPart) -> None:
    rooms.until(lambda: not any(card.state in ("looking", "taking") for card in part.cards))


def unsent(rooms: Rooms, sender: Session, name: str) -> Path:
    """A bundle of what was in none before."""
    path = rooms.folder / name

    def work(archive: Archive) -> None:
        to = trust.peers(archive)
        handover.export(archive, to, handover.select(archive, to=to, basis=handover.Basis.SENT), path)

    rooms.do(sender, work)
    return path


def titles(archive: Archive) -> set[str]:
    return {row.title for row in views.rows(archive, kind="testimony")}


def press(rooms: Rooms, within: TakeInPart | LookInsideSheet, words: str) -> None:
    def found() -> list[QPushButton]:
        return [each for each in within.findChildren(QPushButton) if each.isVisible() and words in each.text()]

    rooms.until(found)
    found()[0].click()


def lost(rooms: Rooms, nodira: Session, zarina: Session) -> RecordId:
    """Zarina's device is said to be lost; what it wrote later came, and waits."""
    rooms.testimony(zarina, "Before")
    first = rooms.bundle(zarina, "first.bin")
    rooms.do(nodira, lambda archive: arrivals.import_file(archive, first))
    peer = rooms.do(nodira, trust.peers)[0]
    rooms.do(nodira, lambda archive: revoking.revoke(archive, peer))
    return rooms.testimony(zarina, "Written later")


def test_of_many_files_the_urgent_is_told_first_and_opens(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    def write(archive: Archive) -> RecordId:
        created = records.save(archive, "testimony", {"title": "Beaten last night", "distress": "yes"}).created
        assert created is not None
        return created

    rooms.testimony(zarina, "Twenty buses")
    one = rooms.bundle(zarina, "one.bin")
    urgent = rooms.do(zarina, write)
    two = unsent(rooms, zarina, "two.bin")

    part.add_files([one, two])
    rooms.until(lambda: "Urgent: 1 testimony." in words_in(part.summary))
    assert "2 files" in words_in(part.summary)
    part.summary.take_button.click()
    rooms.until(lambda: [card.state for card in part.cards] == ["done", "done"])

    assert rooms.do(nodira, titles) == {"Twenty buses", "Beaten last night"}
    with rooms.qtbot.waitSignal(part.record_chosen) as chosen:
        press(rooms, part, "Beaten last night")
    assert bytes(chosen.args[0]) == urgent
    part.summary.clear_button.click()
    assert part.cards == []


def test_a_confirmation_file_is_known_for_what_it_is(rooms: Rooms, zarina: Session, nodira: Session) -> None:
    rooms.testimony(zarina)
    bundle = rooms.bundle(zarina)
    rooms.do(nodira, lambda archive: arrivals.import_file(archive, bundle))
    peer = rooms.do(nodira, trust.peers)[0]
    path = rooms.folder / "back.receipt"
    rooms.do(nodira, lambda archive: receipts.write_file(archive, peer, path))
    part = TakeInPart(zarina)
    rooms.show(part)

    part.add_files([path])
    rooms.until(lambda: [card.state for card in part.cards] == ["confirmed"])

    assert "A confirmation from Nodira." in words_in(part.cards[0])
    assert rooms.do(zarina, handover.pending) == 0
    assert rooms.do(zarina, receipts.unacknowledged).sent == 0


def test_what_is_missing_is_named_until_nobody_wants_to_hear_of_it(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    rooms.testimony(zarina, "One")
    rooms.bundle(zarina, "one.bin")
    rooms.testimony(zarina, "Two")
    part.add_files([rooms.bundle(zarina, "two.bin")])
    settle(rooms, part)
    part.cards[0].take()
    rooms.until(lambda: "Bundle 1 from Zarina has not arrived" in words_in(part.missing))

    press(rooms, part, "Do not remind me")
    rooms.until(lambda: not part.missing.isVisible())

    assert rooms.do(nodira, receipts.missing_bundles) == []


def test_what_a_lost_device_wrote_later_is_looked_at_and_let_stand(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    lost(rooms, nodira, zarina)
    part.add_files([rooms.bundle(zarina, "later.bin")])
    settle(rooms, part)
    part.cards[0].take()
    rooms.until(lambda: part.waiting.waiting)
    rooms.until(lambda: "the device counts as lost" in words_in(part.waiting))

    sheet = part.look_inside(part.waiting.waiting[0])
    rooms.until(sheet.accept_button.isEnabled)
    rooms.until(lambda: "Written later" in words_in(sheet))
    assert rooms.do(nodira, titles) == {"Before"}
    sheet.accept_button.click()
    rooms.until(lambda: not part.waiting.waiting)

    assert rooms.do(nodira, titles) == {"Before", "Written later"}


def test_what_is_refused_is_gone_and_changes_nothing(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    lost(rooms, nodira, zarina)
    part.add_files([rooms.bundle(zarina, "later.bin")])
    settle(rooms, part)
    part.cards[0].take()
    rooms.until(lambda: part.waiting.waiting)

    sheet = part.look_inside(part.waiting.waiting[0])
    rooms.until(sheet.refuse_button.isEnabled)
    sheet.refuse_button.click()
    rooms.until(lambda: not part.waiting.waiting)

    assert rooms.do(nodira, titles) == {"Before"}
    assert rooms.do(nodira, quarantine.waiting) == []


def test_a_stranger_is_not_let_stand_without_words(rooms: Rooms, part: TakeInPart, nodira: Session) -> None:
    timur = rooms.new("Timur")
    card = rooms.do(nodira, trust.own_card)
    rooms.do(timur, lambda archive: trust.trust(archive, card))
    rooms.testimony(timur, "From a stranger")
    part.add_files([rooms.bundle(timur)])
    settle(rooms, part)
    part.cards[0].take()
    rooms.until(lambda: part.waiting.waiting)

    sheet = part.look_inside(part.waiting.waiting[0])
    rooms.until(sheet.accept_button.isEnabled)
    assert "From a stranger" in words_in(sheet)
    assert "Compare words" in sheet.accept_button.text()
    sheet.reject()

    assert rooms.do(nodira, titles) == set()


def test_names_of_strangers_stay_words_and_open_nothing(rooms: Rooms, part: TakeInPart, nodira: Session) -> None:
    secret = rooms.folder / "secret.png"
    secret.write_bytes(b"x")
    markup = f"<img src=file:{secret}>"[:100]
    timur = rooms.new(markup, markup)
    card = rooms.do(nodira, trust.own_card)
    rooms.do(timur, lambda archive: trust.trust(archive, card))
    rooms.testimony(timur, markup)
    path = rooms.bundle(timur)

    with untouched(secret):
        part.add_files([path])
        settle(rooms, part)
        part.cards[0].take()
        rooms.until(lambda: part.waiting.waiting)
        sheet = part.look_inside(part.waiting.waiting[0])
        rooms.until(sheet.accept_button.isEnabled)
        part.grab()
        sheet.grab()
        labels = [*part.findChildren(QLabel), *sheet.findChildren(QLabel)]
        assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels if label.text())
        sheets()[-1].reject()
