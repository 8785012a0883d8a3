"""What is put on the clipboard, and taken from it again: after ten seconds, and when the vault is locked or left.

Clipboard histories are asked to leave it out; whether they do is theirs.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QMimeData, QObject, QTimer
from PySide6.QtGui import QGuiApplication

STAYS_MS = 10_000

_HINTS = {
    "x-kde-passwordManagerHint": b"secret",
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"': bytes(4),
    'application/x-qt-windows-mime;value="CanIncludeInClipboardHistory"': bytes(4),
}
"""By what clipboard histories know that something is not for them (KDE's Klipper and those that follow it; Windows)."""


class ShortCopy(QObject):
    """Lives with the program, not with a sheet: the clipboard is emptied also after the sheet was closed."""

    def __init__(self, text: str) -> None:
        super().__init__(QCoreApplication.instance())
        self._text = text
        mime = QMimeData()
        mime.setText(text)
        for name, value in _HINTS.items():
            mime.setData(name, value)
        QGuiApplication.clipboard().setMimeData(mime)
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


def forget_copies() -> None:
    """Take back all that is still on the clipboard. Before a lock: the process that would do it later ends with it."""
    program = QCoreApplication.instance()
    for each in program.findChildren(ShortCopy) if program is not None else ():
        each.forget()
