"""A page that is a scrolling column: a heading, a sentence, and boxes below each other."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from fieldapp.ui.plain import IconLabel, PlainLabel, set_look
from fieldapp.ui.theme import GRID, TEXT_WIDTH

COLUMN = 88 * GRID


class Room(QWidget):
    """What scrolls. As high as its words at its width: Qt's own minimum reckons wrapped lines for a narrower one."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().minimumSizeHint().width(), 0)


class Part(QScrollArea):
    """One such page, to be filled from the top."""

    def __init__(self, heading: str, text: str = "", *, width: int = COLUMN) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        room = Room()
        set_look(room, "clear")
        outer = QHBoxLayout(room)
        outer.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID, 4 * GRID)
        inner = QWidget()
        set_look(inner, "clear")
        inner.setMaximumWidth(width)
        outer.addWidget(inner, 10)
        outer.addStretch(1)
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2 * GRID)
        head = QVBoxLayout()
        head.setSpacing(4)
        self.heading = PlainLabel(heading, "title", wrap=True)
        head.addWidget(self.heading)
        self.text = PlainLabel(text, "quiet", wrap=True)
        self.text.setMaximumWidth(TEXT_WIDTH + 12 * GRID)
        if not text:
            self.text.hide()  # never shown here: without a parent it would be a window of its own
        head.addWidget(self.text)
        self.column.addLayout(head)
        self.setWidget(room)

    def refresh(self) -> None:
        """Read again what is shown."""


def card(*, spacing: int = GRID) -> tuple[QFrame, QVBoxLayout]:
    """A box on the page, and the column in it."""
    box = QFrame()
    set_look(box, "card")
    column = QVBoxLayout(box)
    column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
    column.setSpacing(spacing)
    return box, column


def empty_box(icon: str, text: str) -> tuple[QFrame, QVBoxLayout]:
    """A box that says what to do first; buttons may be added to the column."""
    box, column = card()
    column.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
    column.addWidget(IconLabel(icon, 40, "control_line"), 0, Qt.AlignmentFlag.AlignHCenter)
    words = PlainLabel(text, "quiet", wrap=True)
    words.setAlignment(Qt.AlignmentFlag.AlignCenter)
    column.addWidget(words)
    return box, column


def clear(layout: QLayout) -> None:
    """Take away everything that is in a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
