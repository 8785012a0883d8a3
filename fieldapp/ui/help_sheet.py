"""Every key there is, on one sheet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QWidget

from fieldapp.i18n import _
from fieldapp.ui.plain import PlainLabel, Sheet
from fieldapp.ui.shortcuts import Shortcut
from fieldapp.ui.theme import GRID


class HelpSheet(Sheet):
    """The combinations, and what each does."""

    def __init__(self, shortcuts: Sequence[Shortcut], parent: QWidget) -> None:
        super().__init__(_("Keys"), parent, width=56 * GRID)
        self.add_words(_("Letters mean the place of the key; they work the same on every keyboard layout."), "quiet")
        grid = QGridLayout()
        grid.setHorizontalSpacing(3 * GRID)
        grid.setVerticalSpacing(GRID)
        grid.setColumnStretch(1, 1)
        for row, shortcut in enumerate(shortcuts):
            grid.addWidget(PlainLabel(shortcut.combination, "strong"), row, 0)
            grid.addWidget(PlainLabel(shortcut.words), row, 1)
        self.body.addLayout(grid)
        self.add_button(_("Close"), main=True).clicked.connect(self.accept)
