"""Several people's windows side by side, each with their own vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.jobs import Lanes, open_lanes
from fieldapp.services import vaults
from fieldapp.ui.hop import Hop
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.shell import Shell
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.workspace import Workspace

PASSPHRASE = "green kettle quiet river"
WAIT_MS = 20_000


class Windows:
    """Opens windows; each is closed at its end."""

    def __init__(self, qtbot: QtBot, folder: Path, lanes: Lanes) -> None:
        self.qtbot, self.folder, self._lanes = qtbot, folder, lanes
        self.became: list[Sequence[str]] = []

    def vault(self, person: str, device: str) -> Path:
        """A new vault, closed."""
        folder = self.folder / person
        make = partial(vaults.create, parameters=KdfParameters(64, 1, 1), floor_kib=8)
        make(folder, PASSPHRASE, person=person, device=device).archive.close()
        return folder

    @contextmanager
    def unlocked(self, vault: Path) -> Iterator[Workspace]:
        """The window of somebody, opened with their passphrase at the keyboard."""
        shell = Shell(self._lanes, Surroundings(replace_process=self.became.append, home=self.folder), vault)
        self.qtbot.addWidget(shell)
        with self.qtbot.waitExposed(shell):
            shell.show()
        screen = shell.screen_shown
        assert isinstance(screen, UnlockScreen)
        QTest.keyClicks(screen.passphrase.box, PASSPHRASE)
        QTest.keyClick(screen.passphrase.box, Qt.Key.Key_Return)
        self.until(lambda: isinstance(shell.screen_shown, Workspace))
        workspace = shell.screen_shown
        assert isinstance(workspace, Workspace)
        yield workspace
        if shell.screen_shown is workspace:
            closed: list[bool] = []
            workspace.finish(lambda: closed.append(True))
            self.until(lambda: closed)
        shell.hide()

    def until(self, is_so: Callable[[], object]) -> None:
        """Let events happen until it is so."""
        self.qtbot.waitUntil(lambda: bool(is_so()), timeout=WAIT_MS)


@contextmanager
def windows(qtbot: QtBot, folder: Path) -> Iterator[Windows]:
    """Windows, and the lanes that they share."""
    hop = Hop()
    lanes = open_lanes(hop)
    yield Windows(qtbot, folder, lanes)
    assert lanes.close(20)
    hop.stop()


def sheets() -> list[QDialog]:
    """The sheets that are open."""
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]


def words_in(widget: QWidget) -> str:
    """Everything that stands in labels of a widget and can be seen."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))
