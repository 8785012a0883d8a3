"""Records that were taken out of the lists, by somebody here or by a bundle, and the way back for each."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from fieldapp.i18n import _
from fieldapp.records.model import TYPES
from fieldapp.records.store import RecordRow
from fieldapp.services import records, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.ui.plain import Sheet, harmless
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words
from fieldapp.values import RecordId

_ID = Qt.ItemDataRole.UserRole


class RemovedSheet(Sheet):
    """A list to choose from, also several at once, and one button that brings them back."""

    listed = Signal(int)
    """How many there are."""

    def __init__(self, session: Session, parent: QWidget | None) -> None:
        super().__init__(_("Removed records"), parent, width=72 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._words = self.add_words(_("Nothing was destroyed. Choose what shall stand in the lists again."))
        self.list = QListWidget()
        self.list.setAccessibleName(_("Removed records"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setMinimumHeight(36 * GRID)
        self.list.itemSelectionChanged.connect(self._on_selected)
        self.body.addWidget(self.list)
        self.add_button(_("Close")).clicked.connect(self.reject)
        self.back_button = self.add_button(_("Bring back"), main=True)
        self.back_button.setEnabled(False)
        self.back_button.clicked.connect(self._on_back)
        self._read()

    def _read(self) -> None:
        self._session.ask(self, views.removed, self._show)

    def _show(self, rows: list[RecordRow]) -> None:
        self.list.clear()
        for row in rows:
            kind = TYPES.get(row.type)
            name = harmless(row.title) or _("Without a title")
            label = _(kind.label) if kind else row.type
            item = QListWidgetItem(f"{name}\n{label}, {moment_words(row.changed_ms)}")
            item.setData(_ID, row.id)
            self.list.addItem(item)
        self._words.setText(
            _("Nothing was destroyed. Choose what shall stand in the lists again.")
            if rows
            else _("No record was taken out of the lists.")
        )
        self.listed.emit(len(rows))

    def _on_selected(self) -> None:
        self.back_button.setEnabled(bool(self.list.selectedItems()))

    def _on_back(self) -> None:
        chosen = [RecordId(bytes(item.data(_ID))) for item in self.list.selectedItems()]

        def bring_back(archive: Archive) -> Changed:
            changed = Changed()
            for record in chosen:
                changed |= records.hide(archive, record, hidden=False)
            return changed

        self._session.write(self, bring_back, lambda _changed: self._read())
