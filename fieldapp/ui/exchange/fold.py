"""Choices that matter rarely, folded away under a button of their own."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.ui.plain import ButtonIcon, push_button, set_look
from fieldapp.ui.theme import GRID


class Fold(QWidget):
    """A button, and below it what it shows."""

    def __init__(self, words: str) -> None:
        super().__init__()
        set_look(self, "clear")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        row = QHBoxLayout()
        self.button = push_button(words, "link")
        self.button.setCheckable(True)
        self._icon: ButtonIcon | None = None
        self.button.toggled.connect(self._on_toggled)
        row.addWidget(self.button)
        row.addStretch(1)
        column.addLayout(row)
        self._inside = QWidget()
        set_look(self._inside, "clear")
        self.column = QVBoxLayout(self._inside)
        self.column.setContentsMargins(GRID, 0, 0, 0)
        self.column.setSpacing(12)
        column.addWidget(self._inside)
        self._on_toggled(False)

    @property
    def is_open(self) -> bool:
        """Whether what is in it can be seen."""
        return self.button.isChecked()

    def _on_toggled(self, on: bool) -> None:
        self._inside.setVisible(on)
        if self._icon is not None:
            self._icon.deleteLater()
        self._icon = ButtonIcon(self.button, "minus" if on else "plus", "accent")
