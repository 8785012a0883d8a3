"""Comparing words with a person before their card is trusted. The one place where the program asks for real attention.

Whoever is tired must not get through by pressing what is at hand: each of the eight words is ticked as it is heard,
only then, and when it is said what they are to us, does the button that trusts come alive. It names what it means, and
Enter presses nothing.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from fieldapp.bundles.card import MAX_TEXT, Card
from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services import trust
from fieldapp.services.archive import Archive
from fieldapp.services.trust import Peer, Role
from fieldapp.ui.exchange.my_card import short
from fieldapp.ui.exchange.roles import RoleChoice
from fieldapp.ui.plain import ButtonIcon, Notice, PlainLabel, Sheet, push_button, set_look, tell
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of

_IN_ROW = 4


class CompareSheet(Sheet):
    """Shows somebody's card and its words; `trusted` or nothing."""

    trusted = Signal(Peer)
    differed = Signal()

    def __init__(self, session: Session, card: Card, parent: QWidget) -> None:
        super().__init__(_("Whose card is this?"), parent, width=88 * GRID)
        self._session, self._card = session, card
        self.body.setSpacing(12)
        self.add_words(
            _("The card says “%(name)s”, and “%(device)s” for the device. Anybody can write that.")
            % {"name": visible(card.person), "device": visible(card.device)}
        ).setMaximumWidth(16777215)
        self.body.addWidget(
            Notice(
                _(
                    "Call them on a number that you knew before, or meet. Ask them to open Exchange, My card, "
                    "and to read the eight words aloud. Tick each word that you hear."
                ),
                icon="phone",
            )
        )
        self.words = [self._word_button(place, word) for place, word in enumerate(card.words)]
        grid = QGridLayout()
        grid.setSpacing(GRID)
        for place, button in enumerate(self.words):
            grid.addWidget(button, place // _IN_ROW, place % _IN_ROW)
        self.body.addLayout(grid)
        self.body.addWidget(PlainLabel(_("Fingerprint: %s") % short(card.fingerprint), "caption").selectable())
        self.body.addLayout(self._about(card))
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self._add_buttons()
        self._on_changed()
        self.words[0].setFocus()
        session.ask(self, lambda archive: _known_role(archive, card), self._on_known)

    def _about(self, card: Card) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(GRID)
        column.addWidget(PlainLabel(_("Name that you will see here"), "strong"))
        self.name = QLineEdit(visible(card.person))
        self.name.setMaxLength(MAX_TEXT)
        self.name.setAccessibleName(_("Name that you will see here"))
        self.name.textChanged.connect(self._on_changed)
        column.addWidget(self.name)
        column.addWidget(PlainLabel(_("What they are to you"), "strong"))
        self.role = RoleChoice()
        self.role.changed.connect(self._on_changed)
        column.addWidget(self.role)
        return column

    def _add_buttons(self) -> None:
        self.later_button = self.add_button(_("Not now"))
        self.later_button.clicked.connect(self.reject)
        self.differ_button = self.add_button(_("The words differ"))
        set_look(self.differ_button, "danger")
        self.differ_button.clicked.connect(self._on_differ)
        self.match_button = push_button(_("I heard all eight words: trust this person"), "main")
        self.match_button.clicked.connect(self._on_match)
        self.buttons.addWidget(self.match_button)

    def _word_button(self, place: int, word: str) -> QPushButton:
        button = push_button(f"{place + 1}   {word}", "word")
        button.setCheckable(True)
        button.setAccessibleName(f"{place + 1}. {word}")
        button.toggled.connect(self._on_changed)
        ButtonIcon(button, "check", "sunken", chosen="on_accent_soft")
        return button

    def _on_changed(self) -> None:
        heard = sum(button.isChecked() for button in self.words)
        whole = heard == len(self.words) and bool(self.name.text().strip()) and self.role.chosen is not None
        self.match_button.setEnabled(whole)

    def _on_known(self, role: Role | None) -> None:
        """Somebody who was trusted before is again what they were, unless another is chosen."""
        if role is not None and self.role.chosen is None:
            self.role.buttons[role].setChecked(True)

    def _on_match(self) -> None:
        name, role = self.name.text().strip(), self.role.chosen
        self._session.write(
            self,
            lambda archive: trust.trust(archive, self._card, name=name, role=role),
            self._on_trusted,
            self._on_failed,
        )

    def _on_trusted(self, peer: Peer) -> None:
        self.trusted.emit(peer)
        self.accept()

    def _on_failed(self, error: FieldAppError) -> None:
        self.notice.say(words_of(error).text)

    def _on_differ(self) -> None:
        above = self.parentWidget()
        self.differed.emit()
        self.reject()
        tell(
            above,
            _("The card was not added"),
            _("Somebody may have changed it on its way, or it is the card of another person or another device."),
            _("Ask them for their card again, by another way, and compare the words once more."),
            _("Until then seal nothing for them, and do not believe a bundle that comes in their name."),
        )


def _known_role(archive: Archive, card: Card) -> Role | None:
    known = (peer.role for peer in trust.known_cards(archive) if peer.fingerprint == card.fingerprint)
    return next(known, None)
