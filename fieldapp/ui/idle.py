"""Counts the seconds in which nobody touched keyboard or mouse, and says when it is time to lock.

Rule 1: a touch starts the count anew; `stay` keeps the vault open for a while also without any.
Rule 2: a clock that gained or lost between two ticks on the one that stands while the machine sleeps means that it
        slept (a bad battery sets an old machine's clock back when it wakes): that is never counted, `slept` is said at
        once. A window that was stopped, or a machine that swaps, is slow on both: that is counted as any other time.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from fieldapp import jobs

LAST_S = 60
"""The last part of the count, in which the window says that it will lock."""
SLEPT_S = 5
"""What is less can come of reading two clocks one after the other, and of the network setting one right."""

_TOUCHES = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
    QEvent.Type.InputMethod,
}


class IdleClock(QObject):
    """Ticks every second while it runs."""

    ticked = Signal(int)
    """Seconds left until the lock."""
    put_off = Signal()
    """Somebody touched the machine in the last part of the count."""
    ran_out = Signal()
    slept = Signal()

    def __init__(self, window: QWidget, after_s: int, now: jobs.ReadClocks = jobs.moment) -> None:
        super().__init__(window)
        self.sees_touches = True
        """Set to False, a touch changes nothing."""
        self._now = now
        self._ticked = now()
        self._after_s = after_s
        self._idle_s = 0
        self._stay_s = 0
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self.tick)
        self._hears = False

    @property
    def after_s(self) -> int:
        """The seconds without a touch after which it locks."""
        return self._after_s

    @property
    def left_s(self) -> int:
        """Seconds left until the lock."""
        return max(self._after_s - self._idle_s, self._stay_s, 0)

    @property
    def stays_s(self) -> int:
        """For so many seconds it will not lock by itself, touched or not; 0: as usual."""
        return self._stay_s

    @property
    def last_part_s(self) -> int:
        """How long the part of the count is in which a person must see that it will lock."""
        return min(LAST_S, self._after_s // 2)

    @property
    def is_last_part(self) -> bool:
        """Whether the lock is so near."""
        return self.left_s <= self.last_part_s

    def start(self, after_s: int | None = None) -> None:
        """Count from now on, with another limit if given."""
        self._after_s = after_s or self._after_s
        self._idle_s = 0
        self._ticked = self._now()
        self._timer.start()
        if not self._hears:
            self._hears = True
            QApplication.instance().installEventFilter(self)
        self.ticked.emit(self.left_s)

    def stay(self, for_s: int) -> None:
        """Do not lock for so long, whether somebody touches anything or not; 0: as usual again."""
        self._stay_s = for_s
        self.touch()

    def stop(self) -> None:
        """Count no more."""
        self._timer.stop()

    def touch(self) -> None:
        """Somebody is there."""
        was_last_part = self.is_last_part
        self._idle_s = 0
        self.ticked.emit(self.left_s)
        if was_last_part and not self.is_last_part:
            self.put_off.emit()

    def tick(self) -> None:
        """A second has gone, or a few on a slow machine."""
        before, self._ticked = self._ticked, self._now()
        gone_s = self._ticked.awake_s - before.awake_s
        if abs(self._ticked.all_s - before.all_s - gone_s) >= SLEPT_S:
            self.stop()
            self.slept.emit()
            return
        seconds = max(1, round(gone_s))
        self._idle_s += seconds
        self._stay_s = max(0, self._stay_s - seconds)
        self.ticked.emit(self.left_s)
        if not self.left_s:
            self.stop()
            self.ran_out.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() in _TOUCHES and self.sees_touches and self._idle_s and self._timer.isActive():
            self.touch()
        return super().eventFilter(watched, event)
