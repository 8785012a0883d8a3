"""What stands where there is nothing yet: what this place is for, and what to do first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.ui.plain import IconLabel, PlainLabel, push_button
from fieldapp.ui.theme import GRID


class EmptyState(QWidget):
    """An icon, a heading, a sentence, and perhaps one button."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        column.setSpacing(GRID)
        column.addStretch(2)
        self._icon = IconLabel("testimony", 40, "control_line")
        self._heading = PlainLabel("", "strong", wrap=True)
        self._text = PlainLabel("", "quiet", wrap=True)
        for label in (self._heading, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.button = push_button("", "main", icon_name="plus")
        self.button.clicked.connect(self.pressed)
        column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._heading)
        column.addWidget(self._text)
        column.addSpacing(GRID)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(self, icon: str, heading: str, text: str, button: str = "") -> None:
        """Show this."""
        self._icon.draw(icon, "control_line")
        self._heading.setText(heading)
        self._text.setText(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))
