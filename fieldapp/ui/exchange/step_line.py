"""Where in a few steps one is: numbers and words in a line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from fieldapp.ui.plain import IconLabel, PlainLabel, set_look
from fieldapp.ui.theme import GRID


class StepLine(QWidget):
    """Shows which of the steps is now."""

    def __init__(self, steps: Sequence[str]) -> None:
        super().__init__()
        set_look(self, "clear")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        self._labels = []
        for place, words in enumerate(steps):
            if place:
                row.addWidget(IconLabel("forward", 14, "quiet"))
            label = PlainLabel(f"{place + 1}. {words}", "quiet")
            self._labels.append(label)
            row.addWidget(label)
        row.addStretch(1)

    def show_step(self, step: int) -> None:
        """Mark one as now (from 0)."""
        for place, label in enumerate(self._labels):
            label.look("accent" if place == step else "quiet")
        self.setAccessibleName(self._labels[step].text())
