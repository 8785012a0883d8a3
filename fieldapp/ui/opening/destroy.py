"""Destroying a vault: what that means, what it cannot reach, and a word to be typed before the button works.

The screen is for a vault that is locked, where nobody can tell what was handed over. What it says of the rest is said
by the sheet of an open vault (`ui.safety.destroy`) too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError, HeaderBytesLeftError
from fieldapp.i18n import _
from fieldapp.jobs import Ends, Lane
from fieldapp.ui.opening.page import Page
from fieldapp.ui.plain import ElidedLabel, Notice, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of
from fieldapp.values import Progress


class TypedWord(QWidget):
    """A line for the word that confirms it."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        words = _("To go on, type the word: %s") % destroying_word()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(PlainLabel(words, "strong", wrap=True))
        self.line = QLineEdit()
        self.line.setMaxLength(40)
        self.line.setAccessibleName(words)
        self.line.textChanged.connect(self.edited)
        column.addWidget(self.line)
        self.setFocusProxy(self.line)

    @property
    def is_typed(self) -> bool:
        """Whether it stands there."""
        return self.line.text().strip().casefold() == destroying_word().casefold()


class DestroyScreen(Page):
    """`gone`: the vault is, with what is to be said of that. `left`: nothing was done.

    `left_over`: it was begun before, and cut off; then no word is to be typed.
    """

    gone = Signal(str)
    left = Signal()

    def __init__(self, folder: Path, lane: Lane, *, left_over: bool = False) -> None:
        if left_over:
            heading = _("A vault was being destroyed here")
            text = _("The end of it was cut off. Nothing opens what is left, but whoever looks sees that it was here.")
        else:
            heading = _("Destroy this vault?")
            text = _("Everything in it goes for good: records, files, keys. Nobody can undo it, with no passphrase.")
        super().__init__(heading, text, icon="warning")
        self._folder, self._lane, self._is_left_over = folder, lane, left_over
        self.is_busy = False
        self.column.addWidget(ElidedLabel(str(folder), "caption"))
        self.word = TypedWord()
        if not left_over:
            self._ask()
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self.bar = _bar()
        self.bar.hide()
        self.column.addWidget(self.bar)
        row = self.foot()
        self.back_button = push_button(_("Later") if left_over else _("Do not destroy it"), icon_name="back")
        self.back_button.clicked.connect(self.left)
        self.destroy_button = push_button(_("Remove the rest") if left_over else _("Destroy for good"), "danger")
        self.destroy_button.clicked.connect(self._on_destroy)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.destroy_button)
        self._on_edited()
        self.setFocusProxy(self.back_button)

    @property
    def must_end(self) -> bool:
        return self.is_busy

    def _ask(self) -> None:
        """What is lost, what is out of reach, and the word."""
        text = _(
            "The vault is locked, so the program cannot know what you handed over, and what is in a backup. "
            "What is nowhere else is lost."
        )
        self.column.addWidget(Notice(text, "alarm", icon="warning"))
        add_out_of_reach(self.column)
        self.word.edited.connect(self._on_edited)
        self.word.line.returnPressed.connect(self._on_destroy)
        self.column.addWidget(self.word)

    def _on_edited(self) -> None:
        self.destroy_button.setEnabled((self._is_left_over or self.word.is_typed) and not self.is_busy)

    def _on_destroy(self) -> None:
        if self.destroy_button.isEnabled():
            self._set_busy(True)
            _start(self._lane, self._folder, self.bar, lambda: self.gone.emit(""), self._on_failed)

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        if isinstance(error, HeaderBytesLeftError):
            self.gone.emit(words_of(error).text)
        else:
            self.notice.say(words_of(error).text)

    def _set_busy(self, busy: bool) -> None:
        self.is_busy = busy
        self.notice.say("")
        self.bar.setVisible(busy)
        self.word.setEnabled(not busy)
        self.back_button.setEnabled(not busy)
        self._on_edited()


class DestroyingScreen(Page):
    """Destroys a vault that was open until now. Nothing is asked any more."""

    ended = Signal(bool)
    """Whether it is gone; else a person has read why not."""

    def __init__(self, folder: Path, lane: Lane, place: object) -> None:
        """`place`: of the vault that was open, by which another one in its folder is told."""
        super().__init__(_("Destroying the vault…"), icon="warning")
        self._is_gone = False
        self.bar = _bar()
        self.column.addWidget(self.bar)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self.lock_button = push_button(_("To the lock screen"), "main")
        self.lock_button.clicked.connect(lambda: self.ended.emit(self._is_gone))
        self.lock_button.hide()
        row = self.foot()
        row.addStretch(1)
        row.addWidget(self.lock_button)
        _start(lane, folder, self.bar, lambda: self.ended.emit(True), self._on_failed, place=place)

    @property
    def must_end(self) -> bool:
        return self.lock_button.isHidden()

    def _on_failed(self, error: FieldAppError) -> None:
        self.bar.hide()
        self._is_gone = isinstance(error, HeaderBytesLeftError)
        self.heading.setText(
            _("The vault is destroyed.") if self._is_gone else _("Something of the vault would not go")
        )
        self.notice.say(words_of(error).text)
        self.lock_button.show()
        self.lock_button.setFocus()


def _bar() -> QProgressBar:
    bar = QProgressBar()
    bar.setTextVisible(False)
    bar.setAccessibleName(_("Destroying…"))
    return bar


def _start(
    lane: Lane,
    folder: Path,
    bar: QProgressBar,
    done: Callable[[], None],
    failed: Callable[[FieldAppError], None],
    *,
    place: Any = None,
) -> None:
    """Destroy a closed vault in the vault lane, behind all that waits there. It is not to be stopped."""

    def work(progress: Progress) -> None:
        from fieldapp.services.safety import destroying  # noqa: PLC0415 - start-up time: see Doors

        destroying.destroy(folder, progress, place=place)

    def progressed(count: int, total: int) -> None:
        bar.setRange(0, max(total, 1))
        bar.setValue(count)

    bar.setRange(0, 0)
    lane.start(work, Ends(lambda _nothing: done(), failed, progress=progressed))


def destroying_word() -> str:
    """The word that must be typed, in the language of the window."""
    # Translators: the word that a person types to confirm; one short word, no quotation marks.
    return _("destroy")


def out_of_reach() -> Sequence[str]:
    """What is left wherever a vault is destroyed."""
    return (
        _("What you handed over, and every copy of this folder."),
        _("Backups: they still open with your passphrase. Destroy them too, if nobody may have them."),
        _(
            "What a disk keeps of what was overwritten, as memory cards and SSDs do. It is sealed, and the keys that "
            "open it are gone from here."
        ),
        _("Files in this folder that are not the vault's. They stay."),
    )


def add_out_of_reach(column: QVBoxLayout) -> None:
    """Say in a column what destroying cannot reach."""
    inner = QVBoxLayout()
    inner.setSpacing(4)
    inner.addWidget(PlainLabel(_("What this cannot reach:"), "strong"))
    for sentence in out_of_reach():
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(PlainLabel("•", "quiet"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(PlainLabel(sentence, "quiet", wrap=True), 1)
        inner.addLayout(row)
    column.addLayout(inner)
