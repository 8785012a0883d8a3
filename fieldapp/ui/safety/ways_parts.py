"""What the sheets about ways in are made of: rows with a button, and sheets that ask something and then work."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.ui.plain import Notice, PlainLabel, Sheet, push_button
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of

WIDE = 88 * GRID
_BUTTON = 22 * GRID
_UNBOUND = 16777215  # Qt's largest width


def way_row(name: str, text: str, *buttons: QPushButton, look: str = "quiet") -> QHBoxLayout:
    """A name, a line below it, and buttons at the end."""
    row = QHBoxLayout()
    row.setSpacing(2 * GRID)
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(PlainLabel(name, "strong", wrap=True))
    if text:
        words.addWidget(PlainLabel(text, look, wrap=True))
    row.addLayout(words, 1)
    for button in buttons:
        button.setAccessibleDescription(f"{name}. {text}")
        button.setMinimumWidth(_BUTTON)
        row.addWidget(button)
    return row


def ask_gravely(parent: QWidget, heading: str, *paragraphs: str, yes: str, no: str) -> Sheet:
    """Ask whether to do what takes something from somebody: connect to `accepted`. Enter does not do it.

    The sheet is open when this returns.
    """
    sheet = Sheet(heading, parent)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for paragraph in paragraphs:
        sheet.add_words(paragraph)
    keep = sheet.add_button(no)
    keep.clicked.connect(sheet.reject)
    do = push_button(yes, "danger")
    do.clicked.connect(sheet.accept)
    sheet.buttons.addWidget(do)
    sheet.open()
    keep.setFocus()
    return sheet


class WorkSheet(Sheet):
    """A sheet with a line for what went wrong, and a bar while something is being done."""

    def __init__(self, heading: str, parent: QWidget, *, width: int = WIDE) -> None:
        super().__init__(heading, parent, width=width)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(heading)
        self.bar.hide()

    def add_wide(self, text: str, look: str = "") -> PlainLabel:
        """A paragraph as wide as the sheet."""
        label = self.add_words(text, look)
        label.setMaximumWidth(_UNBOUND)
        return label

    def add_end(self) -> None:
        """Put the line and the bar below what is there."""
        self.body.addWidget(self.notice)
        self.body.addWidget(self.bar)

    def set_busy(self, busy: bool, *parts: QWidget) -> None:
        """Show that it works; nothing can be typed meanwhile."""
        self.bar.setVisible(busy)
        if busy:
            self.notice.hide()
        for part in parts:
            part.setEnabled(not busy)

    def say_error(self, error: FieldAppError) -> None:
        """What went wrong, on the sheet itself."""
        self.notice.say(words_of(error).text)
