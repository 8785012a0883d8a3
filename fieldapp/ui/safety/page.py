"""Safety of this vault: at a glance, card by card, what is well and what wants attention, with one button each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from fieldapp.i18n import _
from fieldapp.ui.parts import Part
from fieldapp.ui.plain import push_button
from fieldapp.ui.safety.backup import BackupCard
from fieldapp.ui.safety.card import SafetyCard
from fieldapp.ui.safety.check import CheckCard
from fieldapp.ui.safety.destroy import DestroyCard
from fieldapp.ui.safety.machine import MachineCard
from fieldapp.ui.safety.ways import WaysCard
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID

_COLUMN = 104 * GRID


class SafetyPage(Part):
    """A page of the workspace, reached from the settings and from hints on the desk."""

    back_asked = Signal()
    repair_asked = Signal()
    """The vault shall be locked, and repaired in a copy."""
    destroy_asked = Signal()
    """The vault shall be closed and destroyed: the word was typed."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            _("Safety of this vault"),
            _("What is well, and what wants your attention. Nothing here is done without you."),
            width=_COLUMN,
        )
        self.column.setSpacing(12)
        self._session = session
        back = push_button(_("Back to the settings"), "link", icon_name="back")
        back.clicked.connect(self.back_asked)
        row = QHBoxLayout()
        row.addWidget(back)
        row.addStretch(1)
        self.column.insertLayout(0, row)
        self.backup = BackupCard(session)
        self.check = CheckCard(session)
        self.check.repair_asked.connect(self.repair_asked)
        self.machine = MachineCard(session)
        self.destroying = DestroyCard(session)
        self.destroying.destroy_asked.connect(self.destroy_asked)
        self.ways = WaysCard(session)
        self.cards: list[SafetyCard] = [
            self.ways,
            self.backup,
            self.check,
            self.machine,
            self.destroying,
        ]
        for card in self.cards:
            self.column.addWidget(card)
        self.column.addStretch(1)

    def refresh(self) -> None:
        """Have each card read how things stand."""
        for card in self.cards:
            card.refresh()

    def show_card(self, name: str) -> None:
        """Lead to one of the cards: what it is about is what somebody came for."""
        card = next((each for each in self.cards if each.name == name), None)
        if card is not None:
            self.ensureWidgetVisible(card)
            card.button.setFocus()
