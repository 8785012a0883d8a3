"""Counts the seconds in which nobody touched keyboard or mouse, and asks for the lock when it is time."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

_TOUCHES = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
    QEvent.Type.InputMethod,
}


class IdleClock(QObject):
    """Ticks every second while it runs; any touch starts the count anew.

    `now_s` is a clock that goes on while the machine sleeps, so that a sleep is counted at the first tick after it.
    """

    ticked = Signal(int)
    """Seconds left until the lock."""
    ran_out = Signal()

    def __init__(self, window: QWidget, after_s: int, now_s: Callable[[], float] = time.time) -> None:
        super().__init__(window)
        self._now_s = now_s
        self._ticked_s = now_s()
        self._after_s = after_s
        self._left_s = after_s
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self.tick)
        QApplication.instance().installEventFilter(self)

    def start(self, after_s: int | None = None) -> None:
        """Count from now on, with another limit if given."""
        self._after_s = after_s or self._after_s
        self._left_s = self._after_s
        self._ticked_s = self._now_s()
        self._timer.start()
        self.ticked.emit(self._left_s)

    def stop(self) -> None:
        """Count no more."""
        self._timer.stop()

    def tick(self) -> None:
        """A second has gone, or as many as the machine slept."""
        now_s = self._now_s()
        self._left_s -= max(1, round(now_s - self._ticked_s))
        self._ticked_s = now_s
        self.ticked.emit(max(self._left_s, 0))
        if self._left_s <= 0:
            self._timer.stop()
            self.ran_out.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() in _TOUCHES and self._timer.isActive() and self._left_s != self._after_s:
            self._left_s = self._after_s
            self.ticked.emit(self._left_s)
        return super().eventFilter(watched, event)
