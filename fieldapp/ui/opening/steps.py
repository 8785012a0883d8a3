"""The steps of making a vault, one small page each. A step says when it is complete; the wizard walks them."""

from __future__ import annotations

import secrets
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from fieldapp.i18n import _
from fieldapp.ui.file_dialogs import choose_folder
from fieldapp.ui.opening.doors import holds_vault, usual_place
from fieldapp.ui.opening.purpose import PurposeChoice
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import ElidedLabel, Notice, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID

LEAST_CHARACTERS = 8
_ASKED_BACK = 3
_COLUMNS = 3


class Step(QWidget):
    """One page of the wizard."""

    changed = Signal()
    submitted = Signal()
    heading = ""
    text = ""

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(12)

    def is_complete(self) -> bool:
        """Whether the person can go on."""
        return True

    def refusal(self) -> str:
        """Why they cannot go on now that they want to; empty if they can."""
        return ""

    def add_line(self, label: str, hint: str = "", text: str = "") -> QLineEdit:
        """A labelled line to type in."""
        edit = QLineEdit(text)
        edit.setAccessibleName(label)
        edit.setAccessibleDescription(hint)
        edit.textChanged.connect(self.changed)
        edit.returnPressed.connect(self.submitted)
        box = QVBoxLayout()
        box.setSpacing(4)
        box.addWidget(PlainLabel(label, "strong"))
        box.addWidget(edit)
        if hint:
            box.addWidget(PlainLabel(hint, "caption", wrap=True))
        self.column.addLayout(box)
        return edit


class PlaceStep(Step):
    """Where the vault shall be."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.heading = _("Where shall the vault be?")
        self.text = _("A vault is one folder. You can move or copy it as a whole, also onto a stick.")
        self.parent_folder = usual_place(home)
        self._place = ElidedLabel("", "strong")
        box = QHBoxLayout()
        box.addWidget(self._place, 1)
        button = push_button(_("Choose…"), icon_name="folder")
        button.clicked.connect(self._on_choose)
        box.addWidget(button)
        self.name = self.add_line(
            _("Name of the folder"), _("Anybody who looks at this computer can read it: choose a dull one."), "Vault"
        )
        self.column.addWidget(PlainLabel(_("In this folder"), "strong"))
        self.column.addLayout(box)
        self._show()
        self.setFocusProxy(self.name)

    @property
    def folder(self) -> Path:
        return self.parent_folder / self.name.text().strip()

    def is_complete(self) -> bool:
        name = self.name.text().strip()
        return bool(name) and name not in (".", "..") and not set(name) & set('/\\:*?"<>|')

    def refusal(self) -> str:
        if holds_vault(self.folder):
            return _("There is a vault in this folder already. Choose another name, or go back and open it.")
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            return _("There is something in this folder already. Choose another name.")
        return ""

    def _on_choose(self) -> None:
        choose_folder(self, self.heading, self.parent_folder, self._on_chosen)

    def _on_chosen(self, folder: Path) -> None:
        self.parent_folder = folder
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self._place.setText(str(self.parent_folder))


class NamesStep(Step):
    """Who writes here, on which machine, and what that is for."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("What shall we call you?")
        self.text = _("Your coordinators see these names on everything you hand over. A nickname is fine.")
        self.person = self.add_line(_("Your name, as you want to be called"))
        self.device = self.add_line(
            _("Name of this device"), _("So that you can tell your machines apart, for example “old laptop”.")
        )
        self.purpose = PurposeChoice()
        self.column.addWidget(self.purpose)
        self.setFocusProxy(self.person)

    def is_complete(self) -> bool:
        return bool(self.person.text().strip() and self.device.text().strip())


class HelpStep(Step):
    """How somebody gets in who has forgotten the passphrase: with paper, or with other people and nothing on paper."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("If you forget the passphrase")
        self.text = _("Nobody else can open the vault for you, and we cannot either. Choose your way back in.")
        self.paper = QRadioButton(_("With twelve words on paper"))
        self.people = QRadioButton(_("No paper: coordinators help me in"))
        told = (
            (
                self.paper,
                _(
                    "You write them down in a moment, and keep the paper away from this computer. "
                    "Whoever finds it can open the vault."
                ),
            ),
            (
                self.people,
                _(
                    "Nothing that can be found in your bag or at home. Two or three coordinators each keep a share: "
                    "any two of them together can help you in, and one alone cannot. You choose them later, inside. "
                    "Until they have their shares nobody can help, and with the passphrase all would be lost."
                ),
            ),
        )
        self._group = QButtonGroup(self)
        for button, text in told:
            button.setAccessibleDescription(text)
            self._group.addButton(button)
            self.column.addWidget(button)
            below = PlainLabel(text, "caption", wrap=True)
            below.setContentsMargins(3 * GRID + 5, 0, 0, 6)
            self.column.addWidget(below)
        self.paper.setChecked(True)
        self.setFocusProxy(self.paper)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter goes on with what is chosen."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submitted.emit()
        else:
            super().keyPressEvent(event)


class NobodyYetStep(Step):
    """After a vault was made without paper: what to do so that somebody can help."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Nobody can help you in yet")
        self.text = _("The vault is made. Until two coordinators keep a share of it, do not forget the passphrase.")
        for number, text in enumerate(
            (
                _("Inside, under Exchange, add the cards of your coordinators and compare words with them."),
                _("In the settings, open “Safety of this vault”, and there “Ways in”. Choose two or three of them."),
                _("Give each their file, and let them read their words to you once: then you know that it works."),
            ),
            1,
        ):
            self.column.addWidget(Notice(f"{number}.  {text}"))


