"""What one sender takes back, or asks to take back: ticks, and two answers of the same size."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.withdrawals import Group, Withdrawal
from fieldapp.ui.erasing.said_words import kind_words, said_words, title_words
from fieldapp.ui.parts import card
from fieldapp.ui.plain import IconLabel, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words
from fieldapp.values import EntryId

AT_ONCE = 50
_INDENT = 3 * GRID + 5


class GroupCard(QWidget):
    """`asks`: they may not decide it, so nothing has happened yet."""

    kept = Signal(tuple)
    """The withdrawals (a tuple of them) that shall have no effect here."""
    followed = Signal(tuple)
    """The withdrawals that shall be done: erased, or for a request withdrawn by us."""

    def __init__(self, group: Group, *, asks: bool, chosen: frozenset[EntryId] = frozenset()) -> None:
        super().__init__()
        set_look(self, "clear")
        self.group, self._asks = group, asks
        known = {each.entry for each in group.withdrawals}
        self.chosen = set(chosen & known) if len(known) > 1 else set(known)
        self.boxes: dict[EntryId, QCheckBox] = {}
        box, column = card(spacing=12)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(box)
        column.addLayout(self._head())
        self._rows = QVBoxLayout()
        self._rows.setSpacing(12)
        column.addLayout(self._rows)
        self.more_button = push_button("", "link")
        self.more_button.clicked.connect(self._on_more)
        column.addWidget(self.more_button)
        column.addLayout(self._foot())
        self._shown = 0
        self._on_more()
        self._say_chosen()

    @property
    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """Those that are ticked."""
        return tuple(each for each in self.group.withdrawals if each.entry in self.chosen)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        who = _("You, on this device") if self.group.mine else visible(self.group.sender) or _("Somebody unknown")
        row.addWidget(IconLabel("person", 20, "quiet"))
        row.addWidget(PlainLabel(who, "section"))
        count = len(self.group.withdrawals)
        row.addWidget(PlainLabel(ngettext("%d record", "%d records", count) % count, "caption"))
        row.addStretch(1)
        self.all_button, self.none_button = push_button(_("Tick all"), "link"), push_button(_("Tick none"), "link")
        self.all_button.clicked.connect(lambda: self._tick(self.group.withdrawals))
        self.none_button.clicked.connect(lambda: self._tick(()))
        for button in (self.all_button, self.none_button):
            button.setVisible(count > 1)
            row.addWidget(button)
        return row

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        self._said = PlainLabel("", "caption", wrap=True)
        row.addWidget(self._said, 1)
        keep = _("It was a mistake: bring it back") if self._is_lifted else _("Keep it here")
        self.keep_button = push_button(keep)
        self.follow_button = push_button(_("Do as they ask…") if self._asks else _("Erase for good…"), "danger")
        self.keep_button.clicked.connect(lambda: self.kept.emit(self.withdrawals))
        self.follow_button.clicked.connect(lambda: self.followed.emit(self.withdrawals))
        row.addWidget(self.keep_button)
        row.addWidget(self.follow_button)
        return row

    @property
    def _is_lifted(self) -> bool:
        """Whether keeping them means to take our own words back, which then travels."""
        return self.group.own and all(each.by for each in self.group.withdrawals)

    def _on_more(self) -> None:
        for each in self.group.withdrawals[self._shown : self._shown + AT_ONCE]:
            self._rows.addLayout(self._row(each))
        self._shown = min(len(self.group.withdrawals), self._shown + AT_ONCE)
        left = len(self.group.withdrawals) - self._shown
        self.more_button.setText(ngettext("Show %d more", "Show %d more", left) % left)
        self.more_button.setVisible(left > 0)

    def _row(self, said: Withdrawal) -> QVBoxLayout:
        row = QVBoxLayout()
        row.setSpacing(0)
        tick = QCheckBox(title_words(said.title).replace("&", "&&"))
        tick.setChecked(said.entry in self.chosen)
        tick.toggled.connect(lambda on: self._on_ticked(said.entry, on=on))
        self.boxes[said.entry] = tick
        row.addWidget(tick)
        facts = "  ·  ".join(part for part in (kind_words(said.type), moment_words(said.time_ms)) if part)
        for text, look in ((facts, "caption"), (said_words(said), "quiet"), (_again(said), "danger")):
            if text:
                label = PlainLabel(text, look, wrap=True)
                label.setContentsMargins(_INDENT, 0, 0, 0)
                row.addWidget(label)
        tick.setAccessibleDescription(said_words(said))
        return row

    def _tick(self, withdrawals: Sequence[Withdrawal]) -> None:
        self.chosen = {each.entry for each in withdrawals}
        for entry, box in self.boxes.items():
            box.setChecked(entry in self.chosen)
        self._say_chosen()

    def _on_ticked(self, entry: EntryId, *, on: bool) -> None:
        (self.chosen.add if on else self.chosen.discard)(entry)
        self._say_chosen()

    def _say_chosen(self) -> None:
        count = len(self.chosen)
        several = len(self.group.withdrawals) > 1
        self._said.setText(ngettext("%d ticked", "%d ticked", count) % count if several else "")
        for button in (self.keep_button, self.follow_button):
            button.setEnabled(bool(count))


class DeclinedCard(QWidget):
    """What was kept here all the same; it can still be taken back."""

    followed = Signal(tuple)

    def __init__(self, declined: Sequence[Withdrawal]) -> None:
        super().__init__()
        set_look(self, "clear")
        box, column = card(spacing=12)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(box)
        self.buttons = []
        for place, each in enumerate(declined[:AT_ONCE]):
            row = QHBoxLayout()
            row.setSpacing(GRID)
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(PlainLabel(title_words(each.title), "strong", wrap=True))
            facts = (kind_words(each.type), _("asked by %s") % (visible(each.sender) or _("somebody unknown")))
            words.addWidget(PlainLabel("  ·  ".join(part for part in facts if part), "caption", wrap=True))
            row.addLayout(words, 1)
            button = push_button(_("Take it back after all…"))
            button.clicked.connect(lambda _checked=False, place=place: self.followed.emit((declined[place],)))
            self.buttons.append(button)
            row.addWidget(button)
            column.addLayout(row)
        more = len(declined) - AT_ONCE
        if more > 0:
            column.addWidget(PlainLabel(ngettext("and %d more", "and %d more", more) % more, "caption"))


def _again(said: Withdrawal) -> str:
    return _("It was erased here before, and came back with a bundle or a copy.") if said.again else ""
