"""What is rarely done with a record, in words, under one button at the end of its head."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from fieldapp.i18n import _
from fieldapp.ui.plain import ButtonIcon, set_look, tip


class MoreButton(QToolButton):
    """Says what is wanted; whoever leads opens the sheet."""

    task_asked = Signal()
    withdraw_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "quiet")
        ButtonIcon(self, "more", "quiet")
        self.setIconSize(QSize(18, 18))
        self.setAccessibleName(_("More about this record"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        tip(self, _("More about this record"))
        menu = QMenu(self)
        self.task_action, self.withdraw_action = (
            QAction(_("Send somebody a task about this person…"), self),
            QAction(self),
        )
        self.task_action.triggered.connect(self.task_asked)
        self.withdraw_action.triggered.connect(self.withdraw_asked)
        for action in (self.task_action, self.withdraw_action):
            menu.addAction(action)
        self.setMenu(menu)
        self.show_for("", is_there=False)

    def show_for(self, type_name: str, *, is_there: bool) -> None:
        """Offer what fits a record of this type; nothing for one that is not written yet."""
        self.setEnabled(is_there)
        self.task_action.setVisible(type_name == "person")
        self.withdraw_action.setText(
            {
                "testimony": _("The narrator wants it back…"),
                "person": _("This person wants it back…"),
            }.get(type_name, _("Whoever gave it wants it back…"))
        )