class PassphraseStep(Step):
    """The passphrase, twice."""

    def __init__(self, label: str = "") -> None:
        super().__init__()
        self.heading = _("Choose a passphrase")
        self.text = _(
            "Four or five words that have nothing to do with each other are easy to remember "
            "and hard to guess. Spaces and any letters are fine."
        )
        self.first = PassphraseField(label or _("Passphrase"))
        self.second = PassphraseField(_("The same once more"))
        self._match = PlainLabel(" ", "caption")
        for part in (self.first, self.second):
            part.edited.connect(self._on_edited)
            self.column.addWidget(part)
        self.first.submitted.connect(self.second.setFocus)
        self.second.submitted.connect(self.submitted)
        self.column.addWidget(self._match)
        self.setFocusProxy(self.first)

    def is_complete(self) -> bool:
        return len(self.first) >= LEAST_CHARACTERS and self.first.box.peek_equal(self.second.box)

    def take(self) -> str:
        """The passphrase; both fields are empty after it."""
        self.second.clear()
        return self.first.take()

    def _on_edited(self) -> None:
        if not len(self.first):
            text, look = " ", "caption"
        elif len(self.first) < LEAST_CHARACTERS:
            text, look = _("At least %d characters.") % LEAST_CHARACTERS, "caption"
        elif not len(self.second):
            text, look = " ", "caption"
        elif self.is_complete():
            text, look = _("Both are the same."), "good"
        else:
            text, look = _("They are not the same yet."), "caption"
        self._match.setText(text)
        self._match.look(look)
        self.changed.emit()


class PhraseStep(Step):
    """The recovery phrase, shown this once."""

    def __init__(self, phrase: str) -> None:
        super().__init__()
        self.heading = _("Write these twelve words on paper")
        self.text = _(
            "They open the vault if you forget the passphrase. They are shown only now. "
            "Keep the paper away from this computer, and make no photo of it."
        )
        self.column.addLayout(words_grid(phrase))


class AskBackStep(Step):
    """Three of the words asked back, so that the paper is real; typed where a passphrase would be, but to be seen."""

    def __init__(self, phrase: str) -> None:
        super().__init__()
        self.heading = _("Three words from your paper")
        self.text = _("To be sure that you can read what you wrote.")
        self._words = phrase.split()
        places = sorted(secrets.SystemRandom().sample(range(len(self._words)), _ASKED_BACK))
        self.answers = {place: self._field(place) for place in places}
        fields = list(self.answers.values())
        for field, following in pairwise(fields):
            field.submitted.connect(following.setFocus)
        fields[-1].submitted.connect(self.submitted)
        self.setFocusProxy(fields[0])

    def is_complete(self) -> bool:
        return all(field.box.peek().strip() for field in self.answers.values())

    def refusal(self) -> str:
        wrong = [place for place, field in self.answers.items() if not self._is_right(place, field.box.peek())]
        if not wrong:
            return ""
        self.answers[wrong[0]].setFocus()
        return _("Word %d is another one. Look at your paper, or go back to see the words again.") % (wrong[0] + 1)

    def forget(self) -> None:
        """Overwrite what was typed."""
        for field in self.answers.values():
            field.clear()

    def _field(self, place: int) -> PassphraseField:
        field = PassphraseField(_("Word %d") % (place + 1))
        field.reveal_button.setChecked(True)
        field.edited.connect(self.changed)
        self.column.addWidget(field)
        return field

    def _is_right(self, place: int, typed: str) -> bool:
        return typed.strip().lower() == self._words[place]


def words_grid(phrase: str) -> QGridLayout:
    """The words of a phrase, each numbered."""
    grid = QGridLayout()
    grid.setSpacing(GRID)
    words = phrase.split()
    rows = -(-len(words) // _COLUMNS)
    for place, word in enumerate(words):
        cell = Notice(look="word")
        cell.setAccessibleName(f"{place + 1}. {word}")
        cell.words.setText(f"{place + 1}.  {word}")
        cell.words.look("strong")
        grid.addWidget(cell, place % rows, place // rows)
    return grid
