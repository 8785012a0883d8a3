"""Making a vault: place, names, the way back in, passphrase, the recovery phrase shown and asked back, and to work."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QStackedWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Ends, Lane
from fieldapp.ui.opening.doors import Doors, NewVault, Open
from fieldapp.ui.opening.page import Page
from fieldapp.ui.opening.steps import (
    AskBackStep,
    HelpStep,
    NamesStep,
    NobodyYetStep,
    PassphraseStep,
    PhraseStep,
    PlaceStep,
    Step,
)
from fieldapp.ui.plain import Notice, PlainLabel, push_button
from fieldapp.ui.words import words_of

_STEPS = 6
_STEPS_WITHOUT_PAPER = 5


class CreateScreen(Page):
    """Walks through the steps. The vault is made after the passphrase; then come two about the paper, or one without.

    What was made is told only after them.
    """

    created = Signal(object)
    left = Signal()
    """The person went back from the first step; nothing was made."""

    def __init__(self, doors: Doors, lane: Lane, home: Path) -> None:
        super().__init__(" ")
        self._doors, self._lane = doors, lane
        self._archive: Open = None
        self._count = PlainLabel("", "caption")
        self.column.insertWidget(0, self._count)
        self._text = PlainLabel("", "quiet", wrap=True)
        self.column.addWidget(self._text)
        self.place, self.names, self.help = PlaceStep(home), NamesStep(), HelpStep()
        self.help.people.toggled.connect(self._say_count)
        self.passphrase = PassphraseStep()
        self._steps = QStackedWidget()
        self.column.addWidget(self._steps)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName(_("Making the vault…"))
        self._busy.hide()
        self.column.addWidget(self._busy)
        row = self.foot()
        self.back_button = push_button(_("Back"), "link", icon_name="back")
        self.back_button.clicked.connect(self._on_back)
        self.next_button = push_button(_("Next"), "main")
        self.next_button.clicked.connect(self._on_next)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.next_button)
        for step in (self.place, self.names, self.help, self.passphrase):
            self._add(step)
        self._go(0)

    @property
    def step(self) -> Step:
        """The step that is shown."""
        step = self._steps.currentWidget()
        assert isinstance(step, Step)
        return step

    def _add(self, step: Step) -> None:
        step.changed.connect(self._on_changed)
        step.submitted.connect(self._on_next)
        step.column.addStretch(1)
        self._steps.addWidget(step)

    def _go(self, place: int) -> None:
        self._steps.setCurrentIndex(place)
        self._say_count()
        self.heading.setText(self.step.heading)
        self._text.setText(self.step.text)
        is_told = isinstance(self.step, PhraseStep | NobodyYetStep)
        self.back_button.setVisible(not is_told)
        self.next_button.setText(_next_words(self.step))
        self.notice.hide()
        self._on_changed()
        self.setFocusProxy(self.step)
        (self.next_button if is_told else self.step).setFocus()

    def _say_count(self) -> None:
        steps = _STEPS_WITHOUT_PAPER if self.help.people.isChecked() else _STEPS
        words = _("Step %(step)d of %(steps)d")
        self._count.setText(words % {"step": self._steps.currentIndex() + 1, "steps": steps})

    def _on_changed(self) -> None:
        self.next_button.setEnabled(self.step.is_complete())

    def _on_back(self) -> None:
        place = self._steps.currentIndex()
        if place:
            self._go(place - 1)
        else:
            self.left.emit()

    def _on_next(self) -> None:
        if not self.next_button.isEnabled():
            return
        refusal = self.step.refusal()
        if refusal:
            self.notice.say(refusal)
        elif self.step is self.passphrase:
            self._make()
        elif isinstance(self.step, AskBackStep | NobodyYetStep):
            self.created.emit(self._archive)
        else:
            self._go(self._steps.currentIndex() + 1)

    def _make(self) -> None:
        self._set_busy(True)
        names = self.names
        person, device = (each.text().strip() for each in (names.person, names.device))
        paper = self.help.paper.isChecked()
        new = NewVault(self.place.folder, person, device, names.purpose.keeps_for_others, paper)
        passphrase = self.passphrase.take()
        self._lane.start(lambda _progress: self._doors.create(new, passphrase), Ends(self._on_made, self._on_failed))

    def _on_made(self, made: tuple[Open, str]) -> None:
        self._set_busy(False)
        self._archive, phrase = made
        told: list[Step] = [PhraseStep(phrase), AskBackStep(phrase)] if phrase else [NobodyYetStep()]
        for step in told:
            self._add(step)
        self._go(self._steps.count() - len(told))

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        self._on_changed()
        self.notice.say(words_of(error).text)

    def _set_busy(self, busy: bool) -> None:
        self._busy.setVisible(busy)
        for part in (self.next_button, self.back_button, self._steps):
            part.setEnabled(not busy)


def _next_words(step: Step) -> str:
    if isinstance(step, PhraseStep):
        return _("I have written them down")
    return _("I understand: begin") if isinstance(step, NobodyYetStep) else _("Next")
