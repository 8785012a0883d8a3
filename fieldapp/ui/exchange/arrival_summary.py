"""Many files at once: what can be taken in, and what of all of it cannot wait. Single cards stand below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from fieldapp.i18n import _, ngettext
from fieldapp.services.arrivals import Outcome
from fieldapp.ui.exchange.came_in import CameIn
from fieldapp.ui.exchange.gathering import gathered, grave_sentences, quiet_sentences, record_sentences
from fieldapp.ui.plain import Notice, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID

_LEAST = 2


class ArrivalSummary(QFrame):
    """Hidden while there are fewer than two files."""

    take_asked = Signal()
    clear_asked = Signal()
    """What is done shall leave the page."""
    record_chosen = Signal(bytes)

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        self.head = PlainLabel("", "heading", wrap=True)
        self.counts = PlainLabel("", "quiet", wrap=True)
        self.grave = Notice(look="warning", icon="warning")
        self.records = PlainLabel("", wrap=True)
        self.urgent = CameIn()
        self.urgent.chosen.connect(self._on_chosen)
        self.take_button = push_button("", "main", icon_name="take_in")
        self.take_button.clicked.connect(self.take_asked)
        self.clear_button = push_button(_("Clear what is done"), "link")
        self.clear_button.clicked.connect(self.clear_asked)
        for part in (self.head, self.counts, self.grave, self.records, self.urgent):
            column.addWidget(part)
        row = QHBoxLayout()
        row.addWidget(self.take_button)
        row.addWidget(self.clear_button)
        row.addStretch(1)
        column.addLayout(row)
        self.hide()

    def show_files(self, files: Sequence[tuple[str, Outcome | None]]) -> None:
        """Show these: the state of each card, and what it would do or did."""
        states = Counter(state for state, _outcome in files)
        ready = states["ready"]
        self.setVisible(len(files) >= _LEAST)
        self.head.setText(ngettext("%d file", "%d files", len(files)) % len(files))
        self.counts.setText(" ".join(_state_sentences(states)))
        self.take_button.setVisible(bool(ready))
        self.take_button.setText(ngettext("Take in %d bundle", "Take in all %d bundles", ready) % ready)
        self.clear_button.setVisible(bool(states["done"] + states["nothing_new"]) and not ready)
        self._show_outcomes([outcome for state, outcome in files if outcome is not None and state in ("ready", "done")])

    def _show_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        found = gathered(outcomes)
        self.grave.say("\n".join(grave_sentences(found)))
        self.records.setText(" ".join([*record_sentences(found.records), *quiet_sentences(found)]))
        self.records.setVisible(bool(self.records.text()))
        self.urgent.show_records(found.urgent)
        self.urgent.setVisible(bool(found.urgent))

    def _on_chosen(self, record: bytes) -> None:
        self.record_chosen.emit(record)


def _state_sentences(states: Counter[str]) -> list[str]:
    looking = states["looking"] + states["taking"]
    unread = states["failed"] + states["stopped"]
    aside = states["stranger"] + states["waiting"]
    told = (
        (looking, ngettext("%d is being read.", "%d are being read.", looking)),
        (states["ready"], ngettext("%d can be taken in.", "%d can be taken in.", states["ready"])),
        (states["done"], ngettext("%d is taken in.", "%d are taken in.", states["done"])),
        (aside, ngettext("%d waits for a comparison of words.", "%d wait for a comparison of words.", aside)),
        (states["nothing_new"], ngettext("%d brings nothing new.", "%d bring nothing new.", states["nothing_new"])),
        (states["shared"], ngettext("%d is a share to keep.", "%d are shares to keep.", states["shared"])),
        (states["confirmed"], ngettext("%d is a confirmation.", "%d are confirmations.", states["confirmed"])),
        (unread, ngettext("%d could not be read.", "%d could not be read.", unread)),
    )
    return [words % count for count, words in told if count]
