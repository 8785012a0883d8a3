"""After unlocking: what was half finished, each opened by one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel, Sheet, set_look
from fieldapp.ui.theme import GRID

_MOST = 9


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
        button = _Row(number, half)
        button.clicked.connect(lambda: self._open(half))
        return button

    def _open(self, half: Half) -> None:
        self.accept()
        half.open()


class _Row(QPushButton):
    """One of them, as high as its two lines."""

    def __init__(self, number: int, half: Half) -> None:
        super().__init__()
        set_look(self, "choice")
        self.setAutoDefault(False)
        self.setAccessibleName(f"{number}. {half.of}. {half.words}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(half.of, "strong"))
        words.addWidget(PlainLabel(half.words, "caption"))
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        row.setSpacing(2 * GRID)
        row.addWidget(PlainLabel(str(number), "accent"))
        row.addWidget(IconLabel(half.icon, 20, "quiet"))
        row.addLayout(words, 1)
        for label in self.findChildren(QWidget):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        layout = self.layout()
        return QSize(super().sizeHint().width(), layout.sizeHint().height() if layout is not None else 0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()
