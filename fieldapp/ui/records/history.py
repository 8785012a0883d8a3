"""Who wrote what about a record, when, and what it replaced: for a tired person who wants to know what happened.

Any earlier moment can be looked at, and its state brought back.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from fieldapp.i18n import N_, _
from fieldapp.media.probe import visible
from fieldapp.records.decisions import Withdraw
from fieldapp.services import views
from fieldapp.services.views import Change, HistoryEntry
from fieldapp.ui.account_words import bundle_words
from fieldapp.ui.plain import PlainLabel, Sheet, push_button, set_look
from fieldapp.ui.records.past_sheet import PastSheet
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words
from fieldapp.values import RecordId

_KINDS = {
    "edit": N_("wrote"),
    "attach": N_("put the file in"),
    "resolve": N_("decided between accounts"),
    "hide": N_("removed it from lists, or brought it back"),
    "custody": N_("handled the file"),
    "withdraw": N_("takes it back"),
    "keep": N_("decided that it stays here"),
    "shred": N_("erased it"),
}
_EVENTS = {
    "ingest": N_("The file was sealed into the vault."),
    "access": N_("A copy left the vault."),
}
_LONGEST = 400
_MOST_CARDS = 300


class HistorySheet(Sheet):
    """The newest change first."""

    brought_back = Signal()
    """The record says again what it said at an earlier moment."""

    def __init__(self, session: Session, record: RecordId, title: str, parent: QWidget) -> None:
        super().__init__(_("What happened here"), parent, width=88 * GRID)
        self._session, self._record = session, record
        self.entries: list[HistoryEntry] = []
        self.setMinimumHeight(60 * GRID)
        self.add_words(title, "quiet")
        self._list = QWidget()
        set_look(self._list, "clear")
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, GRID, 0)
        self._column.setSpacing(GRID)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self._list)
        self.body.addWidget(area, 1)
        self.add_button(_("Close"), main=True).clicked.connect(self.accept)
        session.ask(self, lambda archive: views.history(archive, record), self._on_history)

    def show_moment(self, entry: HistoryEntry) -> PastSheet:
        """The record as it was just after this entry."""
        sheet = PastSheet(self._session, self._record, entry, self)
        sheet.brought_back.connect(self._on_brought_back)
        sheet.open()
        return sheet

    def _on_history(self, entries: list[HistoryEntry]) -> None:
        self.entries = entries
        for entry in entries[: -_MOST_CARDS - 1 : -1]:
            card = HistoryCard(entry, newest=entry is entries[-1])
            card.then_asked.connect(self.show_moment)
            self._column.addWidget(card)
        if len(entries) > _MOST_CARDS:
            self._column.addWidget(PlainLabel(f"… +{len(entries) - _MOST_CARDS}", "caption"))
        self._column.addStretch(1)

    def _on_brought_back(self) -> None:
        self.accept()
        self.brought_back.emit()


class HistoryCard(QFrame):
    """One entry: who did what, when, what it replaced, and which bundle brought it."""

    then_asked = Signal(HistoryEntry)

    def __init__(self, entry: HistoryEntry, *, newest: bool = False) -> None:
        super().__init__()
        set_look(self, "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(PlainLabel(f"{who_words(entry)}: {_did_words(entry)}", "strong", wrap=True), 1)
        if entry.changes and not newest:
            button = push_button(_("How it was then…"), "link")
            button.setAccessibleDescription(moment_words(entry.time_ms))
            button.clicked.connect(lambda: self.then_asked.emit(entry))
            head.addWidget(button)
        column.addLayout(head)
        device = "" if entry.own else _("on %s") % visible(entry.device) if entry.device else ""
        told = [moment_words(entry.time_ms), device, bundle_words(entry.bundle)]
        column.addWidget(PlainLabel("  ·  ".join(part for part in told if part), "caption", wrap=True))
        if entry.event:
            words = _(_EVENTS[entry.event]) if entry.event in _EVENTS else entry.event
            column.addWidget(PlainLabel(f"{words} {entry.purpose}".strip(), wrap=True))
        for text, look in (*_decision_lines(entry), *(each for change in entry.changes for each in _lines(change))):
            column.addWidget(PlainLabel(text, look, wrap=True).selectable())


def who_words(entry: HistoryEntry) -> str:
    """Who wrote an entry, and through whom it came."""
    who = _("You") if entry.mine else entry.author or _("Somebody unknown")
    return _("%(author)s, through %(sender)s") % {"author": who, "sender": entry.through} if entry.through else who


def _did_words(entry: HistoryEntry) -> str:
    if entry.undoes:
        return _("took an earlier change back")
    if isinstance(entry.decision, Withdraw) and not entry.decision.withdrawn:
        return _("says that it need not be taken back")
    return _(_KINDS[entry.kind]) if entry.kind in _KINDS else _("did something that a newer version knows")


def _decision_lines(entry: HistoryEntry) -> list[tuple[str, str]]:
    """Of what was taken back: why, and who confirmed the wish."""
    said = entry.decision
    if not isinstance(said, Withdraw):
        return []
    lines = [(_("Confirmed by %s") % _short(said.by), "caption")] if said.by else []
    return [(_short(said.reason), ""), *lines] if said.reason else lines


def _lines(change: Change) -> list[tuple[str, str]]:
    if change.field is None:
        return []
    label = _(change.field.label)
    lines = [(f"{label}: {_short(change.told) or _('(cleared)')}", "")]
    before = [_short(told) for told in change.replaced if told and told != change.told]
    if before:
        lines.append((_("before: %s") % "; ".join(before), "caption"))
    return lines


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
