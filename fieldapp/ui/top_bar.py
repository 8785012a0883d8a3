"""The top of an open vault: one field that finds everything, and the two things people write down most."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit

from fieldapp.i18n import _
from fieldapp.ui.plain import push_button, set_look, tip
from fieldapp.ui.theme import GRID


class TopBar(QFrame):
    """Says what is searched for and what is to be begun."""

    searched = Signal(str)
    entered = Signal()
    """Enter or the down key was pressed in the search field: go to the results."""
    new_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "top")
        self.setFixedHeight(7 * GRID)
        self.search = QLineEdit()
        set_look(self.search, "search")
        self.search.setPlaceholderText(_("Search in everything (Ctrl+K)"))
        self.search.setAccessibleName(_("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(64 * GRID)
        self.search.textChanged.connect(self.searched)
        self.search.installEventFilter(self)
        self.testimony_button = push_button(_("New testimony"), "main", icon_name="plus")
        tip(self.testimony_button, "Ctrl+N")
        self.testimony_button.clicked.connect(lambda: self.new_asked.emit("testimony"))
        self.person_button = push_button(_("New person"), icon_name="plus")
        tip(self.person_button, "Ctrl+Shift+N")
        self.person_button.clicked.connect(lambda: self.new_asked.emit("person"))
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        row.setSpacing(GRID)
        row.addWidget(self.search, 3)
        row.addStretch(1)
        row.addWidget(self.person_button)
        row.addWidget(self.testimony_button)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                self.entered.emit()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.search.clear()
                return True
        return super().eventFilter(watched, event)
