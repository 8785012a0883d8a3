"""The papers, pictures and recordings that hang on a record; more come by a button or are dropped onto it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import Job
from fieldapp.records.store import RecordRow
from fieldapp.services import documents, records
from fieldapp.services.archive import Changed
from fieldapp.services.documents import Attached
from fieldapp.services.views import RecordView
from fieldapp.ui.file_dialogs import choose_files
from fieldapp.ui.plain import Notice, PlainLabel, push_button
from fieldapp.ui.records.attaching import Sealed, seal
from fieldapp.ui.records.facts import ATTACHMENT
from fieldapp.ui.records.tile import TILE, Tile
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.viewer.thumbnails import thumbnails_of
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId

_PARTS = 1000
_MOST_TILES = 300


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document on a record: the link, and its row."""

    link: RecordId
    row: RecordRow


def attachments_of(view: RecordView) -> list[Attachment]:
    """The documents that hang on a record."""
    return [
        Attachment(link.id, link.other)
        for link in view.links
        if link.role == ATTACHMENT and link.outgoing and link.other is not None
    ]


class DocumentsSection(QWidget):
    """Tiles, a button, and while files are being sealed a bar with a way out."""

    opened = Signal(RecordRow)
    looked_at = Signal(RecordRow)
    hidden = Signal(bytes)
    attached = Signal(int, bool)
    """So many files hang on the record now; whether the notice below says what was wrong with others, or with all."""

    def __init__(self, session: Session, ready: Callable[[Callable[[RecordId], None]], None]) -> None:
        super().__init__()
        self._session = session
        self._ready = ready
        self._tiles: list[Tile] = []
        self._job: Job[Sealed] | None = None
        self._busy = False
        self._waiting: list[tuple[list[Path], RecordId]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(PlainLabel(_("Documents"), "section"))
        self._grid = QGridLayout()
        self._grid.setSpacing(GRID)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft)
        column.addLayout(self._grid)
        foot = QHBoxLayout()
        self.attach_button = push_button(_("Attach files…"), "link", icon_name="attach")
        self.attach_button.clicked.connect(self.choose)
        foot.addWidget(self.attach_button)
        foot.addWidget(PlainLabel(_("or drop them here"), "caption"))
        foot.addStretch(1)
        column.addLayout(foot)
        self._bar = QWidget()
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(0, 0, 0, 0)
        self._told = PlainLabel("", "caption")
        self._progress = QProgressBar()
        self._progress.setRange(0, _PARTS)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(_("Sealing files"))
        self.cancel_button = push_button(_("Cancel"), "quiet")
        self.cancel_button.clicked.connect(self._on_cancel)
        bar.addWidget(self._told)
        bar.addWidget(self._progress, 1)
        bar.addWidget(self.cancel_button)
        self._bar.hide()
        column.addWidget(self._bar)
        self._more = PlainLabel("…", "caption")
        self._more.hide()
        column.addWidget(self._more)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        column.addWidget(self.notice)

    def show_documents(self, found: Sequence[Attachment]) -> None:
        """Show these tiles."""
        for tile in self._tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self._tiles = []
        self._more.setVisible(len(found) > _MOST_TILES)
        for each in found[:_MOST_TILES]:
            tile = Tile(each.link, each.row)
            thumbnails_of(self._session).fetch(tile, each.row.id, tile.show_picture)
            tile.opened.connect(self.opened)
            tile.looked_at.connect(self.looked_at)
            tile.removed.connect(self._on_removed)
            self._tiles.append(tile)
        self._arrange()

    def choose(self) -> None:
        """Let the person choose files to attach."""
        choose_files(self, _("Attach files"), self.attach)

    def attach(self, paths: list[Path]) -> None:
        """Seal these files and hang them on the record that is on show; after those that are being sealed."""
        if paths:
            self._ready(partial(self._add, list(paths)))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    def _add(self, paths: list[Path], owner: RecordId) -> None:
        self._waiting.append((paths, owner))
        if not self._busy:
            self.notice.hide()
            self._next()

    def _next(self) -> None:
        if not self._waiting:
            return
        self._busy = True
        paths, owner = self._waiting.pop(0)
        words = ngettext("Sealing %d file…", "Sealing %d files…", len(paths))
        self._told.setText(words % len(paths))
        self._progress.setValue(0)
        self._bar.show()
        self._seal(paths, owner)

    def _seal(self, paths: list[Path], owner: RecordId) -> None:
        self._job = self._session.on_files(
            self,
            lambda archive, decoder, progress: seal(archive, decoder, progress, paths),
            partial(self._on_sealed, owner),
            self._on_failed,
            progress=self._on_progress,
            cancelled=self._on_cancelled,
        )

    def _on_sealed(self, owner: RecordId, sealed: Sealed) -> None:
        if sealed.problems:
            before = [] if self.notice.isHidden() else [self.notice.words.text()]
            self.notice.say(" ".join([*before, *(words_of(problem).text for problem in sealed.problems[:3])]))
        if not sealed.files:
            self._on_ended()
            self.attached.emit(0, not self.notice.isHidden())
            return
        self._session.write(
            self,
            lambda archive: documents.attach(archive, sealed.files, owner=owner),
            self._on_attached,
            self._on_failed,
        )

    def _on_attached(self, answer: tuple[list[Attached], Changed]) -> None:
        self._on_ended()
        self.attached.emit(len(answer[0]), not self.notice.isHidden())

    def _on_failed(self, error: FieldAppError) -> None:
        self._on_ended()
        self.notice.say(words_of(error).text)
        self.attached.emit(0, True)

    def _on_progress(self, done_bytes: int, total_bytes: int) -> None:
        self._progress.setValue(_PARTS * done_bytes // max(total_bytes, 1))

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _on_cancelled(self) -> None:
        self._waiting.clear()
        self._on_ended()

    def _on_ended(self) -> None:
        self._job, self._busy = None, False
        self._bar.hide()
        self._next()

    def _on_removed(self, link: bytes) -> None:
        link_id = RecordId(link)
        self._session.write(
            self, lambda archive: records.hide(archive, link_id), lambda _changed: self.hidden.emit(link)
        )

    def _arrange(self) -> None:
        columns = max(1, self.width() // (TILE.width() + GRID))
        for place, tile in enumerate(self._tiles):
            self._grid.addWidget(tile, place // columns, place % columns)
