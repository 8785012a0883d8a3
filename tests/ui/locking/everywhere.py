"""A walk to every place below a widget in which somebody can say something, where something is said.

It finds these places itself, so a new one is walked to as well. The cursor is moved to none of them: a field that it
leaves settles, and before a kill nothing is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QTextEdit,
    QWidget,
)

from fieldapp.ui.exchange.fold import Fold
from fieldapp.ui.workspace import Workspace

KEPT_WITHIN_MS = 1000
"""All clocks of this length run out before anything of it may be lost."""


def places(root: QWidget) -> list[QWidget]:
    """Where somebody can say something at this moment, in the order of the page; not what others are made of."""
    kinds = (QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox, QAbstractButton)
    return [each for each in root.findChildren(QWidget) if isinstance(each, kinds) and takes_words(each)]


def takes_words(place: QWidget) -> bool:
    if not place.isVisible() or not place.isEnabled():
        return False
    if isinstance(place.parentWidget(), QComboBox | QAbstractSpinBox):
        return False
    if isinstance(place, QAbstractButton):
        return place.isCheckable() and not isinstance(place.parentWidget(), Fold)  # which opens, and says nothing
    return isinstance(place, QComboBox) or not place.property("readOnly")


def name_of(place: QWidget) -> str:
    return place.accessibleName() or (place.text() if isinstance(place, QAbstractButton) else "")


def said(place: QWidget) -> str:
    if isinstance(place, QPlainTextEdit | QTextEdit):
        return place.toPlainText()
    if isinstance(place, QComboBox):
        return place.currentText()
    if isinstance(place, QAbstractButton):
        return "yes" if place.isChecked() else ""
    assert isinstance(place, QLineEdit | QAbstractSpinBox)
    return place.text()


def say(place: QWidget, number: int) -> None:
    """Something that is said nowhere else, with keys."""
    line = place.lineEdit() if isinstance(place, QComboBox) else None
    if isinstance(place, QComboBox) and line is not None:
        QTest.keyClicks(line, place.itemText(1 + number % (place.count() - 1)))
    elif isinstance(place, QComboBox | QAbstractSpinBox):
        QTest.keyClick(place, Qt.Key.Key_Down)
    elif isinstance(place, QAbstractButton):
        QTest.keyClick(place, Qt.Key.Key_Space)
    elif isinstance(place, QLineEdit) and place.validator() is not None:
        QTest.keyClicks(place, f"70{number}")
    else:
        QTest.keyClicks(place, f"word{number}")
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.hide()


def say_everywhere(root: QWidget, besides: Sequence[QWidget] = ()) -> list[QWidget]:
    """In every place of the page besides these; all of which something was said in."""
    found = [each for each in places(root) if each not in besides]
    for number, place in enumerate(found, len(besides)):
        if isinstance(place, QRadioButton) and place.isChecked():
            continue
        before = said(place)
        say(place, number)
        assert said(place) != before, name_of(place)
    return [*besides, *found]


def everything_said(root: QWidget) -> Counter[tuple[str, str]]:
    return Counter((name_of(place), said(place)) for place in places(root) if said(place))


def let_time_pass(workspace: Workspace) -> None:
    """A second, in which nobody types."""
    for timer in (*workspace.findChildren(QTimer), *workspace.session.findChildren(QTimer)):
        if timer.isActive() and timer.interval() <= KEPT_WITHIN_MS:
            timer.timeout.emit()
