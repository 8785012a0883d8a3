"""One trusted person: their words, what they are to us, and how trust ends."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.bundles.receipt import Statement
from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services import receipts, trust
from fieldapp.services.receipts import Uncounted
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.my_card import short, word_grid
from fieldapp.ui.exchange.roles import RoleChoice
from fieldapp.ui.plain import Notice, PlainLabel, Sheet, line, push_button
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words
from fieldapp.ui.words import words_of


class PersonSheet(Sheet):
    """Shows somebody who is trusted. A role is changed only by the button that says so."""

    changed = Signal(Peer)
    lost_asked = Signal(Peer)
    """Their device was lost, or they left."""
    distrust_asked = Signal(Peer)
    confirmation_asked = Signal(Peer)
    """A confirmation file for them is wanted."""

    def __init__(self, session: Session, peer: Peer, parent: QWidget) -> None:
        super().__init__(visible(peer.name), parent, width=88 * GRID)
        self._session, self._peer = session, peer
        self.body.setSpacing(12)
        self.add_words(described(peer), "quiet").setMaximumWidth(16777215)
        self.body.addLayout(word_grid(peer.card.words))
        self.body.addWidget(PlainLabel(_("Fingerprint: %s") % short(peer.fingerprint), "caption").selectable())
        self.body.addWidget(line())
        self.body.addWidget(PlainLabel(_("What they are to you"), "strong"))
        self.role = RoleChoice(peer.role)
        self.role.changed.connect(self._on_role)
        self.body.addWidget(self.role)
        self.save_button = push_button(_("Change this"), "main")
        self.save_button.clicked.connect(self._on_save)
        self.body.addLayout(_left(self.save_button))
        self.save_button.hide()
        self.body.addWidget(line())
        self.arrived = PlainLabel(" ", "quiet", wrap=True)
        self.body.addWidget(self.arrived)
        self.confirmation_button = push_button(_("Give them a confirmation file…"), "link", icon_name="check")
        self.confirmation_button.clicked.connect(lambda: self._leave(self.confirmation_asked.emit))
        self.lost_button = push_button(_("Their device was lost, or they left…"), "link", icon_name="warning")
        self.lost_button.clicked.connect(lambda: self._leave(self.lost_asked.emit))
        self.distrust_button = push_button(_("No longer trust them…"), "link", icon_name="close")
        self.distrust_button.clicked.connect(lambda: self._leave(self.distrust_asked.emit))
        ways = QVBoxLayout()
        ways.setSpacing(0)
        for button in (self.confirmation_button, self.lost_button, self.distrust_button):
            ways.addLayout(_left(button))
        self.body.addLayout(ways)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.close_button = self.add_button(_("Close"))
        self.close_button.clicked.connect(self.reject)
        self.close_button.setFocus()
        session.ask(
            self,
            lambda archive: (receipts.statement_of(archive, peer), receipts.doubt_about(archive, peer)),
            self._on_statement,
        )

    def _on_statement(self, found: tuple[Statement | None, Uncounted | None]) -> None:
        statement, doubt = found
        words = [arrived_words(statement), *([visible(receipts.doubt_words(doubt))] if doubt else [])]
        self.arrived.setText(" ".join(words))

    def _on_role(self) -> None:
        self.save_button.setVisible(self.role.chosen is not self._peer.role)

    def _on_save(self) -> None:
        role = self.role.chosen
        if role is not None:
            self._session.write(
                self, lambda archive: trust.set_role(archive, self._peer, role), self._on_saved, self._on_failed
            )

    def _on_saved(self, peer: Peer) -> None:
        self._peer = peer
        self.save_button.hide()
        self.changed.emit(peer)

    def _on_failed(self, error: FieldAppError) -> None:
        self.notice.say(words_of(error).text)

    def _leave(self, then: Callable[[Peer], object]) -> None:
        """Close, and have the next step opened: one sheet at a time."""
        self.accept()
        then(self._peer)


def arrived_words(statement: Statement | None) -> str:
    """Until when somebody has told what has arrived there."""
    if statement is None:
        return _("They have not confirmed yet that anything of yours arrived.")
    return _("They told what had arrived there %s; what is new since is not confirmed yet.") % moment_words(
        statement.time_ms
    )


def described(peer: Peer) -> str:
    """What the card calls them, on which device, since when."""
    called = visible(peer.card.person)
    on = _("on %s") % visible(peer.card.device)
    since = _("trusted since %s") % moment_words(peer.since_ms)
    return " · ".join([*([called] if called != visible(peer.name) else []), on, since])


def _left(button: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(button)
    row.addStretch(1)
    return row
