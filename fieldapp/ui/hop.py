"""From the lanes to the window: what a job tells is run in the thread of the window, in order."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Hop(QObject):
    """Call it from any thread; lives in the thread of the window. After `stop` nothing more arrives."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stopped = False
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)

    def __call__(self, call: Callable[[], None]) -> None:
        self._posted.emit(call)

    def stop(self) -> None:
        """Let nothing more through: those who asked are gone."""
        self._stopped = True

    @Slot(object)
    def _on_posted(self, call: object) -> None:
        if not self._stopped and callable(call):
            call()
