"""The one window. It shows one screen at a time and leads from each to the next; it knows nothing of records.

The title is constant and says nothing. Locking ends the process that knew the keys: the shell hides what is on the
screen, has the workspace keep what was typed, for less than half a second, and hands over to `replace_process`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from fieldapp.i18n import _
from fieldapp.jobs import Lanes
from fieldapp.ui.locking.alone import Alone
from fieldapp.ui.locking.keys import LockKeys
from fieldapp.ui.locking.threshold import Threshold
from fieldapp.ui.opening.doors import Open, Restored, holds_vault, usual_place
from fieldapp.ui.opening.page import Page
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.qt_words import speak
from fieldapp.ui.short_copy import forget_copies
from fieldapp.ui.starting_again import begin_with, beginning, this_program
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.ways_in import WaysIn
from fieldapp.values import Progress

_LOCK_AT_LATEST_MS = 400
"""What was typed is kept by then, or it is at most a second's; the process with the keys goes in any case."""
_KEEP_AT_LEAST_MS = 150
"""So long it has for that, however long the hiding took."""
_QUIT_AT_LATEST_MS = 10_000
_AGAIN_MS = 100
_SOON_S = 0.0005
"""While a window goes, threads that work in Python give it their turn after so long: usually ten times as much."""
_SIZE = QSize(1366, 768)
_LEAST = QSize(960, 600)
_FRAME = QSize(16, 48)
"""Of a window manager, at the most: before the window is shown, nobody knows."""


