"""What this device is for, to be chosen again: field work, or coordination, on which others may rely."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from fieldapp.i18n import _
from fieldapp.services import keeping
from fieldapp.services.archive import Archive
from fieldapp.ui.plain import Sheet, ask
from fieldapp.ui.session import Session
from fieldapp.ui.words import show_error


class PurposeBox(QComboBox):
    """The choice. It holds at once; who was told to rely on this device is named before it is for field work again."""

    shown = Signal()
    """What is kept is on the screen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._keeps, self._relying = False, 0
        self.text = _("For coordination it keeps what others hand over, and they may rely on it.")
        self.addItem(_("Field work"), False)
        self.addItem(_("Coordination"), True)
        self.activated.connect(self._on_chosen)

    def refresh(self) -> None:
        """Show what is chosen."""
        self._session.ask(self, _read, self._on_read)

    def choose(self, *, keeps: bool) -> Sheet | None:
        """Choose it; the sheet that asks, where people rely on this device."""
        if keeps or not self._relying:
            self._keep(keeps)
            return None
        sheet = ask(
            self,
            _("Use this device for field work?"),
            _("From now on, nobody relies on what comes to it.") + " " + keeping.still_words(self._relying),
            yes=_("Field work"),
            no=_("Stay"),
        )
        sheet.accepted.connect(lambda: self._keep(False))
        sheet.rejected.connect(self.refresh)
        return sheet

    def _keep(self, keeps: bool) -> None:
        def work(archive: Archive) -> tuple[bool, int]:
            keeping.set_keeps_for_others(archive, on=keeps)
            return _read(archive)

        self._session.ask(self, work, self._on_read, lambda error: show_error(self, error))

    def _on_chosen(self) -> None:
        keeps = bool(self.currentData())
        if keeps != self._keeps:
            self.choose(keeps=keeps)

    def _on_read(self, found: tuple[bool, int]) -> None:
        self._keeps, self._relying = found
        self.setCurrentIndex(self.findData(self._keeps))
        self.shown.emit()


def _read(archive: Archive) -> tuple[bool, int]:
    return keeping.keeps_for_others(archive), len(keeping.promised(archive))
