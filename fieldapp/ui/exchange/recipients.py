"""To whom: ticks beside the people who are trusted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.trust import Peer
from fieldapp.ui.parts import card, clear, empty_box
from fieldapp.ui.plain import ElidedLabel, push_button, set_look
from fieldapp.ui.theme import GRID


class Recipients(QWidget):
    """Who shall be able to open the bundle."""

    changed = Signal()
    add_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.boxes: dict[bytes, QCheckBox] = {}
        self._peers: tuple[Peer, ...] = ()

    @property
    def chosen(self) -> tuple[Peer, ...]:
        """The ticked people."""
        return tuple(peer for peer in self._peers if self.boxes[peer.fingerprint].isChecked())

    def show_peers(self, peers: Sequence[Peer]) -> None:
        """Show these; who was ticked stays ticked, and one alone is ticked at once."""
        ticked = {peer.fingerprint for peer in self.chosen}
        clear(self._column)
        self._peers, self.boxes = tuple(peers), {}
        if not peers:
            self._column.addWidget(self._empty())
        else:
            box, column = card(spacing=12)
            for peer in peers:
                column.addLayout(self._row(peer, on=peer.fingerprint in ticked or len(peers) == 1))
            self._column.addWidget(box)
        self.changed.emit()

    def _row(self, peer: Peer, *, on: bool) -> QVBoxLayout:
        row = QVBoxLayout()
        row.setSpacing(0)
        tick = QCheckBox(visible(peer.name).replace("&", "&&"))
        tick.setChecked(on)
        tick.toggled.connect(self.changed)
        self.boxes[peer.fingerprint] = tick
        row.addWidget(tick)
        below = ElidedLabel(_("%(name)s on %(device)s") % _names(peer), "caption")
        below.setContentsMargins(3 * GRID + 5, 0, 0, 0)
        row.addWidget(below)
        return row

    def _empty(self) -> QWidget:
        box, column = empty_box(
            "people",
            _("A bundle is sealed for people, and you trust nobody yet. Add the card of your coordinator first."),
        )
        button = push_button(_("Add somebody's card…"), "main", icon_name="plus")
        button.clicked.connect(self.add_asked)
        column.addSpacing(GRID)
        holder = QVBoxLayout()
        holder.setContentsMargins(20 * GRID, 0, 20 * GRID, 0)
        holder.addWidget(button)
        column.addLayout(holder)
        return box


def _names(peer: Peer) -> dict[str, str]:
    return {"name": visible(peer.card.person), "device": visible(peer.card.device)}
