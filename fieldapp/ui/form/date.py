"""A date in the person's own words. Under it stands what the program understood; what it did not is kept as told."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QLineEdit

from fieldapp.errors import BadDateError
from fieldapp.i18n import _, language
from fieldapp.records import dates
from fieldapp.records.model import Field, Plain
from fieldapp.ui.form.editor import Editor
from fieldapp.ui.form.words import name_input
from fieldapp.ui.plain import PlainLabel


class DateEditor(Editor):
    """Takes EDTF and words in English or Russian; gives the text as typed, or what it was shown."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._shown: Plain = None
        self.line = QLineEdit()
        name_input(self.line, field)
        self.line.setPlaceholderText(_("5 March 2026, about March 2026, 2026…"))
        self.line.textEdited.connect(self._on_edited)
        self.meaning = PlainLabel("", "caption", wrap=True)
        self.meaning.hide()
        self.column.addWidget(self.line)
        self.column.addWidget(self.meaning)
        self.setFocusProxy(self.line)

    def value(self) -> Plain:
        if self._shown is not None and self.line.text() == _text_of(self._shown):
            return self._shown
        return self.line.text().strip() or None

    def show_value(self, value: Plain) -> None:
        self._shown = value
        text = _text_of(value)
        if self.line.text() != text:
            self.line.setText(text)
        edtf, told = _parts(value)
        self._say(understood(edtf) if edtf and told else None, is_told=bool(told))

    def _on_edited(self, text: str) -> None:
        self._say(understood(text), is_told=bool(text.strip()))
        self.typed.emit()

    def _say(self, found: dates.ApproximateDate | None, *, is_told: bool) -> None:
        words = dates.describe(found, language()) if found and found.edtf != dates.UNKNOWN else ""
        if words:
            self.meaning.setText(_("Understood as: %s") % words)
        elif is_told:
            self.meaning.setText(_("Kept in these words"))
        self.meaning.setVisible(bool(words) or is_told)


def understood(text: str) -> dates.ApproximateDate | None:
    """The date that a text means, None if it is not certain."""
    return dates.understand(text) if text.strip() else None


def _parts(value: Plain) -> tuple[str, str]:
    if not isinstance(value, Mapping):
        return "", value if isinstance(value, str) else ""
    return str(value.get("edtf") or ""), str(value.get("told") or "")


def _text_of(value: Plain) -> str:
    edtf, told = _parts(value)
    if told or not edtf:
        return told
    try:
        return dates.describe(dates.parse(edtf), language())
    except BadDateError:
        return edtf
