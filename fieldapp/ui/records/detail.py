"""One record, in place: everything can be changed here, and everything is saved as it is typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError, RecordNotFoundError
from fieldapp.i18n import _
from fieldapp.records.ids import new_record_id
from fieldapp.records.model import Plain
from fieldapp.records.store import RecordRow
from fieldapp.services import drafts, records, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.views import RecordView
from fieldapp.ui.drafting import Drafting, SaveState
from fieldapp.ui.empty_state import EmptyState
from fieldapp.ui.plain import PlainLabel, set_look
from fieldapp.ui.records.detail_head import DetailHead
from fieldapp.ui.records.documents_section import attachments_of
from fieldapp.ui.records.links import Linked, linked_of
from fieldapp.ui.records.safety import Level, safety_of
from fieldapp.ui.records.type_page import Pages, TypePage
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.viewer.thumbnails import thumbnails_of
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId

_WIDEST = 116 * GRID
_ROOM_BELOW = 8 * GRID


@dataclass(frozen=True, slots=True)
class Shown:
    """A record with what hangs on it, as it was read."""

    view: RecordView
    links: list[Linked]


class Detail(QWidget):
    """The right half of a page of records."""

    removed = Signal(bytes)
    """The record on show was taken out of the lists."""
    link_removed = Signal(bytes)
    open_asked = Signal(RecordRow)
    look_asked = Signal(RecordRow)
    history_asked = Signal(bytes, str)
    attached = Signal(int, bool)
    """As of a `DocumentsSection`."""
    began = Signal(bytes)
    """A new record has got its first words."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._drafting: Drafting | None = None
        self._shown: RecordView | None = None
        self._pages: dict[str, TypePage] = {}
        self.setAcceptDrops(True)
        self.head = DetailHead()
        self.head.history_asked.connect(self._on_history)
        self.head.remove_asked.connect(self._on_remove)
        self.head.look_asked.connect(self._on_look)
        self._empty = EmptyState()
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._grown = QTimer(self, singleShot=True, interval=0)  # once its parts are laid out
        self._grown.timeout.connect(self._on_grown)
        self._area.verticalScrollBar().rangeChanged.connect(lambda _least, _most: self._grown.start())
        self._forms = Pages()
        set_look(self._forms, "clear")
        self._forms.setMaximumWidth(_WIDEST)
        self._area.setWidget(self._forms)
        record = QWidget()
        column = QVBoxLayout(record)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._area, 1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(record)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self._drop = QFrame(self)
        set_look(self._drop, "drop")
        inside = QVBoxLayout(self._drop)
        inside.addStretch(1)
        inside.addWidget(PlainLabel(_("Drop the files to attach them to this record")))
        inside.addStretch(1)
        self._drop.hide()
        session.changed.connect(self._on_changed)
        self.show_nothing()

    @property
    def record(self) -> RecordId | None:
        """The record on show, which need not have any words yet."""
        return self._drafting.record if self._drafting else None

    @property
    def page(self) -> TypePage | None:
        """The form on show."""
        return self._forms.current if self._drafting else None

    @property
    def focused_field(self) -> str:
        """The field that the cursor is in, by its name; "" if in none."""
        cells = self.page.form.cells if self.page is not None else {}
        focused = self.window().focusWidget()
        return next((name for name, cell in cells.items() if focused is not None and cell.isAncestorOf(focused)), "")

    def focus_field(self, name: str) -> None:
        """Put the cursor into this field, behind its last word, and the end of the field into view."""
        cell = self.page.form.cells.get(name) if self.page is not None else None
        if cell is not None:
            cell.editor.go_on()
            self._area.ensureWidgetVisible(cell)
            end = cell.editor.mapTo(self._forms, cell.editor.rect().bottomLeft())
            self._area.ensureVisible(end.x(), end.y(), 0, GRID)

    def go_on_linking(self) -> None:
        """Put the cursor into the line that adds a person."""
        if self.page is not None:
            self.page.links.begin()

    def show_documents(self) -> None:
        """Bring into view what hangs on the record, and what is said of it."""
        if self.page is not None:
            self._area.ensureWidgetVisible(self.page.documents)
            self._area.ensureWidgetVisible(self.page.documents.notice)

    def show_nothing(self) -> None:
        """Leave the record; nothing is on show."""
        self._leave()
        self._empty.say("testimony", _("Nothing is open"), _("Choose a record on the left, or write a new one."))
        self._stack.setCurrentIndex(0)

    def show_record(self, record: RecordId, type_name: str) -> None:
        """Show a record that is there."""
        if record == self.record:
            return
        self._leave()
        self._begin(record, type_name)
        self._read()

    def begin_new(self, type_name: str, *, hint: bool = False) -> None:
        """An empty form for a new record; it comes to be with its first words."""
        self._leave()
        page = self._begin(new_record_id(self._session.own_log), type_name)
        page.half_link.begin(type_name)
        page.hint.setVisible(hint)
        self.head.show_record(type_name, "", None)
        page.form.focus_first()

    def finish(self) -> None:
        """Make entries of what is typed, and keep what is half typed."""
        if self._drafting is not None:
            self._drafting.finish()
        if self.page is not None:
            self.page.half_link.keep()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if self.page is not None and self.page.face is None and event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._drop.setGeometry(self.rect().adjusted(GRID, GRID, -GRID, -GRID))
            self._drop.show()
            self._drop.raise_()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        self._drop.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        self._drop.hide()
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if self.page is not None and self.page.face is None and paths:
            event.acceptProposedAction()
            self.page.documents.attach(paths)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        for page in self._pages.values():
            page.form.fit(min(self.width(), _WIDEST))

    def _begin(self, record: RecordId, type_name: str) -> TypePage:
        page = self._page_for(type_name)
        drafting = Drafting(self._session, record, type_name)
        drafting.state_changed.connect(self._on_state)
        drafting.keep_failed.connect(self._on_keep_failed)
        self._drafting, self._shown = drafting, None
        page.hint.hide()
        page.form.clear()
        page.links.show_links([])
        page.links.end()
        page.half_link.follow(record)
        page.documents.show_documents([])
        page.documents.notice.hide()
        if page.face is not None:
            page.face.clear()
        self.head.say_state(SaveState.UNTOUCHED)
        self._forms.show_page(page)
        self._stack.setCurrentIndex(1)
        self._area.verticalScrollBar().setValue(0)
        self._say_safety()
        return page

    def _page_for(self, type_name: str) -> TypePage:
        if type_name not in self._pages:
            page = TypePage(self._session, type_name, self._when_ready)
            page.form.typed.connect(self._on_typed)
            page.form.kept.connect(self._on_kept_account)
            page.links.opened.connect(self.open_asked)
            page.links.begun.connect(self._on_line_begun)
            if page.face is not None:
                page.face.pressed.connect(self._on_look)
            page.links.hidden.connect(self.link_removed)
            page.documents.opened.connect(self.open_asked)
            page.documents.looked_at.connect(self.look_asked)
            page.documents.hidden.connect(self.link_removed)
            page.documents.attached.connect(self.attached)
            self._pages[type_name] = page
            self._forms.add(page)
            self._fit()
        return self._pages[type_name]

    def _leave(self) -> None:
        if self.page is not None:
            self.page.half_link.keep()
        drafting, self._drafting, self._shown = self._drafting, None, None
        if drafting is not None:
            drafting.state_changed.disconnect(self._on_state)
            drafting.finish()
            drafting.retire()

    def _read(self) -> None:
        drafting = self._drafting
        if drafting is None:
            return
        record = drafting.record

        def read(archive: Archive) -> Shown:
            view = views.view(archive, record)
            return Shown(view, linked_of(archive, view))

        self._session.ask(self, read, self._on_read, self._on_unread)

    def _on_read(self, shown: Shown) -> None:
        drafting, page = self._drafting, self.page
        if drafting is None or page is None or shown.view.row.id != drafting.record:
            return
        first = self._shown is None
        if shown.view.row.withdrawn and not first:
            self.show_nothing()  # who told it took it back just now
            return
        self._shown = shown.view
        page.half_link.begin("")
        page.form.show_record(shown.view, drafting.unfinished, first=first)
        page.links.show_links(shown.links)
        page.documents.show_documents(attachments_of(shown.view))
        if page.face is not None:
            thumbnails_of(self._session).fetch(page.face, drafting.record, page.face.show_picture)
        self.head.show_record(drafting.type_name, shown.view.row.title, shown.view)
        self._say_safety()

    def _on_unread(self, error: FieldAppError) -> None:
        if not isinstance(error, RecordNotFoundError):
            self._session.trouble.emit(error)
        elif self._shown is not None:
            self.show_nothing()  # it left this device, or was erased, while it was on show

    def _when_ready(self, then: Callable[[RecordId], None]) -> None:
        """Call `then` when the record on show is one that others can be linked to."""
        drafting = self._drafting
        if drafting is None:
            return
        record, type_name = drafting.record, drafting.type_name
        drafting.finish()

        self._session.write(
            self, lambda archive: drafts.begin(archive, record, type_name), lambda _changed: then(record)
        )

    def _on_typed(self, name: str) -> None:
        drafting, page = self._drafting, self.page
        if drafting is not None and page is not None:
            value: Plain = page.form.value_of(name)
            drafting.put(name, value)
            self._say_safety()

    def _say_safety(self) -> None:
        """The line beside the phone numbers, from what the form says at this moment."""
        page = self.page
        if page is None or page.form.kind.name != "person":
            return
        phones = page.form.value_of("phone")
        note = page.form.cells["phone"].note
        if not phones:
            note.hide()
            return
        safety = safety_of(page.form.value_of)
        note.wear("notice" if safety.level is Level.KNOWN else "alarm")
        note.say(safety.text)

    def _on_changed(self, changed: Changed) -> None:
        if self.record is not None and (self.record in changed.records or self._is_linked(changed)):
            self._read()

    def _is_linked(self, changed: Changed) -> bool:
        links = self._shown.links if self._shown else ()
        return any(link.id in changed.records or link.other_id in changed.records for link in links)

    def _on_state(self, state: SaveState) -> None:
        if state is SaveState.TYPING and self._shown is None and self.record is not None:
            self.began.emit(self.record)
        self.head.say_state(state)

    def _on_line_begun(self, line: QWidget) -> None:
        self._area.ensureWidgetVisible(line, 0, _ROOM_BELOW)

    def _on_grown(self) -> None:
        """What stands above the line for a person grew, as when a long account has just been read."""
        if self.page is not None and self.page.links.picker.line.hasFocus():
            self._on_line_begun(self.page.links.picker)

    def _on_keep_failed(self, error: FieldAppError) -> None:
        self.head.say_trouble(words_of(error).text)

    def _on_kept_account(self, key: str, entry: bytes) -> None:
        record = self.record
        if record is not None:
            self._session.write(self, lambda archive: records.resolve(archive, record, key, entry))  # type: ignore[arg-type]  # a signal carries bytes

    def _on_history(self) -> None:
        if self.record is not None:
            self.finish()
            self.history_asked.emit(self.record, self._shown.row.title if self._shown else "")

    def _on_remove(self) -> None:
        if self.record is not None and self._shown is not None:
            self.removed.emit(self.record)

    def _on_look(self) -> None:
        if self._shown is not None:
            self.look_asked.emit(self._shown.row)
