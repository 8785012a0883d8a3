"""What was taken off this device and has not come back: what kind of record, when; no name is known here any more."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.records.model import TYPES
from fieldapp.services import removal
from fieldapp.services.archive import Archive
from fieldapp.services.removal import RemovedRow
from fieldapp.ui.plain import Sheet, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words


class TakenOffSheet(Sheet):
    """The latest first."""

    listed = Signal(int)
    """How many there are, also those that are not shown."""

    def __init__(self, session: Session, parent: QWidget | None) -> None:
        super().__init__(_("Taken off this device"), parent, width=72 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._words = self.add_words("")
        self._words.setMaximumWidth(16777215)
        self.list = QListWidget()
        self.list.setAccessibleName(_("Taken off this device"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setMinimumHeight(32 * GRID)
        set_look(self.list, "popup")
        self.body.addWidget(self.list)
        self.add_button(_("Close"), main=True).clicked.connect(self.reject)
        session.ask(self, _read, self._show)

    def _show(self, found: tuple[list[RemovedRow], int]) -> None:
        rows, count = found
        for row in rows:
            self.list.addItem(QListWidgetItem(_words(row)))
        if len(rows) < count:
            more = count - len(rows)
            self.list.addItem(QListWidgetItem(ngettext("and %d more", "and %d more", more) % more))
        self.list.setVisible(bool(rows))
        self._words.setText(
            _(
                "Only this is still known of them here. They come back when somebody hands everything over to you "
                "once more, or just those records."
            )
            if rows
            else _("Nothing was taken off this device, or everything is back.")
        )
        self.listed.emit(count)


def _read(archive: Archive) -> tuple[list[RemovedRow], int]:
    return removal.removed(archive), removal.removed_count(archive)


def _words(row: RemovedRow) -> str:
    kind = TYPES.get(row.type)
    label = _(kind.label) if kind else visible(row.type)
    if row.documents:
        label += ", " + ngettext("%d document", "%d documents", row.documents) % row.documents
    why = _("with a task whose time was over") if row.why == removal.EXPIRED else _("to travel light")
    facts = {"begun": moment_words(row.created_ms), "gone": moment_words(row.removed_ms), "why": why}
    return f"{label}\n" + _("begun %(begun)s  ·  taken off %(gone)s, %(why)s") % facts
