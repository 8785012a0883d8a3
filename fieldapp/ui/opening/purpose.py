"""What a device is for: the one question that decides whether others may rely on it."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.ui.plain import PlainLabel, set_look
from fieldapp.ui.theme import GRID


class PurposeChoice(QWidget):
    """Field work, which is chosen beforehand, or coordination; each with what it means."""

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(PlainLabel(_("What is this device for?"), "strong"))
        group = QButtonGroup(self)
        self.field = QRadioButton(_("Field work"))
        self.coordination = QRadioButton(_("Coordination"))
        told = (
            (self.field, _("It goes to people; what is safe elsewhere can leave it.")),
            (self.coordination, _("It keeps what others hand over; they may rely on it.")),
        )
        for button, text in told:
            button.setAccessibleDescription(text)
            group.addButton(button)
            column.addWidget(button)
            below = PlainLabel(text, "caption", wrap=True)
            below.setContentsMargins(3 * GRID + 5, 0, 0, 6)
            column.addWidget(below)
        self.field.setChecked(True)

    @property
    def keeps_for_others(self) -> bool:
        """Whether it was said that others may rely on it."""
        return self.coordination.isChecked()
