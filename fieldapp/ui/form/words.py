"""Editors of words: a line, a text that grows with what is written, a number."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Qt, QTimer
from PySide6.QtGui import QRegularExpressionValidator, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from fieldapp.i18n import _
from fieldapp.records.model import Field, Plain
from fieldapp.ui.form.editor import Editor
from fieldapp.ui.theme import GRID

_LEAST_LINES, _MOST_LINES = 3, 26


class LineEditor(Editor):
    """One line."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.line = QLineEdit()
        name_input(self.line, field)
        self.line.textEdited.connect(self._on_edited)
        self.column.addWidget(self.line)
        self.setFocusProxy(self.line)

    def value(self) -> Plain:
        return self.line.text() or None

    def show_value(self, value: Plain) -> None:
        text = "" if value is None else str(value)
        if self.line.text() != text:
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def _on_edited(self, _text: str) -> None:
        self.typed.emit()


class NumberEditor(LineEditor):
    """A whole number from 0."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.line.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]{0,12}"), self.line))
        self.line.setMaximumWidth(16 * GRID)


class GrowingText(QPlainTextEdit):
    """A text field as high as its words, between a few lines and a screen; Tab leaves it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._soon = QTimer(self, singleShot=True, interval=0)  # a height set while a layout works would be lost
        self._soon.timeout.connect(self._fit)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._soon.start())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._soon.start()

    def _fit(self) -> None:
        lines = min(max(round(self.document().size().height()) + 1, _LEAST_LINES), _MOST_LINES)
        margins = 2 * round(self.document().documentMargin()) + 2 * 8
        height = lines * self.fontMetrics().lineSpacing() + margins
        if self.height() != height:
            self.setFixedHeight(height)


class LongEditor(Editor):
    """A text of any length."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.text = GrowingText()
        name_input(self.text, field)
        self._shown = ""
        self.text.textChanged.connect(self._on_changed)
        self.column.addWidget(self.text)
        self.setFocusProxy(self.text)

    def value(self) -> Plain:
        return self.text.toPlainText() or None

    def show_value(self, value: Plain) -> None:
        text = "" if value is None else str(value)
        if self.text.toPlainText() != text:
            self._shown = text
            self.text.setPlainText(text)

    def _on_changed(self) -> None:
        text = self.text.toPlainText()
        if text != self._shown:
            self._shown = text
            self.typed.emit()


def name_input(widget: QWidget, field: Field) -> None:
    """Tell a screen reader what the field is."""
    widget.setAccessibleName(_(field.label))
    widget.setAccessibleDescription(_(field.hint) if field.hint else "")
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        widget.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
