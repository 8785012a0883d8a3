"""Zarina hands over what she was told, and Nodira takes it in: cards, words, a stick, and the testimony is there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from fieldapp.services import records
from fieldapp.services.trust import Role
from fieldapp.ui.exchange.compare import CompareSheet
from fieldapp.ui.workspace import Workspace
from tests.stories.windows import Windows, sheets, windows, words_in


def save_card(people: Windows, workspace: Workspace, path: Path) -> tuple[str, ...]:
    """Saves the own card onto the stick; gives the words that are read out over the phone."""
    workspace.show_place("exchange")
    workspace.exchange.buttons["card"].click()
    part = workspace.exchange.card
    people.until(lambda: part.card)
    part.save_to(path)
    people.until(part.notice.isVisible)
    assert part.card is not None
    return part.card.words


def add_card(people: Windows, workspace: Workspace, path: Path, heard: tuple[str, ...]) -> None:
    """Adds a card, and ticks the words that are heard over the phone."""
    workspace.show_place("exchange")
    workspace.exchange.buttons["people"].click()
    part = workspace.exchange.people
    part.add_card(path)
    people.until(sheets)
    sheet = sheets()[-1]
    assert isinstance(sheet, CompareSheet)
    for button in sheet.words:
        if button.text().split()[-1] in heard:
            button.click()
    sheet.role.buttons[Role.COORDINATOR].click()
    sheet.match_button.click()
    people.until(lambda: part.peers)


def drop(workspace: Workspace, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    workspace.exchange.dropEvent(QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, mime, buttons, keys))


def button(workspace: Workspace, words: str) -> list[QPushButton]:
    found = workspace.exchange.findChildren(QPushButton)
    return [each for each in found if each.isVisible() and words in each.text()]


def test_a_testimony_goes_from_one_window_to_the_other(qtbot: QtBot, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with windows(qtbot, tmp_path) as people:
        zarinas, nodiras = people.vault("Zarina", "old laptop"), people.vault("Nodira", "office computer")
        with people.unlocked(zarinas) as zarina, people.unlocked(nodiras) as nodira:
            from_zarina = save_card(people, zarina, stick / "1.card")
            from_nodira = save_card(people, nodira, stick / "2.card")
            add_card(people, zarina, stick / "2.card", from_nodira)
            add_card(people, nodira, stick / "1.card", from_zarina)
            zarina.session.write(zarina, lambda archive: records.save(archive, "testimony", {"title": "Twenty buses"}))

            zarina.exchange.buttons["hand_over"].click()
            people.until(lambda: zarina.exchange.hand_over.recipients.chosen)
            people.until(lambda: "1 record is new for them" in words_in(zarina.exchange))
            people.until(zarina.exchange.hand_over.seal_button.isEnabled)
            zarina.exchange.hand_over.seal(stick / "9c41.bin")
            people.until(lambda: "The bundle is sealed" in words_in(zarina.exchange))

            nodira.show_place("exchange")
            drop(nodira, stick / "9c41.bin")
            people.until(lambda: "From Zarina" in words_in(nodira.exchange) and button(nodira, "Take in"))
            (card,) = nodira.exchange.take_in.cards
            people.until(lambda: card.is_ready)
            card.take()
            people.until(lambda: button(nodira, "Show what came in"))
            button(nodira, "Show what came in")[0].click()
            people.until(lambda: button(nodira, "Twenty buses"))
            button(nodira, "Twenty buses")[0].click()
            people.until(lambda: nodira.records.isVisible() and "Twenty buses" in words_in(nodira.records))

    assert b"Twenty buses" not in (stick / "9c41.bin").read_bytes()
    assert sorted(path.name for path in stick.iterdir()) == ["1.card", "2.card", "9c41.bin"]


def test_a_card_that_was_swapped_on_its_way_is_found_out(qtbot: QtBot, tmp_path: Path) -> None:
    with windows(qtbot, tmp_path) as people:
        vaults = [people.vault(name, "laptop") for name in ("Zarina", "Nodira", "Somebody")]
        with people.unlocked(vaults[1]) as nodira:
            heard = save_card(people, nodira, tmp_path / "true.card")
        with people.unlocked(vaults[2]) as somebody:
            save_card(people, somebody, tmp_path / "false.card")
        with people.unlocked(vaults[0]) as zarina:
            part = zarina.exchange.people
            zarina.show_place("exchange")
            zarina.exchange.buttons["people"].click()
            part.add_card(tmp_path / "false.card")
            people.until(sheets)
            sheet = sheets()[-1]
            assert isinstance(sheet, CompareSheet)
            for word in sheet.words:
                if word.text().split()[-1] in heard:
                    word.click()
            sheet.role.buttons[Role.FIELD].click()
            assert not sheet.match_button.isEnabled()
            sheet.differ_button.click()
            people.until(lambda: sheets() and "not added" in words_in(sheets()[-1]))
            sheets()[-1].reject()
            assert part.peers == []
