"""After a new key: files that still lie under the key of before are sealed anew, behind all that a person asks for.

A quiet line says how many are left. Files are read and sealed in the files lane, and in the vault lane they only get
their names: so nothing that is typed waits for them. While somebody else reads files, a backup above all, none changes
its name. It goes on by itself at every unlocking until none is. Where nothing is
left but files of before that will not go (another program holds them), it stops, and says so.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from fieldapp.errors import FieldAppError, PlaceUnwritableError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import Job
from fieldapp.services.safety import rekeying
from fieldapp.services.safety.rekeying import Next, Portion, Sealed
from fieldapp.ui.plain import IconLabel, PlainLabel, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of

_AGAIN_MS = 300
"""While files are read, by a backup or whatever else, it is looked so often whether that is over."""


class RekeyLine(QFrame):
    """Hidden where there is nothing to do."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._most = 0
        self._left = 0
        self._stopped = False
        self._sealed: Sealed | None = None
        self._job: Job[Sealed] | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._go_on)
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
        self._go_on()

    def stop(self) -> None:
        """The vault is given up: what is left goes on at the next unlocking."""
        self._stopped = True
        if self._job is not None:
            self._job.cancel()

    def _go_on(self) -> None:
        """The next step, once nobody reads files: what is sealed already is kept, else a portion is looked up."""
        sealed = self._sealed
        if self._stopped:
            return
        if self._left and self._session.are_files_held:
            self._later.start(_AGAIN_MS)
        elif sealed is None:
            self._session.ask(self, rekeying.next_portion, self._on_next, self._on_failed)
        else:
            self._sealed = None
            self._session.ask(self, lambda archive: rekeying.keep(archive, sealed), self._on_kept, self._on_failed)

    def _on_next(self, following: Next) -> None:
        left = self._left = following.left
        self._most = max(self._most, left)
        self.setVisible(left > 0)
        if not left or self._stopped:
            return
        if following.is_stuck:
            self._on_failed(PlaceUnwritableError())
            return
        words = ngettext(
            "The new key is in place. %d file is still to be sealed under it; you can go on working.",
            "The new key is in place. %d files are still to be sealed under it; you can go on working.",
            left,
        )
        self.words.setText(words % left)
        self.bar.setRange(0, self._most)
        self.bar.setValue(self._most - left)
        self._seal(following.portion)

    def _seal(self, portion: Portion) -> None:
        """In the files lane, behind whatever else is done there: what is typed meanwhile is kept as ever."""
        if self._session.are_files_held:
            self._later.start(_AGAIN_MS)
            return
        self._job = self._session.behind_files(
            self,
            lambda archive, _decoder, progress: rekeying.seal(archive, portion, progress),
            self._on_sealed,
            self._on_failed,
            cancelled=lambda: self._later.start(_AGAIN_MS),
        )

    def _on_sealed(self, sealed: Sealed) -> None:
        self._job = None
        self._sealed = sealed
        self._go_on()

    def _on_kept(self, _nothing: None) -> None:
        self._go_on()

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
