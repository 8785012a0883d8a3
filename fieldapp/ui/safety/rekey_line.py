"""After a new key: files that still lie under the key of before are sealed anew, behind all that a person asks for.

A quiet line says how many are left. It goes on by itself at every unlocking until none is. Where nothing is
left but files of before that will not go (another program holds them), it stops, and says so.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from fieldapp.errors import CancelledError, FieldAppError, PlaceUnwritableError
from fieldapp.i18n import _, ngettext
from fieldapp.services.archive import Archive
from fieldapp.services.safety import rekeying
from fieldapp.ui.plain import IconLabel, PlainLabel, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of

_PORTION = 8
"""So many files at a time: what a person asks for meanwhile waits for no more."""


class RekeyLine(QFrame):
    """Hidden where there is nothing to do."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._most = 0
        self._left = 0
        self._stopped = False
        set_look(self, "top")
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, 6, 2 * GRID, 6)
        row.setSpacing(GRID)
        row.addWidget(IconLabel("shield", 16, "quiet"))
        self.words = PlainLabel("", "caption")
        row.addWidget(self.words, 1)
        self.again_button = push_button(_("Go on"), "link")
        self.again_button.clicked.connect(self.begin)
        self.again_button.hide()
        row.addWidget(self.again_button)
        self.bar = QProgressBar()
        self.bar.setFixedWidth(20 * GRID)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("Files are being sealed under the new key"))
        row.addWidget(self.bar)
        self.hide()

    def begin(self) -> None:
        """See whether something is left, and go on with it."""
        self.again_button.hide()
        self.bar.show()
        self._session.ask(self, rekeying.unfinished, self._on_left, self._on_failed)

    def stop(self) -> None:
        """The vault is given up: what is left goes on at the next unlocking."""
        self._stopped = True

    def _on_left(self, left: int) -> None:
        self._left, self._most = left, max(self._most, left)
        self.setVisible(left > 0)
        if not left or self._stopped:
            return
        words = ngettext(
            "The new key is in place. %d file is still to be sealed under it; you can go on working.",
            "The new key is in place. %d files are still to be sealed under it; you can go on working.",
            left,
        )
        self.words.setText(words % left)
        self.bar.setRange(0, self._most)
        self.bar.setValue(self._most - left)
        self._session.ask(self, self._portion, self._on_left, self._on_failed)

    def _portion(self, archive: Archive) -> int:
        """In the vault lane."""
        return rekeying.continue_rekey(archive, self._go_on, most=_PORTION)

    def _go_on(self, done_bytes: int, total_bytes: int) -> None:
        del done_bytes, total_bytes
        if self._stopped:
            raise CancelledError

    def _on_failed(self, error: FieldAppError) -> None:
        if isinstance(error, PlaceUnwritableError) and self._left:
            words = ngettext(
                "%d file of before does not go away. Perhaps another program holds it.",
                "%d files of before do not go away. Perhaps another program holds them.",
                self._left,
            )
            self.words.setText(words % self._left)
        else:
            self.words.setText(_("Files are still sealed under the old key. %s") % words_of(error).what)
        self.bar.hide()
        self.again_button.show()
        self.show()
