"""Bundles that have not arrived, though later ones of the same person have."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.receipts import Missing
from fieldapp.ui.exchange.number_words import number_words
from fieldapp.ui.parts import card, clear
from fieldapp.ui.plain import IconLabel, PlainLabel, line, push_button, set_look
from fieldapp.ui.theme import GRID


class MissingBundles(QWidget):
    """The list; hidden while none is missing."""

    dismissed = Signal(Missing)
    """Nobody shall be reminded of these any more."""

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID)
        self.missing: tuple[Missing, ...] = ()
        self.hide()

    def show_missing(self, missing: Sequence[Missing]) -> None:
        """Show these."""
        self.missing = tuple(missing)
        clear(self._column)
        self.setVisible(bool(missing))
        self._column.addWidget(PlainLabel(_("Not arrived"), "section"))
        box, column = card(spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        for place, each in enumerate(missing):
            if place:
                column.addWidget(line())
            column.addWidget(self._row(each))
        self._column.addWidget(box)
        note = _("What was in them comes again by itself, once your confirmation has told what is missing.")
        self._column.addWidget(PlainLabel(note, "caption", wrap=True))

    def _row(self, each: Missing) -> QFrame:
        frame = QFrame()
        row = QHBoxLayout(frame)
        row.setContentsMargins(2 * GRID, 12, 12, 12)
        row.setSpacing(2 * GRID)
        row.addWidget(IconLabel("waiting", 24, "quiet"))
        row.addWidget(PlainLabel(missing_words(each), wrap=True), 1)
        known = push_button(_("Do not remind me"), "quiet")
        known.setAccessibleName(_("Do not remind me of %s") % visible(each.peer.name))
        known.clicked.connect(lambda: self.dismissed.emit(each))
        row.addWidget(known)
        return frame


def missing_words(each: Missing) -> str:
    """Which bundles of whom."""
    words = ngettext(
        "Bundle %(numbers)s from %(name)s has not arrived; a later one has.",
        "Bundles %(numbers)s from %(name)s have not arrived; a later one has.",
        each.count,
    )
    told = number_words(each.numbers)
    if each.count > len(each.numbers):
        told += " …"
    return words % {"numbers": told, "name": visible(each.peer.name)}
