"""A page of records: the list at the left, one record at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.records.store import RecordRow
from fieldapp.services import records
from fieldapp.ui.records.detail import Detail
from fieldapp.ui.records.history import HistorySheet
from fieldapp.ui.records.list_pane import ListPane
from fieldapp.ui.records.undoing import WayBack, redo, undo
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.toast import Toast
from fieldapp.ui.viewer.sheet import show_document
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId

_LIST_WIDTH = 44 * GRID


class RecordsPage(QWidget):
    """Leads between list and detail; offers the way back after each removal."""

    type_shown = Signal(str)
    """A record of this type was opened from elsewhere: the rail follows."""

    def __init__(self, session: Session, toast: Toast) -> None:
        super().__init__()
        self._session, self._toast = session, toast
        self._touched: RecordId | None = None
        self.list = ListPane(session)
        self.detail = Detail(session)
        self.list.setMinimumWidth(30 * GRID)
        self.detail.setMinimumWidth(44 * GRID)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.list)
        splitter.addWidget(self.detail)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_LIST_WIDTH, 10_000])
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)
        self.list.chosen.connect(self._on_chosen)
        self.list.new_asked.connect(self.begin_new)
        self.detail.removed.connect(self._on_removed)
        self.detail.link_removed.connect(self._on_link_removed)
        self.detail.open_asked.connect(self.open)
        self.detail.look_asked.connect(self._on_look)
        self.detail.history_asked.connect(self._on_history)
        self.detail.began.connect(self._on_began)
        self.detail.attached.connect(self._on_attached)

    def show_type(self, type_name: str) -> None:
        """List all records of a type. A record of another type that is open is left."""
        self.list.show_type(type_name)
        page = self.detail.page
        if page is not None and page.form.kind.name != type_name:
            self.detail.show_nothing()
            self.list.choose(None)

    def search(self, text: str) -> None:
        """List what is found."""
        self.list.search(text)

    def begin_new(self, type_name: str, *, hint: bool = False) -> None:
        """A new record of a type."""
        self.type_shown.emit(type_name)
        self.list.choose(None)
        self.detail.begin_new(type_name, hint=hint)

    def open(self, row: RecordRow) -> None:
        """Open a record from wherever it was met."""
        self.type_shown.emit(row.type)
        self.list.choose(row.id)
        self._on_chosen(row)

    def undo(self) -> None:
        """Take back the last change to the record on show, or to the one that was removed last."""
        record = self.detail.record or self._touched
        if record is None:
            return
        self.detail.finish()
        target = record

        self._session.write(
            self, lambda archive: undo(archive, target), lambda done: self._say_undone(done[1]), self._on_not_undone
        )

    def _say_undone(self, way_back: WayBack) -> None:
        def bring_again() -> None:
            self._session.write(
                self, lambda archive: redo(archive, way_back), lambda _changed: self._toast.say(_("Done again"))
            )

        self._toast.say(_("Undone"), _("Redo"), bring_again)

    def _on_not_undone(self, error: FieldAppError) -> None:
        self._toast.say(words_of(error).what)

    def remove(self) -> None:
        """Take the record on show out of the lists."""
        if self.detail.record is not None and self.detail.head.remove_button.isEnabled():
            self._on_removed(self.detail.record)

    def _on_chosen(self, row: RecordRow) -> None:
        self._touched = row.id
        self.detail.show_record(row.id, row.type)

    def _on_began(self, record: bytes) -> None:
        self._touched = RecordId(record)
        self.list.choose(self._touched)

    def _on_attached(self, count: int, some_refused: bool) -> None:
        words = ngettext("%d file is attached.", "%d files are attached.", count) % count if count else ""
        if some_refused:
            words = f"{words} " + _("Not all of them: see below.") if count else _("Nothing was attached: see below.")
        self._toast.say(words, _("Show"), self.detail.show_documents)

    def _on_removed(self, record: bytes) -> None:
        removed = RecordId(record)
        self.detail.show_nothing()
        self._hide(removed, _("Removed from lists"))

    def _on_link_removed(self, link: bytes) -> None:
        self._toast.say(_("Link removed"), _("Undo"), lambda: self._bring_back(RecordId(link)))

    def _hide(self, record: RecordId, words: str) -> None:
        self._session.write(
            self,
            lambda archive: records.hide(archive, record),
            lambda _changed: self._toast.say(words, _("Undo"), lambda: self._bring_back(record)),
        )

    def _bring_back(self, record: RecordId) -> None:
        self._session.write(
            self,
            lambda archive: records.hide(archive, record, hidden=False),
            lambda _changed: self._toast.say(_("It is back")),
        )

    def _on_look(self, row: RecordRow) -> None:
        show_document(self._session, row.id, self)

    def _on_history(self, record: bytes, title: str) -> None:
        sheet = HistorySheet(self._session, RecordId(record), title, self)
        sheet.brought_back.connect(lambda: self._toast.say(_("It says again what it said then"), _("Undo"), self.undo))
        sheet.open()
