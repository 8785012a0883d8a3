"""Asking somebody to find something out about a person: to whom, what, until when, and when it leaves their device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QPlainTextEdit, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services import tasks, trust
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.tasks import Slip
from fieldapp.services.trust import Peer, Role
from fieldapp.ui.erasing.day_line import DayLine
from fieldapp.ui.locking.half_sheet import HalfSheet, TypedIn
from fieldapp.ui.plain import ElidedLabel, Notice, PlainLabel, Sheet
from fieldapp.ui.records.safety import Level
from fieldapp.ui.session import Session
from fieldapp.ui.tasks.reading import Reach, read_reach
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId

TASK = "task"
"""What a half-finished sheet of this kind is called."""

_USUAL_DAYS = 30
_QUESTIONS_HEIGHT = 12 * GRID


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom one could ask, and how the person is reached."""

    peers: tuple[Peer, ...]
    reach: Reach


@dataclass(frozen=True, slots=True)
class Made:
    """A task that was made, for somebody."""

    slip: Slip
    peer: Peer


class SendTaskSheet(Sheet):
    """`made`, or nothing was written."""

    made = Signal(Made)
    loaded = Signal()

    def __init__(
        self, session: Session, person: RecordId, name: str, parent: QWidget | None, today: date | None = None
    ) -> None:
        super().__init__(_("Send a task"), parent, width=84 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._person = session, person
        self._peers: tuple[Peer, ...] = ()
        self.body.addWidget(ElidedLabel(_("About %s") % (visible(name) or _("somebody unknown")), "strong"))
        self.to = QComboBox()
        self.questions = QPlainTextEdit()
        self.questions.setTabChangesFocus(True)
        self.questions.setFixedHeight(_QUESTIONS_HEIGHT)
        self.questions.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        self.due = DayLine(_("Until when, if there is a day"))
        self.expires = DayLine(_("After which day it leaves their device"), needed=True)
        self.expires.show_day((today or date.today()) + timedelta(days=_USUAL_DAYS))  # noqa: DTZ011 - a day as the person sees it
        self._build()
        self.reach = Notice(icon="phone")
        self.body.addWidget(self.reach)
        self._goes = self.add_words(
            _("The slip, this person as known here and how they are reached go along, and nothing else."), "quiet"
        )
        self._goes.setMaximumWidth(16777215)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.add_button(_("Cancel")).clicked.connect(self.reject)
        self.next_button = self.add_button(_("Next: hand it over"), main=True)
        self.next_button.clicked.connect(self._on_next)
        self.questions.textChanged.connect(self._on_edited)
        self.to.currentIndexChanged.connect(self._on_edited)
        for line in (self.due, self.expires):
            line.edited.connect(self._on_edited)
        self._on_edited()
        session.ask(self, self._read, self._show, self._on_failed)

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        grid.addLayout(_named(_("To whom"), self.to), 0, 0, 1, 2)
        grid.addLayout(_named(_("What shall they find out?"), self.questions), 1, 0, 1, 2)
        grid.addLayout(_named(_("Until when, if there is a day"), self.due), 2, 0)
        grid.addLayout(_named(_("After which day it leaves their device"), self.expires), 2, 1)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        self.body.addLayout(grid)

    def _read(self, archive: Archive) -> Asking:
        return Asking(tuple(trust.peers(archive)), read_reach(archive, self._person))

    def _show(self, asking: Asking) -> None:
        self._peers = tuple(sorted(asking.peers, key=lambda peer: (peer.role is not Role.FIELD, peer.name.casefold())))
        self.to.clear()
        for peer in self._peers:
            device = visible(peer.card.device)
            self.to.addItem(visible(peer.name) + (f" ({device})" if device else ""), peer.fingerprint.hex())
        self.reach.wear("notice" if asking.reach.safety.level is Level.KNOWN else "alarm")
        self.reach.say(asking.reach.safety.text)
        if not self._peers:
            self.notice.say(_("You trust nobody yet. Add the card of somebody first, under “Exchange”."))
        self._on_edited()
        self.questions.setFocus()
        fields: dict[str, TypedIn] = {
            "to": self.to,
            "questions": self.questions,
            "due": self.due.line,
            "expires": self.expires.line,
        }
        HalfSheet(self._session, self, TASK, self._person, fields)  # now that all are there whom it can be for
        self.loaded.emit()

    def _on_edited(self, _what: object = None) -> None:
        asked = bool(self.questions.toPlainText().strip())
        is_for_somebody = 0 <= self.to.currentIndex() < len(self._peers)
        self.next_button.setEnabled(is_for_somebody and asked and self.due.is_fine and self.expires.is_fine)

    def _on_next(self) -> None:
        peer, person = self._peers[self.to.currentIndex()], self._person
        questions, expires, due = self.questions.toPlainText(), self.expires.text, self.due.text
        self.next_button.setEnabled(False)

        def work(archive: Archive) -> tuple[Slip, Changed]:
            slip = tasks.slip(archive, peer, person, questions, expires=expires, due=due)
            return slip, slip.changed

        self._session.write(self, work, lambda found: self._on_made(Made(found[0], peer)), self._on_failed)

    def _on_made(self, made: Made) -> None:
        self.made.emit(made)
        self.accept()

    def _on_failed(self, error: FieldAppError) -> None:
        self._on_edited()
        self.notice.say(words_of(error).text)


def _named(name: str, widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(PlainLabel(name, "strong", wrap=True))
    column.addWidget(widget)
    column.addStretch(1)
    widget.setAccessibleName(name)
    return column
