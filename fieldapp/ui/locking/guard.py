"""What stands between an open vault and whoever comes in: the count towards the lock, its last minute, and the cover.

Rule 1: the lid, sleep, a locked session, the keys and the button lock at once, whatever is going on.
Rule 2: when nobody touches the machine while files are being sealed, the cover comes up, and the lock follows when they
        are done, at the latest after half an hour: an hour's import must not be cut off because somebody went for tea.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from fieldapp.i18n import _
from fieldapp.ui.idle import IdleClock
from fieldapp.ui.locking.countdown import PHONE_S, LastMinute
from fieldapp.ui.locking.cover import Cover
from fieldapp.ui.status_line import StatusLine
from fieldapp.ui.theme import GRID, RAIL_WIDTH

FILES_AT_MOST_S = 30 * 60
_BELOW = 8 * GRID
"""Below the top bar, beside the rail: over the content, and over nothing that leads away from it."""


class Guard(QObject):
    """Of one screen of an open vault. `is_busy`: whether files are being read, sealed or copied."""

    lock_asked = Signal()

    def __init__(self, screen: QWidget, idle: IdleClock, status: StatusLine, is_busy: Callable[[], bool]) -> None:
        super().__init__(screen)
        self._idle, self._status, self._is_busy = idle, status, is_busy
        self._waited_s = 0
        self.last_minute = LastMinute(screen, left=RAIL_WIDTH, top=_BELOW)
        self.cover = Cover(screen)
        self._waiting = QTimer(self, interval=1000)
        self._waiting.timeout.connect(self.wait_for_files)
        idle.ticked.connect(self._on_ticked)
        idle.put_off.connect(self._on_put_off)
        idle.ran_out.connect(self._on_ran_out)
        idle.slept.connect(self.lock_asked)
        self.cover.lifted.connect(self._on_lifted)
        self.cover.lock_asked.connect(self.lock_asked)
        self.last_minute.phone_asked.connect(self.stay_on_phone)

    def stop(self) -> None:
        """Nothing is counted any more; what the cover hid stays hidden."""
        self._idle.stop()
        self._waiting.stop()
        self.last_minute.hide()
        self.cover.take_away()

    def toggle_cover(self) -> None:
        """Cover everything, or show it again."""
        if self.cover.is_up:
            self.cover.lift()
        else:
            self._cover()

    def stay_on_phone(self) -> None:
        """Stay open while somebody is on the phone; asked again, lock as usual."""
        if self.cover.is_up:
            self.cover.lift()
        self._idle.stay(0 if self._idle.stays_s else PHONE_S)
        self.last_minute.hide()

    def wait_for_files(self) -> None:
        """A second has gone in which the lock waited for files."""
        self._waited_s += 1
        if not self._is_busy() or self._waited_s >= FILES_AT_MOST_S:
            self._waiting.stop()
            self.lock_asked.emit()

    def _cover(self, reason: str = "") -> None:
        self._idle.sees_touches = False
        self.last_minute.hide()
        self.cover.say_left(self._idle.left_s)
        self.cover.put_up(reason)

    def _on_lifted(self) -> None:
        self._waiting.stop()
        self._idle.sees_touches = True
        self._idle.touch()

    def _on_ticked(self, left_s: int) -> None:
        self._status.say_left(left_s, self._idle.stays_s)
        if self.cover.is_up:
            self.cover.say_left(left_s)
        elif left_s and self._idle.is_last_part:
            self.last_minute.bar.say_left(left_s, self._idle.last_part_s)

    def _on_put_off(self) -> None:
        self.last_minute.bar.say_put_off(self._idle.after_s)

    def _on_ran_out(self) -> None:
        if not self._is_busy():
            self.lock_asked.emit()
        elif not self._waiting.isActive():
            self._waited_s = 0
            self._cover(_("Files are still being sealed. It locks as soon as they are done."))
            self._waiting.start()
            self._idle.start()
        else:
            self._idle.start()
