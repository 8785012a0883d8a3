"""Who keeps shares of this vault, and how far each is: made, written to a file, read aloud once."""

from __future__ import annotations

import secrets
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import SUFFIX, Escrow, Help, Holder
from fieldapp.ui.file_dialogs import choose_new_file
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import ElidedLabel, IconLabel, Notice, PlainLabel, line, push_button, set_look
from fieldapp.ui.safety.shares_choosing import ChooseHoldersSheet
from fieldapp.ui.safety.shares_rehearsing import RehearseSheet
from fieldapp.ui.safety.ways_parts import WorkSheet
from fieldapp.ui.safety.ways_words import day, due_words, help_words
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID


class HoldersSheet(WorkSheet):
    """The list as one to be ticked off, with what is next for each."""

    loaded = Signal()
    rekey_asked = Signal()
    """New shares under a new key are wanted."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Coordinators who keep a share of this vault"), parent)
        self._session = session
        self.found: Escrow | None = None
        self.buttons_of: dict[bytes, QPushButton] = {}
        """What is next for a holder, by fingerprint."""
        self.state = Notice()
        self.body.addWidget(self.state)
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self.body.addLayout(self._list)
        self.done_words = Notice(icon="check")
        self.done_words.hide()
        self.body.addWidget(self.done_words)
        self.add_end()
        self.rekey_button = self.add_button(_("New key and new shares…"))
        self.rekey_button.clicked.connect(self._on_rekey)
        self.choose_button = self.add_button(_("Choose them…"))
        self.choose_button.clicked.connect(self.choose)
        self.rehearse_button = self.add_button(_("Rehearse…"))
        self.rehearse_button.clicked.connect(self.rehearse)
        self.close_button = self.add_button(_("Close"), main=True)
        self.close_button.clicked.connect(self.accept)
        self.refresh()

    def refresh(self) -> None:
        """Read how far it is."""
        self._session.ask(self, escrow.state, self._on_read)

    def choose(self) -> ChooseHoldersSheet:
        """Choose who keeps shares. The sheet is open when this returns."""
        anew = self.found is not None and bool(self.found.holders)
        sheet = ChooseHoldersSheet(self._session, self, anew=anew)
        sheet.chosen.connect(self._on_read)
        sheet.open()
        return sheet

    def rehearse(self) -> RehearseSheet:
        """Let a holder read their words aloud. The sheet is open when this returns."""
        sheet = RehearseSheet(self._session, self)
        sheet.finished.connect(self.refresh)
        sheet.open()
        return sheet

    def write(self, holder: Holder, path: Path) -> None:
        """Write the file of a holder's share."""
        self._session.write(
            self,
            lambda archive: escrow.write(archive, holder.fingerprint, path),
            lambda _made: self._on_written(holder, path),
            self._on_failed,
        )

    def _on_write(self, holder: Holder) -> None:
        proposed = Path.home() / f"{secrets.token_hex(3)}{SUFFIX}"
        heading = _("Where shall the share for %s be?") % visible(holder.name)
        choose_new_file(self, heading, proposed, lambda path: self.write(holder, path), suffix=SUFFIX.removeprefix("."))

    def _on_written(self, holder: Holder, path: Path) -> None:
        self.notice.hide()
        told = _(
            "The share for %(name)s is in %(path)s. Only they can open it: send it or hand it over, and let them take "
            "it in like a bundle. It is written only once."
        )
        self.done_words.say(told % {"name": visible(holder.name), "path": path})
        self.refresh()

    def _on_failed(self, error: FieldAppError) -> None:
        self.done_words.hide()
        self.say_error(error)

    def _on_rekey(self) -> None:
        self.accept()
        self.rekey_asked.emit()

    def _on_read(self, found: Escrow) -> None:
        self.found = found
        due = due_words(found)
        self.state.wear("warning" if due or found.help in (Help.NOBODY, Help.NOT_YET) else "notice")
        self.state.say(due or _next_words(found) or help_words(found))
        self.buttons_of = {}
        clear(self._list)
        for place, holder in enumerate(found.holders):
            if place:
                self._list.addWidget(line())
            self._list.addLayout(self._row(holder))
        set_look(self.close_button, "" if self.buttons_of else "main")  # what is next is to be seen
        self.choose_button.setText(_("Choose others…") if found.holders else _("Choose them…"))
        self.rekey_button.setVisible(found.should_rotate)
        self.choose_button.setVisible(not found.should_rotate)
        self.rehearse_button.setVisible(any(holder.written_ms is not None for holder in found.holders))
        self.loaded.emit()

    def _row(self, holder: Holder) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(ElidedLabel(visible(holder.name), "strong"))
        if not holder.counts:
            words.addWidget(PlainLabel(_("Not trusted as a coordinator any more."), "danger", wrap=True))
        words.addLayout(_steps(holder))
        row.addLayout(words, 1)
        if holder.written_ms is None and holder.counts:
            button = push_button(_("Write the file…"), "main")
            button.setAccessibleName(_("Write the file for %s") % visible(holder.name))
            button.clicked.connect(lambda _checked=False: self._on_write(holder))
            self.buttons_of[holder.fingerprint] = button
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return row


def _steps(holder: Holder) -> QGridLayout:
    """The three steps, each ticked where it is done."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(6)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(1, 1)
    told = [
        (True, _("Made on %s") % day(holder.made_ms)),
        _step(holder.written_ms, _("File written on %s"), _("File not written yet")),
        _step(holder.rehearsed_ms, _("Read their words to you on %s"), _("Have not read their words to you yet")),
    ]
    for place, (is_done, text) in enumerate(told):
        grid.addWidget(IconLabel("check" if is_done else "clock", 16, "good" if is_done else "quiet"), place, 0)
        grid.addWidget(PlainLabel(text, "" if is_done else "quiet"), place, 1)
    return grid


def _step(time_ms: int | None, words: str, not_yet: str) -> tuple[bool, str]:
    return (False, not_yet) if time_ms is None else (True, words % day(time_ms))


def _next_words(found: Escrow) -> str:
    """What is next, in a sentence."""
    if not found.holders:
        return _("Nobody keeps a share yet. Choose two or three coordinators who could help you in.")
    if any(holder.written_ms is None for holder in found.holders):
        return _("Write a file for each, and give it to them. Until two have theirs, they cannot help you.")
    if any(holder.rehearsed_ms is None for holder in found.holders):
        return _("Call each once, and let them read their words to you: then you know that it works.")
    return ""