class Shell(QMainWindow):
    """The window, from the welcome to the lock."""

    def __init__(self, lanes: Lanes, surroundings: Surroundings, folder: Path | None) -> None:
        super().__init__()
        self._lanes = lanes
        self._around = surroundings
        self._workspace: QWidget | None = None
        self._place: object = None
        self._kept: QWidget | None = None
        self._leaving: Callable[[], None] | None = None
        self._left_s = 0.0
        self._closing = 0
        self._has_begun = False
        self._at_latest = QTimer(self, singleShot=True)
        self._at_latest.timeout.connect(self._on_finished)
        self.ways_in = WaysIn(
            self._show, lanes.vault, surroundings, folder.absolute() if folder else self._usual_folder(), self
        )
        self.ways_in.opened.connect(self._open)
        self.ways_in.restored.connect(self._on_restored)
        self._threshold = Threshold(self, surroundings.watch, surroundings.lock_after_s, self._hides_when_left_alone)
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
        self.resize(fitting(_SIZE, _available()))
        self.ways_in.begin(beginning())

    @property
    def screen_shown(self) -> QWidget:
        """What is in the window now."""
        return self.centralWidget()

    def lock(self) -> None:
        """Keep what is typed and end this process; the lock screen of the same vault takes its place."""
        self._leave(self._become_lock_screen, _LOCK_AT_LATEST_MS)

    def panic(self) -> None:
        """The same from anywhere, also before a vault is open: a passphrase that is being typed goes with it."""
        screen = self.screen_shown
        if self._must_end:
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
        """Finish what is typed, then close. What is destroyed is destroyed first, what is being made goes first."""
        event.ignore()
        if self._workspace is not None:
            self._leave(self._quit, _QUIT_AT_LATEST_MS)
        elif not self._must_end:
            self._close(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Once it is seen, hear what is done: for a filter of all events PySide reads every kind of widget there is."""
        super().paintEvent(event)
        if not self._has_begun:
            QTimer.singleShot(0, self, self.begin)

    def begin(self) -> None:
        """It is seen: from now on its keys are met, touches counted, and the code of an open vault is read."""
        if self._has_begun:
            return
        self._has_begun = True
        self._keys.come_first()
        self._threshold.begin()
        self._lanes.vault.start(self._around.doors.warm)
        self._lanes.vault.start(_warm)

    def _close(self, event: QCloseEvent) -> None:
        screen = self.screen_shown
        self._closing += 1
        at_latest = self._closing * _AGAIN_MS > _QUIT_AT_LATEST_MS
        if at_latest or self._leaving is not None or not isinstance(screen, Page) or screen.stop():
            event.accept()
        else:
            QTimer.singleShot(_AGAIN_MS, self, self.close)

    def _show(self, screen: QWidget) -> None:
        before = self.takeCentralWidget()
        self.setCentralWidget(screen)
        if before is not None:
            before.deleteLater()
        screen.setFocus()
        if self._has_begun:
            self._keys.come_first()
            self._threshold.hide()

    def _on_language_inside(self, chosen: str) -> None:
        """The same vault and the same place, in other words: everything on the screen is made anew."""
        before = self._workspace
        speak(chosen)
        if before is not None:
            before.leave()  # type: ignore[attr-defined]  # a Workspace, whose module is read late
            workspace = self._show_workspace(before.session)  # type: ignore[attr-defined]  # see above
            workspace.begin()  # type: ignore[attr-defined]  # see above
            workspace.show_place("settings")  # type: ignore[attr-defined]  # see above

    def _on_restored(self, made: Restored) -> None:
        from fieldapp.ui.opening.restore import tell_left_out  # noqa: PLC0415 - start-up time: see WaysIn

        self._open(made.archive)
        tell_left_out(self, made)

    def _open(self, archive: Open, practice: bool = False, new: bool = False) -> None:
        from fieldapp.ui.session import Session  # noqa: PLC0415 - start-up time: see Doors.warm

        self.ways_in.folder, self._place = archive.vault.folder, archive.vault.place
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
        sys.setswitchinterval(_SOON_S)
        self._leaving, self._left_s = then, time.monotonic()
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
            gone_ms = round((time.monotonic() - self._left_s) * 1000)
            self._at_latest.start(max(self._at_latest.interval() - gone_ms, _KEEP_AT_LEAST_MS))
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
                folder = self.ways_in.folder
                self._around.replace_process([*this_program(), *([str(folder)] if folder else [])])
        except OSError:  # no memory, or the program was removed: then there is no lock screen, and no keys either
            os._exit(1)

    def _destroy(self) -> None:
        """Behind the closing of the vault. Whoever panics now waits for the end of it."""
        from fieldapp.ui.opening.destroy import DestroyingScreen  # noqa: PLC0415 - start-up time: see WaysIn

        assert self.ways_in.folder is not None
        screen = DestroyingScreen(self.ways_in.folder, self._lanes.vault, self._place)
        screen.ended.connect(self._on_own_destroyed)
        self.takeCentralWidget()  # kept until the end
        self.setCentralWidget(screen)
        screen.raise_()

    def _on_own_destroyed(self, gone: bool) -> None:
        self.ways_in.folder = None if gone else self.ways_in.folder
        self._become_lock_screen()

    def _on_heard(self) -> None:
        """Sleep, lid or session. Whoever listens there ends a window that neither goes nor answers."""
        self.panic()
        hearing = self._threshold.hearing
        if hearing is None:
            return
        if self._must_end:
            hearing.finish()
        elif self._leaving is None:
            hearing.stay()

    @property
    def _must_end(self) -> bool:
        """Whether something is being destroyed, or is about to be; that is not to be stopped."""
        screen = self.screen_shown
        return self._leaving == self._destroy or (isinstance(screen, Page) and screen.must_end)

    def _hides_when_left_alone(self) -> bool:
        screen = self.screen_shown
        return isinstance(screen, Page) and screen.hides_when_left_alone

    def _on_left_alone(self) -> None:
        if self._hides_when_left_alone():
            self.panic()

    def _on_cover_key(self) -> None:
        if self._workspace is not None:
            self._workspace.guard.toggle_cover()  # type: ignore[attr-defined]  # a Workspace

    def _on_phone_key(self) -> None:
        if self._workspace is not None:
            self._workspace.guard.stay_on_phone()  # type: ignore[attr-defined]  # a Workspace
        else:
            self._threshold.stay_on_phone()

    def _quit(self) -> None:
        self._threshold.stop()
        self.close()
        QGuiApplication.quit()

    def _usual_folder(self) -> Path | None:
        usual = usual_place(self._around.home) / "Vault"
        return usual if holds_vault(usual) else None


def _warm(_progress: Progress) -> None:
    """Read the code of the open vault, while the person types."""
    import fieldapp.ui.workspace  # noqa: F401, PLC0415 - start-up time: see Doors.warm


def _nothing() -> None:
    """What is left to do after the window was left."""


def fitting(size: QSize, available: QSize) -> QSize:
    """As large as may be, with the frame around it, where so much is available."""
    return size.boundedTo(available - _FRAME).expandedTo(_LEAST)


def _available() -> QSize:
    screen = QGuiApplication.primaryScreen()
    return screen.availableSize() if screen else _SIZE + _FRAME
