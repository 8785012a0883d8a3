"""From screen to screen before a vault stands open: the welcome, the lock screen, and every way in from there.

Each screen is read from the disk when it is shown: the lock screen, which comes first, waits for none of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Lane
from fieldapp.ui.opening.doors import Copying, Restored, holds_vault, is_left_over
from fieldapp.ui.opening.unlock import Tries, UnlockScreen
from fieldapp.ui.qt_words import speak
from fieldapp.ui.settings.look import remember
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.words import words_of


class WaysIn(QObject):
    """Shows its screens with `show`. `folder`: of the vault whose lock screen is shown, or was shown last."""

    opened = Signal(object, bool, bool)
    """An archive; whether it is for practice, and whether it is new."""
    restored = Signal(Restored)
    """It stands open."""

    def __init__(
        self,
        show: Callable[[QWidget], None],
        lane: Lane,
        around: Surroundings,
        folder: Path | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._show, self._lane, self._around = show, lane, around
        self.folder = folder
        self._tries: dict[Path, Tries] = {}

    def begin(self, first: str = "") -> None:
        """The lock screen of the vault that is there, or the welcome; `first` may say "repair"."""
        if self.folder is None:
            self.show_welcome()
            return
        self.show_unlock(self.folder)
        if first == "repair":
            self.show_repair()

    def show_welcome(self, said: str = "", look: str = "") -> None:
        """What this is, in which language, and the ways in; with something to say, in that look."""
        from fieldapp.ui.opening.welcome import WelcomeScreen  # noqa: PLC0415 - start-up time: see above

        screen = WelcomeScreen()
        screen.create_chosen.connect(self.show_create)
        screen.folder_chosen.connect(lambda folder: self._on_folder(folder, screen.notice.say))
        screen.backup_chosen.connect(lambda path: self._show_restore(path, self.show_welcome))
        screen.practice_chosen.connect(self._show_practice)
        screen.language_chosen.connect(self._on_language)
        if look:
            screen.notice.wear(look)
        screen.notice.say(said)
        self._show(screen)

    def show_unlock(self, folder: Path) -> None:
        """The lock screen of this vault."""
        self.folder = folder
        if is_left_over(folder):
            self.show_destroy(left_over=True)
            return
        screen = UnlockScreen(folder, self._around.doors, self._lane, self._tries.setdefault(folder, Tries()))
        screen.unlocked.connect(lambda archive, practice: self.opened.emit(archive, practice, False))
        screen.recover_chosen.connect(self._show_recover)
        screen.helpers_chosen.connect(self._show_helpers)
        screen.copy_chosen.connect(lambda: self._show_restore(folder, lambda: self.show_unlock(folder)))
        screen.backup_chosen.connect(lambda path: self._show_restore(path, lambda: self.show_unlock(folder)))
        screen.other_chosen.connect(self.show_welcome)
        screen.repair_chosen.connect(self.show_repair)
        screen.destroy_chosen.connect(self.show_destroy)
        self._show(screen)

    def show_create(self) -> None:
        """The steps of making a vault."""
        from fieldapp.ui.opening.create import CreateScreen  # noqa: PLC0415 - start-up time: see above

        screen = CreateScreen(self._around.doors, self._lane, self._around.home)
        screen.created.connect(lambda archive: self.opened.emit(archive, False, True))
        screen.left.connect(self.show_welcome)
        self._show(screen)

    def show_repair(self) -> None:
        """A damaged vault lives on in a copy."""
        from fieldapp.ui.safety.repair import RepairScreen  # noqa: PLC0415 - start-up time: see above

        screen = RepairScreen(self._locked(), self._around.doors, self._lane, self._around.home)
        screen.repaired.connect(self._show_repaired)
        screen.words_asked.connect(self._show_repair_by)
        screen.left.connect(self._show_locked)
        self._show(screen)

    def show_destroy(self, *, left_over: bool = False) -> None:
        """Destroying a vault that is locked, or what is left of one."""
        from fieldapp.ui.opening.destroy import DestroyScreen  # noqa: PLC0415 - start-up time: see above

        screen = DestroyScreen(self._locked(), self._lane, left_over=left_over)
        screen.left.connect(self.show_welcome if left_over else self._show_locked)
        screen.gone.connect(self._on_gone)
        self._show(screen)

    def _show_recover(self) -> None:
        from fieldapp.ui.opening.recover import RecoverScreen  # noqa: PLC0415 - start-up time: see above

        screen = RecoverScreen(self._locked(), self._around.doors, self._lane)
        screen.unlocked.connect(lambda archive: self.opened.emit(archive, False, False))
        screen.left.connect(self._show_locked)
        self._show(screen)

    def _show_helpers(self) -> None:
        from fieldapp.ui.opening.helpers import HelpersScreen  # noqa: PLC0415 - start-up time: see above

        screen = HelpersScreen(self._locked(), self._around.doors, self._lane)
        screen.unlocked.connect(lambda archive: self.opened.emit(archive, False, False))
        screen.left.connect(self._show_locked)
        self._show(screen)

    def _show_restore(self, copy: Path, back: Callable[[], object]) -> None:
        """Make a vault out of the folder of a copy, or the file of a backup."""
        from fieldapp.ui.opening.restore import RestoreScreen  # noqa: PLC0415 - start-up time: see above

        screen = RestoreScreen(copy, self._around.doors, self._lane, self._around.home)
        screen.restored.connect(self.restored)
        screen.words_asked.connect(lambda wanted, with_paper: self._show_restore_by(wanted, back, with_paper))
        screen.left.connect(back)
        self._show(screen)

    def _show_restore_by(self, wanted: Copying, back: Callable[[], object], with_paper: bool) -> None:
        from fieldapp.ui.opening.restore_by import RestoreByScreen  # noqa: PLC0415 - start-up time: see above

        screen = RestoreByScreen(wanted, self._around.doors, self._lane, with_paper=with_paper)
        screen.restored.connect(self.restored)
        screen.left.connect(lambda: self._show_restore(wanted.copy, back))
        self._show(screen)

    def _show_repair_by(self, wanted: Copying, with_paper: bool) -> None:
        from fieldapp.ui.safety.repair import RepairByScreen  # noqa: PLC0415 - start-up time: see above

        screen = RepairByScreen(wanted, self._around.doors, self._lane, with_paper=with_paper)
        screen.repaired.connect(self._show_repaired)
        screen.left.connect(self.show_repair)
        self._show(screen)

    def _show_repaired(self, done: object, folder: Path) -> None:
        from fieldapp.ui.safety.repair import RepairedScreen  # noqa: PLC0415 - start-up time: see above

        screen = RepairedScreen(done, folder)  # type: ignore[arg-type]  # a Rescue, whose module is read late
        screen.open_asked.connect(self.show_unlock)
        self._show(screen)

    def _show_practice(self) -> None:
        from fieldapp.ui.opening.practice import PracticeScreen  # noqa: PLC0415 - start-up time: see above

        screen = PracticeScreen(self._around.doors, self._lane, self._around.home)
        screen.made.connect(lambda archive: self.opened.emit(archive, True, False))
        screen.failed.connect(self._on_practice_failed)
        self._show(screen)

    def _show_locked(self) -> None:
        self.show_unlock(self._locked())

    def _locked(self) -> Path:
        assert self.folder is not None  # its lock screen led here
        return self.folder

    def _on_gone(self, also: str) -> None:
        self.folder = None
        self.show_welcome(also or _("The vault is destroyed."), "alarm" if also else "notice")

    def _on_folder(self, folder: Path, say: Callable[[str], None]) -> None:
        if holds_vault(folder):
            self.show_unlock(folder)
        else:
            say(_("There is no vault in this folder. Choose the folder of the vault itself."))

    def _on_language(self, chosen: str) -> None:
        speak(chosen)
        remember(language=chosen)
        self.show_welcome()

    def _on_practice_failed(self, error: FieldAppError) -> None:
        self.show_welcome(words_of(error).text)
