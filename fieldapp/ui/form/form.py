"""The form of a record type: its groups as calm sections, in two columns where there is room."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.records.model import GROUPS, Plain, RecordType
from fieldapp.services.views import FieldView, RecordView
from fieldapp.ui.form.cell import Cell
from fieldapp.ui.form.file_facts import FileFacts
from fieldapp.ui.plain import PlainLabel
from fieldapp.ui.theme import GRID

_TWO_COLUMNS_FROM = 76 * GRID


class Section(QWidget):
    """One group of fields under its heading."""

    def __init__(self, heading: str, cells: list[QWidget]) -> None:
        super().__init__()
        self._cells = cells
        self._columns = 0
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(GRID)
        outer.addWidget(PlainLabel(heading, "section"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(3 * GRID)
        self._grid.setVerticalSpacing(12)
        outer.addLayout(self._grid)
        self.arrange(2)

    def arrange(self, columns: int) -> None:
        """Stand in so many columns."""
        if columns == self._columns:
            return
        self._columns = columns
        row = column = 0
        for cell in self._cells:
            wide = getattr(cell, "is_wide", True) or columns == 1
            if wide and column:
                row, column = row + 1, 0
            self._grid.addWidget(cell, row, column, 1, columns if wide else 1)
            row, column = (row + 1, 0) if wide or column == columns - 1 else (row, column + 1)
        for place in (0, 1):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)


class Form(QWidget):
    """All fields of a record type. Other widgets can be put between its sections."""

    typed = Signal(str)
    """The person changed this field: `value_of` says what it is now."""
    kept = Signal(str, bytes)

    def __init__(self, kind: RecordType) -> None:
        super().__init__()
        self.kind = kind
        self.cells: dict[str, Cell] = {}
        self._facts = FileFacts()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4 * GRID)
        self._sections: dict[str, Section] = {}
        by_group: defaultdict[str, list[QWidget]] = defaultdict(list)
        for field in kind.fields:
            if field.machine:
                by_group[field.group] = [self._facts]
                continue
            cell = Cell(field)
            cell.editor.typed.connect(partial(self.typed.emit, field.name))
            cell.kept.connect(self.kept)
            self.cells[field.name] = cell
            by_group[field.group].append(cell)
        for group, cells in by_group.items():
            self._sections[group] = Section(_(GROUPS[group]), cells)
            self.column.addWidget(self._sections[group])

    def fit(self, width: int) -> None:
        """Arrange for so many pixels."""
        for section in self._sections.values():
            section.arrange(2 if width >= _TWO_COLUMNS_FROM else 1)

    def value_of(self, name: str) -> Plain:
        """What the editor of a field says now."""
        return self.cells[name].editor.value()

    def insert_after(self, group: str, widget: QWidget) -> None:
        """Put a widget below a section."""
        self.column.insertWidget(self.column.indexOf(self._sections[group]) + 1, widget)

    def show_record(
        self, view: RecordView | None, unfinished: frozenset[str] = frozenset(), *, first: bool = False
    ) -> None:
        """Show a record, or an empty form. What the person is typing in, and what is `unfinished`, stays."""
        by_name: defaultdict[str, list[FieldView]] = defaultdict(list)
        for field in view.fields if view else ():
            by_name[field.name].append(field)
        for name, cell in self.cells.items():
            cell.show_fields(by_name[name], keep_value=name in unfinished, first=first)
        self._facts.show_fields(by_name)

    def clear(self) -> None:
        """Empty every editor, whoever is in it."""
        for cell in self.cells.values():
            cell.editor.show_value(None)
            cell.note.hide()
        self.show_record(None)

    def focus_first(self) -> None:
        """Put the cursor into the first field."""
        next(iter(self.cells.values())).editor.setFocus()
