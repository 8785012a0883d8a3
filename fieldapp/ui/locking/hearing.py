"""Hearing in the window's thread that the machine sleeps, the lid closes or the session is locked: each is a lock.

On Linux a child without keys says it through a pipe, on Windows the system says it to the window. Where neither does,
the jump of the clock says afterwards that the machine has slept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QObject, QSocketNotifier, Signal
from PySide6.QtWidgets import QApplication, QWidget

from fieldapp import jobs

_READY = "ready"


class Hearing(QObject):
    """Listens for one window. A word that neither ends this process nor is answered ends it after three seconds."""

    lock_asked = Signal()

    def __init__(self, window: QWidget, start: jobs.StartWatcher) -> None:
        super().__init__(window)
        self.hears = ""
        """What the listener found, once it is ready: `system`, `session`, `delay`, in this order."""
        self._watcher = start()
        self._notifier: QSocketNotifier | None = None
        self._native = _Native(window, self.lock_asked.emit) if sys.platform == "win32" else None
        if self._watcher is not None:
            self._notifier = QSocketNotifier(self._watcher.handle, QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._on_readable)

    def stay(self) -> None:
        """After a word: there is nothing to hide, and the machine may sleep."""
        if self._watcher is not None:
            self._watcher.stay()

    def finish(self) -> None:
        """After a word: something is brought to its end first."""
        if self._watcher is not None:
            self._watcher.finish()

    def stop(self) -> None:
        """Listen no more."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.close()

    def _on_readable(self, _handle: object = None) -> None:
        words = self._watcher.read() if self._watcher is not None else []
        if not words:
            self.stop()
        for word in words:
            if word.startswith(_READY):
                self.hears = word.removeprefix(_READY).strip()
            else:
                self.lock_asked.emit()


class _Native(QAbstractNativeEventFilter):
    """Windows' own messages to this window."""

    def __init__(self, window: QWidget, lock: Callable[[], None]) -> None:
        super().__init__()
        self._lock = lock
        jobs.watch_window(int(window.winId()))
        QApplication.instance().installNativeEventFilter(self)

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> object:  # noqa: N802, ARG002 - Qt's name and shape
        address = int(message)
        if address and jobs.word_in_message(address):
            self._lock()
        return False, 0
