"""A document, large, over everything else in the window: the picture or why there is none, and all facts beside it.

It is a child of the screen it lies upon, so that what hides that screen, such as locking, hides the picture too, and
so that the shortcuts of the window go on working. No other program is ever asked to show anything.
"""

from __future__ import annotations

from collections.abc import Callable
from io import RawIOBase
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError, NoContentError
from fieldapp.i18n import _
from fieldapp.jobs import Job
from fieldapp.media.frames import PIXELS_SIDE
from fieldapp.media.preview import DecoderProcess, Pixels
from fieldapp.services import documents
from fieldapp.services.archive import Archive
from fieldapp.ui.plain import IconLabel, PlainLabel, set_look, tell
from fieldapp.ui.session import Session
from fieldapp.ui.shortcuts import COVERS, position_of
from fieldapp.ui.theme import GRID
from fieldapp.ui.viewer.canvas import STEP, Canvas
from fieldapp.ui.viewer.copy_out import CopyOutSheet
from fieldapp.ui.viewer.facts import Facts, facts_of
from fieldapp.ui.viewer.facts_panel import FactsPanel
from fieldapp.ui.viewer.thumbnails import shown_of
from fieldapp.ui.viewer.tools import Tools
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId


def show_document(session: Session, document: RecordId, parent: QWidget) -> PictureView:
    """Open a document over the screen that `parent` belongs to. Escape closes it."""
    view = PictureView(session, _screen_of(parent))
    view.open(document)
    return view


