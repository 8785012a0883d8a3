"""A file that was put on the page: what it is, what it would do, what it did, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from fieldapp.bundles.card import Card
from fieldapp.errors import BundleNeedsEarlierError, FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import clean_name, visible
from fieldapp.services.arrivals import Arrival, BundleFacts, Outcome
from fieldapp.services.parts import WaitingSet
from fieldapp.services.receipts import Doubt, Uncounted, doubt_words
from fieldapp.services.receipts import Taken as Confirmation
from fieldapp.services.safety.escrow import TakenShare
from fieldapp.services.trust import Role
from fieldapp.ui.exchange.arrival_words import outcome_words, sender_words
from fieldapp.ui.exchange.came_in import CameIn
from fieldapp.ui.exchange.parts_waiting import here_words, missing_words
from fieldapp.ui.exchange.receiving import Reception
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel, icon_button, push_button, set_look
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of


class ArrivalCard(QFrame):
    """One file.

    `state` is one of looking, part, confirmed, shared, ready, stranger, taking, done, nothing_new, waiting, stopped,
    failed.
    """

    state_changed = Signal(str)
    removed = Signal()
    compare_asked = Signal(Card)
    """The words of this card shall be compared."""
    record_chosen = Signal(bytes)
    """A record, by its id, shall be shown."""
    part_kept = Signal(WaitingSet)
    """It was a part of a bundle, and waits with these."""

    def __init__(self, reception: Reception) -> None:
        super().__init__()
        self.reception = reception
        self.state = ""
        self.outcome: Outcome | None = None
        self.facts: BundleFacts | None = None
        self.needs_earlier = False
        set_look(self, "card")
        self.icon = IconLabel("document", 24, "quiet")
        name = _name(reception)
        self.name = ElidedLabel(name, "strong")
        self.words = PlainLabel("", wrap=True)
        self.rest = PlainLabel("", "quiet", wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(name)
        self.came_in = CameIn()
        self.came_in.chosen.connect(self._on_chosen)
        self.remove_button = icon_button("close", _("Off this list"))
        self.remove_button.clicked.connect(self.removed)
        self._buttons = QHBoxLayout()
        self._build()
        reception.setParent(self)
        reception.inspected.connect(self._on_inspected)
        reception.looked.connect(self._on_looked)
        reception.kept.connect(self._on_kept)
        reception.confirmed.connect(self._on_confirmed)
        reception.shared.connect(self._on_shared)
        reception.taken.connect(self._on_taken)
        reception.failed.connect(self._on_failed)
        reception.cancelled.connect(self._on_cancelled)
        reception.progressed.connect(self._on_progressed)

    @property
    def is_ready(self) -> bool:
        """Whether it waits to be taken in."""
        return self.state == "ready"

    def look(self) -> None:
        """Look into the file, and say what it would do."""
        self._show("looking", "document", "quiet", _("Looking into it…"))
        self._add_button(_("Stop"), self.reception.cancel)
        self.reception.look()

    def take(self) -> None:
        """Take it in, or keep it waiting."""
        self._show("taking", "take_in", "accent", _("Taking it in…"), self.words.text())
        self._add_button(_("Stop"), self.reception.cancel)
        self.reception.take()

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, 2 * GRID, GRID, 2 * GRID)
        row.setSpacing(2 * GRID)
        drawing = QVBoxLayout()
        drawing.addWidget(self.icon)
        drawing.addStretch(1)
        row.addLayout(drawing)
        column = QVBoxLayout()
        column.setSpacing(4)
        for part in (self.name, self.words, self.rest):
            column.addWidget(part)
        column.addSpacing(4)
        column.addWidget(self.bar)
        column.addWidget(self.came_in)
        self._buttons.setSpacing(GRID)
        column.addLayout(self._buttons)
        row.addLayout(column, 1)
        row.addWidget(self.remove_button, 0, Qt.AlignmentFlag.AlignTop)

    def _show(self, state: str, icon: str, role: str, words: str, rest: str = "") -> None:
        """Be in this state; buttons are added after."""
        self.state = state
        self.icon.draw(icon, role)
        self.words.setText(words)
        self.rest.setText(rest)
        self.rest.setVisible(bool(rest))
        busy = state in ("looking", "taking")
        self.bar.setVisible(busy)
        self.remove_button.setEnabled(not busy)
        self.bar.setRange(0, 0)
        self.came_in.hide()
        clear(self._buttons)
        self._buttons.addStretch(1)
        self.state_changed.emit(state)

    def _add_button(self, text: str, call: Callable[[], object], look: str = "") -> None:
        button = push_button(text, look)
        button.clicked.connect(lambda _checked=False: call())
        self._buttons.insertWidget(self._buttons.count() - 1, button)

    def _on_inspected(self, facts: BundleFacts) -> None:
        self.facts = facts
        self.words.setText(sender_words(facts))

    def _on_looked(self, outcome: Outcome) -> None:
        self.outcome, self.facts = outcome, outcome.facts
        who = sender_words(outcome.facts)
        if outcome.state is Arrival.QUARANTINED:
            self._show("stranger", "warning", "text", who, _("Nothing in it is believed before you have."))
            self._add_button(_("Compare words now…"), self._on_compare, "main")
            if self.reception.waiting is None:
                self._add_button(_("Keep it waiting, sealed"), self.take)
        elif outcome.state is Arrival.NOTHING_NEW:
            self._show("nothing_new", "check", "good", who, _("Nothing new: everything in it is here already."))
        else:
            self._show("ready", "document", "accent", who, outcome_words(outcome))
            self._add_button(_("Take in"), self.take, "main")

    def _on_kept(self, waiting: WaitingSet) -> None:
        self._show("part", "check", "good", here_words(waiting), missing_words(waiting))
        self.part_kept.emit(waiting)

    def _on_confirmed(self, told: Confirmation) -> None:
        who = _("A confirmation from %s.") % visible(told.peer.name)
        known = _("What has arrived there need not be sent again.")
        rest = known if told.is_news else _("You know of all of this already.")
        if told.peer.role is Role.COORDINATOR and not told.keeps:
            rest = f"{rest} {visible(doubt_words(Uncounted(told.peer, Doubt.KEEPS_NOTHING)))}"
        self._show("confirmed", "check", "good" if told.is_news else "quiet", who, rest)

    def _on_shared(self, taken: TakenShare) -> None:
        who = visible(taken.peer.name)
        if taken.is_news:
            rest = _(
                "You keep it for them now. It opens nothing by itself: if they forget their passphrase, they ask you "
                "and somebody else for the words. You find it under Settings, “Safety of this vault”, “Ways in”. "
                "Delete the file."
            )
        else:
            rest = _("You keep this one already, or a newer one.")
        self._show(
            "shared", "check", "good" if taken.is_news else "quiet", _("From %s: a share of their vault.") % who, rest
        )

    def _on_taken(self, outcome: Outcome) -> None:
        self.outcome = outcome
        if outcome.state is Arrival.QUARANTINED:
            text = _("It waits below, sealed as it came, until you have compared words with its sender.")
            self._show("waiting", "waiting", "quiet", sender_words(outcome.facts), text)
        elif outcome.state is Arrival.NOTHING_NEW:
            text = _("Nothing new: everything in it is here already.")
            self._show("nothing_new", "check", "good", sender_words(outcome.facts), text)
        else:
            text = _("Taken in. %s") % outcome_words(outcome)
            self._show("done", "check", "good", sender_words(outcome.facts), text)
            if outcome.records:
                self._add_button(_("Show what came in"), self._on_show)

    def _on_failed(self, error: FieldAppError) -> None:
        self.needs_earlier = isinstance(error, BundleNeedsEarlierError)
        words = words_of(error)
        self._show("failed", "warning", "danger", words.what, "\n".join(part for part in words.rest if part))
        self._add_button(_("Try again"), self.look)

    def _on_cancelled(self) -> None:
        self._show("stopped", "document", "quiet", _("Stopped, as you asked."), _("Nothing of it was taken in."))
        self._add_button(_("Look again"), self.look)

    def _on_progressed(self, share: float) -> None:
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * share))

    def _on_compare(self) -> None:
        if self.facts is not None:
            self.compare_asked.emit(self.facts.card)

    def _on_show(self) -> None:
        if self.outcome is not None:
            self.came_in.show_records(self.outcome.records)
            self.came_in.show()

    def _on_chosen(self, record: bytes) -> None:
        self.record_chosen.emit(record)


def _name(reception: Reception) -> str:
    if reception.waiting is not None:
        return _("A bundle of %s") % visible(reception.waiting.card.person)
    if isinstance(reception.source, WaitingSet):
        return _("A bundle that came in parts")
    return clean_name(reception.source.name)
