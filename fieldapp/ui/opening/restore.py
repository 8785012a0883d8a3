"""Going on with a copy, or with a backup: a new vault is made out of it in a new folder, and it stays as it is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from fieldapp.errors import BackupDamagedError, FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import Ends, Job, Lane
from fieldapp.ui.opening.doors import Copying, Doors, Restored
from fieldapp.ui.opening.page import Page
from fieldapp.ui.opening.steps import PlaceStep, Step
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import ElidedLabel, Notice, PlainLabel, push_button, set_look
from fieldapp.ui.words import words_of

_PER_MILLE = 1000


class DeviceStep(Step):
    """What the device is called from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.device = self.add_line(
            _("Name of this device"), _("Another name than before helps others to tell the two apart.")
        )

    def is_complete(self) -> bool:
        return bool(self.device.text().strip())


class RestoreScreen(Page):
    """Asks where, what the device is called, and for the passphrase of the copy, or of the day of the backup."""

    restored = Signal(Restored)
    left = Signal()
    words_asked = Signal(Copying, bool)
    """The passphrase is not known: go on with words; whether they are on paper, else coordinators read them."""
    looked = Signal()
    """What is in the backup is said."""

    def __init__(self, copy: Path, doors: Doors, lane: Lane, home: Path) -> None:
        is_backup = copy.is_file()
        super().__init__(
            _("Restore from a backup") if is_backup else _("Go on with this copy"),
            _backup_words() if is_backup else _copy_words(),
            icon="folder",
        )
        self._copy, self._doors, self._lane = copy, doors, lane
        self._job: Job[Restored] | None = None
        self._salvage = False
        self.column.addWidget(ElidedLabel((_("The backup: %s") if is_backup else _("The copy: %s")) % copy, "caption"))
        self.states = PlainLabel("", "quiet", wrap=True)
        self.states.hide()
        self.column.addWidget(self.states)
        self.place, self.name = PlaceStep(home), DeviceStep()
        self.place.name.setText(_free_name(self.place))
        self.passphrase = PassphraseField(
            _("Passphrase on the day of the backup") if is_backup else _("Passphrase of the copy")
        )
        for part in (self.name, self.passphrase, self.place):
            self.column.addWidget(part)
        self._add_ways()
        self.place.changed.connect(self._on_changed)
        self.name.changed.connect(self._on_changed)
        self.passphrase.edited.connect(self._on_changed)
        self.passphrase.submitted.connect(self._on_restore)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self.salvage_button = push_button(_("Restore all that is whole, without the damaged files"))
        self.salvage_button.clicked.connect(self._on_salvage)
        self.salvage_button.hide()
        self.column.addWidget(self.salvage_button)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Making the vault…"))
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.column.addWidget(self.bar)
        row = self.foot()
        self.back_button = push_button(_("Back"), "link", icon_name="back")
        self.back_button.clicked.connect(self._on_back)
        self.restore_button = push_button(_("Make it my vault"), "main", icon_name="unlock")
        self.restore_button.clicked.connect(self._on_restore)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.restore_button)
        self._on_changed()
        self.setFocusProxy(self.name.device)
        if is_backup:
            lane.start(lambda _progress: doors.look(copy), Ends(self._on_looked, self._on_look_failed))

    def _add_ways(self) -> None:
        """Below the passphrase: the ways for who does not know it."""
        self._ways = QWidget()
        set_look(self._ways, "clear")
        below = QVBoxLayout(self._ways)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(PlainLabel(_("If you do not know it any more"), "caption"))
        ways = QHBoxLayout()
        below.addLayout(ways)
        self.paper_button = push_button(_("Twelve words on paper"), "link")
        self.paper_button.clicked.connect(lambda: self._on_words(with_paper=True))
        self.helpers_button = push_button(_("Coordinators help me"), "link")
        self.helpers_button.clicked.connect(lambda: self._on_words(with_paper=False))
        for button in (self.paper_button, self.helpers_button):
            ways.addWidget(button)
        ways.addStretch(1)
        self.column.insertWidget(self.column.indexOf(self.passphrase) + 1, self._ways)

    def _on_looked(self, states: int) -> None:
        words = ngettext(
            "It holds the vault as it was on %d day.",
            "It holds the vault as it was on %d days. You get the newest.",
            states,
        )
        self.states.setText(words % states)
        self.states.show()
        self.looked.emit()

    def _on_look_failed(self, error: FieldAppError) -> None:
        self.notice.say(words_of(error).text)
        self.looked.emit()

    def _on_changed(self) -> None:
        named = self.place.is_complete() and self.name.is_complete() and self._job is None
        self.restore_button.setEnabled(named and len(self.passphrase) > 0)
        for button in (self.paper_button, self.helpers_button):
            button.setEnabled(named)

    def _on_back(self) -> None:
        """Stop, where it is being made; nothing of it is left then. Else go back."""
        if self._job is not None:
            self._job.cancel()
        else:
            self.left.emit()

    def _on_words(self, *, with_paper: bool) -> None:
        refusal = self.place.refusal()
        if refusal:
            self.notice.say(refusal)
            return
        self.passphrase.clear()
        self.words_asked.emit(self._wanted(), with_paper)

    def _wanted(self) -> Copying:
        return Copying(self._copy, self.place.folder, self.name.device.text().strip(), self._salvage)

    def _on_restore(self) -> None:
        if not self.restore_button.isEnabled():
            return
        refusal = self.place.refusal()
        if refusal:
            self.notice.say(refusal)
            return
        wanted = self._wanted()
        passphrase = self.passphrase.take()
        self._job = self._lane.start(
            lambda progress: self._doors.restore(wanted, passphrase, progress),
            Ends(self._on_restored, self._on_failed, self._on_cancelled, self._on_progress),
        )
        self.notice.hide()
        self.bar.setRange(0, 0)
        self._set_busy(True)

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, _PER_MILLE)
        self.bar.setValue(_PER_MILLE * done // max(total, 1))

    def _on_restored(self, made: Restored) -> None:
        self.restored.emit(made)

    def _on_salvage(self) -> None:
        """Some attached files are lost in this backup: the person knows, and wants all else."""
        self._salvage = True
        self.salvage_button.hide()
        self.notice.say(_("Type the passphrase once more. What is damaged will be left out, and counted."))
        self.passphrase.setFocus()

    def _on_failed(self, error: FieldAppError) -> None:
        self._job = None
        self._set_busy(False)
        self.notice.say(words_of(error).text)
        self.salvage_button.setVisible(isinstance(error, BackupDamagedError) and error.where == "object")
        self.passphrase.setFocus()

    def _on_cancelled(self) -> None:
        self._job = None
        self._set_busy(False)
        self.notice.say(_("Stopped, as you asked. Nothing was made, and nothing was changed."))

    def _set_busy(self, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.back_button.setText(_("Stop") if busy else _("Back"))
        for part in (self.place, self.name, self.passphrase):
            part.setEnabled(not busy)
        self._on_changed()


def _copy_words() -> str:
    return _(
        "For a copy of a vault that others may still use or have in their hands. "
        "A new vault is made out of it, with all that is in it. You get a new card: read its eight words to "
        "your coordinators once more."
    )


def _backup_words() -> str:
    return _(
        "A new vault is made out of the backup, with all that was in it on that day. You get a new card: read its "
        "eight words to your coordinators once more. The file of the backup stays as it is."
    )


def _free_name(place: PlaceStep) -> str:
    """A name of which there is no folder yet."""
    usual = place.name.text()
    names = (f"{usual} {number}" if number else usual for number in (0, *range(2, 1000)))
    return next((name for name in names if not (place.parent_folder / name).exists()), usual)
