"""The ways in, by their sheets: who writes here, who keeps shares, rehearsing, reading aloud; and the card of all."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from fieldapp.services import spoken_words, trust, writers
from fieldapp.services.archive import Archive
from fieldapp.services.safety import escrow, rekeying
from fieldapp.services.safety.escrow import Help
from fieldapp.services.trust import Role
from fieldapp.ui.exchange.take_in import TakeInPart
from fieldapp.ui.safety.card import Standing
from fieldapp.ui.safety.shares_held import HeldSheet, RehearsalSheet
from fieldapp.ui.safety.shares_rehearsing import RehearseSheet
from fieldapp.ui.safety.shares_sheet import HoldersSheet
from fieldapp.ui.safety.ways import WaysCard
from fieldapp.ui.safety.writers_sheet import WritersSheet
from fieldapp.ui.session import Session
from fieldapp.ui.spoken_words import WordsField
from tests.ui.conftest import PASSPHRASE
from tests.ui.rooms import Rooms, sheets, words_in

OTHER = "five other quiet words indeed"


def type_words(field: QWidget, text: str) -> None:
    for letter in text:
        event = QKeyEvent(QEvent.Type.KeyPress, ord(letter.upper()), Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(field, event)


@pytest.fixture
def owner(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


@pytest.fixture
def helpers(rooms: Rooms, owner: Session) -> list[Session]:
    """Two coordinators, who trust the owner and are trusted."""
    found = [rooms.new("Nodira K.", "office computer"), rooms.new("Timur", "grey laptop")]
    own = rooms.do(owner, trust.own_card)
    for each in found:
        card = rooms.do(each, trust.own_card)
        rooms.do(owner, lambda archive, card=card: trust.trust(archive, card, role=Role.COORDINATOR))  # type: ignore[misc]  # mypy does not see the default
        rooms.do(each, lambda archive: trust.trust(archive, own, role=Role.FIELD))
    return found


def hand_out(rooms: Rooms, owner: Session, helpers: list[Session]) -> list[str]:
    """Shares for both, written and taken in; gives the words of each."""
    made = rooms.do(owner, lambda archive: escrow.choose(archive, escrow.candidates(archive)))
    spoken = []
    by_name = {rooms.do(each, trust.own_card).fingerprint: each for each in helpers}
    for holder in made.holders:
        path = rooms.folder / f"{holder.name}.share"
        rooms.do(owner, lambda archive, holder=holder, path=path: escrow.write(archive, holder.fingerprint, path))  # type: ignore[misc]  # see above
        keeper = by_name[holder.fingerprint]
        rooms.do(keeper, lambda archive, path=path: escrow.import_file(archive, path))  # type: ignore[misc]  # see above
        spoken.append(rooms.do(keeper, _only_words))
    return spoken


def _only_words(archive: Archive) -> str:
    return escrow.words(archive, escrow.held(archive)[0].owner)


def to_rehearse(rooms: Rooms, keeper: Session, parent: QWidget) -> str:
    """What a keeper's sheet shows to read aloud."""
    held = HeldSheet(keeper, parent)
    with rooms.qtbot.waitSignal(held.loaded):
        pass
    (button,) = held.rehearse_buttons.values()
    button.click()
    (sheet,) = held.findChildren(RehearsalSheet)
    with rooms.qtbot.waitSignal(sheet.shown):
        pass
    numbered = [label.text().split() for label in sheet.findChildren(QLabel) if label.text()[:1].isdigit()]
    words = " ".join(word for _place, word in sorted(numbered, key=lambda each: float(each[0])))
    assert spoken_words.fits(words)
    return words


@pytest.fixture
def parent(rooms: Rooms) -> QWidget:
    parent = QWidget()
    rooms.show(parent)
    return parent


def shown_holders(rooms: Rooms, session: Session, parent: QWidget) -> HoldersSheet:
    sheet = HoldersSheet(session, parent)
    with rooms.qtbot.waitSignal(sheet.loaded):
        sheet.open()
    return sheet


def test_the_card_says_whether_anybody_could_help(rooms: Rooms, owner: Session, helpers: list[Session]) -> None:
    card = WaysCard(owner)
    rooms.show(card)
    with rooms.qtbot.waitSignal(card.said):
        card.refresh()
    assert card.standing is Standing.GOOD
    assert "paper" in card.state.text()

    hand_out(rooms, owner, helpers)
    rooms.do(owner, lambda archive: trust.distrust(archive, trust.peers(archive)[0]))
    with rooms.qtbot.waitSignal(card.said):
        card.refresh()

    assert card.standing.name == Standing.ATTENTION.name
    assert "make a new key" in card.state.text()


def test_all_ways_stand_on_one_sheet_and_shares_kept_for_others_only_where_there_are_any(
    rooms: Rooms, owner: Session, helpers: list[Session]
) -> None:
    hand_out(rooms, owner, helpers)
    told = {}
    for session in (owner, helpers[0]):
        card = WaysCard(session)
        rooms.show(card)
        sheet = card.show_ways()
        with rooms.qtbot.waitSignal(sheet.loaded):
            pass
        told[session] = set(sheet.buttons_of)
        sheet.accept()

    assert told[owner] == {"passphrase", "holders", "writers", "rekey"}
    assert told[helpers[0]] == told[owner] | {"held"}


