"""Finding a person by typing a name: those whom the vault knows, and if allowed a new one of that name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.jobs import Job
from fieldapp.records.search import Filters
from fieldapp.records.store import RecordRow
from fieldapp.services import views
from fieldapp.services.archive import Archive
from fieldapp.ui.plain import harmless, set_look
from fieldapp.ui.records.facts import Facts, facts_of
from fieldapp.ui.session import Session

_MOST = 8
_AFTER_MS = 120
_MOVES = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)
_NEW = "new"


class PersonPicker(QWidget):
    """A line, and below it what fits. Arrow keys and Enter choose; Escape closes the list."""

    chosen = Signal(RecordRow)
    new_wanted = Signal(str)
    """Nobody of this name is here: make one."""

    def __init__(self, session: Session, label: str, *, offers_new: bool = False) -> None:
        super().__init__()
        self._session = session
        self._offers_new = offers_new
        self._job: Job[list[tuple[RecordRow, Facts]]] | None = None
        self.line = QLineEdit()
        self.line.setPlaceholderText(label)
        self.line.setAccessibleName(label)
        self.line.textEdited.connect(self._on_edited)
        self.line.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.line)
        self.list = QListWidget(self)
        set_look(self.list, "popup")
        self.list.setWindowFlags(Qt.WindowType.ToolTip)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(_("People who fit"))
        self.list.itemClicked.connect(self._on_item)
        self._timer = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._timer.timeout.connect(self._ask)
        self.setFocusProxy(self.line)

    def look_again(self) -> None:
        """Offer who fits what stands in the line, as if it had just been typed."""
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.FocusOut:
            self.list.hide()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.list.isVisible():
            return self._took_key(event)
        return super().eventFilter(watched, event)

    def _took_key(self, event: QKeyEvent) -> bool:
        if event.key() in _MOVES:
            step = 1 if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown) else -1
            self.list.setCurrentRow(min(max(self.list.currentRow() + step, 0), self.list.count() - 1))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_item(self.list.currentItem())
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.list.hide()
            return True
        return False

    def _on_edited(self, _text: str) -> None:
        self._timer.start()

    def _ask(self) -> None:
        text = self.line.text().strip()
        if self._job is not None:
            self._job.cancel()
        if not text:
            self.list.hide()
            return
        self._job = self._session.ask(self, lambda archive: _find(archive, text), self._on_found)

    def _on_found(self, found: list[tuple[RecordRow, Facts]]) -> None:
        self.list.clear()
        for row, facts in found:
            known = ", ".join(part for part in (facts.when, facts.about) if part)
            name = row.title or _("Without a name")
            item = QListWidgetItem(harmless(f"{name}   ({known})" if known else name))
            item.setData(Qt.ItemDataRole.UserRole, row)
            self.list.addItem(item)
        name = self.line.text().strip()
        if self._offers_new and name:
            item = QListWidgetItem(_("New person “%s”") % name)
            item.setData(Qt.ItemDataRole.UserRole, _NEW)
            self.list.addItem(item)
        if not self.list.count() or not self.line.hasFocus():
            self.list.hide()
            return
        self.list.setCurrentRow(0)
        self._place()

    def _place(self) -> None:
        height = sum(self.list.sizeHintForRow(row) for row in range(self.list.count())) + 14
        self.list.resize(max(self.line.width(), 260), height)
        below = self.line.mapToGlobal(QPoint(0, self.line.height() + 2))
        screen = self.screen().availableGeometry()
        fits = below.y() + height <= screen.bottom()
        self.list.move(below if fits else self.line.mapToGlobal(QPoint(0, -height - 2)))
        self.list.show()
        self.list.raise_()

    def _on_item(self, item: QListWidgetItem | None) -> None:
        self.list.hide()
        value = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if isinstance(value, RecordRow):
            self.chosen.emit(value)
        elif value == _NEW:
            self.new_wanted.emit(self.line.text().strip())


def _find(archive: Archive, text: str) -> list[tuple[RecordRow, Facts]]:
    """Who fits, with what tells people of one name apart."""
    rows = [hit.row for hit in views.find(archive, text, Filters(type="person"), limit=_MOST)]
    facts = facts_of(archive, [row.id for row in rows])
    return [(row, facts[row.id]) for row in rows]
