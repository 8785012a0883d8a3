"""What is typed waits to be kept: nothing more is typed until it is.

Everything is kept in one lane, in order, so what is typed waits behind work that takes long: a large bundle that is
taken in, a disk that does not answer. Rule: what would be lost if the program were killed is never more than a second
of typing (promise 3). So when something waits too long, every place for words takes no more of them, and it is said
why; as soon as all is kept, they go on where they were.
"""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from fieldapp.i18n import _
from fieldapp.jobs import Job
from fieldapp.ui.plain import PlainLabel, is_there, set_look
from fieldapp.ui.theme import GRID

WAITS_AT_MOST_S = 0.65
"""Before this, words were put aside for up to 0.3 s; together it is less than a second."""
_LOOK_EVERY_MS = 50

TypedIn = QLineEdit | QPlainTextEdit | QTextEdit


class Waiting(QObject):
    """Follows what is being kept."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.is_on = False
        self._kept: list[tuple[float, Job[Any]]] = []
        self._stopped: list[TypedIn] = []
        self._note: WaitingNote | None = None
        self._timer = QTimer(self, interval=_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._on_look)

    def follow(self, job: Job[Any]) -> None:
        """Watch a job that keeps what was typed."""
        self._kept.append((time.monotonic(), job))
        if not self._timer.isActive():
            self._timer.start()

    def _on_look(self) -> None:
        self._kept = [each for each in self._kept if not each[1].ended]
        if not self._kept:
            self._timer.stop()
            self._go_on()
        elif self.is_on or time.monotonic() - self._kept[0][0] >= WAITS_AT_MOST_S:
            self._stop()

    def _stop(self) -> None:
        """Also what came into view since."""
        for each in QApplication.allWidgets():
            if isinstance(each, TypedIn) and each.isVisible() and not each.isReadOnly():
                each.setReadOnly(True)
                self._stopped.append(each)
        if not self.is_on:
            self.is_on = True
            over = QApplication.activeModalWidget() or (self._stopped[0].window() if self._stopped else None)
            self._note = None if over is None else WaitingNote(over)

    def _go_on(self) -> None:
        stopped, self._stopped = self._stopped, []
        for each in stopped:
            if is_there(each):
                each.setReadOnly(False)
        self.is_on = False
        note, self._note = self._note, None
        if note is not None and is_there(note):
            note.deleteLater()


class WaitingNote(QFrame):
    """Says over a window or sheet, low and in the middle, why nothing can be typed."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        set_look(self, "toast")
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        words = _("Something large is being written in the vault. So that no word is lost, typing goes on in a moment.")
        row.addWidget(PlainLabel(words))
        self.setAccessibleName(words)
        self.adjustSize()
        self.move(max(0, (over.width() - self.width()) // 2), max(0, over.height() - self.height() - 6 * GRID))
        self.show()
        self.raise_()
