"""Taking in, in the window: looked at first, believed only then, and nothing of what is refused or stopped stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QPushButton

from fieldapp.services import arrivals, documents, records, trust, views
from fieldapp.services.archive import Archive
from fieldapp.ui.exchange.arrival_card import ArrivalCard
from fieldapp.ui.exchange.compare import CompareSheet
from fieldapp.ui.exchange.page import ExchangePage
from fieldapp.ui.exchange.take_in import TakeInPart
from fieldapp.ui.session import Session
from tests.ui.rooms import Held, Rooms, listing, sheets, untouched, words_in


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


def add(rooms: Rooms, part: TakeInPart, path: Path) -> ArrivalCard:
    (card,) = part.add_files([path])
    rooms.until(lambda: card.state not in ("looking", "taking"))
    return card


def press(rooms: Rooms, card: ArrivalCard, words: str) -> None:
    def found() -> list[QPushButton]:
        return [each for each in card.findChildren(QPushButton) if each.isVisible() and words in each.text()]

    rooms.until(found)
    found()[0].click()


def take(rooms: Rooms, card: ArrivalCard) -> None:
    card.take()
    rooms.until(lambda: card.state not in ("looking", "taking"))


def count(archive: Archive) -> int:
    return sum(views.counts(archive).values())


def test_a_bundle_is_looked_at_first_and_changes_nothing(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    rooms.testimony(zarina)
    before = listing(nodira.folder)

    card = add(rooms, part, rooms.bundle(zarina))

    assert card.state == "ready"
    assert "From Zarina, their bundle number 1." in words_in(card)
    assert "New: 1 testimony." in words_in(card)
    assert rooms.do(nodira, count) == 0
    assert listing(nodira.folder) == before


def test_what_was_taken_in_can_be_seen_and_opened(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    testimony = rooms.testimony(zarina, "Twenty buses")
    card = add(rooms, part, rooms.bundle(zarina))
    changed: list[object] = []
    nodira.changed.connect(changed.append)

    press(rooms, card, "Take in")
    rooms.until(lambda: card.state == "done")
    press(rooms, card, "Show what came in")
    with rooms.qtbot.waitSignal(part.record_chosen) as chosen:
        press(rooms, card, "Twenty buses")

    assert bytes(chosen.args[0]) == testimony
    assert rooms.do(nodira, count) == 1
    assert changed


def test_the_same_bundle_again_is_nothing_new(rooms: Rooms, part: TakeInPart, zarina: Session) -> None:
    rooms.testimony(zarina)
    path = rooms.bundle(zarina)
    card = add(rooms, part, path)
    take(rooms, card)
    card.removed.emit()

    again = add(rooms, part, path)

    assert again.state == "nothing_new"
    assert "everything in it is here already" in words_in(again)


def test_a_later_bundle_tells_what_changed(rooms: Rooms, part: TakeInPart, zarina: Session) -> None:
    testimony = rooms.testimony(zarina)
    take(rooms, add(rooms, part, rooms.bundle(zarina, "a.bin")))
    rooms.do(zarina, lambda archive: records.save(archive, "testimony", {"needs": "a lawyer"}, record=testimony))

    card = add(rooms, part, rooms.bundle(zarina, "b.bin"))

    assert "Changed: 1 testimony." in words_in(card)


def test_what_a_bundle_removes_from_the_lists_is_told_and_opens(
    rooms: Rooms, part: TakeInPart, zarina: Session
) -> None:
    testimony = rooms.testimony(zarina, "Twenty buses")
    take(rooms, add(rooms, part, rooms.bundle(zarina, "a.bin")))
    rooms.testimony(zarina, "Another")
    rooms.do(zarina, lambda archive: records.hide(archive, testimony))

    card = add(rooms, part, rooms.bundle(zarina, "b.bin"))
    assert "Removed from lists: 1 testimony. New: 1 testimony." in words_in(card)
    take(rooms, card)
    press(rooms, card, "Show what came in")
    with rooms.qtbot.waitSignal(part.record_chosen) as chosen:
        press(rooms, card, "Twenty buses")

    assert bytes(chosen.args[0]) == testimony


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda _whole: b"",
        lambda _whole: b"a letter",
        lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]),
    ],
    ids=["cut", "empty", "foreign", "changed"],
)
def test_a_bundle_that_is_not_whole_says_so_and_leaves_nothing(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session, spoil: Callable[[bytes], bytes]
) -> None:
    rooms.testimony(zarina)
    path = rooms.bundle(zarina)
    path.write_bytes(spoil(path.read_bytes()))
    before = listing(nodira.folder)

    card = add(rooms, part, path)

    assert card.state == "failed"
    assert card.words.text()
    assert "taken in" in card.rest.text() or "Nothing was" in card.rest.text()
    assert listing(nodira.folder) == before


def test_several_files_are_taken_in_at_once_and_each_says_its_own(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    timur = rooms.new("Timur")
    rooms.meet(timur, nodira)
    rooms.testimony(zarina)
    rooms.testimony(timur)
    first, second = rooms.bundle(zarina, "a.bin"), rooms.bundle(timur, "b.bin")
    broken = rooms.folder / "c.bin"
    broken.write_bytes(first.read_bytes()[:-100])
    part.add_files([first, second, broken])
    rooms.until(lambda: all(card.state in ("ready", "failed") for card in part.cards))

    assert part.summary.take_button.isVisible()
    part.summary.take_button.click()
    rooms.until(lambda: sorted(card.state for card in part.cards) == ["done", "done", "failed"])

    assert rooms.do(nodira, count) == 2


def test_a_strangers_bundle_waits_until_words_are_compared(rooms: Rooms, part: TakeInPart, nodira: Session) -> None:
    timur = rooms.new("Timur", "borrowed laptop")
    card_of_nodira = rooms.do(nodira, trust.own_card)
    rooms.do(timur, lambda archive: trust.trust(archive, card_of_nodira))
    rooms.testimony(timur)
    card = add(rooms, part, rooms.bundle(timur))
    assert card.state == "stranger"
    assert "You have not compared words" in words_in(card)

    press(rooms, card, "Keep it waiting")
    rooms.until(part.waiting.isVisible)
    card.removed.emit()
    assert rooms.do(nodira, count) == 0
    assert "Timur" in words_in(part.waiting)

    part.waiting.compare_asked.emit(part.waiting.waiting[0])
    sheet = sheets()[-1]
    assert isinstance(sheet, CompareSheet)
    for button in sheet.words:
        button.setChecked(True)
    sheet.role.buttons[trust.Role.FIELD].setChecked(True)
    sheet.match_button.click()
    rooms.until(lambda: [card.state for card in part.cards] == ["ready"])
    take(rooms, part.cards[0])
    rooms.until(lambda: not part.waiting.isVisible())

    assert rooms.do(nodira, count) == 1
    assert rooms.do(nodira, arrivals.quarantined) == []


def test_a_bundle_that_waits_is_removed_only_after_a_question(rooms: Rooms, part: TakeInPart, nodira: Session) -> None:
    timur = rooms.new("Timur")
    card_of_nodira = rooms.do(nodira, trust.own_card)
    rooms.do(timur, lambda archive: trust.trust(archive, card_of_nodira))
    rooms.testimony(timur)
    take(rooms, add(rooms, part, rooms.bundle(timur)))
    rooms.until(lambda: part.waiting.waiting)

    part.waiting.remove_asked.emit(part.waiting.waiting[0])
    sheets()[-1].reject()
    assert len(rooms.do(nodira, arrivals.quarantined)) == 1

    part.waiting.remove_asked.emit(part.waiting.waiting[0])
    sheets()[-1].accept()
    rooms.until(lambda: not part.waiting.waiting)
    assert rooms.do(nodira, arrivals.quarantined) == []


def test_stopped_in_the_middle_it_leaves_nothing(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    testimony = rooms.testimony(zarina)
    big = rooms.folder / "big.bin"
    big.write_bytes(bytes(4_000_000))

    def attach(archive: Archive) -> None:
        from fieldapp.media.preview import DecoderProcess

        with DecoderProcess() as decoder:
            documents.attach(archive, [documents.stage(archive.vault.objects, big, decoder)], owner=testimony)

    rooms.do(zarina, attach)
    card = add(rooms, part, rooms.bundle(zarina))
    before = listing(nodira.folder)
    held = Held(arrivals.take)
    monkeypatch.setattr(arrivals, "take", held)

    card.take()
    rooms.until(held.reached.is_set)
    press(rooms, card, "Stop")
    held.let_go.set()
    rooms.until(lambda: card.state == "stopped")

    assert listing(nodira.folder) == before
    assert rooms.do(nodira, count) == 0
    press(rooms, card, "Look again")
    rooms.until(lambda: card.state == "ready")


def test_files_dropped_anywhere_on_the_page_are_looked_into(rooms: Rooms, zarina: Session, nodira: Session) -> None:
    rooms.testimony(zarina)
    page = ExchangePage(nodira)
    rooms.show(page)
    page.show_part("card")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(rooms.bundle(zarina))), QUrl("https://example.org/x.bin")])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPointF(200, 200).toPoint(), Qt.DropAction.CopyAction, mime, buttons, keys)

    page.dragEnterEvent(entering)
    assert entering.isAccepted()
    page.dropEvent(QDropEvent(QPointF(200, 200), Qt.DropAction.CopyAction, mime, buttons, keys))
    rooms.until(lambda: [card.state for card in page.take_in.cards] == ["ready"])

    assert page.take_in.isVisible()


def test_what_is_no_file_of_this_computer_is_not_dropped(rooms: Rooms, nodira: Session) -> None:
    page = ExchangePage(nodira)
    rooms.show(page)
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/x.bin")])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPointF(9, 9).toPoint(), Qt.DropAction.CopyAction, mime, buttons, keys)
    entering.ignore()

    page.dragEnterEvent(entering)

    assert not entering.isAccepted()


def test_titles_and_file_names_that_are_markup_or_turn_text_around_stay_words(
    rooms: Rooms, part: TakeInPart, zarina: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rooms.folder)
    secret = rooms.folder / "secret.png"
    secret.write_bytes(b"x")
    rooms.testimony(zarina, "<img src=secret.png>")
    rooms.testimony(zarina, "\u202eexe.fdp & others")
    path = rooms.bundle(zarina, "<b>\u202e.bin")

    with untouched(secret):
        card = add(rooms, part, path)
        take(rooms, card)
        press(rooms, card, "Show what came in")
        part.grab()

    labels = [label for label in card.findChildren(QLabel) if label.text()]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)
    shown = words_in(card) + "".join(button.text() for button in card.findChildren(QPushButton))
    assert "\u202e" not in shown
    assert "<img src=secret.png>" in shown
    assert "&& others" in shown
