"""Five numbers that answer the five questions of a tired person; each leads to its section."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fieldapp.i18n import N_, _
from fieldapp.ui.plain import PlainLabel, set_look
from fieldapp.ui.theme import GRID

_HEIGHT = 8 * GRID


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: its name, its word, and the look it has when it is not nothing."""

    name: str
    word: str
    look: str


FIGURES = (
    Figure("urgent", N_("urgent"), "danger"),
    Figure("alarms", N_("alarms"), "danger"),
    Figure("decide", N_("to decide"), "accent"),
    Figure("came", N_("new"), "accent"),
    Figure("missing", N_("not arrived"), ""),
)


class Overview(QWidget):
    """The row of numbers."""

    asked = Signal(str)
    """The section of this number shall be seen."""

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        self.tiles = {figure.name: _Tile(figure) for figure in FIGURES}
        for name, tile in self.tiles.items():
            tile.clicked.connect(lambda _checked=False, name=name: self.asked.emit(name))
            row.addWidget(tile, 1)

    def show_counts(self, counts: Mapping[str, int], known: Collection[str] = ()) -> None:
        """Show these numbers, by name; those of what is `known` already stay calm."""
        for name, tile in self.tiles.items():
            tile.show_count(counts.get(name, 0), calm=name in known)


class _Tile(QPushButton):
    """A number over its word."""

    def __init__(self, figure: Figure) -> None:
        super().__init__()
        set_look(self, "choice")
        self._figure = figure
        self._number = PlainLabel("0", "figure")
        self._word = PlainLabel(_(figure.word), "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(0)
        for label in (self._number, self._word):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(label)

    def show_count(self, count: int, *, calm: bool = False) -> None:
        """Show it, calm when there is nothing."""
        self._number.setText(str(count))
        self._number.look(f"figure_{self._figure.look}" if count and self._figure.look and not calm else "figure")
        self._number.setEnabled(bool(count))
        self.setEnabled(bool(count))
        self.setCursor(Qt.CursorShape.PointingHandCursor if count else Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(f"{_(self._figure.word)}: {count}")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(14 * GRID, _HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(10 * GRID, _HEIGHT)
