"""The program with a vault that is unlocked and typed in, and then locked by its key: prints the clock at the key, and,
once it has become the lock screen, the clock when that has been painted; then it ends.

Run as `python lock_child.py VAULT`, with the passphrase in BENCH_PASSPHRASE. What it becomes is the program as its
command starts it, but for the paint event of `window_child.py`, which tells the first paint.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow

from fieldapp.jobs import watch_machine
from fieldapp.ui.application import run
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.workspace import Workspace

_EVERY_MS = 50
_TYPED = "Typed a moment before the lock"


class Hand(QObject):
    """Unlocks, types, and presses the key."""

    def __init__(self, passphrase: str) -> None:
        super().__init__()
        self._passphrase = passphrase
        self._window: QMainWindow | None = None
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def _on_tick(self) -> None:
        window = next((each for each in QApplication.topLevelWidgets() if isinstance(each, QMainWindow)), None)
        self._window = window
        screen = window.centralWidget() if window is not None and window.isVisible() else None
        if screen is None:
            return
        if isinstance(screen, UnlockScreen) and self._passphrase:
            screen.passphrase.box._add(self._passphrase)  # noqa: SLF001 - there is no other way in than keys
            self._passphrase = ""
            screen.unlock_button.click()
        elif isinstance(screen, Workspace):
            self._timer.stop()
            screen.records.begin_new("testimony")
            page = screen.records.detail.page
            line = page.form.cells["title"].editor.findChild(QLineEdit) if page is not None else None
            assert isinstance(line, QLineEdit)
            line.setText(_TYPED)
            line.textEdited.emit(_TYPED)
            QTimer.singleShot(_EVERY_MS, self, self._lock)

    def _lock(self) -> None:
        print(time.clock_gettime(time.CLOCK_MONOTONIC), flush=True)
        key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
        assert self._window is not None
        QApplication.sendEvent(self._window, key)


def become_this(arguments: Sequence[str]) -> None:
    """The program, with the paint event that tells the first one."""
    own = Path(__file__).resolve()
    os.execv(sys.executable, [sys.executable, str(own.with_name("window_child.py")), arguments[-1]])


def main() -> int:
    """Open the window on the vault."""
    application = QApplication(sys.argv[:1])
    hand = Hand(os.environ.pop("BENCH_PASSPHRASE"))
    hand.setParent(application)
    around = Surroundings(watch=watch_machine, replace_process=become_this)
    return run(Path(sys.argv[1]), surroundings=around)


if __name__ == "__main__":
    sys.exit(main())
