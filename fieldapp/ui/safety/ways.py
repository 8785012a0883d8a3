"""The card "Ways in": who can open this vault, and who could help if the passphrase were forgotten."""

from __future__ import annotations

from fieldapp.i18n import _
from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import Escrow, Help
from fieldapp.ui.safety.card import SafetyCard, Standing
from fieldapp.ui.safety.ways_sheet import WaysSheet
from fieldapp.ui.safety.ways_words import due_words, help_words
from fieldapp.ui.session import Session

_STANDINGS = {
    Help.NOBODY: Standing.ATTENTION,
    Help.NOT_YET: Standing.ATTENTION,
    Help.PHRASE: Standing.GOOD,
    Help.WRITTEN: Standing.UNKNOWN,
    Help.SURE: Standing.GOOD,
}


class WaysCard(SafetyCard):
    """Its button opens the sheet of all ways in."""

    name = "ways"

    def __init__(self, session: Session) -> None:
        super().__init__(
            "unlock",
            _("Ways in"),
            _("Passphrase, paper, coordinators who help you in, who else writes here; and what to do if it was seen."),
            _("Look…"),
        )
        self._session = session
        self.button.clicked.connect(self.show_ways)

    def refresh(self) -> None:
        self._session.ask(self, escrow.state, self._on_read)

    def show_ways(self) -> WaysSheet:
        """All ways in. The sheet is open when this returns."""
        sheet = WaysSheet(self._session, self)
        sheet.finished.connect(self.refresh)
        sheet.open()
        return sheet

    def _on_read(self, found: Escrow) -> None:
        due = due_words(found)
        self.say(Standing.ATTENTION if due else _STANDINGS[found.help], due or help_words(found))
