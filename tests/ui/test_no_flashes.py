"""Nothing of ours is on the screen before it has its place: no window of its own flashes while the inside is made."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from fieldapp.ui.safety.rekey_sheet import RekeySheet
from fieldapp.ui.safety.ways_sheet import WaysSheet
from fieldapp.ui.workspace import Workspace
from tests.ui.rooms import Rooms, rooms

__all__ = ["rooms"]


class Windows(QObject):
    """Hears of every window that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


def test_while_the_inside_is_made_no_part_of_it_is_a_window(rooms: Rooms) -> None:
    session = rooms.new("Zarina")
    windows = Windows()
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(windows)

    workspace = Workspace(session, lock_after_s=300)
    rooms.qtbot.addWidget(workspace)
    sheets = [WaysSheet(session, workspace), RekeySheet(session, workspace)]
    app.removeEventFilter(windows)

    assert windows.shown == []
    assert len(sheets) == 1 + 1
