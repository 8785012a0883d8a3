"""What is put on the clipboard, and taken from it again after a while, if it is still there."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from PySide6.QtGui import QGuiApplication

STAYS_MS = 120_000


class ShortCopy(QObject):
    """Lives with the program, not with a sheet: also after the vault was locked the clipboard is emptied."""

    def __init__(self, text: str) -> None:
        super().__init__(QCoreApplication.instance())
        self._text = text
        QGuiApplication.clipboard().setText(text)
        self.timer = QTimer(self, singleShot=True, interval=STAYS_MS)
        self.timer.timeout.connect(self.forget)
        self.timer.start()

    def forget(self) -> None:
        """Empty the clipboard, unless something else is on it by now."""
        clipboard = QGuiApplication.clipboard()
        if self._text and clipboard.text() == self._text:
            clipboard.clear()
        self._text = ""
        self.timer.stop()
        self.deleteLater()
