"""What the parts of the exchange page have in common: a scrolling column, cards, steps of numbers, readable words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from fieldapp.i18n import ngettext
from fieldapp.ui.plain import IconLabel, PlainLabel, set_look
from fieldapp.ui.theme import GRID, TEXT_WIDTH

COLUMN = 88 * GRID
_WORDS_IN_ROW = 4


class Part(QScrollArea):
    """One part of the page: a heading, a sentence, and a column to be filled from the top."""

    def __init__(self, heading: str, text: str = "") -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        room = QWidget()
        set_look(room, "clear")
        outer = QHBoxLayout(room)
        outer.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID, 4 * GRID)
        inner = QWidget()
        set_look(inner, "clear")
        inner.setMaximumWidth(COLUMN)
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
        self.text.setVisible(bool(text))
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


def empty_state(icon: str, text: str) -> tuple[QFrame, QVBoxLayout]:
    """A box that says what to do first; buttons may be added to the column."""
    box, column = card()
    column.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
    column.addWidget(IconLabel(icon, 40, "quiet"), 0, Qt.AlignmentFlag.AlignHCenter)
    words = PlainLabel(text, "quiet", wrap=True)
    words.setAlignment(Qt.AlignmentFlag.AlignCenter)
    column.addWidget(words)
    return box, column


def word_grid(words: Sequence[str]) -> QGridLayout:
    """The eight words that two people compare, numbered, four in a row."""
    grid = QGridLayout()
    grid.setSpacing(GRID)
    for place, word in enumerate(words):
        cell = QFrame()
        set_look(cell, "word")
        cell.setAccessibleName(f"{place + 1}. {word}")
        row = QHBoxLayout(cell)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(GRID)
        row.addWidget(PlainLabel(f"{place + 1}", "caption"))
        row.addWidget(PlainLabel(word, "heading"), 1)
        grid.addWidget(cell, place // _WORDS_IN_ROW, place % _WORDS_IN_ROW)
    return grid


def clear(layout: QLayout) -> None:
    """Take away everything that is in a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def counted(records: dict[str, int]) -> str:
    """How many records of which kind, in words: "3 testimonies, 2 people". Links are not counted."""
    parts = [_kind_words(kind, count) for kind, count in records.items() if kind in _ORDER and count]
    parts.sort(key=lambda part: part[0])
    others = sum(count for kind, count in records.items() if kind not in _ORDER and kind != "link")
    told = [words for _place, words in parts]
    if others:
        told.append(ngettext("%d other record", "%d other records", others) % others)
    return ", ".join(told)


def _kind_words(kind: str, count: int) -> tuple[int, str]:
    words = {
        "testimony": ngettext("%d testimony", "%d testimonies", count),
        "person": ngettext("%d person", "%d people", count),
        "document": ngettext("%d document", "%d documents", count),
    }
    return _ORDER.index(kind), words[kind] % count


_ORDER = ("testimony", "person", "document")
