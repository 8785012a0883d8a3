"""The left half of a page of records: a heading, what narrows a search, the list, or what to do while it is empty."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QListView, QStackedWidget, QVBoxLayout

from fieldapp.i18n import _
from fieldapp.records.model import TYPES
from fieldapp.records.store import RecordRow
from fieldapp.services.archive import Changed
from fieldapp.ui.empty_state import EmptyState
from fieldapp.ui.plain import PlainLabel, set_look
from fieldapp.ui.records.list_model import MOST_HITS, ROW_ROLE, Query, RecordListModel
from fieldapp.ui.records.row_delegate import RowDelegate
from fieldapp.ui.records.search_filters import SearchFilters
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId

_SEARCH_AFTER_MS = 150


class ListPane(QFrame):
    """Shows one type of record, or what a search finds."""

    chosen = Signal(RecordRow)
    new_asked = Signal(str)
    """Nothing is here yet and the person wants to begin: a record type."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        set_look(self, "pane")
        self._type = "testimony"
        self._text = ""
        self._wanted: RecordId | None = None
        self.model = RecordListModel(session)
        self.model.loaded.connect(self._on_loaded)
        self.heading = PlainLabel("", "heading")
        self._count = PlainLabel("", "caption")
        self.filters = SearchFilters(session)
        self.filters.changed.connect(self._start)
        self.filters.hide()
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(RowDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.selectionModel().selectionChanged.connect(self._on_selected)
        self.empty = EmptyState()
        self.empty.pressed.connect(self._on_new)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        head = QHBoxLayout()
        head.setContentsMargins(2 * GRID, 2 * GRID, 12, 12)
        head.addWidget(self.heading)
        head.addStretch(1)
        head.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.filters)
        column.addWidget(self._stack, 1)
        self._timer = QTimer(self, singleShot=True, interval=_SEARCH_AFTER_MS)
        self._timer.timeout.connect(self._start)
        session.changed.connect(self._on_changed)
        self.setFocusProxy(self.list)

    @property
    def type_name(self) -> str:
        """The type of which all records are shown while nothing is searched for."""
        return self._type

    def show_type(self, type_name: str) -> None:
        """Show all records of a type."""
        self._type, self._text = type_name, ""
        self._start()

    def search(self, text: str) -> None:
        """Show what a search finds, soon; with no text, the type that was shown before."""
        self._text = text.strip()
        self._timer.start()

    def choose(self, record: RecordId | None) -> None:
        """Mark this record as the one that is open, as soon as it is in the list."""
        self._wanted = record
        self._mark()

    def _start(self) -> None:
        searching = bool(self._text)
        self.filters.setVisible(searching)
        kind = TYPES[self._type]
        self.heading.setText(_("Found") if searching else _(kind.plural))
        self.list.setAccessibleName(self.heading.text())
        self.model.show_query(
            Query(text=self._text, filters=self.filters.filters()) if searching else Query(self._type)
        )

    def _on_changed(self, _changed: Changed) -> None:
        self.model.reload()

    def _on_loaded(self) -> None:
        total = self.model.total or 0
        capped = self.model.query.is_search and total >= MOST_HITS
        self._count.setText(_("the first %d") % total if capped else f"{total:,}".replace(",", "\u202f"))
        self._stack.setCurrentWidget(self.list if total else self.empty)
        if not total:
            self._say_empty()
        self._mark()

    def _mark(self) -> None:
        place = self.model.place_of(self._wanted) if self._wanted else None
        selection = self.list.selectionModel()
        blocked = selection.blockSignals(True)
        if place is None:
            self.list.clearSelection()
        else:
            self.list.setCurrentIndex(self.model.index(place))
        selection.blockSignals(blocked)
        self.list.viewport().update()

    def _say_empty(self) -> None:
        if self.model.query.is_search:
            self.empty.say(
                "search", _("Nothing found"), _("Try fewer or shorter words. Names are found in any script.")
            )
            return
        words = {
            "testimony": (
                _("No testimonies yet"),
                _("Begin with what somebody told you. You can add people and papers while you write."),
                _("New testimony"),
            ),
            "person": (
                _("No people yet"),
                _("People appear here when you add them to a testimony, or on their own."),
                _("New person"),
            ),
            "document": (
                _("No documents yet"),
                _("Open a testimony or a person and drop photos, scans or recordings onto it."),
                "",
            ),
        }
        self.empty.say(self._type, *words[self._type])

    def _on_new(self) -> None:
        self.new_asked.emit(self._type)

    def _on_selected(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        row = self.list.currentIndex().data(ROW_ROLE)
        if isinstance(row, RecordRow) and self.list.selectionModel().hasSelection():
            self._wanted = row.id
            self.chosen.emit(row)
