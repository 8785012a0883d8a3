"""What is typed in a sheet before it is done: kept in the vault within a second, and there again when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import QDate, QObject, Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDateEdit, QDialog, QLineEdit, QPlainTextEdit

from fieldapp.errors import FieldAppError
from fieldapp.services import half_finished
from fieldapp.ui.session import Session

KEEP_AFTER_MS = 300

TypedIn: TypeAlias = QLineEdit | QPlainTextEdit | QComboBox | QAbstractButton | QDateEdit
"""Of a box of choices the word kept is its data, of a button whether it is chosen. They are filled in as ordered."""

_CHOSEN = "chosen"


class HalfSheet(QObject):
    """Lives with one sheet. `kind` and `about` (see `services.half_finished`) say which one it is.

    What is kept is put into fields that still say what they said at first. Done or cancelled, it is forgotten; hidden
    by a lock, it is not.
    """

    def __init__(
        self, session: Session, sheet: QDialog, kind: str, about: bytes, fields: Mapping[str, TypedIn]
    ) -> None:
        super().__init__(sheet)
        self._session, self._kind, self._about = session, kind, about
        self._fields = dict(fields)
        self._at_first = self._said()
        self._waits = False
        self._timer = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        for each in self._fields.values():
            _when_changed(each, self._on_changed)
        sheet.finished.connect(self._on_finished)
        session.ask(
            self, lambda archive: half_finished.sheet_texts(archive, kind, about), self._show, lambda _error: None
        )

    def keep(self) -> None:
        """Keep what is typed, now, if it is not kept yet."""
        if not self._waits:
            return
        self._waits = False
        self._timer.stop()
        said, kind, about = self._said(), self._kind, self._about
        texts = {} if said == self._at_first else said
        self._session.keep(
            self, lambda archive: half_finished.keep_sheet(archive, kind, about, texts), None, self._on_failed
        )

    def _show(self, kept: dict[str, str]) -> None:
        if self._said() != self._at_first:
            return
        for name, each in self._fields.items():
            if name in kept:
                _fill(each, kept[name])

    def _said(self) -> dict[str, str]:
        return {name: _text_of(each) for name, each in self._fields.items()}

    def _on_changed(self, _what: object = None) -> None:
        self._waits = True
        if not self._timer.isActive():
            self._timer.start()

    def _on_failed(self, _error: FieldAppError) -> None:
        """A full disk: it is tried again by itself."""
        self._on_changed()

    def _on_finished(self, _result: int) -> None:
        self._timer.stop()
        self._waits = False
        kind, about = self._kind, self._about
        self._session.ask(
            self, lambda archive: half_finished.forget_sheet(archive, kind, about), None, lambda _error: None
        )


def _when_changed(each: TypedIn, call: Callable[[object], None]) -> None:
    if isinstance(each, QComboBox):
        each.currentIndexChanged.connect(call)
    elif isinstance(each, QAbstractButton):
        each.toggled.connect(call)
    elif isinstance(each, QDateEdit):
        each.dateChanged.connect(call)
    elif isinstance(each, QLineEdit):
        each.textChanged.connect(call)
    else:
        each.textChanged.connect(partial(call, None))


def _text_of(each: TypedIn) -> str:
    if isinstance(each, QComboBox):
        return str(each.currentData() or "")
    if isinstance(each, QAbstractButton):
        return _CHOSEN if each.isChecked() else ""
    if isinstance(each, QDateEdit):
        return each.date().toString(Qt.DateFormat.ISODate)
    return each.text() if isinstance(each, QLineEdit) else each.toPlainText()


def _fill(each: TypedIn, text: str) -> None:
    if isinstance(each, QComboBox):
        each.setCurrentIndex(each.findData(text) if text else 0)  # what cannot be chosen any more is not replaced
    elif isinstance(each, QAbstractButton):
        each.setChecked(text == _CHOSEN)
    elif isinstance(each, QDateEdit):
        each.setDate(QDate.fromString(text, Qt.DateFormat.ISODate))
    elif isinstance(each, QLineEdit):
        each.setText(text)
    else:
        each.setPlainText(text)
