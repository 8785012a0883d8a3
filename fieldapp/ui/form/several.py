"""A field of several items: a row for each, one to add, and each can be taken away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.records.model import Field, Plain
from fieldapp.ui.form.editor import Editor
from fieldapp.ui.plain import icon_button, push_button

MOST_ITEMS = 200


class SeveralEditor(Editor):
    """Its value is the list of what its rows say, without the empty ones; items beyond `MOST_ITEMS` stay."""

    def __init__(self, field: Field, make: Callable[[Field], Editor]) -> None:
        super().__init__(field)
        self._make = make
        self.rows: list[Editor] = []
        self._beyond: list[Plain] = []
        self._removers: dict[Editor, QToolButton] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self.column.addLayout(self._list)
        self.add_button = push_button(_("Add another"), "link", icon_name="plus")
        self.add_button.setAccessibleDescription(_(field.label))
        self.add_button.clicked.connect(self._on_add)
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        self.column.addLayout(foot)
        self.show_value(None)

    def value(self) -> Plain:
        return [*(value for row in self.rows if (value := row.value()) is not None), *self._beyond]

    def show_value(self, value: Plain) -> None:
        items: list[Plain] = list(value) if isinstance(value, list) else [] if value is None else [value]
        items, self._beyond = items[:MOST_ITEMS], items[MOST_ITEMS:]
        while len(self.rows) > max(len(items), 1):
            self._drop(self.rows[-1])
        while len(self.rows) < max(len(items), 1):
            self._add()
        for row, item in zip(self.rows, items or [None], strict=True):
            row.show_value(item)
        self._show_add()

    def _add(self) -> Editor:
        row = self._make(self.field)
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(row, 1)
        remove = icon_button("close", _("Take this one away"))
        remove.clicked.connect(lambda: self._on_remove(row))
        line.addWidget(remove)
        self._removers[row] = remove
        row.typed.connect(self._on_row_typed)
        self._list.addWidget(holder)
        self.rows.append(row)
        self.setFocusProxy(self.rows[0])
        return row

    def _drop(self, row: Editor) -> None:
        self.rows.remove(row)
        del self._removers[row]
        holder = row.parentWidget()
        if holder is not None:
            self._list.removeWidget(holder)
            holder.hide()
            holder.deleteLater()

    def _show_add(self) -> None:
        filled = all(row.value() is not None for row in self.rows)
        for row, remove in self._removers.items():
            remove.setVisible(len(self.rows) > 1 or row.value() is not None)
        self.add_button.setVisible(filled and len(self.rows) < MOST_ITEMS)

    def _on_add(self) -> None:
        self._add().setFocus()
        self._show_add()

    def _on_remove(self, row: Editor) -> None:
        if len(self.rows) > 1:
            self._drop(row)
            self.setFocusProxy(self.rows[0])
        else:
            row.show_value(None)
        self._show_add()
        self.typed.emit()

    def _on_row_typed(self) -> None:
        self._show_add()
        self.typed.emit()
