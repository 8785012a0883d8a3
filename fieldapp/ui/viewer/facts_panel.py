"""The facts of a document beside its picture: the file, what people said, what the camera said, what happened to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.ui.plain import PlainLabel, line, set_look
from fieldapp.ui.sizes import size_words
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words
from fieldapp.ui.viewer.facts import CustodyLine, Facts, event_words

WIDTH = 44 * GRID


class FactsPanel(QScrollArea):
    """Lines to read and to copy. Nothing in it can be changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Facts"))

    def show_facts(self, facts: Facts, of_picture: str) -> None:
        """Show these. `of_picture`: its width and height in words, or nothing."""
        room = QWidget()
        set_look(room, "surface")
        column = QVBoxLayout(room)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 3 * GRID)
        column.setSpacing(GRID)
        size = size_words(facts.size_bytes) if facts.size_bytes is not None else ""
        file = (
            (_("Original file name"), facts.file_name),
            (_("Type"), facts.media_type),
            (_("Size"), size),
            (_("Picture"), of_picture),
            ("SHA-256", facts.sha256),
        )
        self._table(column, _("The file"), file)
        self._table(column, _("What we know of it"), facts.told)
        self._custody(column, facts.custody)
        self._table(column, _("What the camera wrote into it"), facts.exif, _("Nothing."))
        column.addStretch(1)
        self.setWidget(room)

    def _table(self, column: QVBoxLayout, heading: str, lines: Sequence[tuple[str, str]], if_none: str = "") -> None:
        filled = [(name, told) for name, told in lines if told]
        if not filled and not if_none:
            return
        self._heading(column, heading)
        if not filled:
            column.addWidget(PlainLabel(if_none, "quiet"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (name, told) in enumerate(filled):
            label = PlainLabel(_breakable(name), "caption", wrap=True)
            label.setFixedWidth(14 * GRID)
            value = PlainLabel(_breakable(told), wrap=True).selectable()
            value.setAccessibleName(f"{name}: {told}")
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(grid)

    def _custody(self, column: QVBoxLayout, events: Sequence[CustodyLine]) -> None:
        self._heading(column, _("What happened to it"))
        for event in events:
            words = [moment_words(event.time_ms), event.who, event.purpose]
            both = QVBoxLayout()
            both.setSpacing(0)
            both.addWidget(PlainLabel(event_words(event.event), wrap=True))
            both.addWidget(PlainLabel(" · ".join(part for part in words if part), "caption", wrap=True))
            column.addLayout(both)
        if not events:
            column.addWidget(PlainLabel(_("Nothing was written down."), "quiet"))

    def _heading(self, column: QVBoxLayout, text: str) -> None:
        if column.count():
            column.addSpacing(GRID)
            column.addWidget(line())
        column.addWidget(PlainLabel(text, "section"))


def _breakable(text: str, longest: int = 24) -> str:
    """Long runs without a space may be broken anywhere: an invisible break every so many characters."""
    words = text.split(" ")
    return " ".join(
        "\u200b".join(word[at : at + longest] for at in range(0, len(word), longest)) if word else "" for word in words
    )
