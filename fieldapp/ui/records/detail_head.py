"""The head of a record: what it is, what it is called, whether it is saved, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.records.model import TYPES
from fieldapp.services.views import RecordView
from fieldapp.ui.drafting import SaveState
from fieldapp.ui.plain import ElidedLabel, IconLabel, Notice, PlainLabel, icon_button, push_button, set_look
from fieldapp.ui.records.marks import is_urgent
from fieldapp.ui.records.more_button import MoreButton
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words


class DetailHead(QFrame):
    """Stays while the form scrolls."""

    history_asked = Signal()
    remove_asked = Signal()
    look_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "top")
        self._icon = IconLabel("testimony", 24, "accent")
        self.title = ElidedLabel("", "heading")
        self._told = ElidedLabel("", "caption")
        self._sign = IconLabel("check", 16, "good")
        self.state = PlainLabel("", "caption")
        self.look_button = push_button(_("Look at it"), icon_name="reveal")
        self.look_button.clicked.connect(self.look_asked)
        self.history_button = icon_button("history", _("What happened here"))
        self.history_button.clicked.connect(self.history_asked)
        self.remove_button = icon_button("hide", _("Remove from lists"))
        self.remove_button.clicked.connect(self.remove_asked)
        self.more = MoreButton()
        self.urgent = _mark("urgent", _("urgent"))
        self.contested = _mark("contested", _("accounts differ"))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self._told)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._icon)
        row.addSpacing(4)
        row.addLayout(words, 1)
        row.addWidget(self.urgent)
        row.addWidget(self.contested)
        row.addSpacing(GRID)
        row.addWidget(self._sign)
        row.addWidget(self.state)
        row.addSpacing(GRID)
        row.addWidget(self.look_button)
        row.addWidget(self.history_button)
        row.addWidget(self.remove_button)
        row.addWidget(self.more)
        self._row = row
        self.trouble = Notice(look="alarm", icon="warning")
        self.trouble.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 10, 2 * GRID, 10)
        column.setSpacing(GRID)
        column.addLayout(row)
        column.addWidget(self.trouble)

    def add_button(self, button: QAbstractButton) -> None:
        """Put one more button at the end."""
        self._row.addWidget(button)

    def show_record(self, type_name: str, title: str, view: RecordView | None) -> None:
        """Show what the record is; without `view` it is new."""
        kind = TYPES[type_name]
        self._icon.draw(type_name, "accent")
        self.title.setText(
            title or _("New: %s") % _(kind.label).lower() if view is None else title or _("Without a title")
        )
        told = [_(kind.label)] if view is not None else []
        if view is not None and view.through:
            whose = {"author": view.author or _("Somebody unknown"), "sender": view.through}
            told.append(_("written down by %s") % (_("%(author)s, through %(sender)s") % whose))
        if view is not None:
            told.append(_("changed %s") % moment_words(view.row.changed_ms))
        self._told.setText("  ·  ".join(told) or _("Everything is saved as you type"))
        self.urgent.setVisible(view is not None and is_urgent(view.row))
        self.contested.setVisible(view is not None and view.row.contested)
        self.look_button.setVisible(type_name == "document")
        for button in (self.history_button, self.remove_button):
            button.setEnabled(view is not None)
        self.more.show_for(type_name, is_there=view is not None)

    def say_state(self, state: SaveState) -> None:
        """Say what a person can rely on."""
        words = {
            SaveState.UNTOUCHED: "",
            SaveState.TYPING: _("Saving…"),
            SaveState.SAVED: _("Saved"),
            SaveState.FAILED: _("Not saved"),
        }
        self.state.setText(words[state])
        self.state.look("danger" if state is SaveState.FAILED else "caption")
        self._sign.setVisible(state in (SaveState.SAVED, SaveState.FAILED))
        if state is not SaveState.UNTOUCHED:
            failed = state is SaveState.FAILED
            self._sign.draw("warning" if failed else "check", "danger" if failed else "good")
        if state is not SaveState.FAILED:
            self.trouble.hide()

    def say_trouble(self, text: str) -> None:
        """Say why it is not saved."""
        self.trouble.say(text)


def _mark(icon: str, text: str) -> QWidget:
    """An icon with a word, where the record needs a look."""
    mark = QWidget()
    mark.setAccessibleName(text)
    row = QHBoxLayout(mark)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    row.addWidget(IconLabel(icon, 16, "danger"))
    row.addWidget(PlainLabel(text, "danger"))
    mark.hide()
    return mark
