"""The one window. It shows one screen at a time and leads from each to the next; it knows nothing of records.

The title is constant and says nothing. Locking ends the process that knew the keys: the shell hides what is on the
screen, has the workspace keep what was typed, for less than half a second, and hands over to `replace_process`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QMainWindow, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Lanes
from fieldapp.ui.locking.alone import Alone
from fieldapp.ui.locking.keys import LockKeys
from fieldapp.ui.locking.threshold import Threshold
from fieldapp.ui.opening.create import CreateScreen
from fieldapp.ui.opening.destroy import DestroyingScreen, DestroyScreen
from fieldapp.ui.opening.doors import Copying, Open, Restored, holds_vault
from fieldapp.ui.opening.helpers import HelpersScreen
from fieldapp.ui.opening.page import Page
from fieldapp.ui.opening.practice import PracticeScreen
from fieldapp.ui.opening.recover import RecoverScreen
from fieldapp.ui.opening.restore import RestoreScreen, tell_left_out
from fieldapp.ui.opening.restore_by import RestoreByScreen
from fieldapp.ui.opening.steps import default_place
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.opening.welcome import WelcomeScreen
from fieldapp.ui.qt_words import speak
from fieldapp.ui.settings.look import remember
from fieldapp.ui.short_copy import forget_copies
from fieldapp.ui.starting_again import begin_with, beginning, this_program
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.words import words_of
from fieldapp.values import Progress

_LOCK_AT_LATEST_MS = 400
"""What was typed is kept by then, or it is at most a second's; the process with the keys goes in any case."""
_QUIT_AT_LATEST_MS = 10_000
_SIZE = QSize(1366, 768)
_LEAST = QSize(960, 600)