class PictureView(QWidget):
    """Looks at one document after the other."""

    def __init__(self, session: Session, room: QWidget) -> None:
        super().__init__(room)
        self._session, self._room = session, room
        self._before = room.window().focusWidget()
        self.document: RecordId | None = None
        self.facts: Facts | None = None
        self._job: Job[Pixels] | None = None
        self.setProperty(COVERS, True)
        set_look(self, "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.canvas = Canvas()
        self.message = PlainLabel("", "quiet", wrap=True)
        self.tools = Tools()
        self.panel = FactsPanel()
        self._places = QStackedWidget()
        self._build()
        self._connect()
        room.installEventFilter(self)
        self.setGeometry(room.rect())

    @property
    def shows_picture(self) -> bool:
        """Whether a picture, and no message, is in view."""
        return self._places.currentWidget() is self.canvas

    def open(self, document: RecordId) -> None:
        """Show this document."""
        self.document, self.facts = document, None
        if self._job is not None:
            self._job.cancel()
        self.canvas.show_image(QImage())
        self._say(_("One moment…"))
        self._session.ask(
            self,
            lambda archive: facts_of(archive, document),
            lambda facts: self._on_facts(document, facts),
            lambda error: self._on_no_content(document, error),
        )
        self._session.ask(
            self,
            lambda archive: documents.content_of(archive, document),
            lambda stored: self._decode(
                document, lambda archive, decoder: _pixels(decoder, archive.vault.objects.open(stored), stored.size)
            ),
            lambda error: self._on_no_content(document, error),
        )
        self.show()
        self.raise_()
        self.canvas.setFocus()

    def close_view(self) -> None:
        """Go back to what was before."""
        if self._job is not None:
            self._job.cancel()
        self._room.removeEventFilter(self)
        self.hide()
        if self._before is not None:
            self._before.setFocus()
        self.deleteLater()

    def step(self, by: int) -> None:
        """Show a neighbour among the documents of the same record."""
        place = self._place()
        if self.facts is None or place is None:
            return
        siblings = self.facts.siblings
        if 0 <= place + by < len(siblings):
            self.open(siblings[place + by])

    def save_copy(self) -> CopyOutSheet | None:
        """Ask whether and where a copy shall be taken out."""
        if self.document is None or self.facts is None:
            return None
        sheet = CopyOutSheet(self._session, self.document, self.facts.media_type, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.written.connect(self._on_copied)
        sheet.open()
        return sheet

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._room.rect())
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.close_view()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_PageUp):
            self.step(-1)
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_PageDown):
            self.step(1)
        elif position_of(event) == "R":
            self.canvas.turn()
        else:
            event.accept()  # nothing below may react to keys that are meant for the picture

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """Tab stays within the view: what lies under it cannot be seen."""
        stops = [each for each in self.findChildren(QWidget) if _takes_tab(each)]
        here = self.focusWidget()
        place = stops.index(here) if here in stops else -1
        if stops:
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            stops[(place + (1 if forward else -1)) % len(stops)].setFocus(reason)
        return bool(stops)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tools)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._places, 1)
        row.addWidget(self.panel)
        column.addLayout(row, 1)
        self._places.addWidget(self.canvas)
        nothing = QWidget()
        middle = QVBoxLayout(nothing)
        middle.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
        middle.addStretch(2)
        middle.addWidget(IconLabel("document", 48, "quiet"), 0, Qt.AlignmentFlag.AlignHCenter)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setMaximumWidth(50 * GRID)
        self.message.setMinimumWidth(30 * GRID)
        middle.addWidget(self.message, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(3)
        self._places.addWidget(nothing)

    def _connect(self) -> None:
        tools, canvas = self.tools, self.canvas
        tools.close_button.clicked.connect(self.close_view)
        tools.previous_button.clicked.connect(lambda: self.step(-1))
        tools.next_button.clicked.connect(lambda: self.step(1))
        tools.smaller_button.clicked.connect(lambda: canvas.zoom_to(canvas.scale / STEP))
        tools.larger_button.clicked.connect(lambda: canvas.zoom_to(canvas.scale * STEP))
        tools.fit_button.clicked.connect(canvas.fit)
        tools.actual_button.clicked.connect(lambda: canvas.zoom_to(1.0))
        tools.turn_button.clicked.connect(canvas.turn)
        tools.facts_button.toggled.connect(self.panel.setVisible)
        tools.copy_button.clicked.connect(self.save_copy)
        canvas.scale_changed.connect(tools.show_scale)
        canvas.previous_asked.connect(lambda: self.step(-1))
        canvas.next_asked.connect(lambda: self.step(1))

    def _decode(self, document: RecordId, work: Callable[[Archive, DecoderProcess], Pixels]) -> None:
        if document == self.document:
            self._job = self._session.on_pictures(
                self,
                lambda archive, decoder, _progress: work(archive, decoder),
                lambda pixels: self._on_pixels(document, pixels),
                lambda error: self._on_no_content(document, error),
            )

    def _on_pixels(self, document: RecordId, pixels: Pixels) -> None:
        if document != self.document:
            return
        shown = shown_of(pixels)
        if shown.image is None:
            self._say(shown.words)
            return
        self.canvas.show_image(shown.image)
        self._show_facts()
        self._places.setCurrentWidget(self.canvas)
        self.tools.enable_picture(True)
        self.canvas.setFocus()

    def _on_facts(self, document: RecordId, facts: Facts) -> None:
        if document != self.document:
            return
        self.facts = facts
        place = self._place()
        self.tools.show_title(facts.title, place, len(facts.siblings))
        self._show_facts()

    def _on_no_content(self, document: RecordId, error: FieldAppError) -> None:
        if document == self.document:
            self._on_failed(error)

    def _on_failed(self, error: FieldAppError) -> None:
        self._say(
            _("The file itself has not come here.") if isinstance(error, NoContentError) else words_of(error).text
        )

    def _show_facts(self) -> None:
        size = self.canvas.image.size()
        words = f"{size.width()} × {size.height()}"
        if max(size.width(), size.height()) >= PIXELS_SIDE:
            words = _("larger than %s, shown smaller") % words
        if self.facts is not None:
            self.panel.show_facts(self.facts, "" if size.isEmpty() else words)

    def _on_copied(self, path: Path) -> None:
        tell(
            self, _("The copy is written"), str(path), _("It is not protected. Delete it when it is no longer needed.")
        )

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self._places.setCurrentIndex(1)
        self.tools.enable_picture(False)

    def _place(self) -> int | None:
        if self.facts is None or self.document not in self.facts.siblings:
            return None
        return self.facts.siblings.index(self.document)


def _pixels(decoder: DecoderProcess, content: RawIOBase, size_bytes: int) -> Pixels:
    with content:
        return decoder.pixels(content, size_bytes, max_side=PIXELS_SIDE)


def _screen_of(widget: QWidget) -> QWidget:
    """The outermost widget inside the window's frame."""
    while (above := widget.parentWidget()) is not None and not isinstance(above, QMainWindow):
        widget = above
    return widget


def _takes_tab(widget: QWidget) -> bool:
    wants = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(wants) and widget.isVisible() and widget.isEnabled()
