"""What waits aside, sender by sender: sealed bundles of people nobody compared words with, changes of lost devices."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.quarantine import Sender
from fieldapp.ui.parts import card, clear
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel, line, push_button, set_look
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words


class WaitingList(QWidget):
    """The list; hidden while nothing waits."""

    compare_asked = Signal(Sender)
    look_asked = Signal(Sender)
    remove_asked = Signal(Sender)

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID)
        self.waiting: tuple[Sender, ...] = ()
        self.hide()

    def show_waiting(self, waiting: Sequence[Sender]) -> None:
        """Show these."""
        self.waiting = tuple(waiting)
        clear(self._column)
        self.setVisible(bool(waiting))
        strangers = all(not each.name for each in waiting)
        heading = _("Waiting until you have compared words") if strangers else _("Waiting aside until you decide")
        self._column.addWidget(PlainLabel(heading, "section"))
        box, column = card(spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        for place, each in enumerate(waiting):
            if place:
                column.addWidget(line())
            column.addWidget(self._row(each))
        self._column.addWidget(box)
        note = _("They can wait as long as you like; nothing in them is believed or shown until then.")
        self._column.addWidget(PlainLabel(note, "caption", wrap=True))

    def _row(self, each: Sender) -> QFrame:
        frame = QFrame()
        row = QHBoxLayout(frame)
        row.setContentsMargins(2 * GRID, 12, 12, 12)
        row.setSpacing(2 * GRID)
        row.addWidget(IconLabel("warning" if each.revoked else "waiting", 24, "quiet"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(ElidedLabel(who_words(each), "strong"))
        words.addWidget(PlainLabel(what_words(each), wrap=True))
        words.addWidget(PlainLabel(_why_words(each), "caption", wrap=True))
        words.addStretch(1)
        row.addLayout(words, 1)
        row.addLayout(self._ways(each))
        return frame

    def _ways(self, each: Sender) -> QVBoxLayout:
        ways = QVBoxLayout()
        ways.setSpacing(4)
        if not each.name and each.card is not None:
            compare = _button(_("Compare words…"), each)
            compare.clicked.connect(lambda: self.compare_asked.emit(each))
            ways.addWidget(compare)
        look = _button(_("Look inside…"), each)
        look.clicked.connect(lambda: self.look_asked.emit(each))
        ways.addWidget(look)
        if each.bundles:
            remove = _button(_("Remove…"), each, "quiet")
            remove.clicked.connect(lambda: self.remove_asked.emit(each))
            ways.addWidget(remove)
        return ways


def who_words(each: Sender) -> str:
    """Who it is; for who was never trusted, who they claim to be."""
    if each.name:
        return visible(each.name)
    return _("Says of themselves: %s") % (visible(each.person) or _("nothing"))


def what_words(each: Sender) -> str:
    """What waits."""
    told = []
    if each.bundles:
        words = ngettext(
            "%(count)d sealed bundle; it came %(moment)s.",
            "%(count)d sealed bundles; the newest came %(moment)s.",
            len(each.bundles),
        )
        newest = moment_words(max(bundle.arrived_ms for bundle in each.bundles))
        told.append(words % {"count": len(each.bundles), "moment": newest})
    if each.held is not None:
        told.append(ngettext("%d change waits.", "%d changes wait.", each.held.entries) % each.held.entries)
    if each.refused:
        told.append(ngettext("%d change was refused.", "%d changes were refused.", each.refused) % each.refused)
    return " ".join(told)


def _why_words(each: Sender) -> str:
    device = _("on %s") % visible(each.device) if each.device else ""
    if each.revoked:
        why = _("the device counts as lost")
    elif each.name and not each.trusted:
        why = _("you no longer trust them")
    elif each.name:
        why = _("written after the device was said to be lost")
    else:
        why = _("you have not compared words with them")
    return " · ".join(part for part in (device, why) if part)


def _button(text: str, each: Sender, look: str = "") -> QPushButton:
    button = push_button(text, look)
    button.setAccessibleName(f"{text} {who_words(each)}")
    return button
