"""The program with another paint event: prints the clock when its window has been painted for the first time, and ends.

Run as `python window_child.py [VAULT]`; without a vault an empty window of Qt's is shown instead of ours. A filter of
the application's events would see the paint too, but PySide reads all kinds of widgets from the disk for it.
"""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow


def tell_first_paint(kind: type[QMainWindow]) -> None:
    """From now on a window of this kind tells once, after its first paint has reached the screen."""
    paints = kind.paintEvent

    def paint_event(window: QMainWindow, event: QPaintEvent) -> None:
        if not told:
            told.append(True)
            QTimer.singleShot(0, _tell)  # before what the window itself puts off until it is seen
        paints(window, event)

    told: list[bool] = []
    kind.paintEvent = paint_event  # type: ignore[assignment]  # as a subclass would


def _tell() -> None:
    print(time.clock_gettime(time.CLOCK_MONOTONIC), flush=True)
    QApplication.quit()


class _Empty(QMainWindow):
    """An empty window."""


def main() -> int:
    """Start the program as its command does."""
    if len(sys.argv) == 1:
        application = QApplication(sys.argv[:1])
        tell_first_paint(_Empty)
        empty = _Empty()
        empty.show()
        return application.exec()
    from fieldapp.__main__ import main as program  # noqa: PLC0415 - not for the empty window
    from fieldapp.ui.shell import Shell  # noqa: PLC0415 - see above

    tell_first_paint(Shell)
    return program()


if __name__ == "__main__":
    sys.exit(main())
