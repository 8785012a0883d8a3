"""A rehearsal: a holder reads their words aloud, and it shows whether they are the right ones, with no harm done.

One person's words are compared with what is known of their share. Where a second one reads theirs too, the two really
open the vault, as on the day when it matters.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.archive import Archive
from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import Holder
from fieldapp.ui.plain import Notice, push_button
from fieldapp.ui.safety.ways_parts import WorkSheet
from fieldapp.ui.session import Session
from fieldapp.ui.spoken_words import WordsField


class RehearseSheet(WorkSheet):
    """Asks for the words of one, and on wish of another; says whose they are."""

    rehearsed = Signal()
    refused = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Rehearse: can they help you in?"), parent)
        self._session = session
        self.add_wide(
            _(
                "Call one of them. They open Settings, “Safety of this vault”, “Ways in”, and read the twelve words of "
                "your share aloud. Type them here. Nothing is changed but the day on which it worked."
            )
        )
        self.first = WordsField(_("Words that you hear"))
        self.second = WordsField(_("Words of a second person"))
        self.second.hide()
        for field in (self.first, self.second):
            field.edited.connect(self._on_edited)
            field.submitted.connect(self._on_try)
            self.body.addWidget(field)
        self.more_button = push_button(_("A second one reads too: try whether both really open it…"), "link")
        self.more_button.clicked.connect(self._on_more)
        self.body.addWidget(self.more_button)
        self.good = Notice(icon="check")
        self.good.hide()
        self.body.addWidget(self.good)
        self.add_end()
        self.add_button(_("Close")).clicked.connect(self.reject)
        self.try_button = self.add_button(_("Are these the words?"), main=True)
        self.try_button.clicked.connect(self._on_try)
        self._on_edited()
        self.first.setFocus()

    def done(self, result: int) -> None:
        """Close; nothing that was typed stays."""
        self._forget()
        super().done(result)

    def _on_more(self) -> None:
        self.second.show()
        self.more_button.hide()
        self._on_edited()
        (self.second if self.first.is_whole else self.first).setFocus()

    def _on_edited(self) -> None:
        whole = self.first.is_whole and (self.second.isHidden() or self.second.is_whole)
        self.try_button.setEnabled(whole and self.bar.isHidden())

    def _on_try(self) -> None:
        if not self.try_button.isEnabled():
            return
        spoken = self.first.peek()
        other = "" if self.second.isHidden() else self.second.peek()
        self.good.hide()
        self._set_busy(True)

        def work(archive: Archive) -> list[Holder]:
            if other:
                return list(escrow.rehearse_pair(archive, spoken, other))
            return [escrow.rehearse(archive, spoken)]

        self._session.write(self, work, self._on_rehearsed, self._on_failed)

    def _on_rehearsed(self, holders: list[Holder]) -> None:
        self._set_busy(False)
        names = [visible(holder.name) for holder in holders]
        if len(names) > 1:
            told = _("Yes: these are the words of %(one)s and of %(other)s, and together they open this vault.")
            self.good.say(told % {"one": names[0], "other": names[1]})
        else:
            self.good.say(_("Yes: these are the words of %s. The day is noted.") % names[0])
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
        self.second.clear()

    def _set_busy(self, busy: bool) -> None:
        self.set_busy(busy, self.first, self.second)
        self._on_edited()
