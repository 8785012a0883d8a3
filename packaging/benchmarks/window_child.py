"""The program with an event filter: prints the clock when its window has been painted for the first time, and ends.

Run as `python window_child.py [VAULT]`; without a vault an empty window of Qt's is shown instead of ours.
"""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow


class FirstPaint(QObject):
    """Tells once, after the first paint of a main window has reached the screen."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Look at what passes, and let it pass."""
        if event.type() is QEvent.Type.Paint and isinstance(watched, QMainWindow):
            QApplication.instance().removeEventFilter(self)
            QTimer.singleShot(0, _tell)
        return False


def _tell() -> None:
    print(time.clock_gettime(time.CLOCK_MONOTONIC), flush=True)
    QApplication.quit()


def main() -> int:
    """Start the program as its command does."""
    application = QApplication(sys.argv[:1])
    first_paint = FirstPaint()
    application.installEventFilter(first_paint)
    if len(sys.argv) == 1:
        empty = QMainWindow()
        empty.show()
        return application.exec()
    from fieldapp.__main__ import main as program  # noqa: PLC0415 - not for the empty window

    return program()


if __name__ == "__main__":
    sys.exit(main())
