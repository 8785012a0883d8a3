"""Where somebody is, kept in the vault at most a second later, so that opening it again costs only the passphrase."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from fieldapp.services import half_finished
from fieldapp.services.half_finished import Place
from fieldapp.ui.session import Session

LOOK_EVERY_MS = 500


class PlaceKeeper(QObject):
    """Looks twice a second, and writes only when the place is another one."""

    def __init__(self, session: Session, screen: QObject, where: Callable[[], Place]) -> None:
        super().__init__(screen)
        self._session, self._where = session, where
        self._kept: Place | None = None
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.keep)

    def start(self) -> None:
        """From now on."""
        self._timer.start()

    def keep(self) -> None:
        """Keep the place if it changed."""
        place = self._where()
        if place != self._kept:
            self._write(place)

    def stop(self, *, returns: bool) -> None:
        """Keep it for the last time; where nobody `returns`, forget it."""
        self._timer.stop()
        if returns:
            self.keep()
        else:
            self._write(None)

    def _write(self, place: Place | None) -> None:
        self._kept = place
        self._session.ask(
            self, lambda archive: half_finished.keep_place(archive, place), None, lambda _error: self._retry()
        )

    def _retry(self) -> None:
        self._kept = None  # a full disk: written again when it is looked at next
