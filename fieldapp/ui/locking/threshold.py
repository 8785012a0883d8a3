"""The window before a vault stands open in it: a passphrase is typed, a phrase is shown, keys are derived.

There is something to hide then too. So sleep, lid and session are heard from the beginning on, and who leaves what they
typed, or the words of a new phrase, on the screen, finds an untouched lock screen; of the last minute it is told, for
twelve words are long to write down. Once the vault stands open, its own clock counts.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from fieldapp import jobs
from fieldapp.ui.idle import IdleClock
from fieldapp.ui.locking.countdown import PHONE_S, LastMinute
from fieldapp.ui.locking.hearing import Hearing
from fieldapp.ui.theme import GRID

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

    def __init__(
        self, window: QWidget, watch: jobs.StartWatcher | None, after_s: int, hides: Callable[[], bool]
    ) -> None:
        """`hides`: whether there is something on the screen now that nobody else may find."""
        super().__init__(window)
        self._window, self._watch, self._hides = window, watch, hides
        self.hearing: Hearing | None = None
        self.clock = IdleClock(window, after_s)
        self.clock.slept.connect(self.lock_asked)
        self.clock.slept.connect(self.clock.start)  # where nothing was touched, nothing is locked, and it counts on
        self.clock.ran_out.connect(self.left_alone)
        self.clock.ran_out.connect(self.clock.start)
        self.clock.ticked.connect(self._on_ticked)
        self.clock.put_off.connect(self._on_put_off)
        self._last_minute: LastMinute | None = None

    def begin(self) -> None:
        """The window is seen: count from now on, and soon listen too."""
        self.clock.start()
        QTimer.singleShot(_AFTER_FIRST_LOOK_MS, self, self.listen)

    def listen(self) -> None:
        """Begin to hear of sleep, lid and session, if that has not begun."""
        if self.hearing is None and self._watch is not None:
            self.hearing = Hearing(self._window, self._watch)
            self.hearing.lock_asked.connect(self.heard)

    def stay_on_phone(self) -> None:
        """Somebody who is on the phone and has twelve words to write down, or to hear, is left in peace."""
        self.clock.stay(0 if self.clock.stays_s else PHONE_S)
        self.hide()

    def hide(self) -> None:
        """Say nothing of the last minute any more."""
        if self._last_minute is not None:
            self._last_minute.hide()

    def cross(self) -> bool:
        """The vault is about to stand open. False: the machine slept meanwhile, and it is to be locked instead."""
        self.listen()
        slept: list[bool] = []
        self.clock.slept.connect(lambda: slept.append(True))
        self.clock.tick()
        self.clock.stop()
        self.hide()
        return not slept

    def _on_ticked(self, left_s: int) -> None:
        if not (left_s and self.clock.is_last_part and self._hides()):
            return
        if self._last_minute is None:
            self._last_minute = LastMinute(self._window, top=2 * GRID)
            self._last_minute.phone_asked.connect(self.stay_on_phone)
        self._last_minute.bar.say_left(left_s, self.clock.last_part_s)

    def _on_put_off(self) -> None:
        if self._last_minute is not None:
            self._last_minute.bar.say_put_off(self.clock.after_s)

    def stop(self) -> None:
        """The window closes."""
        self.clock.stop()
        if self.hearing is not None:
            self.hearing.stop()
