"""The lock screen: a passphrase, and the ways in for who has lost it or sits elsewhere. A wrong one costs only time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar

from fieldapp.errors import FieldAppError, WrongPassphraseError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import Ends, Lane
from fieldapp.ui.file_dialogs import choose_files
from fieldapp.ui.opening.doors import Doors, Open
from fieldapp.ui.opening.page import Page, link, links
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import ElidedLabel, Notice, line, push_button
from fieldapp.ui.words import words_of

_FREE_TRIES = 3
_LONGEST_WAIT_S = 30


@dataclass(slots=True)
class Tries:
    """Wrong passphrases for one vault, and how long to wait now. It outlives its screen, or the way back ended a wait.

    Seconds pass only while the lock screen is shown.
    """

    count: int = 0
    left_s: int = 0

    def add(self) -> None:
        """One more: after the first few, each costs twice the wait of the one before."""
        self.count += 1
        self.left_s = 0 if self.count < _FREE_TRIES else min(2 ** (self.count - 2), _LONGEST_WAIT_S)


class UnlockScreen(Page):
    """Asks for the passphrase of one vault. `tries`: those before, on an earlier lock screen of the same vault."""

    unlocked = Signal(object, bool)
    recover_chosen = Signal()
    other_chosen = Signal()
    helpers_chosen = Signal()
    """Coordinators who keep shares of it are to help."""
    copy_chosen = Signal()
    """It is a copy, and the person wants to go on with it."""
    backup_chosen = Signal(Path)
    """A vault is to be made out of this file."""
    repair_chosen = Signal()
    destroy_chosen = Signal()

    def __init__(self, folder: Path, doors: Doors, lane: Lane, tries: Tries | None = None) -> None:
        super().__init__(_("This vault is locked"), icon="lock")
        self._folder, self._doors, self._lane = folder, doors, lane
        self._tries = tries or Tries()
        self.column.addWidget(ElidedLabel(str(folder), "caption"))
        self.passphrase = PassphraseField(_("Passphrase"))
        self.passphrase.submitted.connect(self._on_submitted)
        self.column.addWidget(self.passphrase)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName(_("Unlocking…"))
        self._busy.hide()
        self.column.addWidget(self._busy)
        row = self.foot()
        self.other_button = link(_("Another vault"))
        self.other_button.clicked.connect(self.other_chosen)
        self.unlock_button = push_button(_("Unlock"), "main", icon_name="unlock")
        self.unlock_button.clicked.connect(self._on_submitted)
        row.addWidget(self.other_button)
        row.addStretch(1)
        row.addWidget(self.unlock_button)
        self.column.addSpacing(4)
        self.forgotten_button = link(_("Use the recovery phrase"))
        self.forgotten_button.clicked.connect(self.recover_chosen)
        self.helpers_button = link(_("Coordinators help me in…"))
        self.helpers_button.clicked.connect(self.helpers_chosen)
        self.repair_button = link(_("Repair a damaged vault…"))
        self.repair_button.clicked.connect(self.repair_chosen)
        ways = (self.forgotten_button, self.helpers_button, self.repair_button)
        self.column.addLayout(links(_("If you cannot get in"), *ways))
        self.copy_button = link(_("This is a copy of my vault: go on with it here…"))
        self.copy_button.clicked.connect(self.copy_chosen)
        self.backup_button = link(_("Restore from a backup file…"))
        self.backup_button.clicked.connect(self._on_backup)
        self.column.addLayout(links(_("On another computer"), self.copy_button, self.backup_button))
        self._add_last_row()
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._on_second)
        self.setFocusProxy(self.passphrase)
        self._wait()

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was typed, and nothing is being unlocked."""
        return not len(self.passphrase) and self._busy.isHidden()

    @property
    def hides_when_left_alone(self) -> bool:
        return not self.is_untouched

    def _add_last_row(self) -> None:
        """What is seldom wanted, and never by accident: below all else, behind a line, and no link among links."""
        self.destroy_button = link(_("Destroy this vault…"), quiet=True)
        self.destroy_button.clicked.connect(self.destroy_chosen)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.destroy_button)
        self.column.addWidget(line())
        self.column.addLayout(row)

    def _on_backup(self) -> None:
        choose_files(self, _("Which backup?"), lambda paths: self.backup_chosen.emit(paths[0]))

    def _on_submitted(self) -> None:
        if not len(self.passphrase) or not self.unlock_button.isEnabled():
            return
        typed = self.passphrase.take()
        self._set_busy(True)
        self._lane.start(
            lambda _progress: self._doors.unlock(self._folder, typed), Ends(self._on_unlocked, self._on_failed)
        )

    def _on_unlocked(self, answer: tuple[Open, bool]) -> None:
        self.unlocked.emit(*answer)

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        if isinstance(error, WrongPassphraseError):
            self._tries.add()
            self._say_wrong()
            self._wait()
        else:
            self.notice.say(words_of(error).text)
        self.passphrase.setFocus()

    def _wait(self) -> None:
        """Where there is a wait, say so, and let nothing be tried meanwhile."""
        if self._tries.left_s:
            self._say_wrong()
            self.unlock_button.setEnabled(False)
            self._clock.start()

    def _say_wrong(self) -> None:
        text = _(
            "This passphrase does not open the vault. Nothing is lost. Look at the keyboard layout and Caps Lock, "
            "and try again."
        )
        if self._tries.left_s:
            wait = ngettext("You can try again in %d second.", "You can try again in %d seconds.", self._tries.left_s)
            text += " " + wait % self._tries.left_s
        self.notice.say(text)

    def _on_second(self) -> None:
        self._tries.left_s -= 1
        self._say_wrong()
        if self._tries.left_s <= 0:
            self._clock.stop()
            self.unlock_button.setEnabled(True)

    def _set_busy(self, busy: bool) -> None:
        self._busy.setVisible(busy)
        self.unlock_button.setEnabled(not busy)
        self.passphrase.setEnabled(not busy)
        if busy:
            self.notice.hide()
