"""Repairing a damaged vault in a copy, from the lock screen: nobody may have it open, and it stays as it is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Ends, Job, Lane
from fieldapp.messages import repaired
from fieldapp.services.safety import rescue
from fieldapp.services.safety.rescue import Rescue
from fieldapp.ui.opening.page import Page
from fieldapp.ui.opening.restore import DeviceStep
from fieldapp.ui.opening.steps import PlaceStep
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import ElidedLabel, IconLabel, Notice, PlainLabel, push_button
from fieldapp.ui.words import words_of

_PER_MILLE = 1000


class RepairScreen(Page):
    """Asks for the passphrase, a name for the device and a new folder; then tells what came through."""

    open_asked = Signal(Path)
    """The new vault shall be unlocked."""
    left = Signal()
    ended = Signal()
    """It is made, or was refused or stopped; and the screen says so."""

    def __init__(self, folder: Path, lane: Lane, home: Path) -> None:
        super().__init__(
            _("Repair in a copy"),
            _(
                "A new vault is made of all that is whole in the damaged one, which stays as it is. What opens the old "
                "one opens the new one. You get a new card: read its eight words to your coordinators once more."
            ),
            icon="shield",
        )
        self._folder, self._lane = folder, lane
        self._job: Job[Rescue] | None = None
        self._made: Path | None = None
        self.column.addWidget(ElidedLabel(_("The damaged vault: %s") % folder, "caption"))
        self.place, self.name = PlaceStep(home), DeviceStep()
        self.place.name.setText(_free_name(self.place))
        self.passphrase = PassphraseField(_("Passphrase"))
        self._asked: tuple[QWidget, ...] = (self.passphrase, self.name, self.place)
        for part in self._asked:
            self.column.addWidget(part)
        self.place.changed.connect(self._on_changed)
        self.name.changed.connect(self._on_changed)
        self.passphrase.edited.connect(self._on_changed)
        self.passphrase.submitted.connect(self._on_repair)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Repairing…"))
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.column.addWidget(self.bar)
        row = self.foot()
        self.back_button = push_button(_("Back"), "link", icon_name="back")
        self.back_button.clicked.connect(self._on_back)
        self.repair_button = push_button(_("Repair in a copy"), "main")
        self.repair_button.clicked.connect(self._on_repair)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.repair_button)
        self._on_changed()
        self.setFocusProxy(self.passphrase)

    def _on_changed(self) -> None:
        whole = self.place.is_complete() and self.name.is_complete() and len(self.passphrase) > 0
        self.repair_button.setEnabled(self._made is not None or (whole and self._job is None))

    def _on_back(self) -> None:
        """Stop, while it is being made; nothing of it is left then. Else go back."""
        if self._job is not None:
            self._job.cancel()
        else:
            self.left.emit()

    def _on_repair(self) -> None:
        if self._made is not None:
            self.open_asked.emit(self._made)
            return
        if not self.repair_button.isEnabled():
            return
        refusal = self.place.refusal()
        if refusal:
            self.notice.say(refusal)
            return
        new, device, passphrase = self.place.folder, self.name.device.text().strip(), self.passphrase.take()
        self._job = self._lane.start(
            lambda progress: rescue.repair(self._folder, new, passphrase, device=device, progress=progress),
            Ends(lambda done: self._on_done(done, new), self._on_failed, self._on_stopped, self._on_progress),
        )
        self.notice.say("")
        self.bar.setRange(0, 0)
        self._set_busy(busy=True)

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, _PER_MILLE)
        self.bar.setValue(_PER_MILLE * done // max(total, 1))

    def _on_done(self, done: Rescue, new: Path) -> None:
        self._made = new
        self._set_busy(busy=False)
        for part in self._asked:
            part.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(IconLabel("check", 24, "good"))
        row.addWidget(PlainLabel(repaired.came_through(done), "strong", wrap=True), 1)
        place = self.column.indexOf(self.notice)
        self.column.insertLayout(place, row)
        for heading, sentences in (
            (_("What was found"), repaired.found(done)),
            (_("What to do now"), repaired.to_do(done)),
        ):
            place = self.column.indexOf(self.notice)
            self.column.insertWidget(place, PlainLabel(heading, "strong"))
            for offset, sentence in enumerate(sentences, 1):
                self.column.insertWidget(place + offset, PlainLabel(sentence, "quiet", wrap=True))
        self.repair_button.setText(_("Unlock the new vault"))
        self.repair_button.setFocus()
        self.ended.emit()

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(busy=False)
        self.notice.say(words_of(error).text)
        self.passphrase.setFocus()
        self.ended.emit()

    def _on_stopped(self) -> None:
        self._set_busy(busy=False)
        self.notice.say(_("Stopped, as you asked. The vault is as it was, and nothing else was made."))
        self.ended.emit()

    def _set_busy(self, *, busy: bool) -> None:
        if not busy:
            self._job = None
        self.bar.setVisible(busy)
        self.back_button.setText(_("Stop") if busy else _("Back"))
        for part in self._asked:
            part.setEnabled(not busy)
        self._on_changed()


def _free_name(place: PlaceStep) -> str:
    """A name of which there is no folder yet."""
    usual = place.name.text()
    names = (f"{usual} {number}" if number else usual for number in (0, *range(2, 1000)))
    return next((name for name in names if not (place.parent_folder / name).exists()), usual)
