"""The program, with somebody who types a passphrase that they never hold: each letter comes alone, and is let go of.

Run as `python typing_child.py VAULT`. Says `open` when the vault is open, and ends when it is told a line.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from PySide6.QtCore import Qt, QTimer  # noqa: E402 - the program itself is found only now
from PySide6.QtTest import QTest  # noqa: E402 - as above
from PySide6.QtWidgets import QApplication  # noqa: E402 - as above

from fieldapp import __main__  # noqa: E402 - as above
from fieldapp.ui.opening.unlock import UnlockScreen  # noqa: E402 - as above
from fieldapp.ui.shell import Shell  # noqa: E402 - as above


class Typist:
    """Looks every now and then what is on the screen, and does the next thing."""

    def __init__(self) -> None:
        self.timer = QTimer(interval=50)
        self.timer.timeout.connect(self._on_tick)
        self._typed = False

    def _on_tick(self) -> None:
        shells = [each for each in QApplication.topLevelWidgets() if isinstance(each, Shell) and each.isVisible()]
        if not shells:
            return
        screen = shells[0].screen_shown
        if isinstance(screen, UnlockScreen) and not self._typed:
            self._typed = True
            while (letter := os.read(0, 1)) != b"\n":
                QTest.keyClicks(screen.passphrase.box, letter.decode())
            QTest.keyClick(screen.passphrase.box, Qt.Key.Key_Return)
        elif not isinstance(screen, UnlockScreen):
            self.timer.stop()
            print("open", flush=True)  # noqa: T201 - the signal


def main() -> int:
    application = QApplication(sys.argv[:1])
    assert application
    typist = Typist()
    typist.timer.start()
    return __main__.main()


if __name__ == "__main__":
    sys.exit(main())
