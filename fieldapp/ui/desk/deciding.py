"""Accounts that differ, decided one after the other: side by side, one key each, and the next one follows.

1, 2, … keep the account with that number, the arrow keys leave it for later and go back to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.records.model import TYPES
from fieldapp.records.store import RecordRow
from fieldapp.services.conflicts import Conflict
from fieldapp.services.views import Account, FieldView
from fieldapp.ui.account_words import told_words, when_words, who_words
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel, icon_button, push_button, set_look
from fieldapp.ui.theme import GRID
from fieldapp.values import EntryId, RecordId

_SIDE_BY_SIDE = 3
_MOST = 9
"""So many accounts have a key."""
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Question:
    """One field of one record of which accounts differ; without `field` it is said to be of several `types`."""

    row: RecordRow
    field: FieldView | None
    types: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[RecordId, str]:
        """What finds it again."""
        return self.row.id, self.field.key if self.field else ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Of a field of a record, this account shall stand; `told` is what it says."""

    record: RecordId
    key: str
    entry: EntryId
    told: str

    @property
    def place(self) -> tuple[RecordId, str]:
        """The question it answers."""
        return self.record, self.key


def questions_of(conflicts: Sequence[Conflict]) -> list[Question]:
    """One after the other, what a person is asked."""
    asked = [Question(each.row, field) for each in conflicts for field in each.fields if len(field.accounts) > 1]
    unclear = [Question(each.row, None, each.types) for each in conflicts if each.types]
    return asked + unclear


