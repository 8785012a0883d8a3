"""Says when a new day has begun on this machine's clock, also after it slept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QObject, QTimer, Signal

_EVERY_MS = 60_000


class NewDay(QObject):
    """Looks at the date once a minute, from `start` on."""

    began = Signal()

    def __init__(self, parent: QObject, today: Callable[[], date] = date.today) -> None:
        super().__init__(parent)
        self._today = today
        self._day = today()
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Look from now on."""
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def look(self) -> None:
        """See whether it is another day than at the last look."""
        if (today := self._today()) != self._day:
            self._day = today
            self.began.emit()
