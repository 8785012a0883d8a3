"""The shape of every screen before a vault is open: one quiet column in the middle."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from fieldapp.ui.plain import ButtonIcon, IconLabel, PlainLabel, presses_focused, push_button, set_look
from fieldapp.ui.theme import GRID

COLUMN = 62 * GRID


class Page(QScrollArea):
    """A heading, a sentence, and a column to be filled; scrolls where the window is low."""

    def __init__(self, heading: str, text: str = "", *, icon: str = "", width: int = COLUMN) -> None:
        super().__init__()
        viewport = QWidget()  # Python knows its kind: to find out that of Qt's own one, all widgets there are get read
        self.setViewport(viewport)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        room = _Room()
        set_look(room, "clear")
        outer = QHBoxLayout(room)
        outer.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        middle = QVBoxLayout()
        card = QFrame()
        set_look(card, "card")
        card.setFixedWidth(width)
        outer.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(1)
        middle.addStretch(2)
        middle.addWidget(card)
        middle.addStretch(3)
        self.column = QVBoxLayout(card)
        self.column.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 3 * GRID)
        self.column.setSpacing(12)
        self.top = QHBoxLayout()
        if icon:
            self.top.addWidget(IconLabel(icon, 32, "accent"))
            self.top.addStretch(1)
        self.column.addLayout(self.top)
        self.heading = PlainLabel(heading, "title", wrap=True)
        self.column.addWidget(self.heading)
        if text:
            self.column.addWidget(PlainLabel(text, "quiet", wrap=True))
        self.column.addSpacing(GRID)
        self.setWidget(room)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if not presses_focused(self.window(), event):
            super().keyPressEvent(event)

    @property
    def hides_when_left_alone(self) -> bool:
        """Whether something is on it, or typed in it, that nobody else may find, and no work would be cut off."""
        return False

    @property
    def must_end(self) -> bool:
        """Whether what goes on is not to be stopped, by nobody and nothing."""
        return False

    def stop(self) -> bool:
        """Stop what goes on. True: nothing goes on that leaves something half made, and the window may close."""
        return True

    def foot(self) -> QHBoxLayout:
        """A row for buttons at the end of the column."""
        self.column.addSpacing(GRID)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        self.column.addLayout(row)
        return row


class _Room(QWidget):
    """Asks for no more height than its words have at its width: Qt reckons wrapped lines for a narrower one."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().minimumSizeHint().width(), 0)


def link(text: str, *, quiet: bool = False, icon: str = "") -> QPushButton:
    """A button that looks like words of the column, and begins where they begin."""
    button = push_button(text, "line_quiet" if quiet else "line_link")
    if icon:
        ButtonIcon(button, icon, "accent")
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


def links(heading: str, *buttons: QPushButton) -> QVBoxLayout:
    """Links below each other, under a few quiet words."""
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(PlainLabel(heading, "caption"))
    for button in buttons:
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
    return column
