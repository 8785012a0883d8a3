"""A card of the page "Safety of this vault": a heading, one line that says how things stand, and one button."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from fieldapp.ui.plain import IconLabel, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID

_BUTTON = 24 * GRID


class Standing(Enum):
    """How things stand, with the icon, the colour and the look of the words that say so."""

    GOOD = ("check", "good", "good")
    ATTENTION = ("warning", "danger", "danger")
    UNKNOWN = ("help", "quiet", "quiet")
    QUIET = ("", "quiet", "quiet")
    """Nothing to be judged."""


class SafetyCard(QFrame):
    """One such card. `refresh` is called whenever the page is shown; it reads, and then calls `say`.

    `name` is the card's name in the code, for who leads there: ways, backup, check, machine, destroy.
    """

    name = ""
    said = Signal()
    """The line says what is true now."""

    def __init__(self, icon: str, heading: str, text: str, button: str, *, look: str = "") -> None:
        super().__init__()
        set_look(self, "card")
        self._heading = heading
        self.standing = Standing.QUIET
        self.state = PlainLabel("…", "quiet", wrap=True)
        self._mark = IconLabel("check", 16, "quiet")
        self._mark.hide()
        state = QHBoxLayout()
        state.setSpacing(6)
        state.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        state.addWidget(self.state, 1)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(PlainLabel(heading, "section"))
        words.addLayout(state)
        self.text = PlainLabel(text, "quiet", wrap=True)
        words.addWidget(self.text)
        if not text:
            self.text.hide()
        self.column = words
        """Below the words there is room for more."""
        self.button = push_button(button, look)
        self.button.setMinimumWidth(_BUTTON)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, 12, 2 * GRID, 12)
        row.setSpacing(2 * GRID)
        row.addWidget(IconLabel(icon, 24, "quiet"), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)

    def refresh(self) -> None:
        """Read again how things stand."""

    def say(self, standing: Standing, text: str) -> None:
        """Show how things stand."""
        icon, role, look = standing.value
        self.standing = standing
        self._mark.setVisible(bool(icon))
        if icon:
            self._mark.draw(icon, role)
        self.state.look(look)
        self.state.setText(text)
        self.setAccessibleName(f"{self._heading}. {text}")
        self.button.setAccessibleDescription(f"{self._heading}. {text}")
        self.said.emit()
