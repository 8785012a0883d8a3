"""Parts of bundles that wait for the others: how many are here, and which are missing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.services.parts import WaitingSet
from fieldapp.ui.exchange.number_words import number_words
from fieldapp.ui.parts import card, clear
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel, line, push_button, set_look
from fieldapp.ui.sizes import size_words
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words


class PartsWaiting(QWidget):
    """The list; hidden while nothing waits."""

    look_asked = Signal(WaitingSet)
    """A whole set shall be looked into."""
    remove_asked = Signal(WaitingSet)

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID)
        self.sets: tuple[WaitingSet, ...] = ()
        self.hide()

    def show_sets(self, sets: Sequence[WaitingSet]) -> None:
        """Show these."""
        self.sets = tuple(sets)
        clear(self._column)
        self.setVisible(bool(self.sets))
        self._column.addWidget(PlainLabel(_("Waiting for their other parts"), "section"))
        box, column = card(spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        for place, each in enumerate(self.sets):
            if place:
                column.addWidget(line())
            column.addWidget(self._row(each))
        self._column.addWidget(box)
        note = _("Parts may come in any order and by any way. When the last one is here, the bundle can be taken in.")
        self._column.addWidget(PlainLabel(note, "caption", wrap=True))

    def _row(self, each: WaitingSet) -> QFrame:
        frame = QFrame()
        row = QHBoxLayout(frame)
        row.setContentsMargins(2 * GRID, 12, 12, 12)
        row.setSpacing(2 * GRID)
        row.addWidget(IconLabel("waiting", 24, "quiet"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(here_words(each), "strong"))
        words.addWidget(PlainLabel(missing_words(each), wrap=True))
        words.addWidget(ElidedLabel(_came_words(each), "caption"))
        row.addLayout(words, 1)
        if each.is_complete:
            look = push_button(_("Look into it"))
            look.clicked.connect(lambda: self.look_asked.emit(each))
            row.addWidget(look)
        remove = push_button(_("Remove…"), "quiet")
        remove.setAccessibleName(_("Remove: %s") % here_words(each))
        remove.clicked.connect(lambda: self.remove_asked.emit(each))
        row.addWidget(remove)
        return frame


def here_words(each: WaitingSet) -> str:
    """How many of its parts are here."""
    words = ngettext(
        "A bundle in %(count)d part: %(here)d is here", "A bundle in %(count)d parts: %(here)d are here", each.count
    )
    return words % {"count": each.count, "here": len(each.here)}


def missing_words(each: WaitingSet) -> str:
    """Which of its parts are not."""
    if each.is_complete:
        return _("All parts are here.")
    missing = each.missing
    return ngettext("Still missing: part %s.", "Still missing: parts %s.", len(missing)) % number_words(missing)


def _came_words(each: WaitingSet) -> str:
    sizes = _("%(here)s of %(whole)s") % {"here": size_words(each.bytes_here), "whole": size_words(each.total_bytes)}
    if each.first_ms is None:
        return sizes
    return " · ".join([sizes, _("the first came %s") % moment_words(each.first_ms)])
