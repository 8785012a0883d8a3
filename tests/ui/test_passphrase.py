"""The field for secrets: it forgets when asked, and shows what trips people up."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import PlainLabel

NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


@pytest.fixture
def field(qtbot: QtBot) -> PassphraseField:
    field = PassphraseField("Passphrase")
    qtbot.addWidget(field)
    field.show()
    return field


def press(field: PassphraseField, text: str, modifiers: Qt.KeyboardModifier = NONE) -> None:
    for letter in text:
        event = QKeyEvent(QEvent.Type.KeyPress, ord(letter.upper()) & 0xFFFF, modifiers, letter)
        QApplication.sendEvent(field.box, event)


def notes(field: PassphraseField) -> str:
    return " ".join(label.text() for label in field.findChildren(PlainLabel))


def test_what_is_typed_is_given_once_in_any_script(field: PassphraseField) -> None:
    press(field, "пароль ўқ 🗝")

    assert len(field) == 11
    assert field.take() == "пароль ўқ 🗝"
    assert field.take() == ""


def test_the_buffer_is_overwritten_and_not_only_dropped(field: PassphraseField) -> None:
    press(field, "secret")
    buffer = field.box._buffer
    typed = bytes(buffer).rstrip(b"\0")

    field.clear()

    assert typed == "secret".encode("utf-32-le").rstrip(b"\0")
    assert field.box._buffer is buffer
    assert not any(buffer)


def test_backspace_takes_one_letter_and_with_control_all(field: PassphraseField) -> None:
    press(field, "абв")
    QApplication.sendEvent(field.box, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Backspace, NONE))
    after_one = len(field)
    QApplication.sendEvent(field.box, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Backspace, CONTROL))
    QApplication.sendEvent(field.box, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Backspace, NONE))

    assert (after_one, len(field)) == (2, 0)


def test_an_input_method_and_the_clipboard_can_type_too(field: PassphraseField) -> None:
    commit = QInputMethodEvent()
    commit.setCommitString("ключ")
    QApplication.sendEvent(field.box, commit)
    QGuiApplication.clipboard().setText(" words\n")
    QApplication.sendEvent(field.box, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_V, CONTROL))

    assert field.take() == "ключ words"


def test_layout_and_caps_lock_are_shown(field: PassphraseField) -> None:
    press(field, "ф")
    cyrillic = notes(field)
    press(field, "A", NONE)
    caps = notes(field)
    press(field, "A", SHIFT)

    assert "Cyrillic" in cyrillic and "Caps" not in cyrillic
    assert "Latin" in caps and "Caps Lock is on" in caps
    assert "Caps" not in notes(field)


def test_the_letters_are_painted_only_when_asked_for(field: PassphraseField) -> None:
    press(field, "iiii")
    dots = field.box.grab().toImage()
    field.reveal_button.click()
    letters = field.box.grab().toImage()
    field.reveal_button.click()

    assert letters != dots
    assert field.box.grab().toImage() == dots


def test_enter_submits(field: PassphraseField, qtbot: QtBot) -> None:
    with qtbot.waitSignal(field.submitted):
        QApplication.sendEvent(field.box, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, NONE))
