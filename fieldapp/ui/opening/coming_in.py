"""Ways in without the passphrase: words that open the vault, who is coming in where several write, a new passphrase.

What was typed stays in its fields until the vault is open: twelve words are long to hear and to type, and one of them
may have to be mended.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton

from fieldapp.errors import (
    FieldAppError,
    PassphraseTakenError,
    PassphraseTextError,
    PassphraseTooShortError,
    WriterUnclearError,
)
from fieldapp.i18n import _
from fieldapp.jobs import Ends, Job, Lane
from fieldapp.media.probe import visible
from fieldapp.ui.opening.doors import Doors, Open
from fieldapp.ui.opening.steps import PassphraseStep, Step
from fieldapp.ui.opening.walk import Walk
from fieldapp.ui.spoken_words import WordsField
from fieldapp.ui.words import words_of
from fieldapp.values import Progress

_PER_MILLE = 1000


class WordsStep(Step):
    """Twelve words, which must fit together before anybody goes on."""

    def __init__(self, heading: str, text: str, label: str) -> None:
        super().__init__()
        self.heading, self.text = heading, text
        self.field = WordsField(label)
        self.field.edited.connect(self.changed)
        self.field.submitted.connect(self.submitted)
        self.column.addWidget(self.field)
        self.setFocusProxy(self.field)

    def is_complete(self) -> bool:
        return self.field.is_whole


class WhoStep(Step):
    """Which of those who write here is coming in: only their passphrase becomes another."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.heading = _("Who are you?")
        self.text = _("Several people write in this vault. Only your own passphrase becomes the new one.")
        self._group = QButtonGroup(self)
        self.buttons = {name: QRadioButton(visible(name).replace("&", "&&")) for name in names}
        for button in self.buttons.values():
            button.toggled.connect(self.changed)
            self._group.addButton(button)
            self.column.addWidget(button)
        self.setFocusProxy(next(iter(self.buttons.values())))

    @property
    def chosen(self) -> str | None:
        """The name of who is coming in."""
        return next((name for name, button in self.buttons.items() if button.isChecked()), None)

    def is_complete(self) -> bool:
        return self.chosen is not None


class ComingInScreen(Walk):
    """Walks through the steps, and opens the vault after the last."""

    unlocked = Signal(object)
    refused = Signal()
    """It did not open; the screen says why, and everything typed is still there."""
    can_stop = False
    """Whether the work tells its progress, and stops when asked."""

    def __init__(
        self, folder: Path, doors: Doors, lane: Lane, steps: Sequence[WordsStep], *, at_work: str = "", after: str = ""
    ) -> None:
        """`after` says what the new passphrase opens then."""
        super().__init__(at_work or _("Unlocking…"), icon="lock")
        self._folder, self._doors, self._lane = folder, doors, lane
        self.words = list(steps)
        self.passphrase = PassphraseStep()
        self.passphrase.text = (after or _("The passphrase of before stops working.")) + " " + self.passphrase.text
        self.who: WhoStep | None = None
        self._job: Job[Open] | None = None
        for step in (*self.words, self.passphrase):
            self._add(step)
        self._go(0)

    def stop(self) -> bool:
        if self._job is not None and self.can_stop:
            self._job.cancel()
        return self._job is None or not self.can_stop

    @abstractmethod
    def _open(self, words: Sequence[str], passphrase: str, writer: str | None, progress: Progress) -> Open:
        """Open the vault, in its lane."""

    def _last_words(self) -> str:
        """What the last button does."""
        return _("Open the vault")

    def _go(self, place: int, notice: str = "") -> None:
        self._show_step(place)
        steps = self._steps.count()
        self._say_count(steps)
        self.next_button.setText(self._last_words() if place == steps - 1 else _("Next"))
        self.notice.say(notice)

    def _on_back(self) -> None:
        place = self._steps.currentIndex()
        if self._job is not None:
            self._job.cancel()
        elif place:
            self._go(place - 1)
        else:
            self._forget()
            self.left.emit()

    def _on_next(self) -> None:
        place = self._steps.currentIndex()
        if not self.next_button.isEnabled():
            return
        if place < self._steps.count() - 1:
            self._go(place + 1)
            return
        words = [step.field.peek() for step in self.words]
        passphrase = self.passphrase.first.box.peek()
        writer = self.who.chosen if self.who is not None else None
        self._set_busy(True)
        self._job = self._lane.start(
            lambda progress: self._open(words, passphrase, writer, progress),
            Ends(self._on_unlocked, self._on_failed, self._on_stopped, self._on_progress),
        )

    def _on_progress(self, done: int, total: int) -> None:
        self._busy.setRange(0, _PER_MILLE)
        self._busy.setValue(_PER_MILLE * done // max(total, 1))

    def _on_stopped(self) -> None:
        self._set_busy(False)
        self._go(self._steps.currentIndex(), _("Stopped, as you asked. Nothing was made, and nothing was changed."))
        self.refused.emit()

    def _on_unlocked(self, archive: Open) -> None:
        self._forget()
        self.unlocked.emit(archive)

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        if isinstance(error, WriterUnclearError) and self.who is None:
            self.who = WhoStep(error.known)
            self._add(self.who)
            self._go(self._steps.count() - 1)
        else:
            self._go(self._place_of(error), words_of(error).text)
        self.refused.emit()

    def _place_of(self, error: FieldAppError) -> int:
        """Where that can be mended."""
        about_new = (PassphraseTakenError, PassphraseTextError, PassphraseTooShortError)
        return len(self.words) if isinstance(error, about_new) else 0

    def _forget(self) -> None:
        for field in (*(step.field for step in self.words), self.passphrase.first, self.passphrase.second):
            field.clear()

    def _set_busy(self, busy: bool) -> None:
        self._busy.setVisible(busy)
        self._busy.setRange(0, 0)
        self._steps.setEnabled(not busy)
        self.back_button.setEnabled(not busy or self.can_stop)
        self.back_button.setText(_("Stop") if busy and self.can_stop else _("Back"))
        if busy:
            self.notice.hide()
        else:
            self._job = None
        self._on_changed()
