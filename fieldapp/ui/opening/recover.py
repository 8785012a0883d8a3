"""The way back in: twelve words from the paper, and a new passphrase."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Ends, Lane
from fieldapp.ui.opening.doors import Doors, Open
from fieldapp.ui.opening.page import Page
from fieldapp.ui.opening.steps import PassphraseStep
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import Notice, push_button
from fieldapp.ui.words import words_of


class RecoverScreen(Page):
    """Asks for the recovery phrase and a new passphrase together."""

    unlocked = Signal(object)
    left = Signal()

    def __init__(self, folder: Path, doors: Doors, lane: Lane) -> None:
        super().__init__(
            _("Open with the recovery phrase"),
            _(
                "Type the twelve words from your paper, in their order, with spaces between. "
                "Then choose a new passphrase; the old one stops working."
            ),
            icon="lock",
        )
        self._folder, self._doors, self._lane = folder, doors, lane
        self.phrase = PassphraseField(_("Recovery phrase"))
        self.phrase.reveal_button.setChecked(True)
        self.phrase.edited.connect(self._on_changed)
        self.column.addWidget(self.phrase)
        self.passphrase = PassphraseStep()
        self.passphrase.changed.connect(self._on_changed)
        self.column.addWidget(self.passphrase)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName(_("Unlocking…"))
        self._busy.hide()
        self.column.addWidget(self._busy)
        row = self.foot()
        back = push_button(_("Back"), "link", icon_name="back")
        back.clicked.connect(self.left)
        self.open_button = push_button(_("Open the vault"), "main", icon_name="unlock")
        self.open_button.clicked.connect(self._on_open)
        row.addWidget(back)
        row.addStretch(1)
        row.addWidget(self.open_button)
        self._on_changed()
        self.setFocusProxy(self.phrase)

    def _on_changed(self) -> None:
        self.open_button.setEnabled(len(self.phrase) > 0 and self.passphrase.is_complete())

    def _on_open(self) -> None:
        phrase, passphrase = self.phrase.take(), self.passphrase.take()
        self._busy.show()
        self.notice.hide()
        self._lane.start(
            lambda _progress: self._doors.recover(self._folder, phrase, passphrase),
            Ends(self._on_unlocked, self._on_failed),
        )

    def _on_unlocked(self, archive: Open) -> None:
        self.unlocked.emit(archive)

    def _on_failed(self, error: FieldAppError) -> None:
        self._busy.hide()
        self.notice.say(words_of(error).text)
        self.phrase.setFocus()
