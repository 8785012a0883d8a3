"""Taking in: files are chosen or dropped, looked into one by one, and taken in when a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from fieldapp.bundles.card import Card
from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services import parts, quarantine, receipts
from fieldapp.services.archive import Archive
from fieldapp.services.parts import WaitingSet
from fieldapp.services.quarantine import Sender
from fieldapp.services.receipts import Missing
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.arrival_card import ArrivalCard
from fieldapp.ui.exchange.arrival_summary import ArrivalSummary
from fieldapp.ui.exchange.compare import CompareSheet
from fieldapp.ui.exchange.look_inside import LookInsideSheet
from fieldapp.ui.exchange.missing import MissingBundles
from fieldapp.ui.exchange.parts_waiting import PartsWaiting
from fieldapp.ui.exchange.receiving import Reception
from fieldapp.ui.exchange.waiting import WaitingList
from fieldapp.ui.file_dialogs import choose_files
from fieldapp.ui.parts import Part
from fieldapp.ui.plain import IconLabel, PlainLabel, Sheet, ask, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID


class TakeInPart(Part):
    """Where files land, and what becomes of each."""

    record_chosen = Signal(bytes)
    trusted = Signal()
    """Somebody is trusted now."""
    waiting_listed = Signal()
    parts_listed = Signal()
    settled = Signal()
    """No file is being looked into or taken in any more."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            _("Take in"),
            _("First you see who a bundle is from and what it would change. Nothing is taken in before you say so."),
        )
        self._session = session
        self.cards: list[ArrivalCard] = []
        self.landing = QFrame()
        self._list = QVBoxLayout()
        self._list.setSpacing(GRID)
        self.summary = ArrivalSummary()
        self.summary.take_asked.connect(self.take_all)
        self.summary.clear_asked.connect(self.clear_done)
        self.summary.record_chosen.connect(self._on_record)
        self.missing = MissingBundles()
        self.missing.dismissed.connect(self._on_dismissed)
        self.waiting = WaitingList()
        self.waiting.compare_asked.connect(self._on_compare_waiting)
        self.waiting.look_asked.connect(self.look_inside)
        self.waiting.remove_asked.connect(self._on_remove_waiting)
        self.parts = PartsWaiting()
        self.parts.look_asked.connect(self._on_whole)
        self.parts.remove_asked.connect(self._on_remove_parts)
        self._build()

    def refresh(self) -> None:
        """Read what waits."""
        self._session.ask(self, quarantine.senders, self._on_waiting)
        self._session.ask(self, parts.waiting, self._on_parts)
        self._session.ask(self, receipts.missing_bundles, self._on_missing)

    def add_files(self, paths: Sequence[Path]) -> list[ArrivalCard]:
        """Look into these files; one that is on the list already is not put there twice."""
        there = {card.reception.path for card in self.cards if card.state != "stopped"}
        return [self._add(Reception(self._session, path, self)) for path in dict.fromkeys(paths) if path not in there]

    def take_all(self) -> None:
        """Take in every file that is ready, of each sender in the order in which they were made."""
        for card in sorted((card for card in self.cards if card.is_ready), key=_made):
            card.take()

    def clear_done(self) -> None:
        """Take off the page what is taken in."""
        for card in [card for card in self.cards if card.state in ("done", "nothing_new", "confirmed", "shared")]:
            self._remove(card)

    def look_inside(self, sender: Sender) -> LookInsideSheet:
        """Look into what waits of somebody. The sheet is open when this returns."""
        sheet = LookInsideSheet(self._session, sender, self)
        sheet.decided.connect(self.refresh)
        sheet.compare_asked.connect(self._on_compare_waiting)
        sheet.open()
        return sheet

    def show_over(self, over: bool) -> None:
        """Files are being held over the page."""
        set_look(self.landing, "landing_over" if over else "landing")

    def _build(self) -> None:
        set_look(self.landing, "landing")
        row = QHBoxLayout(self.landing)
        row.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        row.setSpacing(2 * GRID)
        row.addWidget(IconLabel("take_in", 32, "accent"))
        row.addWidget(
            PlainLabel(
                _(
                    "Drop bundles, parts, confirmations and shares here, all at once, from a stick or a messenger's "
                    "folder."
                ),
                wrap=True,
            ),
            1,
        )
        self.choose_button = push_button(_("Choose files…"), "main", icon_name="folder")
        self.choose_button.clicked.connect(self._on_choose)
        row.addWidget(self.choose_button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.column.addWidget(self.landing)
        self.column.addWidget(self.summary)
        self.column.addLayout(self._list)
        self.column.addWidget(self.missing)
        self.column.addWidget(self.parts)
        self.column.addWidget(self.waiting)
        self.column.addStretch(1)

    def _add(self, reception: Reception) -> ArrivalCard:
        card = ArrivalCard(reception)
        card.state_changed.connect(self._on_state)
        card.removed.connect(lambda: self._remove(card))
        card.compare_asked.connect(self._on_compare)
        card.record_chosen.connect(self._on_record)
        card.part_kept.connect(lambda waiting: self._on_part(card, waiting))
        self.cards.append(card)
        self._list.insertWidget(0, card)
        card.look()
        return card

    def _remove(self, card: ArrivalCard) -> None:
        self.cards.remove(card)
        card.hide()
        card.deleteLater()
        self._on_state()

    def _on_state(self, state: str = "") -> None:
        self.summary.show_files([(card.state, card.outcome) for card in self.cards])
        if state in ("waiting", "done", "failed", "confirmed"):
            self.refresh()
        if state == "done":
            for card in [each for each in self.cards if each.state == "failed" and each.needs_earlier]:
                card.look()
        if not any(card.state in ("looking", "taking") for card in self.cards):
            self.settled.emit()

    def _compare(self, found: Card) -> CompareSheet:
        sheet = CompareSheet(self._session, found, self)
        sheet.trusted.connect(self._on_trusted)
        sheet.open()
        return sheet

    def _on_trusted(self, peer: Peer) -> None:
        """Every bundle of theirs that is on the page or waits can be looked into now."""
        self.trusted.emit()
        for card in self.cards:
            if card.state == "stranger" and card.facts is not None and card.facts.info.sender == peer.fingerprint:
                card.look()
        there = {card.reception.path for card in self.cards}
        for bundle in [bundle for sender in self.waiting.waiting for bundle in sender.bundles]:
            if bundle.card.fingerprint == peer.fingerprint and bundle.path not in there:
                self._add(Reception(self._session, bundle.path, self, bundle))

    def _on_compare(self, found: Card) -> None:
        self._compare(found)

    def _on_compare_waiting(self, sender: Sender) -> None:
        if sender.card is not None:
            self._compare(sender.card)

    def _on_remove_waiting(self, sender: Sender) -> Sheet:
        count = len(sender.bundles)
        sheet = ask(
            self,
            ngettext("Remove the bundle of %s?", "Remove the bundles of %s?", count) % visible(sender.person),
            _("It was never opened, and it is removed from this computer. Its sender can give it to you again."),
            yes=_("Remove"),
            no=_("Keep"),
        )
        sheet.accepted.connect(lambda: self._drop_bundles(sender))
        return sheet

    def _drop_bundles(self, sender: Sender) -> None:
        def work(archive: Archive) -> None:
            for bundle in sender.bundles:
                quarantine.refuse(archive, bundle)

        self._session.ask(self, work, lambda _: self.refresh())

    def _on_waiting(self, senders: list[Sender]) -> None:
        taken = {card.reception.path for card in self.cards if card.reception.waiting is not None}
        left = [
            replace(each, bundles=tuple(bundle for bundle in each.bundles if bundle.path not in taken))
            for each in senders
        ]
        self.waiting.show_waiting([each for each in left if each.bundles or each.held is not None or each.refused])
        self.waiting_listed.emit()

    def _on_missing(self, missing: list[Missing]) -> None:
        self.missing.show_missing(missing)

    def _on_dismissed(self, missing: Missing) -> None:
        self._session.ask(self, lambda archive: receipts.dismiss_missing(archive, missing), lambda _: self.refresh())

    def _on_part(self, card: ArrivalCard, waiting: WaitingSet) -> None:
        """A part goes to the others, off the page; the last one makes the whole bundle a card of its own."""
        self._remove(card)
        if waiting.is_complete:
            self._on_whole(waiting)
        self.refresh()

    def _on_whole(self, waiting: WaitingSet) -> None:
        for card in [each for each in self.cards if each.reception.path == waiting.folder]:
            if card.state not in ("failed", "stopped"):
                return
            self._remove(card)
        self._add(Reception(self._session, waiting, self))
        self.refresh()

    def _on_remove_parts(self, waiting: WaitingSet) -> Sheet:
        sheet = ask(
            self,
            _("Remove these parts?"),
            _("They were never opened. If the bundle shall come after all, every part has to be sent again."),
            yes=_("Remove"),
            no=_("Keep"),
        )
        sheet.accepted.connect(lambda: self._drop(waiting))
        return sheet

    def _drop(self, waiting: WaitingSet) -> None:
        self._session.ask(self, lambda archive: parts.drop(archive, waiting), lambda _: self.refresh())

    def _on_parts(self, sets: list[WaitingSet]) -> None:
        there = {card.reception.path for card in self.cards if card.state not in ("failed", "stopped")}
        self.parts.show_sets([each for each in sets if each.folder not in there])
        self.parts_listed.emit()

    def _on_choose(self) -> None:
        choose_files(self, _("Which bundles?"), self._on_files)

    def _on_files(self, paths: list[Path]) -> None:
        self.add_files(paths)

    def _on_record(self, record: bytes) -> None:
        self.record_chosen.emit(record)


def _made(card: ArrivalCard) -> tuple[bytes, int]:
    """From whom, and which of their bundles."""
    return (card.facts.card.fingerprint, card.facts.number) if card.facts is not None else (b"", 0)
