"""A choice from a vocabulary: a list that is searched by typing any part of a term, in either language."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QCompleter

from fieldapp.i18n import language
from fieldapp.records.model import Field, Plain
from fieldapp.records.vocabulary import Vocabulary, vocabulary
from fieldapp.ui.form.editor import Editor
from fieldapp.ui.form.words import name_input
from fieldapp.ui.plain import set_look
from fieldapp.ui.theme import GRID

_SEARCHED_FROM = 8  # shorter lists are seen at a glance


class ChoiceBox(QComboBox):
    """A combo box that a wheel does not change in passing, and that ends on a term or on nothing.

    `activated` comes from a person only, as Qt has it, and also while they type: with the last letter of a term it is
    chosen, so a kill or a lock leaves it. Half a term means nothing: the cursor that leaves goes back to what was
    chosen before, and so nothing of it is kept at a kill or at a lock either.
    """

    def __init__(self, terms: Vocabulary, codes: tuple[str, ...] | None = None, *, searched: bool = True) -> None:
        super().__init__()
        self._terms = terms
        self._told = ""
        self.activated.connect(self._on_activated)
        self.addItem("", "")
        for code in codes or terms.codes:
            self.addItem(terms.term(code, language()), code)
        self.setMaxVisibleItems(16)
        self.setMinimumContentsLength(12)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if searched and self.count() > _SEARCHED_FROM:
            self._make_searchable()

    @property
    def code(self) -> str:
        """The code that stands there, empty if none: what `settle` would end on at this moment."""
        chosen, typed = str(self.currentData() or ""), self.currentText()
        if typed == self.itemText(self.currentIndex()):
            return chosen
        named = self._terms.find(typed) if typed.strip() else ""
        return chosen if named is None else named

    def choose(self, code: str) -> None:
        """Choose a code; one that this version does not know is added and shown as it is."""
        self._told = code
        place = self.findData(code)
        if place < 0:
            self.addItem(self._terms.term(code, language()), code)
            place = self.count() - 1
        self.setCurrentIndex(place)
        line = self.lineEdit()
        if line is not None and not line.hasFocus():
            line.setCursorPosition(0)  # of a long term the beginning is seen

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.settle()

    def settle(self) -> None:
        """Take what was typed for the term it names, or go back to what was chosen."""
        if self.isEditable():
            self._tell()
            self.choose(self.code)

    def _tell(self) -> None:
        """Say that another code stands there, if so. What is being typed is left as it is: they may type on."""
        if self.code != self._told:
            self.activated.emit(self.findData(self.code))

    def _on_activated(self, _index: int) -> None:
        self._told = self.code

    def _make_searchable(self) -> None:
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(self.model(), self)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated.connect(lambda _text: self.settle())
        popup = completer.popup()
        assert popup is not None
        set_look(popup, "popup")
        self.setCompleter(completer)
        self.editTextChanged.connect(lambda _text: self._tell())  # typed, undone, or walked to in the popup


class ChoiceEditor(Editor):
    """One term of the field's vocabulary, or none."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.box = ChoiceBox(vocabulary(field.vocabulary or ""))
        name_input(self.box, field)
        line = self.box.lineEdit()
        if line is not None:
            name_input(line, field)
        self.box.setMinimumWidth(16 * GRID)
        self.box.activated.connect(self._on_activated)
        self.column.addWidget(self.box)
        self.setFocusProxy(self.box)

    def value(self) -> Plain:
        return self.box.code or None

    def show_value(self, value: Plain) -> None:
        self.box.choose(value if isinstance(value, str) else "")

    def _on_activated(self, _index: int) -> None:
        self.typed.emit()
