"""Destroying the vault that is open: a card, and a sheet that says what would be lost and asks for a word."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.services.safety import destroying
from fieldapp.services.safety.destroying import Lost
from fieldapp.ui.opening.destroy import TypedWord, add_out_of_reach
from fieldapp.ui.plain import Notice, Sheet, push_button
from fieldapp.ui.safety.backup import state_words
from fieldapp.ui.safety.card import SafetyCard, Standing
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of


class DestroyCard(SafetyCard):
    """`destroy_asked`: the word was typed."""

    name = "destroy"
    destroy_asked = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(
            "close",
            _("Destroy this vault"),
            _("You can do it on the lock screen too, without the passphrase."),
            _("Destroy it…"),
        )
        self._session = session
        self.button.clicked.connect(self.ask)

    def refresh(self) -> None:
        """There is nothing to be read."""
        self.say(Standing.QUIET, _("For when nobody may find anything here any more."))

    def ask(self) -> DestroySheet:
        """Say what would be lost, and ask for the word."""
        sheet = DestroySheet(self._session, self)
        sheet.accepted.connect(self.destroy_asked)
        sheet.open()
        return sheet


class DestroySheet(Sheet):
    """`accepted`: the word was typed, and it is wanted."""

    loaded = Signal()
    """What would be lost is on the sheet."""

    def __init__(self, session: Session, parent: QWidget | None) -> None:
        super().__init__(_("Destroy this vault?"), parent, width=76 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._ready = False
        self.add_words(_("Everything in it goes for good: records, files, keys. Nobody can undo it."))
        self.lost = Notice("…", "alarm", icon="warning")
        self.body.addWidget(self.lost)
        add_out_of_reach(self.body)
        self.word = TypedWord()
        self.word.edited.connect(self._on_edited)
        self.body.addWidget(self.word)
        self.keep_button = self.add_button(_("Do not destroy it"))
        self.keep_button.clicked.connect(self.reject)
        self.destroy_button = push_button(_("Destroy for good"), "danger")
        self.destroy_button.clicked.connect(self.accept)
        self.buttons.addWidget(self.destroy_button)
        self._on_edited()
        self.word.setFocus()
        session.ask(self, destroying.lost_with, self._on_lost, self._on_unknown)

    def _on_lost(self, lost: Lost) -> None:
        sentences = lost_sentences(lost)
        if not (lost.elsewhere.waiting or lost.elsewhere.sent):
            self.lost.wear("warning")
        self._show(" ".join(sentences))

    def _on_unknown(self, error: FieldAppError) -> None:
        """A vault that is damaged can be destroyed all the same."""
        self._show(_("It cannot be told what would be lost with it.") + " " + words_of(error).what)

    def _show(self, words: str) -> None:
        self.lost.say(words)
        self._ready = True
        self._on_edited()
        self.loaded.emit()

    def _on_edited(self) -> None:
        self.destroy_button.setEnabled(self._ready and self.word.is_typed)


def lost_sentences(lost: Lost) -> list[str]:
    """What would be lost with the vault."""
    told = [ngettext("There is %d record here.", "There are %d records here.", lost.records) % lost.records]
    waiting, sent = lost.elsewhere.waiting, lost.elsewhere.sent
    if waiting:
        words = ngettext(
            "%d of them has something that was never handed over.",
            "%d of them have something that was never handed over.",
            waiting,
        )
        told.append(words % waiting)
    if sent:
        words = ngettext(
            "%d was handed over, and nobody has confirmed it.",
            "%d were handed over, and nobody has confirmed them.",
            sent,
        )
        told.append(words % sent)
    if not (waiting or sent or not lost.records):
        told.append(_("All that you wrote has arrived elsewhere."))
    told.append(_("Backup: %s") % state_words(lost.backup))
    if lost.foreign:
        words = ngettext(
            "%d file in the folder is not the vault's, and stays.",
            "%d files in the folder are not the vault's, and stay.",
            lost.foreign,
        )
        told.append(words % lost.foreign)
    return told
