"""One field on the form: its label, its editor, what helps to fill it in, and other accounts of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.records.merge import same_value
from fieldapp.records.model import Field, FieldKind, Plain
from fieldapp.services.views import Account, FieldView
from fieldapp.ui.account_words import from_whom, told_words, when_words
from fieldapp.ui.form.choice import ChoiceEditor
from fieldapp.ui.form.date import DateEditor
from fieldapp.ui.form.editor import Editor
from fieldapp.ui.form.several import SeveralEditor
from fieldapp.ui.form.words import LineEditor, LongEditor, NumberEditor
from fieldapp.ui.plain import IconLabel, Notice, PlainLabel, push_button, set_look
from fieldapp.values import EntryId

_EDITORS: dict[FieldKind, type[Editor]] = {
    FieldKind.TEXT: LineEditor,
    FieldKind.LONG_TEXT: LongEditor,
    FieldKind.CHOICE: ChoiceEditor,
    FieldKind.DATE: DateEditor,
    FieldKind.NUMBER: NumberEditor,
}
_WORDS = (FieldKind.TEXT, FieldKind.LONG_TEXT)
_MOST_ACCOUNTS = 30


class Cell(QWidget):
    """A field with all that stands around it."""

    kept = Signal(str, bytes)
    """Of several accounts this one shall stand: field key, entry."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self.editor = editor_for(field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(6)
        self._mark = IconLabel("contested", 14, "danger")
        self._mark.hide()
        label = PlainLabel(_(field.label), "caption")
        label.setBuddy(self.editor)
        head.addWidget(label)
        head.addWidget(self._mark)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self.editor)
        if field.hint:
            column.addWidget(PlainLabel(_(field.hint), "caption", wrap=True))
        self.note = Notice(look="alarm", icon="shield")
        self.note.hide()
        column.addWidget(self.note)
        self._accounts = QVBoxLayout()
        self._accounts.setSpacing(4)
        column.addLayout(self._accounts)
        column.addStretch(1)

    @property
    def is_wide(self) -> bool:
        """Whether it takes the whole width."""
        return self.field.kind is FieldKind.LONG_TEXT

    def show_fields(self, views: list[FieldView], *, keep_value: bool = False, first: bool = False) -> None:
        """Show what the record says of this field: the value, and other accounts of it.

        Where the person is in the field it is left alone, except when the record is shown for the `first` time, and
        where the record has other words by now: what is typed next must not replace what was never seen. What says it
        already is left alone too: half a term may stand there, or a row just added.
        """
        values: list[Plain] = [view.value for view in views if view.value is not None]
        told: Plain = values if self.field.multi else values[0] if values else None
        is_free = first or not self.editor.is_being_edited() or _are_other_words(self.editor, told)
        if is_free and not keep_value and self.editor.value() != told:
            self.editor.show_value(told)
        several = [view for view in views if len(view.accounts) > 1]
        self._mark.setVisible(any(view.contested for view in several))
        while (item := self._accounts.takeAt(0)) is not None:
            gone = item.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        for view in several[:_MOST_ACCOUNTS]:
            self._accounts.addWidget(self._box(view))

    def _box(self, view: FieldView) -> QFrame:
        box = QFrame()
        set_look(box, "warning" if view.contested else "word")
        column = QVBoxLayout(box)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        told = _("Accounts differ. Both are kept; which one shall stand?")
        column.addWidget(PlainLabel(told if view.contested else _("Other accounts of this"), "strong", wrap=True))
        for account in view.accounts[:_MOST_ACCOUNTS]:
            column.addLayout(self._account(view, account))
        if len(view.accounts) > _MOST_ACCOUNTS:
            column.addWidget(PlainLabel(f"… +{len(view.accounts) - _MOST_ACCOUNTS}", "caption"))
        return box

    def _account(self, view: FieldView, account: Account) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(PlainLabel(told_words(account), wrap=True).selectable())
        words.addWidget(PlainLabel(f"{from_whom(account)}, {when_words(account)}", "caption", wrap=True))
        if account.note:
            words.addWidget(PlainLabel(account.note, "caption", wrap=True))
        row.addLayout(words, 1)
        if not view.contested and account.value == view.value:
            row.addWidget(PlainLabel(_("Stands now"), "good"))
            return row
        button = push_button(_("Keep this one"))
        button.setAccessibleDescription(account.told)
        entry = account.entry
        button.clicked.connect(lambda: self._on_keep(view.key, entry))
        row.addWidget(button)
        return row

    def _on_keep(self, key: str, entry: EntryId) -> None:
        self.kept.emit(key, entry)


def _are_other_words(editor: Editor, told: Plain) -> bool:
    """Whether the editor says other words than these; dates and choices are not compared."""
    name = editor.field.name
    return editor.field.kind in _WORDS and _said(name, editor.value()) != _said(name, told)


def _said(name: str, value: Plain) -> list[bytes]:
    return [same_value(name, each) for each in (value if isinstance(value, list) else [value]) if each]


def editor_for(field: Field) -> Editor:
    """The editor that fits a field."""
    make = _EDITORS[field.kind]
    return SeveralEditor(field, make) if field.multi else make(field)
