"""A rehearsal: a holder reads words aloud that their program shows for it, and it shows whether they have the share.

These words open nothing, so the telephone may listen.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import Holder
from fieldapp.ui.plain import Notice
from fieldapp.ui.safety.ways_parts import WorkSheet
from fieldapp.ui.session import Session
from fieldapp.ui.spoken_words import WordsField


class RehearseSheet(WorkSheet):
    """Asks for the words of one holder, and says whose they are."""

    rehearsed = Signal()
    refused = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Rehearse: can they help you in?"), parent)
        self._session = session
        self.add_wide(
            _(
                "Call one of them. They open Settings, “Safety of this vault”, “Ways in”, the shares that they keep, "
                "and there “Rehearse…”. Type the words that they read to you. These words open nothing: who listens "
                "gains nothing."
            )
        )
        self.first = WordsField(_("Words that you hear"))
        self.first.edited.connect(self._on_edited)
        self.first.submitted.connect(self._on_try)
        self.body.addWidget(self.first)
        self.good = Notice(icon="check")
        self.good.hide()
        self.body.addWidget(self.good)
        self.add_end()
        self.add_button(_("Close")).clicked.connect(self.reject)
        self.try_button = self.add_button(_("Do they have my share?"), main=True)
        self.try_button.clicked.connect(self._on_try)
        self._on_edited()
        self.first.setFocus()

    def done(self, result: int) -> None:
        """Close; nothing that was typed stays."""
        self._forget()
        super().done(result)

    def _on_edited(self) -> None:
        self.try_button.setEnabled(self.first.is_whole and self.bar.isHidden())

    def _on_try(self) -> None:
        if not self.try_button.isEnabled():
            return
        heard = self.first.peek()
        self.good.hide()
        self._set_busy(True)
        self._session.write(self, lambda archive: escrow.rehearse(archive, heard), self._on_rehearsed, self._on_failed)

    def _on_rehearsed(self, holder: Holder) -> None:
        self._set_busy(False)
        self.good.say(_("Yes: %s has your share. The day is noted.") % visible(holder.name))
        self._forget()
        self.first.setFocus()
        self.rehearsed.emit()

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        self.say_error(error)
        self.first.setFocus()
        self.refused.emit()

    def _forget(self) -> None:
        self.first.clear()

    def _set_busy(self, busy: bool) -> None:
        self.set_busy(busy, self.first)
        self._on_edited()
