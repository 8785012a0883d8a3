"""Ways in without the passphrase: words that open the vault, who is coming in where several write, a new passphrase.

What was typed stays in its fields until the vault is open: twelve words are long to hear and to type, and one of them
may have to be mended.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QProgressBar, QRadioButton, QStackedWidget

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
from fieldapp.ui.opening.page import Page
from fieldapp.ui.opening.steps import PassphraseStep, Step
from fieldapp.ui.plain import Notice, PlainLabel, push_button
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


class ComingInScreen(Page):
    """Walks through the steps, and opens the vault after the last."""

    unlocked = Signal(object)
    left = Signal()
    refused = Signal()
    """It did not open; the screen says why, and everything typed is still there."""
    can_stop = False
    """Whether the work tells its progress, and stops when asked."""

    def __init__(self, folder: Path, doors: Doors, lane: Lane, steps: Sequence[WordsStep]) -> None:
        super().__init__(" ", icon="lock")
        self._folder, self._doors, self._lane = folder, doors, lane
        self._count = PlainLabel("", "caption")
        self.column.insertWidget(1, self._count)
        self._text = PlainLabel("", "quiet", wrap=True)
        self.column.addWidget(self._text)
        self.words = list(steps)
        self.passphrase = PassphraseStep()
        self.passphrase.text = _("The passphrase of before stops working.") + " " + self.passphrase.text
        self.who: WhoStep | None = None
        self._job: Job[Open] | None = None
        self._steps = QStackedWidget()
        self.column.addWidget(self._steps)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName(_("Unlocking…"))
        self._busy.hide()
        self.column.addWidget(self._busy)
        row = self.foot()
        self.back_button = push_button(_("Back"), "link", icon_name="back")
        self.back_button.clicked.connect(self._on_back)
        self.open_button = push_button(_("Next"), "main")
        self.open_button.clicked.connect(self._on_next)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.open_button)
        for step in (*self.words, self.passphrase):
            self._add(step)
        self._go(0)

    @property
    def step(self) -> Step:
        """The step that is shown."""
        step = self._steps.currentWidget()
        assert isinstance(step, Step)
        return step

    @abstractmethod
    def _open(self, words: Sequence[str], passphrase: str, writer: str | None, progress: Progress) -> Open:
        """Open the vault, in its lane."""

    def _add(self, step: Step) -> None:
        step.changed.connect(self._on_changed)
        step.submitted.connect(self._on_next)
        step.column.addStretch(1)
        self._steps.addWidget(step)

    def _go(self, place: int, notice: str = "") -> None:
        self._steps.setCurrentIndex(place)
        steps = self._steps.count()
        self._count.setText(_("Step %(step)d of %(steps)d") % {"step": place + 1, "steps": steps})
        self.heading.setText(self.step.heading)
        self._text.setText(self.step.text)
        self.open_button.setText(_("Open the vault") if place == steps - 1 else _("Next"))
        self.notice.say(notice)
        self._on_changed()
        self.setFocusProxy(self.step)
        self.step.setFocus()

    def _on_changed(self) -> None:
        self.open_button.setEnabled(self.step.is_complete() and self._busy.isHidden())

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
        if not self.open_button.isEnabled():
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
