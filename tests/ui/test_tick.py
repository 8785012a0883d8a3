"""A box to tick with long words: they break, all of it can be clicked, and it is told to who does not see it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.ui.tick import Tick

LONG = "Копия или компьютер могли попасть в чужие руки & не вернулись: начать и новую карточку, под новым именем"


@pytest.fixture
def room(qtbot: QtBot) -> QWidget:
    room = QWidget()
    QVBoxLayout(room).setContentsMargins(0, 0, 0, 0)
    qtbot.addWidget(room)
    return room


def ticks_in(room: QWidget, *words: str) -> list[Tick]:
    made = [Tick(each) for each in words]
    for each in made:
        room.layout().addWidget(each)  # type: ignore[union-attr]  # its column
    return made


def test_long_words_break_and_none_of_them_is_cut(room: QWidget, qtbot: QtBot) -> None:
    long, short = ticks_in(room, LONG, "Yes")
    with qtbot.waitExposed(room):
        room.resize(300, 200)
        room.show()

    words = long.words
    assert long.width() == 300
    assert long.height() > 2 * short.sizeHint().height()
    assert words.height() >= words.heightForWidth(words.width())
    assert words.geometry().bottom() <= long.height()
    assert words.text() == long.accessibleName() == LONG


def test_a_click_on_the_last_word_ticks_it(room: QWidget, qtbot: QtBot) -> None:
    (long,) = ticks_in(room, LONG)
    with qtbot.waitExposed(room):
        room.resize(300, 200)
        room.show()
    at = QPointF(long.words.geometry().bottomLeft())

    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        left = Qt.MouseButton.LeftButton
        event = QMouseEvent(kind, at, long.mapToGlobal(at), left, left, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(long, event)

    assert long.isChecked()


def test_short_words_take_one_line(room: QWidget) -> None:
    (short,) = ticks_in(room, "Yes")

    assert short.sizeHint().height() < 2 * short.words.fontMetrics().height()
