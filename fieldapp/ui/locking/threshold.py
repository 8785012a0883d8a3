"""The window before a vault stands open in it: a passphrase is typed, a phrase is shown, keys are derived.

There is something to hide then too. So sleep, lid and session are heard from the beginning on, and who leaves what they
typed, or the words of a new phrase, on the screen, finds an untouched lock screen. Once the vault stands open, its own
clock counts.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from fieldapp import jobs
from fieldapp.ui.idle import IdleClock
from fieldapp.ui.locking.hearing import Hearing

_AFTER_FIRST_LOOK_MS = 300
"""The listener is a process of its own: the window shows first."""


class Threshold(QObject):
    """Listens for as long as the window is there, and counts until the vault stands open."""

    lock_asked = Signal()
    """The clock jumped: the machine slept."""
    heard = Signal()
    """The machine sleeps, the lid closes, or the session is locked: `hearing` is to be answered, or this is to end."""
    left_alone = Signal()
    """Nobody touched anything for so long as after which a vault locks."""

    def __init__(self, window: QWidget, watch: jobs.StartWatcher | None, after_s: int) -> None:
        super().__init__(window)
        self._window, self._watch = window, watch
        self.hearing: Hearing | None = None
        self.clock = IdleClock(window, after_s)
        self.clock.slept.connect(self.lock_asked)
        self.clock.slept.connect(self.clock.start)  # where nothing was touched, nothing is locked, and it counts on
        self.clock.ran_out.connect(self.left_alone)
        self.clock.ran_out.connect(self.clock.start)
        self.clock.start()
        QTimer.singleShot(_AFTER_FIRST_LOOK_MS, self, self.listen)

    def listen(self) -> None:
        """Begin to hear of sleep, lid and session, if that has not begun."""
        if self.hearing is None and self._watch is not None:
            self.hearing = Hearing(self._window, self._watch)
            self.hearing.lock_asked.connect(self.heard)

    def cross(self) -> bool:
        """The vault is about to stand open. False: the machine slept meanwhile, and it is to be locked instead."""
        self.listen()
        slept: list[bool] = []
        self.clock.slept.connect(lambda: slept.append(True))
        self.clock.tick()
        self.clock.stop()
        return not slept

    def stop(self) -> None:
        """The window closes."""
        self.clock.stop()
        if self.hearing is not None:
            self.hearing.stop()
