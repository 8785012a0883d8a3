"""What people take back: sender by sender, to be erased for good or kept here; and who must be told of what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.services import withdrawals
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.withdrawals import Group, Shredded, State, Withdrawal
from fieldapp.ui.erasing.erase_sheet import EraseSheet, erased_words
from fieldapp.ui.erasing.group_card import DeclinedCard, GroupCard
from fieldapp.ui.erasing.told_sheet import ToldSheet
from fieldapp.ui.erasing.withdraw_sheet import WithdrawSheet
from fieldapp.ui.parts import Part, clear, empty_box
from fieldapp.ui.plain import Notice, PlainLabel, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.values import EntryId, RecordId

_SOON_MS = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is on the page."""

    pending: tuple[Group, ...]
    requests: tuple[Group, ...]
    declined: tuple[Withdrawal, ...]
    to_tell: int


def read_waiting(archive: Archive) -> Waiting:
    """In the vault lane."""
    return Waiting(
        tuple(withdrawals.by_sender(withdrawals.pending(archive))),
        tuple(withdrawals.by_sender(withdrawals.requests(archive))),
        tuple(withdrawals.declined(archive)),
        len(withdrawals.to_tell(archive)),
    )


class TakenBackPage(Part):
    """A page of the workspace, reached from the desk. It reads again by itself when something was written."""

    back_asked = Signal()
    loaded = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(
            _("Taken back by who told it"),
            _("These records are out of all lists, searches and bundles already. Whether they are erased, you decide."),
            width=100 * GRID,
        )
        self._session = session
        self._shown: Waiting | None = None
        self.groups: list[GroupCard] = []
        self.requests: list[GroupCard] = []
        self.declined: DeclinedCard | None = None
        back = push_button(_("Back to what came in"), "link", icon_name="back")
        back.clicked.connect(self.back_asked)
        row = QHBoxLayout()
        row.addWidget(back)
        row.addStretch(1)
        self.column.insertLayout(0, row)
        self.done = Notice(icon="check")
        self.done.hide()
        self.column.addWidget(self.done)
        self.tell = Notice(look="warning", icon="phone")
        self.tell_button = push_button(_("See whom…"))
        self.tell_button.clicked.connect(self.show_told)
        self.tell.add_button(self.tell_button)
        self.tell.hide()
        self.column.addWidget(self.tell)
        inside = QWidget()
        set_look(inside, "clear")
        self._cards = QVBoxLayout(inside)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(2 * GRID)
        self.column.addWidget(inside)
        self.column.addStretch(1)
        self._timer = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._timer.timeout.connect(self._read)
        session.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Somebody comes here."""
        self.done.say("")
        self._read()

    def show_told(self, records: Sequence[RecordId] | None = None) -> ToldSheet:
        """Whom to tell by another way."""
        sheet = ToldSheet(self._session, self, records or None)
        sheet.emptied.connect(self._read)
        sheet.open()
        return sheet

    def _on_changed(self, _changed: Changed) -> None:
        if self.isVisible():
            self._timer.start()

    def _read(self) -> None:
        self._session.ask(self, read_waiting, self._show)

    def _show(self, found: Waiting) -> None:
        if found != self._shown:
            ticked = frozenset(entry for each in (*self.groups, *self.requests) for entry in each.chosen)
            self._shown = found
            self._fill(found, ticked)
        self.loaded.emit()

    def _fill(self, found: Waiting, ticked: frozenset[EntryId]) -> None:
        clear(self._cards)
        words = ngettext(
            "Of %d erased record somebody must still be told, by phone or in person.",
            "Of %d erased records somebody must still be told, by phone or in person.",
            found.to_tell,
        )
        self.tell.say(words % found.to_tell if found.to_tell else "")
        self.groups = [self._card(group, ticked, asks=False) for group in found.pending]
        self.requests = [self._card(group, ticked, asks=True) for group in found.requests]
        self.declined = DeclinedCard(found.declined) if found.declined else None
        for card in self.groups:
            self._cards.addWidget(card)
        if not (found.pending or found.requests):
            self._cards.addWidget(empty_box("check", _("Nothing waits for a decision."))[0])
        if self.requests:
            self._heading(
                _("Asked by somebody who may not decide it"),
                _("They neither wrote it down nor are they a coordinator. Nothing has happened: the records are here."),
            )
            for card in self.requests:
                self._cards.addWidget(card)
        if self.declined is not None:
            self.declined.followed.connect(self._on_asked)
            self._heading(_("Kept here all the same"), _("You decided so. With others it may be erased."))
            self._cards.addWidget(self.declined)

    def _heading(self, heading: str, text: str) -> None:
        self._cards.addSpacing(GRID)
        self._cards.addWidget(PlainLabel(heading, "heading", wrap=True))
        self._cards.addWidget(PlainLabel(text, "quiet", wrap=True))

    def _card(self, group: Group, ticked: frozenset[EntryId], *, asks: bool) -> GroupCard:
        card = GroupCard(group, asks=asks, chosen=ticked)
        card.kept.connect(self._on_kept)
        card.followed.connect(self._on_asked if asks else self._on_erase)
        return card

    def _on_erase(self, chosen: tuple[Withdrawal, ...]) -> None:
        sheet = EraseSheet(self._session, chosen, self)
        sheet.erased.connect(self._on_erased)
        sheet.open()

    def _on_erased(self, gone: Shredded) -> None:
        self.done.say(erased_words(gone))
        self._read()
        to_tell = [record for record, told in gone.told.items() if told]
        if to_tell:
            self.show_told(to_tell)

    def _on_asked(self, chosen: tuple[Withdrawal, ...]) -> None:
        """Somebody asks for it: we withdraw it ourselves, which counts here."""
        records = list(dict.fromkeys(each.record for each in chosen))
        reason = chosen[0].reason if len(chosen) == 1 else ""
        sheet = WithdrawSheet(self._session, records, chosen[0].title, self, reason=reason)
        sheet.withdrawn.connect(self._on_withdrawn)
        sheet.open()

    def _on_withdrawn(self, _records: tuple[RecordId, ...]) -> None:
        self.done.say(_("Taken back: it is out of all lists, searches and bundles. Erasing it is decided above."))
        self._read()

    def _on_kept(self, chosen: tuple[Withdrawal, ...]) -> None:
        lifted = {each.record for each in chosen if each.own and each.by}

        def work(archive: Archive) -> Changed:
            changed = withdrawals.decline(archive, [each for each in chosen if each.record not in lifted])
            for record in lifted:
                changed |= withdrawals.lift(archive, record)
            return changed

        count = len(chosen)
        words = ngettext("%d record is in the lists again.", "%d records are in the lists again.", count) % count
        if all(each.state is State.REQUEST for each in chosen):
            words = ngettext("%d record stays as it is.", "%d records stay as they are.", count) % count
        self._session.write(self, work, lambda _changed: self._say_kept(words))

    def _say_kept(self, words: str) -> None:
        self.done.say(words)
        self._read()