class Shell(QMainWindow):
    """The window, from the welcome to the lock."""

    def __init__(self, lanes: Lanes, surroundings: Surroundings, folder: Path | None) -> None:
        super().__init__()
        self._lanes = lanes
        self._around = surroundings
        self._folder = folder or self._usual_folder()
        self._workspace: QWidget | None = None
        self._kept: QWidget | None = None
        self._leaving: Callable[[], None] | None = None
        self._at_latest = QTimer(self, singleShot=True)
        self._at_latest.timeout.connect(self._on_finished)
        self._threshold = Threshold(self, surroundings.watch, surroundings.lock_after_s)
        self._threshold.lock_asked.connect(self.panic)
        self._threshold.heard.connect(self._on_heard)
        self._threshold.left_alone.connect(self._on_left_alone)
        self._keys = LockKeys(self)
        self._keys.panic_pressed.connect(self.panic)
        self._keys.lock_pressed.connect(self.panic)
        self._keys.cover_pressed.connect(self._on_cover_key)
        self._keys.phone_pressed.connect(self._on_phone_key)
        self.setWindowTitle("Field App")
        self.setMinimumSize(_LEAST)
        self.resize(_fitting(_SIZE))
        self.show_first()
        lanes.vault.start(surroundings.doors.warm)
        lanes.vault.start(_warm)

    @property
    def screen_shown(self) -> QWidget:
        """What is in the window now."""
        return self.centralWidget()

    def show_first(self) -> None:
        """The lock screen of the vault that is there, or the welcome."""
        if self._folder is not None:
            self._show_unlock(self._folder)
            if beginning() == "repair":
                self._on_repair()
        else:
            self.show_welcome()

    def show_welcome(self) -> WelcomeScreen:
        """The ways in."""
        screen = WelcomeScreen()
        screen.create_chosen.connect(self._on_create)
        screen.folder_chosen.connect(self._on_folder)
        screen.backup_chosen.connect(lambda path: self._show_restore(path, self.show_welcome))
        screen.practice_chosen.connect(self._on_practice)
        screen.language_chosen.connect(self._on_language)
        self._show(screen)
        return screen

    def lock(self) -> None:
        """Keep what is typed and end this process; the lock screen of the same vault takes its place."""
        self._leave(self._become_lock_screen, _LOCK_AT_LATEST_MS)

    def panic(self) -> None:
        """The same from anywhere, also before a vault is open: a passphrase that is being typed goes with it."""
        screen = self.screen_shown
        if self._is_destroying:
            return  # it is to be brought to its end
        if not (isinstance(screen, UnlockScreen) and screen.is_untouched):
            self.lock()

    def destroy_vault(self) -> None:
        """Close the vault that is open, and destroy it; then this process ends, and the welcome takes its place."""
        self._leave(self._destroy, _QUIT_AT_LATEST_MS)

    def repair_vault(self) -> None:
        """Lock, and lead to the repair from there: it wants a vault that nobody has open."""
        begin_with("repair")
        self.lock()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Finish what is typed, then close."""
        if self._workspace is None:
            event.accept()
        else:
            event.ignore()
            self._leave(self._quit, _QUIT_AT_LATEST_MS)

    def _show(self, screen: QWidget) -> None:
        before = self.takeCentralWidget()
        self.setCentralWidget(screen)
        if before is not None:
            before.deleteLater()
        screen.setFocus()
        self._keys.come_first()

    def _show_unlock(self, folder: Path) -> None:
        self._folder = folder
        screen = UnlockScreen(folder, self._around.doors, self._lanes.vault)
        screen.unlocked.connect(self._on_unlocked)
        screen.recover_chosen.connect(lambda: self._show_coming_in(RecoverScreen))
        screen.helpers_chosen.connect(lambda: self._show_coming_in(HelpersScreen))
        screen.copy_chosen.connect(lambda: self._show_restore(folder, lambda: self._show_unlock(folder)))
        screen.backup_chosen.connect(lambda path: self._show_restore(path, lambda: self._show_unlock(folder)))
        screen.other_chosen.connect(self.show_welcome)
        screen.repair_chosen.connect(self._on_repair)
        screen.destroy_chosen.connect(self._on_destroy)
        self._show(screen)

    def _on_create(self) -> None:
        screen = CreateScreen(self._around.doors, self._lanes.vault, self._around.home)
        screen.created.connect(lambda archive: self._open(archive, new=True))
        screen.left.connect(self.show_welcome)
        self._show(screen)

    def _show_coming_in(self, kind: type[RecoverScreen | HelpersScreen]) -> None:
        assert self._folder is not None
        folder = self._folder
        screen = kind(folder, self._around.doors, self._lanes.vault)
        screen.unlocked.connect(self._open)
        screen.left.connect(lambda: self._show_unlock(folder))
        self._show(screen)

    def _show_restore(self, copy: Path, back: Callable[[], object]) -> None:
        """Make a vault out of the folder of a copy, or the file of a backup."""
        screen = RestoreScreen(copy, self._around.doors, self._lanes.vault, self._around.home)
        screen.restored.connect(self._on_restored)
        screen.words_asked.connect(lambda wanted, with_paper: self._show_restore_by(wanted, back, with_paper))
        screen.left.connect(back)
        self._show(screen)

    def _show_restore_by(self, wanted: Copying, back: Callable[[], object], with_paper: bool) -> None:
        screen = RestoreByScreen(wanted, self._around.doors, self._lanes.vault, with_paper=with_paper)
        screen.restored.connect(self._on_restored)
        screen.left.connect(lambda: self._show_restore(wanted.copy, back))
        self._show(screen)

    def _on_repair(self) -> None:
        from fieldapp.ui.safety.repair import RepairScreen  # noqa: PLC0415 - start-up time: see Doors.warm

        assert self._folder is not None
        folder = self._folder
        screen = RepairScreen(folder, self._around.doors, self._lanes.vault, self._around.home)
        screen.repaired.connect(self._show_repaired)
        screen.words_asked.connect(self._show_repair_by)
        screen.left.connect(lambda: self._show_unlock(folder))
        self._show(screen)

    def _show_repair_by(self, wanted: Copying, with_paper: bool) -> None:
        from fieldapp.ui.safety.repair import RepairByScreen  # noqa: PLC0415 - see above

        screen = RepairByScreen(wanted, self._around.doors, self._lanes.vault, with_paper=with_paper)
        screen.repaired.connect(self._show_repaired)
        screen.left.connect(self._on_repair)
        self._show(screen)

    def _show_repaired(self, done: object, folder: Path) -> None:
        from fieldapp.ui.safety.repair import RepairedScreen  # noqa: PLC0415 - see above

        screen = RepairedScreen(done, folder)  # type: ignore[arg-type]  # a Rescue, whose module is read late
        screen.open_asked.connect(self._show_unlock)
        self._show(screen)

    def _on_destroy(self) -> None:
        assert self._folder is not None
        folder = self._folder
        screen = DestroyScreen(folder, self._lanes.vault)
        screen.left.connect(lambda: self._show_unlock(folder))
        screen.gone.connect(self._on_gone)
        self._show(screen)

    def _on_gone(self) -> None:
        self._folder = None
        notice = self.show_welcome().notice
        notice.wear("notice")
        notice.say(_("The vault is destroyed."))

    def _on_folder(self, folder: Path) -> None:
        if holds_vault(folder):
            self._show_unlock(folder)
        elif isinstance(self.screen_shown, WelcomeScreen):
            self.screen_shown.notice.say(_("There is no vault in this folder. Choose the folder of the vault itself."))

    def _on_language(self, chosen: str) -> None:
        speak(chosen)
        remember(language=chosen)
        self.show_welcome()

    def _on_language_inside(self, chosen: str) -> None:
        """The same vault and the same place, in other words: everything on the screen is made anew."""
        before = self._workspace
        speak(chosen)
        if before is not None:
            before.leave()  # type: ignore[attr-defined]  # a Workspace, whose module is read late
            workspace = self._show_workspace(before.session)  # type: ignore[attr-defined]  # see above
            workspace.begin()  # type: ignore[attr-defined]  # see above
            workspace.show_place("settings")  # type: ignore[attr-defined]  # see above

    def _on_practice(self) -> None:
        screen = PracticeScreen(self._around.doors, self._lanes.vault, self._around.home)
        screen.made.connect(lambda archive: self._open(archive, practice=True))
        screen.failed.connect(self._on_practice_failed)
        self._show(screen)

    def _on_practice_failed(self, error: FieldAppError) -> None:
        self.show_welcome().notice.say(words_of(error).text)

    def _on_unlocked(self, archive: Open, practice: bool) -> None:
        self._open(archive, practice=practice)

    def _on_restored(self, made: Restored) -> None:
        self._open(made.archive)
        tell_left_out(self, made)

    def _open(self, archive: Open, *, practice: bool = False, new: bool = False) -> None:
        from fieldapp.ui.session import Session  # noqa: PLC0415 - start-up time: see Doors.warm

        self._folder = archive.vault.folder
        if not self._threshold.cross():
            self.lock()
            return
        session = Session(self._lanes, archive, practice=practice)
        self._show_workspace(session).begin(new=new)  # type: ignore[attr-defined]  # a Workspace, read late

    def _show_workspace(self, session: QObject) -> QWidget:
        from fieldapp.ui.workspace import Workspace  # noqa: PLC0415 - start-up time: see Doors.warm

        workspace = Workspace(session, lock_after_s=self._around.lock_after_s)  # type: ignore[arg-type]  # a Session
        workspace.lock_asked.connect(self.lock)
        workspace.destroy_asked.connect(self.destroy_vault)
        workspace.repair_asked.connect(self.repair_vault)
        workspace.language_chosen.connect(self._on_language_inside)
        self._workspace = workspace
        self._show(workspace)
        return workspace

    def _leave(self, then: Callable[[], None], at_latest_ms: int) -> None:
        """Hide everything, let the workspace finish what is typed, at most so long, and then go.

        Rule: the end is certain before anything else is begun; whatever fails on the way does not keep it.
        Who locks while the window is being closed does not wait for that.
        """
        if self._leaving is not None:
            if self._leaving == self._quit:
                self._leaving = then
                self._at_latest.start(at_latest_ms)
            return
        self._leaving = then
        self._at_latest.start(at_latest_ms)
        self._kept, self._workspace = self._workspace, None  # kept until the end: its jobs still tell it things
        with ExitStack() as steps:  # from the last to the first, each also where another one failed
            steps.callback(self._finish_typing)
            steps.callback(forget_copies)
            steps.callback(self._hide_everything)

    def _finish_typing(self) -> None:
        if self._kept is None:
            self._on_finished()
        else:
            self._at_latest.start()  # the hiding does not count
            locks = self._leaving == self._become_lock_screen
            self._kept.finish(self._on_finished, returns=locks)  # type: ignore[attr-defined]  # a Workspace

    def _hide_everything(self) -> None:
        """The screen is hidden where it is: to take it out of the window takes a quarter of a second."""
        self.centralWidget().hide()
        Alone(self).hide_others()
        page = Page(_("Locking…"), icon="lock")
        page.setParent(self)
        page.setGeometry(self.rect())
        page.show()

    def _on_finished(self) -> None:
        leaving, self._leaving = self._leaving, _nothing
        if leaving is not None:
            leaving()

    def _become_lock_screen(self) -> None:
        """Rule: whatever happens here, this process does not outlive it."""
        try:
            try:
                if self._kept is not None:
                    self._kept.session.end_decoders()  # type: ignore[attr-defined]  # a Workspace
            finally:
                self._around.replace_process([*this_program(), *([str(self._folder)] if self._folder else [])])
        except OSError:  # no memory, or the program was removed: then there is no lock screen, and no keys either
            os._exit(1)

    def _destroy(self) -> None:
        """Behind the closing of the vault. Whoever panics now waits for the end of it."""
        assert self._folder is not None
        screen = DestroyingScreen(self._folder, self._lanes.vault)
        screen.ended.connect(self._on_own_destroyed)
        self.takeCentralWidget()  # kept until the end
        self.setCentralWidget(screen)
        screen.raise_()

    def _on_own_destroyed(self, gone: bool) -> None:
        self._folder = None if gone else self._folder
        self._become_lock_screen()

    def _on_heard(self) -> None:
        """Sleep, lid or session. Whoever listens there ends a window that neither goes nor answers."""
        self.panic()
        hearing = self._threshold.hearing
        if hearing is None:
            return
        if self._is_destroying:
            hearing.finish()
        elif self._leaving is None:
            hearing.stay()

    @property
    def _is_destroying(self) -> bool:
        """Whether something is being destroyed, or is about to be; that is not to be stopped."""
        screen = self.screen_shown
        is_busy = isinstance(screen, DestroyScreen) and screen.is_busy
        return is_busy or isinstance(screen, DestroyingScreen) or self._leaving == self._destroy

    def _on_left_alone(self) -> None:
        screen = self.screen_shown
        if isinstance(screen, Page) and screen.hides_when_left_alone:
            self.panic()

    def _on_cover_key(self) -> None:
        if self._workspace is not None:
            self._workspace.guard.toggle_cover()  # type: ignore[attr-defined]  # a Workspace

    def _on_phone_key(self) -> None:
        if self._workspace is not None:
            self._workspace.guard.stay_on_phone()  # type: ignore[attr-defined]  # a Workspace

    def _quit(self) -> None:
        self._threshold.stop()
        self.close()
        QGuiApplication.quit()

    def _usual_folder(self) -> Path | None:
        usual = default_place(self._around.home) / "Vault"
        return usual if holds_vault(usual) else None


def _warm(_progress: Progress) -> None:
    """Read the code of the open vault, while the person types."""
    import fieldapp.ui.workspace  # noqa: F401, PLC0415 - start-up time: see Doors.warm


def _nothing() -> None:
    """What is left to do after the window was left."""


def _fitting(size: QSize) -> QSize:
    screen = QGuiApplication.primaryScreen()
    return size.boundedTo(screen.availableSize()) if screen else size
