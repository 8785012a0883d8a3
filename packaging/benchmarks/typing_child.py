"""A person at the keyboard: unlocks a vault, begins a testimony and types into it; prints what each key took.

Run as `python typing_child.py VAULT PASSPHRASE KEYS LOG`; LOG is where the syncs are written down.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fieldapp.jobs import open_lanes
from fieldapp.ui.application import make_application
from fieldapp.ui.form.words import LongEditor
from fieldapp.ui.hop import Hop
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.shell import Shell
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.workspace import Workspace

TEXT = "Meni ishga olib kelishdi, pasportimni olib qo'yishdi. Shartnomani o'qishga ruxsat bermadi. "
BETWEEN_KEYS_MS = 80  # 12 keys a second: faster than anybody types for long
PATIENCE_S = 30


class Heart(QObject):
    """Beats whenever the event loop comes round, and remembers how long it ever had to wait for that."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses_ms: list[float] = []
        self._last = time.perf_counter()
        timer = QTimer(self, interval=1, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._on_beat)
        timer.start()

    def _on_beat(self) -> None:
        now = time.perf_counter()
        self.pauses_ms.append((now - self._last) * 1000)
        self._last = now


def main(vault: Path, passphrase: str, keys: int, log: Path) -> dict[str, list[float]]:
    """Play the scene in a real window."""
    application = make_application()
    hop = Hop(application)
    lanes = open_lanes(hop)
    shell = Shell(lanes, Surroundings(replace_process=lambda _: None), vault)
    shell.show()
    workspace = _unlocked(shell, passphrase)
    QTest.keyClick(workspace, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    _until(lambda: workspace.records.detail.page is not None)
    page = workspace.records.detail.page
    assert page is not None
    editor = page.form.cells["narrative"].editor
    assert isinstance(editor, LongEditor)
    editor.text.setFocus()
    _pass_ms(500)
    before = _syncs(log)
    heart = Heart()
    keys_ms = [_press(editor, TEXT[place % len(TEXT)]) for place in range(keys)]
    told = {"keys_ms": keys_ms, "pauses_ms": list(heart.pauses_ms), "syncs": [float(_syncs(log) - before)]}
    assert len(editor.text.toPlainText()) == keys
    closed: list[bool] = []
    workspace.finish(lambda: closed.append(True))
    _until(lambda: bool(closed))
    hop.stop()
    lanes.close(PATIENCE_S)
    return told


def _press(editor: LongEditor, letter: str) -> float:
    """Milliseconds until a key has been dealt with and shown; then time passes until the next."""
    begin = time.perf_counter()
    QTest.keyClicks(editor.text, letter)
    QApplication.processEvents()
    taken_ms = (time.perf_counter() - begin) * 1000
    _pass_ms(max(1, round(BETWEEN_KEYS_MS - taken_ms)))
    return taken_ms


def _unlocked(shell: Shell, passphrase: str) -> Workspace:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    QTest.keyClicks(screen.passphrase.box, passphrase)
    QTest.keyClick(screen.passphrase.box, Qt.Key.Key_Return)
    _until(lambda: isinstance(shell.screen_shown, Workspace))
    workspace = shell.screen_shown
    assert isinstance(workspace, Workspace)
    return workspace


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        _pass_ms(10)


def _pass_ms(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _syncs(log: Path) -> int:
    return log.read_text().count("sync(") if log.exists() else 0


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))))