def test_two_coordinators_are_chosen_and_each_gets_a_file(
    rooms: Rooms, owner: Session, helpers: list[Session], tmp_path: Path, parent: QWidget
) -> None:
    sheet = shown_holders(rooms, owner, parent)
    choosing = sheet.choose()
    rooms.until(lambda: len(choosing.choice.boxes) == len(helpers))
    one, other = choosing.choice.boxes.values()
    one.click()
    assert not choosing.choose_button.isEnabled()
    other.click()
    with rooms.qtbot.waitSignal(choosing.chosen):
        choosing.choose_button.click()
    assert len(sheet.buttons_of) == len(helpers)
    assert "Write a file for each" in sheet.state.words.text()

    assert sheet.found is not None
    for number, holder in enumerate(sheet.found.holders):
        with rooms.qtbot.waitSignal(sheet.loaded):
            sheet.write(holder, tmp_path / f"{number}.share")

    assert not sheet.buttons_of
    assert rooms.do(owner, escrow.state).help is Help.WRITTEN
    assert sorted(path.name for path in tmp_path.glob("*.share")) == ["0.share", "1.share"]
    assert "File written" in words_in(sheet)


def test_without_two_coordinators_it_says_what_to_do_first(rooms: Rooms, owner: Session, parent: QWidget) -> None:
    sheet = shown_holders(rooms, owner, parent)

    choosing = sheet.choose()
    with rooms.qtbot.waitSignal(choosing.choice.loaded):
        pass

    assert not choosing.choice.nobody.isHidden()
    assert not choosing.choose_button.isEnabled()


def test_a_rehearsal_tells_who_has_a_share_and_notes_the_day(
    rooms: Rooms, owner: Session, helpers: list[Session], parent: QWidget
) -> None:
    hand_out(rooms, owner, helpers)
    sheet = RehearseSheet(owner, shown_holders(rooms, owner, parent))
    sheet.open()
    type_words(sheet.first.box, to_rehearse(rooms, helpers[0], parent))
    assert "fit together" in sheet.first.said.text()

    with rooms.qtbot.waitSignal(sheet.rehearsed):
        sheet.try_button.click()

    assert not sheet.good.isHidden()
    assert len(sheet.first) == 0
    assert sorted(holder.rehearsed_ms is None for holder in rooms.do(owner, escrow.state).holders) == [False, True]


def test_the_share_itself_is_not_what_is_asked_for(
    rooms: Rooms, owner: Session, helpers: list[Session], parent: QWidget
) -> None:
    spoken = hand_out(rooms, owner, helpers)
    sheet = RehearseSheet(owner, shown_holders(rooms, owner, parent))
    sheet.open()
    type_words(sheet.first.box, spoken[0])

    with rooms.qtbot.waitSignal(sheet.refused):
        sheet.try_button.click()

    assert "whoever listened" in sheet.notice.words.text()
    assert rooms.do(owner, escrow.state).should_rotate


def test_words_of_somebody_else_are_told_and_note_nothing(
    rooms: Rooms, owner: Session, helpers: list[Session], parent: QWidget
) -> None:
    hand_out(rooms, owner, helpers)
    sheet = RehearseSheet(owner, shown_holders(rooms, owner, parent))
    sheet.open()
    type_words(sheet.first.box, "abandon " * 11 + "about")

    with rooms.qtbot.waitSignal(sheet.refused):
        sheet.try_button.click()

    assert "belong to nobody" in sheet.notice.words.text()
    assert all(holder.rehearsed_ms is None for holder in rooms.do(owner, escrow.state).holders)


def test_words_are_shown_only_after_two_ticks_and_go_when_it_is_closed(
    rooms: Rooms, owner: Session, helpers: list[Session], parent: QWidget
) -> None:
    spoken = hand_out(rooms, owner, helpers)
    held = HeldSheet(helpers[0], parent)
    with rooms.qtbot.waitSignal(held.loaded):
        held.open()
    sheet = held.read_aloud(rooms.do(helpers[0], escrow.held)[0])
    assert not sheet.show_button.isEnabled()
    sheet.heard.click()
    assert not sheet.show_button.isEnabled()
    sheet.called_back.click()

    with rooms.qtbot.waitSignal(sheet.shown):
        sheet.show_button.click()
    rooms.until(lambda: all(word in words_in(sheet) for word in spoken[0].split()))

    sheet.reject()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not any(f"1.  {spoken[0].split()[0]}" in label.text() for label in sheet.findChildren(QLabel))


