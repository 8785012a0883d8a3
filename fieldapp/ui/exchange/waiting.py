"""Bundles that wait, sealed as they came, because their sender is not trusted yet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.arrivals import Quarantined
from fieldapp.ui.parts import card, clear
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel, line, push_button, set_look
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words


class WaitingList(QWidget):
    """The list; hidden while nothing waits."""

    compare_asked = Signal(Quarantined)
    remove_asked = Signal(Quarantined)

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID)
        self.waiting: tuple[Quarantined, ...] = ()
        self.hide()

    def show_waiting(self, waiting: Sequence[Quarantined]) -> None:
        """Show these."""
        self.waiting = tuple(waiting)
        clear(self._column)
        self.setVisible(bool(waiting))
        self._column.addWidget(PlainLabel(_("Waiting until you have compared words"), "section"))
        box, column = card(spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        for place, each in enumerate(waiting):
            if place:
                column.addWidget(line())
            column.addWidget(self._row(each))
        self._column.addWidget(box)
        note = _("They can wait as long as you like; nothing in them is believed or shown until then.")
        self._column.addWidget(PlainLabel(note, "caption", wrap=True))

    def _row(self, each: Quarantined) -> QFrame:
        frame = QFrame()
        row = QHBoxLayout(frame)
        row.setContentsMargins(2 * GRID, 12, 12, 12)
        row.setSpacing(2 * GRID)
        row.addWidget(IconLabel("waiting", 24, "quiet"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(_("Its card says: %s") % visible(each.card.person), "strong"))
        told = {"device": visible(each.card.device), "moment": moment_words(each.arrived_ms)}
        words.addWidget(ElidedLabel(_("on %(device)s · came %(moment)s") % told, "caption"))
        row.addLayout(words, 1)
        look = push_button(_("Look at the card…"))
        look.clicked.connect(lambda: self.compare_asked.emit(each))
        remove = push_button(_("Remove…"), "quiet")
        remove.clicked.connect(lambda: self.remove_asked.emit(each))
        row.addWidget(look)
        row.addWidget(remove)
        return frame
