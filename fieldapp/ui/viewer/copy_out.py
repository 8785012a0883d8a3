"""Taking a copy of a file out of the vault: said plainly, written down first, then written in the clear."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QProgressBar, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Job
from fieldapp.services import documents
from fieldapp.services.archive import Archive
from fieldapp.ui.file_dialogs import choose_new_file
from fieldapp.ui.locking.half_sheet import HalfSheet
from fieldapp.ui.plain import Notice, PlainLabel, Sheet
from fieldapp.ui.session import Session
from fieldapp.ui.words import words_of
from fieldapp.values import Progress, RecordId

_SUFFIXES: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/tiff": "tif",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/bmp": "bmp",
    "application/pdf": "pdf",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "text/plain": "txt",
}
"""Only from this list: what a bundle says of a file's name or type never becomes part of a path."""

COPY_OUT = "copy out"
"""What a half-finished sheet of this kind is called."""

_MOST_PURPOSE = 200

_CopyWork = Callable[[Archive, Progress], None]


class CopyOutSheet(Sheet):
    """Warns, asks what for and where to, and copies."""

    written = Signal(Path)
    """The finished copy."""

    def __init__(self, session: Session, document: RecordId, media_type: str, parent: QWidget) -> None:
        super().__init__(_("Save a copy outside the vault?"), parent)
        self._session, self._document = session, document
        self._suffix = _SUFFIXES.get(media_type, "bin")
        self._job: Job[None] | None = None
        self.body.addWidget(
            Notice(
                _(
                    "The copy is not protected: whoever gets this computer or the stick can open it. "
                    "It is the original, with everything the camera wrote into it: often place, time and device."
                ),
                "warning",
                icon="warning",
            )
        )
        self.add_words(_("That a copy was taken, when and what for, is written into the history of the document."))
        self.body.addWidget(PlainLabel(_("What is the copy for?"), "strong"))
        self.purpose = QLineEdit()
        self.purpose.setMaxLength(_MOST_PURPOSE)
        self.purpose.setAccessibleName(_("What is the copy for?"))
        self.purpose.setPlaceholderText(_("for example: for the lawyer"))
        self.purpose.textChanged.connect(self._on_edited)
        self.body.addWidget(self.purpose)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(_("Copying…"))
        self._bar.hide()
        self.body.addWidget(self._bar)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.cancel_button = self.add_button(_("Cancel"))
        self.cancel_button.clicked.connect(self.reject)
        self.save_button = self.add_button(_("Choose where…"), main=True)
        self.save_button.clicked.connect(self._on_choose)
        self._on_edited()
        HalfSheet(session, self, COPY_OUT, document, {"purpose": self.purpose})

    def save_to(self, path: Path) -> None:
        """Write it down, then copy to this new file."""
        purpose = " ".join(self.purpose.text().split())
        self._set_busy(True)
        self._session.write(
            self,
            lambda archive: documents.log_copy(archive, self._document, purpose),
            lambda stored: self._copy(
                lambda archive, progress: documents.write_copy(archive.vault.objects, stored, path, progress), path
            ),
            self._on_failed,
        )

    def reject(self) -> None:
        """Stop copying, or close."""
        if self._job is not None and not self._job.ended:
            self._job.cancel()
        else:
            super().reject()

    def _copy(self, work: _CopyWork, path: Path) -> None:
        self._job = self._session.on_files(
            self,
            lambda archive, _decoder, progress: work(archive, progress),
            lambda _: self._on_written(path),
            self._on_failed,
            progress=self._on_progress,
            cancelled=lambda: self._set_busy(False),
        )

    def _on_choose(self) -> None:
        name = f"copy-{secrets.token_hex(3)}.{self._suffix}"
        choose_new_file(self, _("Where shall the copy be?"), Path.home() / name, self.save_to, suffix=self._suffix)

    def _on_written(self, path: Path) -> None:
        self._set_busy(False)
        self.written.emit(path)
        self.accept()

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        self.notice.say(words_of(error).text)

    def _on_progress(self, done_bytes: int, total_bytes: int) -> None:
        self._bar.setRange(0, 1000)
        self._bar.setValue(1000 * done_bytes // max(total_bytes, 1))

    def _on_edited(self) -> None:
        self.save_button.setEnabled(bool(self.purpose.text().strip()))

    def _set_busy(self, busy: bool) -> None:
        self._bar.setRange(0, 0)
        self._bar.setVisible(busy)
        self.purpose.setEnabled(not busy)
        self.save_button.setVisible(not busy)
        self.cancel_button.setText(_("Stop") if busy else _("Cancel"))
        if busy:
            self.notice.hide()
