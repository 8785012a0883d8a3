"""After unlocking: what was half finished, each opened by one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel, Sheet, push_button
from fieldapp.ui.theme import GRID

_MOST = 9
_HEIGHT = 7 * GRID


@dataclass(frozen=True, slots=True)
class Half:
    """One thing: what it was, of what, its icon, and how it is opened again."""

    words: str
    of: str
    icon: str
    open: Callable[[], None]


class ResumeSheet(Sheet):
    """Numbered, so that the key of the number opens it."""

    def __init__(self, halves: Sequence[Half], parent: QWidget) -> None:
        super().__init__(_("You were in the middle of this"), parent, width=70 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._halves = list(halves[:_MOST])
        self.add_words(_("Nothing is lost. Press a number to go on, or come back to it later."), "quiet")
        for number, half in enumerate(self._halves, 1):
            self.body.addWidget(self._row(number, half))
        self.add_button(_("Later"), main=not halves).clicked.connect(self.reject)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        number = event.key() - Qt.Key.Key_0
        if 1 <= number <= len(self._halves):
            self._open(self._halves[number - 1])
        else:
            super().keyPressEvent(event)

    def _row(self, number: int, half: Half) -> QWidget:
        button = push_button("", "choice")
        button.setAccessibleName(f"{number}. {half.words} {half.of}")
        button.setMinimumHeight(_HEIGHT)
        button.clicked.connect(lambda: self._open(half))
        row = QHBoxLayout(button)
        row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        row.setSpacing(2 * GRID)
        row.addWidget(PlainLabel(str(number), "accent"))
        row.addWidget(IconLabel(half.icon, 20, "quiet"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(half.of, "strong"))
        words.addWidget(PlainLabel(half.words, "caption"))
        row.addLayout(words, 1)
        for label in button.findChildren(PlainLabel):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return button

    def _open(self, half: Half) -> None:
        self.accept()
        half.open()
