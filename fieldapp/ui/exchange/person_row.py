"""One line of a list of people: the name, what they are to us, and the ways on."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from fieldapp.media.probe import visible
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.roles import RoleChip
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel
from fieldapp.ui.theme import GRID


class PersonRow(QFrame):
    """Somebody, with a line or two below the name."""

    def __init__(self, peer: Peer, text: str, *, icon: str = "person", role: str = "accent") -> None:
        super().__init__()
        self.peer = peer
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2 * GRID, 12, 12, 12)
        self._row.setSpacing(2 * GRID)
        self._row.addWidget(IconLabel(icon, 24, role))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(visible(peer.name), "strong"))
        words.addWidget(ElidedLabel(text, "caption"))
        self.more = PlainLabel("", "caption", wrap=True)
        self.more.hide()
        words.addWidget(self.more)
        self._row.addLayout(words, 1)
        self.chip = RoleChip(peer.role)
        self._row.addWidget(self.chip)

    def say_more(self, text: str) -> None:
        """A second line."""
        self.more.setText(text)
        self.more.setVisible(bool(text))

    def add_button(self, button: QPushButton) -> None:
        """A way on, at the end."""
        self._row.addWidget(button)
