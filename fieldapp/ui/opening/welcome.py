"""The first screen of all: what this is, in which language, and the ways in."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout

from fieldapp.i18n import LANGUAGES, _, language
from fieldapp.ui.file_dialogs import choose_files, choose_folder
from fieldapp.ui.opening.page import Page
from fieldapp.ui.plain import IconLabel, Notice, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID

_NAMES = {"en": "English", "ru": "Русский"}  # each in its own language, so never translated


class WelcomeScreen(Page):
    """Signals say what the person chose."""

    create_chosen = Signal()
    folder_chosen = Signal(Path)
    backup_chosen = Signal(Path)
    practice_chosen = Signal()
    language_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            _("Welcome"),
            _(
                "Here you write down testimonies and keep papers, photos and contacts. Everything is sealed on this "
                "computer, and nothing is sent anywhere."
            ),
            icon="logo",
        )
        self.top.addLayout(self._languages())
        self.create_button = self._way(
            "plus", _("Make a new vault"), _("A sealed folder that only your passphrase opens. It takes two minutes.")
        )
        self.create_button.clicked.connect(self.create_chosen)
        self.open_button = self._way("folder", _("Open a vault"), _("One that is on this computer or on a stick."))
        self.open_button.clicked.connect(self._on_open)
        self.backup_button = self._way(
            "undo", _("Restore from a backup"), _("A backup file, after a computer was lost or broke.")
        )
        self.backup_button.clicked.connect(self._on_backup)
        self.practice_button = self._way(
            "people", _("Try with a practice vault"), _("Invented people to look around with. Nothing in it is real.")
        )
        self.practice_button.clicked.connect(self.practice_chosen)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self.setFocusProxy(self.create_button)

    def _languages(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        self._group = QButtonGroup(self)
        for code in LANGUAGES:
            button = push_button(_NAMES[code], "chip")
            button.setCheckable(True)
            button.setChecked(code == language())
            button.clicked.connect(lambda _checked=False, code=code: self.language_chosen.emit(code))
            self._group.addButton(button)
            row.addWidget(button)
        return row

    def _way(self, icon: str, title: str, text: str) -> QPushButton:
        button = _Way()
        set_look(button, "choice")
        button.setAccessibleName(title)
        button.setAccessibleDescription(text)
        inside = QHBoxLayout(button)
        inside.setContentsMargins(16, 10, 16, 10)
        inside.setSpacing(16)
        inside.addWidget(IconLabel(icon, 24, "accent"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(PlainLabel(title, "strong"))
        words.addWidget(PlainLabel(text, "quiet", wrap=True))
        inside.addLayout(words, 1)
        button.setIconSize(QSize(24, 24))
        self.column.addWidget(button)
        return button

    def _on_open(self) -> None:
        choose_folder(self, _("Open a vault"), Path.home(), self.folder_chosen.emit)

    def _on_backup(self) -> None:
        choose_files(self, _("Which backup?"), lambda paths: self.backup_chosen.emit(paths[0]))


class _Way(QPushButton):
    """A large button with words on it, as high as they need."""

    def __init__(self) -> None:
        super().__init__()
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        inside = self.layout()
        return max(8 * GRID, inside.totalHeightForWidth(width) if inside is not None else 0)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().sizeHint().width(), self.heightForWidth(self.width()))
