"""A real window in which somebody types without a pause, until the process is killed. Run as a program of its own.

`python typing_window.py VAULT WHERE`: WHERE is `record` or `sheet`. The passphrase comes on the standard input. For
each key that was taken one line is written: the clock, and how many there are by now.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from fieldapp.jobs import open_lanes
from fieldapp.ui.application import make_application
from fieldapp.ui.collecting import Collector
from fieldapp.ui.erasing.withdraw_sheet import WithdrawSheet
from fieldapp.ui.hop import Hop
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.shell import Shell
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.workspace import Workspace

EVERY_MS = 15
WORDS = "and then they took his phone and his papers "


class Typist(QObject):
    """Unlocks, goes to where it shall type, and types."""

    def __init__(self, shell: Shell, where: str, passphrase: str) -> None:
        super().__init__(shell)
        self._shell, self._where, self._passphrase = shell, where, passphrase
        self._typed = 0
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def _on_tick(self) -> None:
        screen = self._shell.screen_shown
        if isinstance(screen, UnlockScreen) and self._passphrase:
            screen.passphrase.box._add(self._passphrase)
            self._passphrase = ""
            screen.unlock_button.click()
        elif isinstance(screen, Workspace):
            field = self._field(screen)
            if field is not None:
                self._type(field)

    def _field(self, workspace: Workspace) -> QLineEdit | QPlainTextEdit | None:
        page = workspace.records.detail.page
        if self._where == "record":
            if page is None:
                workspace.records.begin_new("testimony")
                return None
            return page.form.cells["narrative"].editor.findChild(QPlainTextEdit)
        for sheet in workspace.findChildren(WithdrawSheet):
            return sheet.reason
        if page is None:
            row = workspace.records.list.model.row_at(0)
            if row is not None:
                workspace.open_row(row)
        else:
            workspace.errands.withdraw()
            self._timer.setInterval(300)
        return None

    def _type(self, field: QLineEdit | QPlainTextEdit) -> None:
        self._timer.setInterval(EVERY_MS)
        QTest.keyClicks(field, WORDS[self._typed % len(WORDS)])
        self._typed += 1
        sys.stdout.write(f"{time.monotonic()} {self._typed}\n")
        sys.stdout.flush()


def main() -> int:
    """The window without a screen, until somebody kills it."""
    application = make_application()
    Collector(application)
    shell = Shell(open_lanes(Hop(application)), Surroundings(home=Path(sys.argv[1]).parent), Path(sys.argv[1]))
    shell.show()
    Typist(shell, sys.argv[2], sys.stdin.readline().rstrip("\n"))
    return QApplication.exec()


if __name__ == "__main__":
    sys.exit(main())
