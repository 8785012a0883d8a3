"""What somebody is to us, in words: told where it is chosen, and as a small mark beside their name."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.services.trust import Role
from fieldapp.ui.plain import PlainLabel, set_look
from fieldapp.ui.theme import GRID


def role_words(role: Role) -> str:
    """What the role is called."""
    return _("Coordinator") if role is Role.COORDINATOR else _("Field worker")


def role_explained(role: Role) -> str:
    """What the role means, in one sentence."""
    if role is Role.COORDINATOR:
        return _("Gets phone numbers with their safety line, may say that a device is lost, may take records back.")
    return _("Gets what you choose for them; phone numbers only if you tick them each time.")


class RoleChip(PlainLabel):
    """A small mark: what somebody is to us."""

    def __init__(self, role: Role) -> None:
        super().__init__(role_words(role), "role_coordinator" if role is Role.COORDINATOR else "role")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class RoleChoice(QWidget):
    """Both roles, each with what it means. Nothing is chosen beforehand unless it is given."""

    changed = Signal()

    def __init__(self, role: Role | None = None) -> None:
        super().__init__()
        set_look(self, "clear")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._group = QButtonGroup(self)
        self.buttons = {each: QRadioButton(role_words(each)) for each in (Role.COORDINATOR, Role.FIELD)}
        for each, button in self.buttons.items():
            button.setAccessibleDescription(role_explained(each))
            self._group.addButton(button)
            column.addWidget(button)
            below = PlainLabel(role_explained(each), "caption", wrap=True)
            below.setContentsMargins(3 * GRID + 5, 0, 0, 6)
            column.addWidget(below)
        if role is not None:
            self.buttons[role].setChecked(True)
        for button in self.buttons.values():
            button.toggled.connect(self._on_toggled)

    @property
    def chosen(self) -> Role | None:
        """The chosen role, or None."""
        return next((role for role, button in self.buttons.items() if button.isChecked()), None)

    def _on_toggled(self, on: bool) -> None:
        if on:
            self.changed.emit()
