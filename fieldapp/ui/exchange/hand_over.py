"""Handing over: who gets it, what is new for them, and one button. Whoever wants to choose goes two steps further."""

from __future__ import annotations

import secrets
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Job
from fieldapp.services import trust
from fieldapp.services.archive import Changed
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.choosing import Choosing
from fieldapp.ui.exchange.extras import Extras
from fieldapp.ui.exchange.going import Choice, Going, News, going, news
from fieldapp.ui.exchange.last_look import LastLook
from fieldapp.ui.exchange.recipients import Recipients
from fieldapp.ui.exchange.sealing import Sealed, Sealing
from fieldapp.ui.exchange.step_line import StepLine
from fieldapp.ui.exchange.summary import GoesAlong
from fieldapp.ui.file_dialogs import choose_new_file
from fieldapp.ui.parts import Part
from fieldapp.ui.plain import Notice, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId

WHO, WHAT, LOOK = range(3)
SUFFIX = "bin"
_WIDE = 100 * GRID


class HandOverPart(Part):
    """The steps, and what came of them. On the first, all that is new for the ticked people can be sealed at once."""

    add_asked = Signal()
    reckoned = Signal()
    """What goes with the present choice is on the screen."""
    ended = Signal()
    """A bundle was sealed, refused or cancelled, and the screen says so."""

    def __init__(self, session: Session) -> None:
        super().__init__(_("Hand over"), width=116 * GRID)
        self._session = session
        self._reckoning: Job[tuple[Going, Changed]] | None = None
        self._again = False
        self._sealing: Sealing | None = None
        self._going: Going | None = None
        self._asked_news: list[Peer] = []
        self.steps = StepLine([_("To whom"), _("What"), _("Last look")])
        self.recipients, self.choosing = Recipients(), Choosing(session)
        self.extras, self.look = Extras(session), LastLook()
        self.quick, self.along = GoesAlong(), GoesAlong()
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self._what = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._pages: tuple[QWidget, ...] = ()
        self._step = WHO
        self.back_button = push_button(_("Back"), "link", icon_name="back")
        self.more_button = push_button(_("Choose what goes…"))
        self.next_button = push_button(_("Next"), "main")
        self.seal_button = push_button(_("Seal into a file…"), "main")
        self.stop_button = push_button(_("Stop"))
        self._build()
        self._connect()
        self.go(WHO)

    @property
    def step(self) -> int:
        """Which step is shown."""
        return self._step

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        return Choice(
            to=self.recipients.chosen,
            records=self.choosing.records,
            basis=self.choosing.basis,
            codes=self.extras.codes.chosen,
            contact=self.extras.contact.chosen,
            withhold=self.extras.withheld,
        )

    def refresh(self) -> None:
        """Read who is trusted, and what is new for each of them; what was reckoned before holds no more."""
        self._going = None
        self._show_buttons()
        self._session.ask(self, trust.peers, self._on_peers)
        if self.step == WHAT:
            self.choosing.refresh()

    def go(self, step: int) -> None:
        """Show a step."""
        self._step = step
        for place, page in enumerate(self._pages):
            page.setVisible(place == step)
        self.steps.setVisible(step != WHO)
        self.steps.show_step(step)
        self.notice.hide()
        if step == WHAT:
            self.choosing.refresh()
        if step == LOOK:
            self.look.reset()
        self._reckon()

    def seal(self, path: Path) -> None:
        """Seal what was shown into this new file, or into parts in this folder."""
        found = self._going
        if found is None or self._sealing is not None:
            return
        sealing = Sealing(self._session, self)
        self._sealing = sealing
        sealing.progressed.connect(self.look.show_progress)
        sealing.sealed.connect(self._on_sealed)
        sealing.failed.connect(self._on_failed)
        sealing.cancelled.connect(self._on_cancelled)
        self._show_look(found)
        self.look.show_progress(0.0)
        sealing.start(found.choice.to, found.selection, path, part_bytes=self.extras.part_bytes)

    def stop(self) -> None:
        """Stop sealing."""
        if self._sealing is not None:
            self._sealing.cancel()

    def start_over(self) -> None:
        """Back to the first step, with nothing ticked for another bundle."""
        self.extras.reset()
        self.choosing.reset()
        self.look.reset()
        self.refresh()
        self.go(WHO)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is room, what goes stands beside the choices."""
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        wide = self.viewport().width() >= _WIDE
        self._what.setDirection(directions.LeftToRight if wide else directions.TopToBottom)

    def _build(self) -> None:
        self.column.addWidget(self.steps)
        who, what = QWidget(), QWidget()
        for page in (who, what):
            set_look(page, "clear")
        first = QVBoxLayout(who)
        first.setContentsMargins(0, 0, 0, 0)
        first.setSpacing(2 * GRID)
        first.addWidget(self.recipients)
        first.addWidget(self.quick)
        what.setLayout(self._what)
        self._what.setContentsMargins(0, 0, 0, 0)
        self._what.setSpacing(2 * GRID)
        choices = QVBoxLayout()
        choices.setSpacing(2 * GRID)
        choices.addWidget(self.choosing)
        choices.addWidget(self.extras)
        choices.addStretch(1)
        beside = QVBoxLayout()
        beside.addWidget(self.along)
        beside.addStretch(1)
        self._what.addLayout(choices, 3)
        self._what.addLayout(beside, 2)
        self._pages = (who, what, self.look)
        for page in self._pages:
            self.column.addWidget(page)
        self.column.addWidget(self.notice)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.back_button)
        row.addStretch(1)
        for button in (self.more_button, self.stop_button, self.next_button, self.seal_button):
            row.addWidget(button)
        self.column.addLayout(row)
        self.column.addStretch(1)

    def _connect(self) -> None:
        self.recipients.changed.connect(self._on_recipients)
        self.recipients.add_asked.connect(self.add_asked)
        self.choosing.changed.connect(self._reckon)
        self.extras.changed.connect(self._reckon)
        self.along.more_ticked.connect(self._on_more)
        self.look.again_asked.connect(self.start_over)
        self.back_button.clicked.connect(self._on_back)
        self.more_button.clicked.connect(lambda: self.go(WHAT))
        self.next_button.clicked.connect(lambda: self.go(LOOK))
        self.seal_button.clicked.connect(self._on_seal)
        self.stop_button.clicked.connect(self.stop)

    def _show_buttons(self) -> None:
        step, busy, done = self.step, self._sealing is not None, self.look.is_done
        idle, chosen = not busy and not done, bool(self.recipients.chosen)
        self.back_button.setVisible(step != WHO and idle)
        self.more_button.setVisible(step == WHO and idle and bool(self.recipients.peers))
        self.more_button.setEnabled(chosen)
        self.next_button.setVisible(step == WHAT and idle)
        self.next_button.setEnabled(chosen and self.choice.records != ())
        self.seal_button.setVisible(step != WHAT and idle and bool(self.recipients.peers))
        self.seal_button.setText(_("Seal into a file…") if self.extras.part_bytes is None else _("Seal into parts…"))
        self.seal_button.setEnabled(self._going is not None)
        self.stop_button.setVisible(busy)
        self.quick.setVisible(chosen)

    def _on_back(self) -> None:
        self.go(self.step - 1)

    def _on_seal(self) -> None:
        name = secrets.token_hex(4)
        if self.extras.part_bytes is None:
            proposed = Path.home() / f"{name}.{SUFFIX}"
            choose_new_file(self, _("Where shall the bundle be?"), proposed, self.seal, suffix=SUFFIX)
        else:
            choose_new_file(self, _("Which new folder shall hold the parts?"), Path.home() / name, self.seal)

    def _reckon(self) -> None:
        """What goes with the choice; while one answer is on its way, only the last question is kept."""
        choice = self.choice
        self._going = None
        self._show_buttons()
        if self._sealing is not None or self.look.is_done:
            return
        if not choice.to or choice.records == ():
            self.along.show_going(None)
            self.reckoned.emit()
        elif self._reckoning is not None and not self._reckoning.ended:
            self._again = True
        else:
            self._reckoning = self._session.write(
                self, lambda archive: going(archive, choice), self._on_reckoned, self._on_failed
            )

    def _on_reckoned(self, told: tuple[Going, Changed]) -> None:
        found = told[0]
        again, self._again = self._again, False
        self._reckoning = None
        if again or found.choice != self.choice:
            self._reckon()
            return
        self._going = found
        self.along.show_going(found)
        self.quick.show_going(found)
        if self.step == LOOK and not self.look.is_done:
            self.look.show_going(found.choice.to, found)
        self._show_buttons()
        self.reckoned.emit()

    def _show_look(self, found: Going) -> None:
        """The last look, whichever step the button was pressed on."""
        self._step = LOOK
        for place, page in enumerate(self._pages):
            page.setVisible(place == LOOK)
        self.look.show_going(found.choice.to, found)
        self.notice.hide()
        self._show_buttons()

    def _on_recipients(self) -> None:
        self.extras.show_recipients(self.recipients.chosen)
        self._reckon()

    def _on_more(self, records: tuple[RecordId, ...]) -> None:
        self.choosing.model.tick(records)

    def _on_peers(self, peers: list[Peer]) -> None:
        self.recipients.show_peers(peers)
        waiting, self._asked_news = self._asked_news, list(peers)
        if not waiting:
            self._ask_news()

    def _ask_news(self) -> None:
        """One after the other, and only while somebody looks: with many people it takes a while."""
        if self._asked_news and self.isVisible():
            peer = self._asked_news.pop(0)
            self._session.write(self, lambda archive: news(archive, peer), self._on_news, self._on_no_news)
        else:
            self._asked_news = []

    def _on_news(self, told: tuple[News, Changed]) -> None:
        self.recipients.say_news(told[0])
        self._ask_news()

    def _on_no_news(self, _error: FieldAppError) -> None:
        self._ask_news()

    def _on_sealed(self, sealed: Sealed) -> None:
        self._sealing = None
        self.look.show_result(sealed)
        self.extras.reset()
        self._end()

    def _on_failed(self, error: FieldAppError) -> None:
        self._stay(words_of(error).text)

    def _on_cancelled(self) -> None:
        self._stay(_("Stopped, as you asked. No file was left behind."))

    def _stay(self, words: str) -> None:
        """Nothing was made, and it can be tried again."""
        was_sealing, self._sealing = self._sealing is not None, None
        self.look.show_ready()
        self.notice.say(words)
        if was_sealing and self._going is None:  # something changed meanwhile
            self._reckon()
        self._end()

    def _end(self) -> None:
        self._show_buttons()
        self.ended.emit()
