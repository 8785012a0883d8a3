"""The stage that screens are drawn on: a window without a display, lanes that can be waited for, and a camera.

Nothing here waits for time: what is waited for is that no job runs or waits in any lane, and that no event is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, QMessageLogContext, QRect, QSize, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.i18n import use_language
from fieldapp.jobs import Ends, Job, Lane, Lanes, Work
from fieldapp.services import vaults
from fieldapp.ui.hop import Hop
from fieldapp.ui.opening.doors import Doors
from fieldapp.ui.shell import Shell
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.theme import Appearance, theme
from fieldapp.ui.workspace import Workspace

USUAL, SMALL = QSize(1366, 768), QSize(1024, 640)
CHEAP = {"parameters": KdfParameters(64, 1, 1), "floor_kib": 8}
PASSPHRASE = "four quiet words here"
LATEST_MS = 60_000
_DIM = QColor(0, 0, 0, 90)


def hush() -> None:
    """A window without a display cannot be told its hints, and says so each time; anything else Qt says is said."""

    def say(_kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
        if "propagateSizeHints" not in (message or ""):
            print(message)

    qInstallMessageHandler(say)


class CountedLane(Lane):
    """A lane that knows how many jobs were ever started in it."""

    started = 0

    def start(self, work: Work[object], ends: Ends[object] | None = None) -> Job[object]:  # type: ignore[override]  # nobody looks at what a job gives
        self.started += 1
        return super().start(work, ends)

    def when_idle(self, tell: Callable[[], None]) -> None:
        """Call `tell` when everything that waits now has been done."""
        super().start(lambda _: None, Ends(lambda _: tell()))


@dataclass(frozen=True)
class Variant:
    """One way in which every screen is drawn."""

    language: str
    appearance: Appearance

    @property
    def ending(self) -> str:
        return f"{self.appearance.value}.{self.language}.png"


class Stage:
    """One window in one variant, and the pictures taken of it."""

    def __init__(self, variant: Variant, folder: Path, wanted: Callable[[str], bool]) -> None:
        self.variant, self._folder, self._wanted = variant, folder, wanted
        self.taken: list[Path] = []
        self._hop = Hop()
        self._lanes = tuple(CountedLane(name, self._hop) for name in ("vault", "files", "pictures"))
        self.lanes = Lanes(*self._lanes)
        self.window: Shell
        use_language(variant.language)
        theme().choose(variant.appearance)

    @contextmanager
    def open(self, vault: Path | None, home: Path) -> Iterator[Shell]:
        """A window at its start: the lock screen of a vault, or the welcome."""
        doors = Doors(make=partial(vaults.create, **CHEAP))  # type: ignore[arg-type]  # two kinds of values in one map
        around = Surroundings(doors=doors, replace_process=lambda _arguments: None, home=home)
        self.window = Shell(self.lanes, around, vault)
        self.window.resize(USUAL)
        self.window.show()
        self.settle()
        yield self.window
        self._leave()

    @contextmanager
    def unlocked(self, vault: Path, home: Path) -> Iterator[Workspace]:
        """A window with a vault open, and its clock stopped."""
        with self.open(vault, home) as shell:
            screen = shell.screen_shown
            type_secret(screen.passphrase.box, PASSPHRASE)  # type: ignore[attr-defined]  # the lock screen
            screen.unlock_button.click()  # type: ignore[attr-defined]  # see above
            self.until(lambda: isinstance(shell.screen_shown, Workspace))
            self.settle()
            workspace = shell.screen_shown
            assert isinstance(workspace, Workspace)
            workspace.idle.stop()
            yield workspace

    def close(self) -> None:
        """End the lanes."""
        self.lanes.close(20)
        self._hop.stop()

    def until(self, is_so: Callable[[], object]) -> None:
        """Let events happen until it is so."""
        late: list[bool] = []
        watch = QTimer(singleShot=True, interval=LATEST_MS)
        watch.timeout.connect(lambda: late.append(True))
        watch.start()
        while not is_so():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if late:
                raise TimeoutError

    def settle(self) -> None:
        """Until no lane has anything to do, and what came of it is on the screen."""
        while True:
            before = [lane.started for lane in self._lanes]
            self._wait_for_lanes()
            QApplication.sendPostedEvents()
            QApplication.processEvents()
            if before == [lane.started for lane in self._lanes]:
                return

    def _wait_for_lanes(self) -> None:
        idle: list[bool] = []
        for lane in self._lanes:
            lane.when_idle(lambda: idle.append(True))
        self.until(lambda: len(idle) == len(self._lanes))

    def shoot(self, name: str, *, small: bool = False) -> None:
        """Take the picture of the window and what lies over it; `small`: also of the smallest window that must work."""
        sizes = {name: USUAL, **({f"{name}.{SMALL.width()}x{SMALL.height()}": SMALL} if small else {})}
        self.settle()  # also where no picture is taken: the next step builds on this screen
        for called, size in sizes.items():
            if not self._wanted(called):
                continue
            self.window.resize(size)
            self.settle()
            path = self._folder / f"{called}.{self.variant.ending}"
            if not self._picture(size).save(str(path)):
                raise OSError(path.name)
            self.taken.append(path)
        if small:
            self.window.resize(USUAL)
            self.settle()

    def _picture(self, size: QSize) -> QPixmap:
        picture = self.window.grab()
        for sheet in self.sheets():
            drawn = sheet.grab()
            painter = QPainter(picture)
            painter.fillRect(picture.rect(), _DIM)
            place = QRect((size.width() - sheet.width()) // 2, max((size.height() - sheet.height()) // 3, 0), 0, 0)
            painter.drawPixmap(place.topLeft(), drawn)
            painter.end()
        return picture

    def sheets(self) -> list[QDialog]:
        """The sheets that are open, the lowest first."""
        opened = [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
        return sorted((each for each in opened if not isinstance(each, QFileDialog)), key=_depth)

    def dismiss(self) -> None:
        """Close all sheets."""
        for sheet in reversed(self.sheets()):
            sheet.reject()
        self.settle()

    def _leave(self) -> None:
        self.dismiss()
        left: list[bool] = []
        workspace = self.window.screen_shown
        if isinstance(workspace, Workspace):
            workspace.finish(lambda: left.append(True))
            self.until(lambda: left)
        self.window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.window.hide()
        self.window.deleteLater()
        self.settle()


def _depth(sheet: QDialog) -> int:
    """Over how many other sheets it lies."""
    above = sheet.parentWidget()
    while above is not None and not isinstance(above.window(), QDialog):
        above = above.window().parentWidget()
    window = above.window() if above is not None else None
    return 1 + _depth(window) if isinstance(window, QDialog) else 0


def type_secret(box: object, text: str) -> None:
    """Put a passphrase into its box, as keys would."""
    box.clear()  # type: ignore[attr-defined]  # a SecretBox
    box._add(text)  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way in than keys
