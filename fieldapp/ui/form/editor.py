"""What every editor is: it shows the value of a claim, takes another, and says when a person changed it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from fieldapp.records.model import Field, Plain


class Editor(QWidget):
    """One field of a form. `typed` comes from a person only, never from `show_value`."""

    typed = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)

    def value(self) -> Plain:
        """What the editor says now, as `services.drafts` takes it; None if nothing."""
        raise NotImplementedError

    def show_value(self, value: Plain) -> None:
        """Show this; a list for a field of several items."""
        raise NotImplementedError

    def go_on(self) -> None:
        """Put the cursor into it, behind the last word."""
        self.setFocus()
        inside = self.window().focusWidget()
        if isinstance(inside, QPlainTextEdit):
            inside.moveCursor(QTextCursor.MoveOperation.End)
        elif isinstance(inside, QLineEdit):
            inside.end(False)

    def is_being_edited(self) -> bool:
        """Whether the person is in it: then it must not be written over."""
        inside = self.window().focusWidget()
        return inside is not None and (inside is self or self.isAncestorOf(inside))
