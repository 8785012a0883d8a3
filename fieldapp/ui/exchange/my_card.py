"""My card: who I am to others, in words that can be read aloud, and a file to give them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout

from fieldapp.bundles.card import Card
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services import cards, trust
from fieldapp.ui.file_dialogs import choose_new_file
from fieldapp.ui.parts import Part, card, clear
from fieldapp.ui.plain import ElidedLabel, IconLabel, Notice, PlainLabel, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.viewer.facts import in_groups
from fieldapp.ui.words import show_error

SUFFIX = "card"
_SHORT = 16
_WORDS_IN_ROW = 4


class MyCardPart(Part):
    """Shows the own card and saves it."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            _("My card"),
            _(
                "Give this file to the people who shall send you bundles or receive yours; it holds nothing secret. "
                "When they add it, read them these eight words by phone or in person."
            ),
        )
        self._session = session
        self.card: Card | None = None
        box, self._box = card(spacing=2 * GRID)
        self.column.addWidget(box)
        self.earlier = Notice(icon="card")
        self.earlier.hide()
        self.column.addWidget(self.earlier)
        self.notice = Notice(icon="check")
        self.notice.hide()
        self.column.addWidget(self.notice)
        row = QHBoxLayout()
        self.save_button = push_button(_("Save my card…"), "main", icon_name="take_out")
        self.save_button.setEnabled(False)
        self.save_button.clicked.connect(self._on_save)
        row.addWidget(self.save_button)
        row.addStretch(1)
        self.column.addLayout(row)
        self.column.addStretch(1)

    def refresh(self) -> None:
        """Read the card, and those before it: who goes on anew has another."""
        self._session.ask(self, lambda archive: (cards.own_card(archive), cards.earlier_cards(archive)), self._on_cards)

    def save_to(self, path: Path) -> None:
        """Write the card to this new file."""
        self._session.ask(
            self,
            lambda archive: trust.write_card_file(archive, path),
            lambda _card: self._on_saved(path),
            lambda error: show_error(self, error),
        )

    def _on_cards(self, told: tuple[Card, list[Card]]) -> None:
        own, earlier = told
        self.earlier.say(_earlier_words(earlier))
        if own == self.card:
            return
        self.card = own
        self.save_button.setEnabled(True)
        clear(self._box)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(IconLabel("card", 32, "accent"))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(PlainLabel(visible(own.person), "heading", wrap=True))
        names.addWidget(ElidedLabel(visible(own.device), "quiet"))
        head.addLayout(names, 1)
        self._box.addLayout(head)
        self._box.addLayout(word_grid(own.words))
        self._box.addWidget(PlainLabel(_("Fingerprint: %s") % short(own.fingerprint), "caption").selectable())

    def _on_save(self) -> None:
        proposed = Path.home() / f"{secrets.token_hex(3)}.{SUFFIX}"
        choose_new_file(self, _("Where shall my card be?"), proposed, self.save_to, suffix=SUFFIX)

    def _on_saved(self, path: Path) -> None:
        self.notice.say(
            _("Your card is in %s. Give it to them on a stick, or send it as a file with any messenger.") % path
        )


def _earlier_words(earlier: Sequence[Card]) -> str:
    if not earlier:
        return ""
    devices = ", ".join(dict.fromkeys(visible(card.device) for card in earlier))
    return (
        _(
            "Before, this was: %s. Bundles that were sealed for that card still open here. Have your coordinators add "
            "the new card, and read them its words."
        )
        % devices
    )


def short(fingerprint: bytes) -> str:
    """The beginning of a fingerprint, in groups of four, for people who compare digits."""
    return in_groups(fingerprint[:_SHORT], 4)


def word_grid(words: Sequence[str]) -> QGridLayout:
    """The eight words that two people compare, numbered, four in a row."""
    grid = QGridLayout()
    grid.setSpacing(GRID)
    for place, word in enumerate(words):
        cell = QFrame()
        set_look(cell, "word")
        cell.setAccessibleName(f"{place + 1}. {word}")
        row = QHBoxLayout(cell)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(GRID)
        row.addWidget(PlainLabel(f"{place + 1}", "caption"))
        row.addWidget(PlainLabel(word, "heading"), 1)
        grid.addWidget(cell, place // _WORDS_IN_ROW, place % _WORDS_IN_ROW)
    return grid
