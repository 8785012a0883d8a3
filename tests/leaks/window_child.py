"""The real window: every screen of `packaging/dev screens` is shown, then a vault is opened by keys, and locked.

Run as `python window_child.py WORLD ROOM` by `test_window.py`, which gives the passphrase and a word to type, a line
each. All happens in one process, which then becomes the lock screen, so what any screen left in memory would be found
there. It prints a line where somebody should look (`open`), and goes on when it reads one.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from fieldapp.system import harden_process  # noqa: E402 - the program itself is found only now
from fieldapp.system.network import leave_network  # noqa: E402 - as above
from fieldapp.system.sockets import refuse_sockets  # noqa: E402 - as above

leave_network()
harden_process()
refuse_sockets()

import screens_stage  # noqa: E402 - only after the first acts of the program

PASSPHRASE, TYPED = (sys.stdin.readline().rstrip("\n") for _ in range(2))
screens_stage.PASSPHRASE = PASSPHRASE

import screens  # noqa: E402 - it takes the passphrase as it is now
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer  # noqa: E402 - as above
from PySide6.QtTest import QTest  # noqa: E402 - as above
from PySide6.QtWidgets import (  # noqa: E402 - as above
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from screens_stage import Stage, Variant, hush  # noqa: E402 - as above
from screens_world import World  # noqa: E402 - as above

from fieldapp import __main__  # noqa: E402 - as above
from fieldapp.ui.application import make_application  # noqa: E402 - as above
from fieldapp.ui.shell import Shell  # noqa: E402 - as above
from fieldapp.ui.theme import Appearance  # noqa: E402 - as above
from fieldapp.ui.workspace import Workspace  # noqa: E402 - as above
from fieldapp.values import RecordId  # noqa: E402 - as above


def main() -> int:
    folder, room = Path(sys.argv[1]), Path(sys.argv[2])
    ids = [RecordId(bytes.fromhex(each)) for each in (folder / "ids").read_text().split()]
    make_application()
    hush()
    asked = screens._parser().parse_args(["-o", str(room)])
    asked.only = ""
    played(Variant("en", Appearance.LIGHT), World(folder, *ids), room / "scenes", asked)
    print("played", flush=True)  # noqa: T201 - the signal
    sys.argv = ["fieldapp", str(folder / "Vault")]
    driver = Driver(ids[0])
    driver.begin()
    return __main__.main()


def played(variant: Variant, world: World, room: Path, asked: object) -> None:
    """All scenes; no picture is taken, which would be a file."""
    room.mkdir()
    vars(screens)["Stage"] = lambda variant, folder, _wanted: TidyStage(variant, folder, lambda _name: False)
    screens.draw(variant, world, room, asked)  # type: ignore[arg-type]


PLACES = (QLineEdit, QPlainTextEdit, QTextEdit)


class TidyStage(Stage):
    """Windows that were left are gone at once: their filters would look at every event of those that follow.

    Before a sheet or a window is left, the word is typed in every place for words that is on show.
    """

    def dismiss(self) -> None:
        for root in (*self.sheets(), self.window):
            for place in root.findChildren(QWidget):
                if isinstance(place, PLACES) and place.isVisible() and place.isEnabled() and not place.isReadOnly():
                    QTest.keyClicks(place, TYPED)
        super().dismiss()

    def _leave(self) -> None:
        super()._leave()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class Driver(QObject):
    """Does what a person does with keys, one step a tick, each when the one before has come to something."""

    def __init__(self, record: RecordId) -> None:
        super().__init__()
        self._record = record
        self._timer = QTimer(self, interval=20)
        self._timer.timeout.connect(self._on_tick)
        self._steps = [self._type_passphrase, self._open_record, self._type_text, self._let_look, self._panic]

    def begin(self) -> None:
        self._timer.start()

    def _on_tick(self) -> None:
        shells = [each for each in QApplication.topLevelWidgets() if isinstance(each, Shell) and each.isVisible()]
        if shells and self._steps and self._steps[0](shells[-1]):
            self._steps.pop(0)

    def _type_passphrase(self, shell: Shell) -> bool:
        screen = shell.screen_shown
        box = screen.passphrase.box  # type: ignore[attr-defined]  # the lock screen
        QTest.keyClicks(box, PASSPHRASE)
        QTest.keyClick(box, Qt.Key.Key_Return)
        return True

    def _open_record(self, shell: Shell) -> bool:
        workspace = shell.screen_shown
        if not isinstance(workspace, Workspace):
            return False
        workspace.show_place("testimony")
        workspace.records.begin_new("testimony")
        return True

    def _type_text(self, shell: Shell) -> bool:
        boxes = [each for each in shell.screen_shown.findChildren(QPlainTextEdit) if each.isVisible()]
        if not boxes:
            return False
        QTest.keyClicks(boxes[0], TYPED)
        return True

    def _let_look(self, _shell: Shell) -> bool:
        print("open", flush=True)  # noqa: T201 - the signal
        sys.stdin.readline()
        return True

    def _panic(self, shell: Shell) -> bool:
        QTest.keyClick(shell, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
        return True


if __name__ == "__main__":
    sys.exit(main())
