"""Devices that count as lost: who said so, since when, what of theirs waits, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.revoking import Revocation
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.person_row import PersonRow
from fieldapp.ui.parts import card, clear
from fieldapp.ui.plain import PlainLabel, line, push_button, set_look
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words


class LostDevices(QWidget):
    """The list; hidden while there is none."""

    again_asked = Signal(Peer)
    """Somebody shall be trusted again: their words are compared once more."""

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID)
        self.hide()

    def show_lost(self, peers: Sequence[Peer], revocations: Mapping[bytes, Revocation]) -> None:
        """Show these people, each with what was said of their device (by fingerprint)."""
        clear(self._column)
        self.setVisible(bool(peers))
        self._column.addWidget(PlainLabel(_("Lost devices, and people who left"), "section"))
        box, column = card(spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        for place, peer in enumerate(peers):
            if place:
                column.addWidget(line())
            column.addWidget(self._row(peer, revocations.get(peer.fingerprint)))
        self._column.addWidget(box)

    def _row(self, peer: Peer, revocation: Revocation | None) -> PersonRow:
        row = PersonRow(peer, _("on %s") % visible(peer.card.device), icon="warning", role="quiet")
        row.say_more(lost_words(revocation) if revocation is not None else "")
        again = push_button(_("Trust again…"))
        again.setAccessibleName(_("Trust %s again") % visible(peer.name))
        again.clicked.connect(lambda: self.again_asked.emit(peer))
        row.add_button(again)
        return row


def lost_words(revocation: Revocation) -> str:
    """Who said that the device is out, when, why, and how much waits aside."""
    when = moment_words(revocation.time_ms)
    if revocation.own:
        told = [_("You said so, %s.") % when]
    else:
        told = [_("%(name)s said so, %(moment)s.") % {"name": visible(revocation.issuer), "moment": when}]
    if revocation.reason:
        told.append(_("“%s”") % visible(revocation.reason))
    if revocation.entries_beyond:
        words = ngettext("%d change waits aside.", "%d changes wait aside.", revocation.entries_beyond)
        told.append(words % revocation.entries_beyond)
    return " ".join(told)
