"""Making a vault in a new folder out of what is there, which stays as it is: a copy, a backup, a damaged vault."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Ends, Job, Lane
from fieldapp.ui.opening.coming_in import ComingInScreen, WordsStep
from fieldapp.ui.opening.doors import Copying, Doors
from fieldapp.ui.opening.helpers import helpers_steps
from fieldapp.ui.opening.page import Page, link
from fieldapp.ui.opening.recover import paper_step
from fieldapp.ui.opening.steps import PlaceStep, Step
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import ElidedLabel, Notice, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of
from fieldapp.values import Progress

_PER_MILLE = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """What such a screen says: what it is for, what is there, whose passphrase it asks for, and what it does."""

    heading: str
    text: str
    icon: str
    what: str
    passphrase: str
    make: str
    at_work: str


class DeviceStep(Step):
    """What the device is called from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.device = self.add_line(
            _("Name of this device"), _("Another name than before helps others to tell the two apart.")
        )

    def is_complete(self) -> bool:
        return bool(self.device.text().strip())


class MakingScreen(Page):
    """Asks what the device is called, for the passphrase of what is there, and for the new folder."""

    left = Signal()
    words_asked = Signal(Copying, bool)
    """The passphrase is not known: go on with words; whether they are on paper, else coordinators read them."""
    refused = Signal()
    """Nothing was made; the screen says why."""

    def __init__(self, told: Told, source: Path, doors: Doors, lane: Lane, home: Path) -> None:
        super().__init__(told.heading, told.text, icon=told.icon)
        self._source, self._doors, self._lane = source, doors, lane
        self._job: Job[Any] | None = None
        self.column.addWidget(ElidedLabel(told.what, "caption"))
        self.name, self.passphrase, self.place = DeviceStep(), PassphraseField(told.passphrase), PlaceStep(home)
        self.place.name.setText(_free_name(self.place))
        self._ways = self._links_to_words()
        for part in (self.name, self.passphrase, self._ways, self.place):
            self.column.addWidget(part)
        self.place.changed.connect(self._on_changed)
        self.name.changed.connect(self._on_changed)
        self.passphrase.edited.connect(self._on_changed)
        self.passphrase.submitted.connect(self._on_make)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(told.at_work)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.column.addWidget(self.bar)
        row = self.foot()
        self.back_button = link(_("Back"), icon="back")
        self.back_button.clicked.connect(self._on_back)
        self.make_button = push_button(told.make, "main")
        self.make_button.clicked.connect(self._on_make)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.make_button)
        self._on_changed()
        self.setFocusProxy(self.name.device)

    def _links_to_words(self) -> QWidget:
        """Below the passphrase: the ways for who does not know it."""
        room = QWidget()
        set_look(room, "clear")
        below = QVBoxLayout(room)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(2)
        below.addWidget(PlainLabel(_("If you do not know it any more"), "caption"))
        ways = QHBoxLayout()
        ways.setSpacing(3 * GRID)
        below.addLayout(ways)
        self.paper_button = link(_("Twelve words on paper"))
        self.paper_button.clicked.connect(lambda: self._on_words(with_paper=True))
        self.helpers_button = link(_("Coordinators help me"))
        self.helpers_button.clicked.connect(lambda: self._on_words(with_paper=False))
        for button in (self.paper_button, self.helpers_button):
            ways.addWidget(button)
        ways.addStretch(1)
        return room

    @property
    def hides_when_left_alone(self) -> bool:
        return self._job is None and len(self.passphrase) > 0

    def stop(self) -> bool:
        if self._job is not None:
            self._job.cancel()
        return self._job is None

    @property
    def wanted(self) -> Copying:
        """What is to be made, as it is answered now."""
        return Copying(self._source, self.place.folder, self.name.device.text().strip())

    @abstractmethod
    def _make(self, wanted: Copying, passphrase: str, progress: Progress) -> Any:
        """Make it, in the lane."""

    @abstractmethod
    def _on_made(self, made: Any) -> None:
        """It is made."""

    def _on_changed(self) -> None:
        named = self.place.is_complete() and self.name.is_complete() and self._job is None
        self.make_button.setEnabled(named and len(self.passphrase) > 0)
        for button in (self.paper_button, self.helpers_button):
            button.setEnabled(named)

    def _on_back(self) -> None:
        """Stop, where it is being made; nothing of it is left then. Else go back."""
        if self._job is not None:
            self._job.cancel()
        else:
            self.left.emit()

    def _is_refused(self) -> bool:
        refusal = self.place.refusal()
        if refusal:
            self.notice.say(refusal)
        return bool(refusal)

    def _on_words(self, *, with_paper: bool) -> None:
        if not self._is_refused():
            self.passphrase.clear()
            self.words_asked.emit(self.wanted, with_paper)

    def _on_make(self) -> None:
        if not self.make_button.isEnabled() or self._is_refused():
            return
        wanted, passphrase = self.wanted, self.passphrase.take()
        self._job = self._lane.start(
            lambda progress: self._make(wanted, passphrase, progress),
            Ends(self._on_made, self._on_failed, self._on_stopped, self._on_progress),
        )
        self.notice.hide()
        self.bar.setRange(0, 0)
        self._set_busy(True)

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, _PER_MILLE)
        self.bar.setValue(_PER_MILLE * done // max(total, 1))

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        self.notice.say(words_of(error).text)
        self.passphrase.setFocus()
        self.refused.emit()

    def _on_stopped(self) -> None:
        self._set_busy(False)
        self.notice.say(_("Stopped, as you asked. Nothing was made, and nothing was changed."))
        self.refused.emit()

    def _set_busy(self, busy: bool) -> None:
        if not busy:
            self._job = None
        self.bar.setVisible(busy)
        self.back_button.setText(_("Stop") if busy else _("Back"))
        for part in (self.place, self.name, self.passphrase):
            part.setEnabled(not busy)
        self._on_changed()


class MakingByScreen(ComingInScreen):
    """The same for who does not know its passphrase: with the paper, or with two coordinators' words, and a new one."""

    can_stop = True

    def __init__(self, wanted: Copying, doors: Doors, lane: Lane, *, with_paper: bool, at_work: str) -> None:
        steps: list[WordsStep] = [paper_step()] if with_paper else helpers_steps()
        after = _("It opens the new vault. What opened the old one still opens the old one.")
        super().__init__(wanted.copy, doors, lane, steps, at_work=at_work, after=after)
        self._wanted = wanted

    @property
    def hides_when_left_alone(self) -> bool:
        return self._job is None


def _free_name(place: PlaceStep) -> str:
    """A name of which there is no folder yet."""
    usual = place.name.text()
    names = (f"{usual} {number}" if number else usual for number in (0, *range(2, 1000)))
    return next((name for name in names if not (place.parent_folder / name).exists()), usual)
