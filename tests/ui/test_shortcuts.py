"""Shortcuts are places of keys: the same on every layout, and copying works where the letters are Cyrillic."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.ui.shortcuts import Shortcuts, combination_of, position_of

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def key(letter: str, modifiers: Qt.KeyboardModifier = CONTROL, virtual: int = 0) -> QKeyEvent:
    """The event that a layout gives whose key says `letter`."""
    return QKeyEvent(QEvent.Type.KeyPress, ord(letter.upper()), modifiers, 0, virtual, 0, "")


@pytest.mark.parametrize(
    ("letter", "latin"),
    [
        ("k", "K"),  # Latin
        ("л", "K"),  # Russian
        ("д", "L"),
        ("т", "N"),
        ("я", "Z"),
        ("з", "P"),
        ("ў", "O"),  # Uzbek
        ("ҳ", "O"),  # Tajik
        ("ҷ", "S"),
        ("ӣ", "M"),
        ("ы", "S"),  # Russian and Kyrgyz
        ("щ", "O"),
        ("і", "S"),  # Ukrainian
    ],
)
def test_a_letter_is_known_by_its_place(letter: str, latin: str) -> None:
    assert position_of(key(letter)) == latin


def test_windows_tells_the_place_itself() -> None:
    assert position_of(key("ө", virtual=ord("L")), "windows") == "L"


def test_x11_and_wayland_tell_the_place_where_one_letter_has_two() -> None:
    tajik = QKeyEvent(QEvent.Type.KeyPress, ord("Қ"), CONTROL, 25, 0, 0, "")
    uzbek = QKeyEvent(QEvent.Type.KeyPress, ord("Қ"), CONTROL, 39, 0, 0, "")

    assert [position_of(event, "xcb") for event in (tajik, uzbek)] == ["W", "S"]


def test_what_is_no_letter_key_has_no_place() -> None:
    assert position_of(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Control, CONTROL)) == ""
    assert combination_of(key("л", modifiers=Qt.KeyboardModifier.NoModifier)) == ""
    assert combination_of(key("k", CONTROL | ALT)) == ""


def test_combinations_are_written_as_in_the_help() -> None:
    assert combination_of(key("т", CONTROL | SHIFT)) == "Ctrl+Shift+N"
    assert combination_of(key("1")) == "Ctrl+1"
    assert combination_of(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier)) == "F1"
    assert combination_of(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Delete, CONTROL)) == "Ctrl+Delete"


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


def test_the_key_at_the_place_of_k_calls_on_a_russian_layout(window: QWidget) -> None:
    called: list[str] = []
    shortcuts = Shortcuts(window)
    shortcuts.add("Ctrl+K", "search", lambda: called.append("k"))

    QApplication.sendEvent(window, key("л"))
    QApplication.sendEvent(window, key("k"))
    QApplication.sendEvent(window, key("д"))

    assert called == ["k", "k"]


def test_copying_works_with_cyrillic_letters(window: QWidget) -> None:
    shortcuts = Shortcuts(window)
    line = QLineEdit("words", window)
    line.selectAll()
    QGuiApplication.clipboard().setText("before")

    QApplication.sendEvent(line, key("с"))

    assert QGuiApplication.clipboard().text() == "words"
    assert shortcuts.all == []


def test_undo_in_a_text_that_was_typed_in_belongs_to_the_text(window: QWidget, qtbot: QtBot) -> None:
    called: list[str] = []
    Shortcuts(window).add("Ctrl+Z", "undo", lambda: called.append("z"), in_text=False)
    line = QLineEdit(window)
    line.insert("typed")

    QApplication.sendEvent(line, key("я"))
    after_text = (line.text(), list(called))
    QApplication.sendEvent(window, key("я"))

    assert after_text == ("", [])
    assert called == ["z"]
