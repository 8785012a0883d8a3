"""Making a vault: place, names, the way back in, passphrase, the recovery phrase shown and asked back, and to work."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Ends, Lane
from fieldapp.ui.opening.doors import Doors, NewVault, Open
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
from fieldapp.ui.opening.walk import Walk
from fieldapp.ui.words import words_of

_STEPS = 6
_STEPS_WITHOUT_PAPER = 5


class CreateScreen(Walk):
    """Walks through the steps. The vault is made after the passphrase; then come two about the paper, or one without.

    What was made is told only after them. Who goes back from the first step has made nothing.
    """

    created = Signal(object)

    def __init__(self, doors: Doors, lane: Lane, home: Path) -> None:
        super().__init__(_("Making the vault…"))
        self._doors, self._lane = doors, lane
        self._archive: Open = None
        self.place, self.names, self.help = PlaceStep(home), NamesStep(), HelpStep()
        self.help.people.toggled.connect(self._on_help_chosen)
        self.passphrase = PassphraseStep()
        for step in (self.place, self.names, self.help, self.passphrase):
            self._add(step)
        self._go(0)

    def _go(self, place: int) -> None:
        self._show_step(place)
        self._on_help_chosen()
        is_told = isinstance(self.step, PhraseStep | NobodyYetStep)
        self.back_button.setVisible(not is_told)
        self.next_button.setText(_next_words(self.step))
        self.notice.hide()
        if is_told:
            self.next_button.setFocus()

    def _on_help_chosen(self) -> None:
        self._say_count(_STEPS_WITHOUT_PAPER if self.help.people.isChecked() else _STEPS)

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
            self._forget()
            self.created.emit(self._archive)
        else:
            self._go(self._steps.currentIndex() + 1)

    def _forget(self) -> None:
        if isinstance(self.step, AskBackStep):
            self.step.forget()

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
        self.notice.say(words_of(error).text)

    def _set_busy(self, busy: bool) -> None:
        self._busy.setVisible(busy)
        for part in (self.back_button, self._steps):
            part.setEnabled(not busy)
        self._on_changed()


def _next_words(step: Step) -> str:
    if isinstance(step, PhraseStep):
        return _("I have written them down")
    return _("I understand: begin") if isinstance(step, NobodyYetStep) else _("Next")
