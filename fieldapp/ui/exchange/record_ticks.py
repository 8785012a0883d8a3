"""Records with a tick each, in a list that can be searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLineEdit, QListView, QVBoxLayout

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.records.store import RecordRow
from fieldapp.services import views
from fieldapp.services.archive import Archive, Changed
from fieldapp.ui.exchange.counting import KINDS
from fieldapp.ui.icons import icon
from fieldapp.ui.plain import PlainLabel, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId

_TYPING_MS = 150
_MOST_FOUND = 2000
_Index = QModelIndex | QPersistentModelIndex


class TickList(QAbstractListModel):
    """Records with a tick each. Ticks stay while the list is narrowed by a search."""

    ticked_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[RecordRow] = []
        self.ticked: set[RecordId] = set()

    def show_rows(self, rows: Iterable[RecordRow]) -> None:
        """Show these."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def tick(self, records: Iterable[RecordId], *, on: bool = True) -> None:
        """Tick these, or take their ticks away."""
        self.ticked = self.ticked | set(records) if on else self.ticked - set(records)
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [])
        self.ticked_changed.emit()

    @property
    def shown(self) -> list[RecordId]:
        """The records in the list, as it is narrowed now."""
        return [row.id for row in self._rows]

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: N802 - Qt's name
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:  # noqa: ARG002 - Qt's shape
        flags = Qt.ItemFlag
        return flags.ItemIsEnabled | flags.ItemIsSelectable | flags.ItemIsUserCheckable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if row.id in self.ticked else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return visible(row.title) or _("Without a title")
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(row.type if row.type in KINDS else "document", "quiet")
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802 - Qt's name
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.tick([self._rows[index.row()].id], on=value in (Qt.CheckState.Checked, Qt.CheckState.Checked.value))
        return True


class RecordTicks(QFrame):
    """The list, the search above it, and ticks for all that is shown."""

    changed = Signal()
    listed = Signal()

    def __init__(self, session: Session, name: str) -> None:
        super().__init__()
        self._session = session
        set_look(self, "card")
        self.model = TickList()
        self.model.ticked_changed.connect(self.changed)
        self.search = QLineEdit()
        self.chips = {kind: push_button(words, "chip") for kind, words in _kind_words().items()}
        self._list = QListView()
        self._list.setAccessibleName(name)
        self._timer = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._timer.timeout.connect(self.refresh)
        self._build()
        session.changed.connect(self._on_session_changed)

    def refresh(self) -> None:
        """Read the list again."""
        text, kind = self.search.text().strip(), self._kind()
        self._session.ask(self, lambda archive: _rows(archive, text, kind), self._on_rows)

    def _build(self) -> None:
        inner = QVBoxLayout(self)
        inner.setContentsMargins(12, 12, 12, 12)
        inner.setSpacing(GRID)
        set_look(self.search, "search")
        self.search.setPlaceholderText(_("Search in all words"))
        self.search.setAccessibleName(_("Search in all words"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_typed)
        inner.addWidget(self.search)
        row = QHBoxLayout()
        group = QButtonGroup(self)
        for chip in self.chips.values():
            chip.setCheckable(True)
            group.addButton(chip)
            row.addWidget(chip)
            chip.toggled.connect(self._on_chip)
        next(iter(self.chips.values())).setChecked(True)
        row.addStretch(1)
        inner.addLayout(row)
        self._list.setModel(self.model)
        self._list.setUniformItemSizes(True)
        self._list.setMinimumHeight(26 * GRID)
        inner.addWidget(self._list, 1)
        self._nothing = PlainLabel(_("Nothing is found."), "quiet")
        inner.addWidget(self._nothing)
        foot = QHBoxLayout()
        tick, untick = push_button(_("Tick all shown"), "link"), push_button(_("Untick all shown"), "link")
        tick.clicked.connect(lambda: self.model.tick(self.model.shown))
        untick.clicked.connect(lambda: self.model.tick(self.model.shown, on=False))
        foot.addWidget(tick)
        foot.addWidget(untick)
        foot.addStretch(1)
        inner.addLayout(foot)

    def _kind(self) -> str:
        return next((kind for kind, chip in self.chips.items() if chip.isChecked()), "")

    def _on_rows(self, rows: Sequence[RecordRow]) -> None:
        self.model.show_rows(rows)
        self._nothing.setVisible(not rows)
        self.listed.emit()

    def _on_typed(self) -> None:
        self._timer.start()

    def _on_chip(self, on: bool) -> None:
        if on:
            self.refresh()

    def _on_session_changed(self, _changed: Changed) -> None:
        if self.isVisible():
            self.refresh()


def _kind_words() -> dict[str, str]:
    return {"": _("All"), "testimony": _("Testimonies"), "person": _("People"), "document": _("Documents")}


def _rows(archive: Archive, text: str, kind: str) -> list[RecordRow]:
    """The records of the list: all of a kind, or those that a search finds."""
    if text:
        found = [hit.row for hit in views.find(archive, text, limit=_MOST_FOUND)]
    else:
        found = views.rows(archive, kind=kind or None)
    return [row for row in found if row.type in KINDS and not row.hidden and kind in ("", row.type)]
