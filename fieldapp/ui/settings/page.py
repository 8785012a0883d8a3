"""Settings, as a page of the workspace."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldapp.ui.session import Session


class SettingsPage(QWidget):
    """Stands in until there is one."""

    language_chosen = Signal(str)
    lock_after_chosen = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def refresh(self) -> None:
        """Show what is true now."""
