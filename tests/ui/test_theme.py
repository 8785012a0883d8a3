"""The look: readable in both palettes, switchable, and with every letter that our people write."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QRawFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.ui.file_dialogs import choose_files
from fieldapp.ui.icons import FOLDER, picture
from fieldapp.ui.theme import DARK, LIGHT, READABLE, VISIBLE, Appearance, Colours, contrast, style_sheet, theme

LETTERS = "АЯаяЁёЎўҚқҒғҲҳӢӣӮӯҶҷҢңӨөҮүІіЇїAZaz"


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), READABLE)
def test_text_can_be_read_on_its_ground(colours: Colours, ink: str, ground: str) -> None:
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), VISIBLE)
def test_edges_of_controls_and_the_focus_ring_can_be_seen(colours: Colours, edge: str, ground: str) -> None:
    assert contrast(getattr(colours, edge), getattr(colours, ground)) >= 3


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_style_sheet_speaks_of_roles_only() -> None:
    sheet = style_sheet(LIGHT)

    assert "$" not in sheet
    assert LIGHT.accent in sheet
    assert style_sheet(DARK) != sheet


def test_choosing_dark_changes_colours_and_tells_those_who_paint(qapp: QApplication) -> None:
    told: list[bool] = []
    theme().choose(Appearance.LIGHT)
    theme().changed.connect(lambda: told.append(theme().dark))

    theme().choose(Appearance.DARK)

    assert told == [True]
    assert qapp.palette().window().color().name() == DARK.window
    theme().choose(Appearance.SYSTEM)


def test_the_font_has_the_letters_of_our_languages(qapp: QApplication) -> None:
    font = QRawFont.fromFont(qapp.font())

    assert [letter for letter in LETTERS if not font.supportsCharacter(ord(letter))] == [], font.familyName()


def test_a_button_that_was_reached_by_key_has_one_ring_and_no_second_inside(qtbot: QtBot) -> None:
    room = QWidget()
    qtbot.addWidget(room)
    column = QVBoxLayout(room)
    buttons = [QPushButton(""), QPushButton("")]
    for button in buttons:
        button.setFixedSize(120, 34)
        column.addWidget(button)
    with qtbot.waitExposed(room):
        room.show()
    room.activateWindow()
    buttons[0].setFocus()
    QTest.keyClick(buttons[0], Qt.Key.Key_Tab)
    qtbot.waitUntil(buttons[1].hasFocus)

    picture = buttons[1].grab().toImage()

    inside = {picture.pixelColor(x, 17).name() for x in range(4, 116)}
    assert len(inside) == 1


def test_the_small_buttons_of_a_file_dialog_show_their_pictures(qtbot: QtBot, tmp_path: Path) -> None:
    room = QWidget()
    qtbot.addWidget(room)
    dialog = choose_files(room, "Attach files", lambda _paths: None, start=tmp_path)
    with qtbot.waitExposed(dialog):
        pass
    buttons = [each for each in dialog.findChildren(QToolButton) if each.isVisible()]

    for button in buttons:
        picture = button.grab().toImage()
        ground = picture.pixelColor(picture.width() // 2, 3)
        drawn = [
            (x, y)
            for x in range(3, picture.width() - 3)
            for y in range(3, picture.height() - 3)
            if picture.pixelColor(x, y) != ground
        ]
        width = max(x for x, _y in drawn) - min(x for x, _y in drawn)
        assert width >= 6, button.objectName()
    assert buttons
    dialog.reject()


def test_every_icon_can_be_drawn(qapp: QApplication) -> None:
    names = sorted(path.stem for path in FOLDER.glob("*.svg"))

    blank = [name for name in names if picture(name, 24).toImage().allGray() and not _has_ink(name)]

    assert names
    assert blank == []


def _has_ink(name: str) -> bool:
    image = picture(name, 24).toImage()
    return any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24))
