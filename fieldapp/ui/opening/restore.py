"""Going on with a copy, or with a backup: a new vault is made out of it in a new folder, and it stays as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldapp.errors import BackupDamagedError, BackupLostError, FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import Ends, Job, Lane
from fieldapp.messages import restored
from fieldapp.ui.opening.doors import Copying, Doors, Held, Restored
from fieldapp.ui.opening.making import MakingScreen, Told
from fieldapp.ui.plain import PlainLabel, push_button, tell
from fieldapp.ui.words import words_of
from fieldapp.values import Progress


class RestoreScreen(MakingScreen):
    """Of a backup it also says how many days it holds, and goes without its damaged files where the person says so."""

    restored = Signal(Restored)
    looked = Signal()
    """What is in the backup is said."""

    def __init__(self, copy: Path, doors: Doors, lane: Lane, home: Path) -> None:
        is_backup = copy.is_file()
        super().__init__(_of_backup(copy) if is_backup else _of_copy(copy), copy, doors, lane, home)
        self._salvage = False
        self._look: Job[Held] | None = None
        self.states = PlainLabel("", "quiet", wrap=True)
        self.states.hide()
        self.column.insertWidget(self.column.indexOf(self.name), self.states)
        self.salvage_button = push_button(_("Restore all that is whole, without the damaged files"))
        self.salvage_button.clicked.connect(self._on_salvage)
        self.salvage_button.hide()
        self.column.insertWidget(self.column.indexOf(self.bar), self.salvage_button)
        if is_backup:
            ends = Ends(self._on_looked, self._on_look_failed)
            self._look = lane.start(lambda progress: doors.look(copy, progress), ends)

    @property
    def wanted(self) -> Copying:
        """As it is answered now, with the damaged files or without."""
        return replace(super().wanted, salvage=self._salvage)

    def stop(self) -> bool:
        self._stop_looking()
        return super().stop()

    def _on_back(self) -> None:
        self._stop_looking()
        super()._on_back()

    def _stop_looking(self) -> None:
        """Nobody waits any more for what is in the backup: a slow stick must not hold up what comes next."""
        if self._look is not None:
            self._look.cancel()

    def _on_looked(self, held: Held) -> None:
        words = ngettext(
            "It holds the vault as it was on %d day.",
            "It holds the vault as it was on %d days. You get the newest.",
            held.states,
        )
        told = [restored.passed_over(held.number) if held.passed_over else words % held.states]
        if held.more_behind:
            told.append(
                _("Newer ones may stand behind what is damaged: “Restore all that is whole” looks for them, too.")
            )
        self.states.setText(" ".join(told))
        self.states.look("danger" if held.passed_over else "quiet")
        self.states.show()
        self.salvage_button.setVisible(held.more_behind and not self._salvage)
        self.looked.emit()

    def _on_look_failed(self, error: FieldAppError) -> None:
        self._offer_salvage(error)
        self.notice.say(words_of(error).text)
        self.looked.emit()

    def _make(self, wanted: Copying, passphrase: str, progress: Progress) -> Restored:
        return self._doors.restore(wanted, passphrase, progress)

    def _on_made(self, made: Restored) -> None:
        self.restored.emit(made)

    def _on_salvage(self) -> None:
        """Something is lost in this backup: the person knows, and wants all else."""
        self._salvage = True
        self.salvage_button.hide()
        self.notice.say(_("Type the passphrase. What is damaged will be left out, and counted."))
        self.passphrase.setFocus()

    def _on_failed(self, error: FieldAppError) -> None:
        self._offer_salvage(error)
        super()._on_failed(error)

    def _offer_salvage(self, error: FieldAppError) -> None:
        may_help = isinstance(error, BackupDamagedError) and not isinstance(error, BackupLostError)
        self.salvage_button.setVisible(may_help and not self._salvage)


def tell_left_out(window: QWidget, made: Restored) -> None:
    """Say what of the backup is not here, if anything: newer words, or files that were damaged."""
    lines = [restored.as_of(made.begun_ms)] if made.passed_over else []
    if made.left_out:
        words = ngettext(
            "%d attached file was damaged in the backup and is not here. A bundle of somebody who has it, or an "
            "older backup, can bring it back.",
            "%d attached files were damaged in the backup and are not here. Bundles of somebody who has them, or "
            "an older backup, can bring them back.",
            made.left_out,
        )
        lines.append(words % made.left_out)
    if lines:
        tell(window, _("Restored, but not everything"), *lines)


def _of_copy(copy: Path) -> Told:
    return Told(
        heading=_("Go on with this copy"),
        text=_(
            "For a copy of a vault that others may still use or have in their hands. "
            "A new vault is made out of it, with all that is in it. You get a new card: read its eight words to "
            "your coordinators once more."
        ),
        icon="folder",
        what=_("The copy: %s") % copy,
        passphrase=_("Passphrase of the copy"),
        make=_("Make it my vault"),
        at_work=_("Making the vault…"),
    )


def _of_backup(backup: Path) -> Told:
    return replace(
        _of_copy(backup),
        heading=_("Restore from a backup"),
        text=_(
            "A new vault is made out of the backup, with all that was in it on that day. You get a new card: read its "
            "eight words to your coordinators once more. The file of the backup stays as it is."
        ),
        what=_("The backup: %s") % backup,
        passphrase=_("Passphrase on the day of the backup"),
    )