class Deciding(QFrame):
    """One question at a time. It can have the focus, and takes the keys of whatever in it has it."""

    decided = Signal(Decision)
    record_chosen = Signal(bytes)
    look_asked = Signal()
    """A key was pressed while this is out of sight: nothing is decided unseen."""

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._questions: list[Question] = []
        self._given: set[tuple[RecordId, str]] = set()
        self._at = 0
        self._sign = IconLabel("testimony", 20, "quiet")
        self.title = push_button("", "link")
        self.title.clicked.connect(self._on_title)
        self._field = ElidedLabel("", "quiet")
        self.place = PlainLabel("", "caption")
        self.back_button = icon_button("back", _("Back to the one before"))
        self.back_button.clicked.connect(self.go_back)
        self.next_button = push_button(_("Leave it for later"), "quiet")
        self.next_button.clicked.connect(self.go_on)
        self.columns = QGridLayout()
        self.columns.setSpacing(GRID)
        self._hint = PlainLabel("", "caption", wrap=True)
        self._arrange()

    @property
    def question(self) -> Question | None:
        """What is asked now."""
        return self._questions[self._at] if self._questions else None

    def show_questions(self, questions: Sequence[Question]) -> None:
        """Ask these; the one on show stays, if it is among them."""
        here = self.question.place if self.question else None
        self._questions = [each for each in questions if each.place not in self._given]
        places = [each.place for each in self._questions]
        self._at = places.index(here) if here in places else min(self._at, max(0, len(places) - 1))
        self._show()

    def settled(self, decision: Decision) -> None:
        """A decision was written, or could not be: what is read from now on knows of it."""
        self._given.discard(decision.place)

    def keep(self, number: int) -> None:
        """The account with this number, from 1, shall stand; the next question follows."""
        question = self.question
        if question is None or question.field is None or not 1 <= number <= len(question.field.accounts[:_MOST]):
            return
        account = question.field.accounts[number - 1]
        decision = Decision(question.row.id, question.field.key, account.entry, account.told)
        self._given.add(decision.place)
        self.show_questions(self._questions)
        self.decided.emit(decision)

    def go_on(self) -> None:
        """Leave this for later; after the last one comes the first."""
        self._go(1)

    def go_back(self) -> None:
        """The one before."""
        self._go(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if not self.takes(event):
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Arrow keys would walk through the buttons."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.takes(event):
            return True
        return super().eventFilter(watched, event)

    def takes(self, event: QKeyEvent) -> bool:
        """Whether this key decides or leads on; then that is done."""
        leads_on = event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Left)
        decides = Qt.Key.Key_1 <= event.key() <= Qt.Key.Key_9
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not (leads_on or decides):
            return False
        if not self._is_in_sight():
            self.look_asked.emit()
        elif leads_on:
            self._go(1 if event.key() == Qt.Key.Key_Right else -1)
        elif not event.isAutoRepeat():
            self.keep(event.key() - Qt.Key.Key_0)
        return True

    def _is_in_sight(self) -> bool:
        """Whether at least half of it can be seen."""
        return 2 * self.visibleRegion().boundingRect().height() >= self.height()

    def _go(self, step: int) -> None:
        if self._questions:
            self._at = (self._at + step) % len(self._questions)
            self._show()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._sign)
        head.addWidget(self.title)
        head.addWidget(self._field, 1)
        head.addWidget(self.place)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._hint, 1)
        foot.addWidget(self.back_button)
        foot.addWidget(self.next_button)
        for button in (self.title, self.back_button, self.next_button):
            button.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 12, 2 * GRID, 12)
        column.setSpacing(12)
        column.addLayout(head)
        column.addLayout(self.columns)
        column.addLayout(foot)

    def _show(self) -> None:
        focused = self.window().focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        clear(self.columns)
        question = self.question
        if question is None:
            return
        kind = TYPES.get(question.row.type)
        title = visible(question.row.title) or _("Without a title")
        self._sign.draw(question.row.type if kind else "document", "quiet")
        self.title.setText(
            self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, 48 * GRID).replace("&", "&&")
        )
        self.title.setAccessibleName(_("Open: %s") % title)
        several = len(self._questions) > 1
        self.place.setText(
            _("%(number)d of %(count)d") % {"number": self._at + 1, "count": len(self._questions)} if several else ""
        )
        self.back_button.setVisible(several)
        self.next_button.setVisible(several)
        self._say(question)
        if had_focus:
            self.setFocus()

    def _say(self, question: Question) -> None:
        field = question.field
        if field is None:
            kinds = " / ".join(_(TYPES[each].label) if each in TYPES else each for each in question.types)
            self._field.setText(_("said to be different things"))
            self._hint.setText(_("It is called: %s. Nothing is lost; ask who wrote it down.") % kinds)
            self.setAccessibleName(self._field.accessibleName())
            return
        label = _(field.field.label) if field.field else field.name
        self._field.setText(label)
        self._hint.setText(
            _("The others stay in the history. A number keeps one, the arrow keys lead on, Ctrl+Z goes back.")
        )
        accounts = field.accounts[:_MOST]
        across = min(len(accounts), _SIDE_BY_SIDE)
        for number, account in enumerate(accounts):
            self.columns.addWidget(self._account(number + 1, account), number // across, number % across)
        for column in range(_SIDE_BY_SIDE):
            self.columns.setColumnStretch(column, 1 if column < across else 0)
        spoken = "; ".join(f"{number}: {told_words(each, _LONGEST)}" for number, each in enumerate(accounts, 1))
        self.setAccessibleName(f"{label}. {spoken}")

    def _account(self, number: int, account: Account) -> QFrame:
        box = QFrame()
        set_look(box, "word")
        key = PlainLabel(str(number), "role")
        value = PlainLabel(told_words(account, _LONGEST), "strong", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(key, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(value, 1)
        column = QVBoxLayout(box)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        column.addLayout(head)
        source = _("source: %s") % account.source if account.source else ""
        for text in (who_words(account), when_words(account), source, account.note):
            if text:
                column.addWidget(PlainLabel(text, "caption", wrap=True))
        column.addStretch(1)
        button = push_button(_("Keep this one"))
        button.setAccessibleDescription(account.told)
        button.clicked.connect(lambda: self.keep(number))
        button.installEventFilter(self)
        column.addWidget(button)
        return box

    def _on_title(self) -> None:
        if self.question is not None:
            self.record_chosen.emit(self.question.row.id)
