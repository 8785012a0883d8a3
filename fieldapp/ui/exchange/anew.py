"""Going on anew in an open vault, because a copy of it is in use elsewhere, or its keys may be in other hands."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from fieldapp.bundles.card import MAX_TEXT
from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.ui.locking.half_sheet import HalfSheet
from fieldapp.ui.plain import Notice, PlainLabel, Sheet, tell
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of

GO_ON_ANEW = "go on anew"
"""As the other kinds: see `HalfSheet`."""


class GoOnAnewSheet(Sheet):
    """Asks what this device is called from now on; `begun`, or nothing is changed."""

    begun = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Go on anew on this device"), parent, width=72 * GRID)
        self._session = session
        self.add_words(
            _(
                "Everything stays here as it is. What you write from now on is kept apart from what the other copy "
                "writes, so that the two no longer contradict each other."
            )
        )
        self.add_words(
            _("You get a new card. Your coordinators add it and hear its eight words from you, as they did before.")
        )
        self.body.addWidget(PlainLabel(_("Name of this device"), "strong"))
        self.device = QLineEdit()
        self.device.setMaxLength(MAX_TEXT)
        self.device.setAccessibleName(_("Name of this device"))
        self.device.setPlaceholderText(_("Another name than before helps others to tell the two apart."))
        self.device.textChanged.connect(self._on_changed)
        self.body.addWidget(self.device)
        HalfSheet(session, self, GO_ON_ANEW, b"", {"device": self.device})
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.add_button(_("Cancel")).clicked.connect(self.reject)
        self.begin_button = self.add_button(_("Go on anew"), main=True)
        self.begin_button.clicked.connect(self._on_begin)
        self._on_changed()
        self.device.setFocus()

    def _on_changed(self) -> None:
        self.begin_button.setEnabled(bool(self.device.text().strip()))

    def _on_begin(self) -> None:
        from fieldapp.services import vaults  # noqa: PLC0415 - start-up time: see Doors.warm

        device = self.device.text().strip()
        self.begin_button.setEnabled(False)
        self._session.ask(
            self, lambda archive: vaults.begin_anew(archive, device), lambda _: self._on_begun(), self._on_failed
        )

    def _on_begun(self) -> None:
        above = self.parentWidget()
        self.begun.emit()
        self.accept()
        tell(
            above,
            _("This device has a new card"),
            _("Open Exchange, My card: save it, give it to your coordinators, and read them its eight words."),
            _("Until they have added it, they cannot seal anything for this device."),
        )

    def _on_failed(self, error: FieldAppError) -> None:
        self.notice.say(words_of(error).text)
        self._on_changed()


def show_go_on_anew(session: Session, parent: QWidget) -> GoOnAnewSheet:
    """Ask, and go on anew. The sheet is open when this returns."""
    sheet = GoOnAnewSheet(session, parent)
    sheet.open()
    return sheet
