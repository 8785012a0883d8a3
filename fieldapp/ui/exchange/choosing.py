"""What goes: what is new for them, or everything, or only what is ticked in a list that can be searched."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.services.handover import Basis
from fieldapp.ui.exchange.record_ticks import RecordTicks
from fieldapp.ui.plain import PlainLabel, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId


class Choosing(QWidget):
    """Measured against what they have, or ticked by hand."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        set_look(self, "clear")
        self.new_button = QRadioButton(_("What is new for them"))
        self.unsent_button = QRadioButton(_("Only what was never sent to them"))
        self.all_button = QRadioButton(_("Everything that may be handed over"))
        self.some_button = QRadioButton(_("Only what I tick"))
        self.new_button.setChecked(True)
        self.ticks = RecordTicks(session, _("Records to tick"))
        self.model = self.ticks.model
        self._group = QButtonGroup(self)
        self._build()
        self.ticks.changed.connect(self.changed)

    @property
    def records(self) -> tuple[RecordId, ...] | None:
        """The ticked records; None: what `basis` measures."""
        return tuple(sorted(self.model.ticked)) if self.some_button.isChecked() else None

    @property
    def basis(self) -> Basis:
        """Against what it is measured. What is ticked by hand goes whether they have it or not."""
        if self.new_button.isChecked():
            return Basis.ACKNOWLEDGED
        return Basis.SENT if self.unsent_button.isChecked() else Basis.EVERYTHING

    def refresh(self) -> None:
        """Read the list again."""
        self.ticks.refresh()

    def reset(self) -> None:
        """As it was at first."""
        self.model.tick(tuple(self.model.ticked), on=False)
        self.new_button.setChecked(True)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for button, words in (
            (self.new_button, _("What was sent and not confirmed goes once more: it may have been lost.")),
            (self.unsent_button, _("A smaller bundle. They need the bundles that you gave them before it.")),
            (self.all_button, _("For a new computer, or to bring back what they took off their device.")),
            (self.some_button, ""),
        ):
            self._group.addButton(button)
            column.addWidget(button)
            button.toggled.connect(self._on_toggled)
            if words:
                button.setAccessibleDescription(words)
                below = PlainLabel(words, "caption", wrap=True)
                below.setContentsMargins(3 * GRID + 5, 0, 0, 6)
                column.addWidget(below)
        column.addSpacing(GRID)
        column.addWidget(self.ticks, 1)
        self.ticks.hide()

    def _on_toggled(self, on: bool) -> None:
        if on:
            self.ticks.setVisible(self.some_button.isChecked())
            self.changed.emit()
