"""A line for a day in a person's own words, and under it what was understood."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from fieldapp.i18n import _, language
from fieldapp.records import dates
from fieldapp.ui.plain import PlainLabel, set_look

_MOST = 100


class DayLine(QWidget):
    """Empty, a date that was understood, or something else, which `is_fine` tells."""

    edited = Signal()

    def __init__(self, name: str, *, needed: bool = False) -> None:
        super().__init__()
        set_look(self, "clear")
        self._needed = needed
        self.line = QLineEdit()
        self.line.setMaxLength(_MOST)
        self.line.setAccessibleName(name)
        self.line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        self.line.setPlaceholderText(_("for example: 5 March 2026"))
        self.line.textChanged.connect(self._on_edited)
        self.meaning = PlainLabel("", "caption", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.line)
        column.addWidget(self.meaning)
        self.setFocusProxy(self.line)
        self._on_edited()

    @property
    def text(self) -> str:
        """What stands in it."""
        return self.line.text().strip()

    @property
    def is_fine(self) -> bool:
        """Whether it can be taken as it stands."""
        return dates.understand(self.text) is not None if self.text else not self._needed

    def show_day(self, day: date) -> None:
        """Put a day in."""
        self.line.setText(dates.describe(dates.parse(day.isoformat()), language()))

    def _on_edited(self, _text: str = "") -> None:
        found = dates.understand(self.text) if self.text else None
        words = dates.describe(found, language()) if found is not None else ""
        if words:
            told = "" if words == self.text else _("Understood as: %s") % words
        else:
            told = _("This is not understood as a day.") if self.text else ""
        self.meaning.setText(told)
        self.meaning.look("danger" if self.text and not words else "caption")
        self.meaning.setVisible(bool(told))
        self.edited.emit()
