"""Counts the seconds in which nobody touched keyboard or mouse, and asks for the lock when it is time."""

from __future__ import annotations

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
    """Ticks every second while it runs; any touch starts the count anew."""

    ticked = Signal(int)
    """Seconds left until the lock."""
    ran_out = Signal()

    def __init__(self, window: QWidget, after_s: int) -> None:
        super().__init__(window)
        self._after_s = after_s
        self._left_s = after_s
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self.tick)
        QApplication.instance().installEventFilter(self)

    def start(self, after_s: int | None = None) -> None:
        """Count from now on, with another limit if given."""
        self._after_s = after_s or self._after_s
        self._left_s = self._after_s
        self._timer.start()
        self.ticked.emit(self._left_s)

    def stop(self) -> None:
        """Count no more."""
        self._timer.stop()

    def tick(self) -> None:
        """One second has gone."""
        self._left_s -= 1
        self.ticked.emit(max(self._left_s, 0))
        if self._left_s <= 0:
            self._timer.stop()
            self.ran_out.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() in _TOUCHES and self._timer.isActive() and self._left_s != self._after_s:
            self._left_s = self._after_s
            self.ticked.emit(self._left_s)
        return super().eventFilter(watched, event)
