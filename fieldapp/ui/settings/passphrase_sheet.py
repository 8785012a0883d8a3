"""Changing the passphrase: the old one, and the new one twice."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from fieldapp.errors import FieldAppError, WrongPassphraseError
from fieldapp.i18n import _
from fieldapp.services import vaults, writers
from fieldapp.services.archive import Archive
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import Notice, PlainLabel, Sheet
from fieldapp.ui.session import Session
from fieldapp.ui.words import words_of

_LEAST = 8


def ways_beside(archive: Archive) -> str:
    """What opens the vault beside one's own passphrase, in words; "" if nothing does. In the vault lane."""
    to_all = writers.open_to_all(archive)
    told = (
        (to_all.phrase, _("the twelve words of the recovery phrase")),
        (to_all.shares, _("two shares that coordinators keep")),
        (len(writers.active(archive)) > 1, _("the passphrases of others who write here")),
    )
    found = [words for is_so, words in told if is_so]
    return _("As before, it opens also with: %s.") % ", ".join(found) if found else ""


class PassphraseSheet(Sheet):
    """Asks, and changes it; nothing is changed when anything fails."""

    changed = Signal()
    refused = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Change the passphrase"), parent)
        self._session = session
        self.add_words(_("The one before stops working. What else opens this vault stays as it is."), "quiet")
        self.old = PassphraseField(_("Passphrase as it is now"))
        self.new = PassphraseField(_("New passphrase"))
        self.again = PassphraseField(_("The new one once more"))
        for field in (self.old, self.new, self.again):
            self.body.addWidget(field)
            field.edited.connect(self._on_edited)
        self.hint = PlainLabel(" ", "caption")
        self.body.addWidget(self.hint)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(_("Changing…"))
        self._bar.hide()
        self.body.addWidget(self._bar)
        self.cancel_button = self.add_button(_("Cancel"))
        self.cancel_button.clicked.connect(self.reject)
        self.change_button = self.add_button(_("Change"), main=True)
        self.change_button.clicked.connect(self._on_change)
        self._on_edited()
        self.old.setFocus()

    def done(self, result: int) -> None:
        """Close; nothing that was typed stays."""
        for field in (self.old, self.new, self.again):
            field.clear()
        super().done(result)

    def _on_edited(self) -> None:
        long_enough = len(self.new) >= _LEAST
        same = self.new.box.peek_equal(self.again.box)
        if len(self.new) and not long_enough:
            self.hint.setText(_("At least %d characters.") % _LEAST)
        elif len(self.again) and not same:
            self.hint.setText(_("They are not the same yet."))
        else:
            self.hint.setText(" ")
        self.change_button.setEnabled(bool(len(self.old)) and long_enough and same)

    def _on_change(self) -> None:
        if not self.change_button.isEnabled():
            return
        old, new = self.old.take(), self.new.take()
        self.again.clear()
        self._set_busy(True)
        self._session.ask(
            self,
            lambda archive: vaults.change_passphrase(archive, old, new),
            lambda _: self._on_changed(),
            self._on_failed,
        )

    def _on_changed(self) -> None:
        self.changed.emit()
        self.accept()

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        if isinstance(error, WrongPassphraseError):
            self.notice.say(_("That is not the passphrase of this vault. Nothing was changed; please try again."))
        else:
            self.notice.say(words_of(error).text)
        self.old.setFocus()
        self.refused.emit()

    def _set_busy(self, busy: bool) -> None:
        self._bar.setVisible(busy)
        for part in (self.old, self.new, self.again, self.cancel_button):
            part.setEnabled(not busy)
        self._on_edited()
        if busy:
            self.notice.hide()
