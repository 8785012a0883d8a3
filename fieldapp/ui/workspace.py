"""An open vault: rail, top bar, pages, status. It composes and leads; what is shown belongs to the pages."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldapp.ui.session import Session


class Workspace(QWidget):
    """The screen of an open vault."""

    lock_asked = Signal()

    def __init__(self, session: Session, *, lock_after_s: int) -> None:
        super().__init__()
        self.session = session
        self.lock_after_s = lock_after_s

    def begin(self, *, new: bool = False) -> None:
        """Show the first page; in a vault that was just made, a sheet for the first testimony."""

    def finish(self, then: Callable[[], None]) -> None:
        """Finish what is typed and give the vault up, then call `then`."""
        self.session.close(then)