def test_a_share_that_comes_as_a_file_is_kept_and_said(
    rooms: Rooms, owner: Session, helpers: list[Session], tmp_path: Path
) -> None:
    made = rooms.do(owner, lambda archive: escrow.choose(archive, escrow.candidates(archive)))
    path = tmp_path / "x.share"
    mine = rooms.do(helpers[0], trust.own_card).fingerprint
    holder = next(each for each in made.holders if each.fingerprint == mine)
    rooms.do(owner, lambda archive: escrow.write(archive, holder.fingerprint, path))
    part = TakeInPart(helpers[0])
    rooms.show(part)

    card = part.add_files([path])[0]
    rooms.until(lambda: card.state == "shared")

    assert "Zarina" in card.words.text()
    assert "keep it for them" in card.rest.text()
    assert [each.person for each in rooms.do(helpers[0], escrow.held)] == ["Zarina"]
    part.clear_done()
    assert part.cards == []


@pytest.fixture
def people(rooms: Rooms, owner: Session, parent: QWidget) -> WritersSheet:
    sheet = WritersSheet(owner, parent)
    with rooms.qtbot.waitSignal(sheet.loaded):
        sheet.open()
    return sheet


def test_somebody_is_added_and_removed_again(rooms: Rooms, owner: Session, people: WritersSheet) -> None:
    adding = people.add_writer()
    adding.name.setText("Madina")
    for field in (adding.passphrase.first, adding.passphrase.second):
        type_words(field.box, OTHER)
    with rooms.qtbot.waitSignal(people.loaded):
        adding.go_button.click()
    assert "Madina can come in now" in words_in(sheets()[-1])
    sheets()[-1].reject()
    (number,) = people.buttons_of

    asked = people.remove(next(writer for writer in people.writers if writer.id == number))
    assert "the twelve words still comes in" in words_in(asked)
    with rooms.qtbot.waitSignal(people.loaded):
        asked.accept()
    with rooms.qtbot.waitSignal(people.rekey_asked):
        next(each for each in sheets() if "as friends" in words_in(each) and each is not people).accept()

    assert [writer.name for writer in rooms.do(owner, writers.active)] == ["Zarina"]
    assert [writer.removed_ms is None for writer in people.writers] == [True, False]


def test_who_has_no_passphrase_since_the_new_key_can_be_removed_or_let_in(rooms: Rooms, parent: QWidget) -> None:
    session = rooms.new("Zarina")
    rooms.do(session, lambda archive: writers.add(archive, OTHER, person="Madina"))
    rooms.do(session, lambda archive: rekeying.rekey(archive, PASSPHRASE, "nine brand new words for this", phrase=None))
    opened = rooms.open(session.folder, "nine brand new words for this")
    people = WritersSheet(opened, parent)
    with rooms.qtbot.waitSignal(people.loaded):
        people.open()
    (buttons,) = people.buttons_of.values()
    assert [button.text() for button in buttons] == ["Let in anew…", "Remove…"]

    buttons[-1].click()
    asked = next(each for each in sheets() if "Shall Madina" in words_in(each) and each is not people)
    assert "have no passphrase here since the new key" in words_in(asked)
    with rooms.qtbot.waitSignal(people.loaded):
        asked.accept()

    assert [writer.name for writer in rooms.do(opened, writers.active)] == ["Zarina"]
    assert people.buttons_of == {}


def test_enter_removes_nobody(rooms: Rooms, owner: Session, people: WritersSheet) -> None:
    rooms.do(owner, lambda archive: writers.add(archive, OTHER, person="Madina"))
    with rooms.qtbot.waitSignal(people.loaded):
        people.refresh()

    asked = people.remove(people.writers[-1])
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(asked.focusWidget() or asked, event)

    assert asked.isVisible()
    assert [writer.name for writer in rooms.do(owner, writers.active)] == ["Zarina", "Madina"]


def test_a_name_that_is_taken_is_told_on_the_sheet(rooms: Rooms, people: WritersSheet) -> None:
    adding = people.add_writer()
    adding.name.setText("zarina")
    for field in (adding.passphrase.first, adding.passphrase.second):
        type_words(field.box, OTHER)

    with rooms.qtbot.waitSignal(adding.refused):
        adding.go_button.click()

    assert "under that name" in adding.notice.words.text()
    assert len(people.writers) == 1
    adding.reject()


@pytest.fixture
def field(rooms: Rooms) -> WordsField:
    field = WordsField("Words")
    rooms.show(field)
    return field


def test_a_word_that_is_none_is_told_while_it_is_typed(field: WordsField) -> None:
    type_words(field.box, "abandon aban")
    assert "2 of 12" in field.said.text()

    type_words(field.box, "x")

    assert "Word 2 is not in the list" in field.said.text()
    assert not field.is_whole


def test_four_letters_and_a_space_make_a_word(field: WordsField) -> None:
    type_words(field.box, "aban " * 11 + "abou ")

    assert field.peek().split() == ["abandon"] * 11 + ["about"]
    assert field.is_whole


def test_twelve_words_that_do_not_fit_together_are_told(field: WordsField) -> None:
    type_words(field.box, "abandon " * 12)

    assert "do not fit" in field.said.text()
    assert not field.is_whole


def test_nothing_is_pasted_into_the_words(field: WordsField) -> None:
    QApplication.clipboard().setText("abandon")

    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier, "")
    QApplication.sendEvent(field.box, event)

    assert len(field) == 0
