"""Handing over just one task slip: what goes, one button, and how it is given."""

from __future__ import annotations

import secrets
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services import tasks
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.handover import Selection
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.sealing import Sealed, Sealing
from fieldapp.ui.file_dialogs import choose_new_file
from fieldapp.ui.plain import Notice, PlainLabel, Sheet
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId

SUFFIX = "bin"


class SlipSheet(Sheet):
    """The task exists already; this makes the file that brings it to one person."""

    reckoned = Signal()
    ended = Signal()
    """It was sealed, or it failed, or was stopped; and the sheet says so."""

    def __init__(self, session: Session, task: RecordId, peer: Peer, parent: QWidget | None) -> None:
        super().__init__(_("Hand over the task"), parent, width=72 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._task, self._peer = session, task, peer
        self._selection: Selection | None = None
        self._sealing: Sealing | None = None
        name = visible(peer.name)
        self.body.addWidget(PlainLabel(_("Only %s can open it.") % name, "strong", wrap=True))
        self.goes = self.add_words("…")
        self.stays = self.add_words(_("Testimonies, files and code words stay here."), "quiet")
        self.place = self.add_words("")
        self.place.selectable()
        self.place.hide()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(_("Sealing…"))
        self.bar.hide()
        self.body.addWidget(self.bar)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.later_button = self.add_button(_("Later"))
        self.later_button.clicked.connect(self.reject)
        self.seal_button = self.add_button(_("Seal into a file…"), main=True)
        self.seal_button.setEnabled(False)
        self.seal_button.clicked.connect(self._on_seal)

        def select(archive: Archive) -> tuple[Selection, Changed]:
            selection = tasks.select(archive, task, peer)
            return selection, selection.finished

        session.write(self, select, self._on_reckoned, self._on_failed)

    def seal(self, path: Path) -> None:
        """Seal it into this new file."""
        selection = self._selection
        if selection is None or self._sealing is not None:
            return
        sealing = Sealing(self._session, self)
        self._sealing = sealing
        sealing.progressed.connect(lambda share: self.bar.setValue(round(1000 * share)))
        sealing.sealed.connect(self._on_sealed)
        sealing.failed.connect(self._on_failed)
        sealing.cancelled.connect(self._on_cancelled)
        self.bar.show()
        self.seal_button.setEnabled(False)
        self.later_button.setText(_("Stop"))
        sealing.start([self._peer], selection, path)

    def reject(self) -> None:
        """Stop sealing, or close."""
        if self._sealing is not None:
            self._sealing.cancel()
        else:
            super().reject()

    def _on_reckoned(self, found: tuple[Selection, Changed]) -> None:
        self._selection = found[0]
        people = found[0].records.get("person", 0)
        words = ngettext(
            "What goes: the questions, and %d person with their phone numbers and how they are reached safely.",
            "What goes: the questions, and %d people with their phone numbers and how they are reached safely.",
            people,
        )
        self.goes.setText(words % people if people else _("What goes: the questions alone."))
        self.seal_button.setEnabled(True)
        self.seal_button.setFocus()
        self.reckoned.emit()

    def _on_seal(self) -> None:
        proposed = Path.home() / f"{secrets.token_hex(4)}.{SUFFIX}"
        choose_new_file(self, _("Where shall the bundle be?"), proposed, self.seal, suffix=SUFFIX)

    def _on_sealed(self, sealed: Sealed) -> None:
        self._sealing = None
        self.bar.hide()
        self.goes.setText(_("The task is sealed. Copy the file to a stick, or send it as a file with any messenger."))
        self.stays.setText(_("The answer comes back with their next bundle."))
        self.place.setText(str(sealed.place))
        self.place.show()
        self.seal_button.hide()
        self.later_button.setText(_("Close"))
        self.ended.emit()

    def _on_failed(self, error: FieldAppError) -> None:
        self._end(words_of(error).text)

    def _on_cancelled(self) -> None:
        self._end(_("Stopped, as you asked. No file was left behind."))

    def _end(self, words: str) -> None:
        self._sealing = None
        self.bar.hide()
        self.notice.say(words)
        self.seal_button.setEnabled(self._selection is not None)
        self.later_button.setText(_("Later"))
        self.ended.emit()
