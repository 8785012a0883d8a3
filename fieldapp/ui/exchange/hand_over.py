"""Handing over, in three steps: to whom, what, and a last look before it is sealed into a file."""

from __future__ import annotations

import secrets
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import Job
from fieldapp.services import handover, trust
from fieldapp.services.archive import Changed
from fieldapp.services.handover import Handover
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.choosing import Choosing
from fieldapp.ui.exchange.going import Choice, Going, going
from fieldapp.ui.exchange.last_look import LastLook
from fieldapp.ui.exchange.recipients import Recipients
from fieldapp.ui.exchange.sealing import Sealing
from fieldapp.ui.exchange.step_line import StepLine
from fieldapp.ui.exchange.summary import CodesTick, GoesAlong
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
    """The three steps, and what came of them."""

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
        self.steps = StepLine([_("To whom"), _("What"), _("Last look")])
        self.recipients, self.choosing = Recipients(), Choosing(session)
        self.codes, self.along, self.look = CodesTick(), GoesAlong(), LastLook()
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self._what = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._pages: tuple[QWidget, ...] = ()
        self._step = WHO
        self.back_button = push_button(_("Back"), "link", icon_name="back")
        self.next_button = push_button(_("Next"), "main")
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
        return Choice(self.choosing.records, self.codes.chosen)

    def refresh(self) -> None:
        """Read who is trusted, what there is, and what has not been handed over yet."""
        self._session.ask(self, trust.peers, self._on_peers)
        self._session.ask(self, handover.pending, self._on_pending)
        self.choosing.refresh()

    def go(self, step: int) -> None:
        """Show a step."""
        self._step = step
        for place, page in enumerate(self._pages):
            page.setVisible(place == step)
        self.steps.show_step(step)
        self.notice.hide()
        if step == WHAT:
            self._reckon()
        elif step == LOOK:
            self._look()
        self._show_buttons()

    def seal(self, path: Path) -> None:
        """Seal what was looked at into this new file."""
        if self.look.going is None:
            return
        sealing = Sealing(self._session, self)
        self._sealing = sealing
        sealing.progressed.connect(self.look.show_progress)
        sealing.sealed.connect(lambda made: self._on_sealed(made, path))
        sealing.failed.connect(self._on_failed)
        sealing.cancelled.connect(self._on_cancelled)
        self.look.show_progress(0.0)
        self.notice.hide()
        self._show_buttons()
        sealing.start(self.recipients.chosen, self.look.going.selection, path)

    def stop(self) -> None:
        """Stop sealing."""
        if self._sealing is not None:
            self._sealing.cancel()

    def start_over(self) -> None:
        """Back to the first step, with nothing ticked for another bundle."""
        self.codes.reset()
        self.choosing.model.tick(tuple(self.choosing.model.ticked), on=False)
        self.choosing.all_button.setChecked(True)
        self.look.reset()
        self.refresh()
        self.go(WHO)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is room, what goes stands beside the ticks."""
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        wide = self.viewport().width() >= _WIDE
        self._what.setDirection(directions.LeftToRight if wide else directions.TopToBottom)

    def _build(self) -> None:
        self.column.addWidget(self.steps)
        what = QWidget()
        set_look(what, "clear")
        what.setLayout(self._what)
        self._what.setContentsMargins(0, 0, 0, 0)
        self._what.setSpacing(2 * GRID)
        beside = QVBoxLayout()
        beside.setSpacing(2 * GRID)
        beside.addWidget(self.along)
        beside.addWidget(self.codes)
        beside.addStretch(1)
        self._what.addWidget(self.choosing, 3)
        self._what.addLayout(beside, 2)
        self._pages = (self.recipients, what, self.look)
        for page in self._pages:
            self.column.addWidget(page)
        self.column.addWidget(self.notice)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.stop_button)
        row.addWidget(self.next_button)
        self.column.addLayout(row)
        self.column.addStretch(1)

    def _connect(self) -> None:
        self.recipients.changed.connect(self._show_buttons)
        self.recipients.add_asked.connect(self.add_asked)
        self.choosing.changed.connect(self._reckon)
        self.codes.changed.connect(self._reckon)
        self.along.more_ticked.connect(self._on_more)
        self.look.again_asked.connect(self.start_over)
        self.back_button.clicked.connect(self._on_back)
        self.next_button.clicked.connect(self._on_next)
        self.stop_button.clicked.connect(self.stop)

    def _show_buttons(self) -> None:
        step, busy, done = self.step, self._sealing is not None, self.look.is_done
        ready = (bool(self.recipients.chosen), self.choice.records != (), self.look.going is not None)
        self.back_button.setVisible(step != WHO and not busy and not done)
        self.next_button.setVisible(not busy and not done)
        self.next_button.setText(_("Seal into a file…") if step == LOOK else _("Next"))
        self.next_button.setEnabled(ready[step])
        self.stop_button.setVisible(busy)

    def _on_back(self) -> None:
        self.go(self.step - 1)

    def _on_next(self) -> None:
        if self.step != LOOK:
            self.go(self.step + 1)
            return
        proposed = Path.home() / f"{secrets.token_hex(4)}.{SUFFIX}"
        choose_new_file(self, _("Where shall the bundle be?"), proposed, self.seal, suffix=SUFFIX)

    def _reckon(self) -> None:
        """What goes with the ticks; while one answer is on its way, only the last question is kept."""
        self._show_buttons()
        if self.choice.records == ():
            self.along.show_going(None)
            self.reckoned.emit()
        elif self._reckoning is not None and not self._reckoning.ended:
            self._again = True
        else:
            choice = self.choice
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
        self.along.show_going(found)
        self.reckoned.emit()

    def _look(self) -> None:
        choice, recipients = self.choice, self.recipients.chosen
        self.look.reset()
        self._session.write(
            self,
            lambda archive: going(archive, choice),
            lambda told: self._on_looked(recipients, told[0]),
            self._on_failed,
        )

    def _on_looked(self, recipients: tuple[Peer, ...], found: Going) -> None:
        self.look.show_going(recipients, found)
        self._show_buttons()
        self.reckoned.emit()

    def _on_more(self, records: tuple[RecordId, ...]) -> None:
        self.choosing.model.tick(records)

    def _on_peers(self, peers: list[Peer]) -> None:
        self.recipients.show_peers(peers)

    def _on_pending(self, count: int) -> None:
        words = ngettext(
            "%d record has changed since the last bundle was made here.",
            "%d records have changed since the last bundle was made here.",
            count,
        )
        self.text.setText(words % count if count else _("Nothing has changed since the last bundle was made here."))
        self.text.show()

    def _on_sealed(self, made: Handover, path: Path) -> None:
        self._sealing = None
        self.look.show_result(made, path)
        self.codes.reset()
        self._end()
        self._session.ask(self, handover.pending, self._on_pending)

    def _on_failed(self, error: FieldAppError) -> None:
        self._sealing = None
        self.look.show_ready()
        self.notice.say(words_of(error).text)
        self._end()

    def _on_cancelled(self) -> None:
        self._sealing = None
        self.look.show_ready()
        self.notice.say(_("Stopped, as you asked. No file was left behind."))
        self._end()

    def _end(self) -> None:
        self._show_buttons()
        self.ended.emit()
