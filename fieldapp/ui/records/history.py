"""Who wrote what about a record, when, and what it replaced: for a tired person who wants to know what happened."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from fieldapp.i18n import N_, _
from fieldapp.services import views
from fieldapp.services.views import Change, HistoryEntry
from fieldapp.ui.plain import PlainLabel, Sheet, set_look
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
}
_EVENTS = {
    "ingest": N_("The file was sealed into the vault."),
    "access": N_("A copy left the vault."),
}
_LONGEST = 400
_MOST_CARDS = 300


class HistorySheet(Sheet):
    """The newest change first."""

    def __init__(self, session: Session, record: RecordId, title: str, parent: QWidget) -> None:
        super().__init__(_("What happened here"), parent, width=80 * GRID)
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

    def _on_history(self, entries: list[HistoryEntry]) -> None:
        for entry in entries[: -_MOST_CARDS - 1 : -1]:
            self._column.addWidget(_card(entry))
        if len(entries) > _MOST_CARDS:
            self._column.addWidget(PlainLabel(f"… +{len(entries) - _MOST_CARDS}", "caption"))
        self._column.addStretch(1)


def _card(entry: HistoryEntry) -> QFrame:
    card = QFrame()
    set_look(card, "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(12, 8, 12, 10)
    column.setSpacing(4)
    who = _("You") if entry.own else entry.author or _("Somebody unknown")
    if entry.through:
        who = _("%(author)s, through %(sender)s") % {"author": who, "sender": entry.through}
    did = _(_KINDS[entry.kind]) if entry.kind in _KINDS else _("did something that a newer version knows")
    column.addWidget(PlainLabel(f"{who}: {did}", "strong", wrap=True))
    came = _("came with a bundle") if entry.came_in is not None else ""
    told = [moment_words(entry.time_ms), entry.device, came]
    column.addWidget(PlainLabel("  ·  ".join(part for part in told if part), "caption", wrap=True))
    if entry.event:
        words = _(_EVENTS[entry.event]) if entry.event in _EVENTS else entry.event
        column.addWidget(PlainLabel(f"{words} {entry.purpose}".strip(), wrap=True))
    for change in entry.changes:
        for text, look in _lines(change):
            column.addWidget(PlainLabel(text, look, wrap=True).selectable())
    return card


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
