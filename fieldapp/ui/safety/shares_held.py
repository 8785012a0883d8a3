"""The shares that are kept here for others: rehearsing with their owners, and reading one aloud, after calling back."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import Held
from fieldapp.ui.opening.steps import words_grid
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import Notice, line, push_button
from fieldapp.ui.safety.held_names import is_checked, told_apart, twins
from fieldapp.ui.safety.ways_parts import WorkSheet, way_row
from fieldapp.ui.safety.ways_words import day
from fieldapp.ui.session import Session
from fieldapp.ui.tick import Tick


class HeldSheet(WorkSheet):
    """Whose shares are here."""

    loaded = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Shares that you keep for others"), parent)
        self._session = session
        self.buttons_of: dict[bytes, QPushButton] = {}
        self.rehearse_buttons: dict[bytes, QPushButton] = {}
        self._found: list[Held] = []
        self.add_wide(
            _(
                "Each person below counts on you: if they forget their passphrase, they ask you and somebody else for "
                "twelve words. Yours alone open nothing. They never leave this vault in a bundle."
            ),
            "quiet",
        )
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self.body.addLayout(self._list)
        self.add_end()
        self.add_button(_("Close"), main=True).clicked.connect(self.accept)
        self.refresh()

    def refresh(self) -> None:
        """Read whose shares are here."""
        self._session.ask(self, escrow.held, self._on_read)

    def read_aloud(self, held: Held) -> ReadAloudSheet:
        """Lead to the words of a share. The sheet is open when this returns."""
        sheet = ReadAloudSheet(self._session, held, told_apart(held, self._found), self)
        sheet.finished.connect(self.refresh)
        sheet.open()
        return sheet

    def rehearse(self, held: Held) -> RehearsalSheet:
        """Show the words to rehearse with. The sheet is open when this returns."""
        sheet = RehearsalSheet(self._session, held, told_apart(held, self._found), self)
        sheet.open()
        return sheet

    def _on_read(self, found: list[Held]) -> None:
        self._found = found
        self.buttons_of = {}
        self.rehearse_buttons = {}
        clear(self._list)
        for place, held in enumerate(found):
            if place:
                self._list.addWidget(line())
            button = push_button(_("Read the words aloud…"))
            button.clicked.connect(lambda _checked=False, held=held: self.read_aloud(held))
            self.buttons_of[held.owner] = button
            rehearse = push_button(_("Rehearse…"))
            rehearse.clicked.connect(lambda _checked=False, held=held: self.rehearse(held))
            self.rehearse_buttons[held.owner] = rehearse
            self._list.addLayout(way_row(told_apart(held, found), _about(held, found), rehearse, button))
        self.loaded.emit()


class RehearsalSheet(WorkSheet):
    """Words by which the owner of a share knows that it is here."""

    shown = Signal()

    def __init__(self, session: Session, held: Held, name: str, parent: QWidget) -> None:
        super().__init__(_("Rehearse with %s") % name, parent)
        self.add_wide(
            _("Read these words to them. They open nothing: they only show that their share is here and whole.")
        )
        self._words = QVBoxLayout()
        self.body.addLayout(self._words)
        self.add_end()
        self.add_button(_("Close"), main=True).clicked.connect(self.accept)
        session.ask(self, lambda archive: escrow.rehearsal_words(archive, held.owner), self._on_words, self.say_error)

    def _on_words(self, phrase: str) -> None:
        self._words.addLayout(words_grid(phrase))
        self.shown.emit()


class ReadAloudSheet(WorkSheet):
    """First what must be sure, then the words. Enter presses nothing here."""

    shown = Signal()

    def __init__(self, session: Session, held: Held, name: str, parent: QWidget) -> None:
        super().__init__(_("Words for %s") % name, parent)
        self._session, self._held = session, held
        self._warning = Notice(
            _(
                "With these words and those of one more person the vault of %s can be opened. Somebody may pretend to "
                "be them, write in their name, or sit beside them. Never send the words, and read them to nobody else."
            )
            % name,
            "alarm",
            icon="warning",
        )
        self.body.addWidget(self._warning)
        if not is_checked(held):
            text = _("Anybody can call themselves so. Be sure who it is before you read them a word.")
            self.body.addWidget(Notice(text, "warning", icon="warning"))
        elif not held.trusted:
            text = _("You do not trust their card any more. Be twice as careful.")
            self.body.addWidget(Notice(text, "warning", icon="warning"))
        if held.replaced_by is not None:
            self.body.addWidget(Notice(_replaced(), icon="history"))
        self.called_back = Tick(_("I called them back, on a number that I knew before"))
        self.heard = Tick(_("I know the voice, and they said freely what they need it for"))
        for box in (self.called_back, self.heard):
            box.toggled.connect(self._on_toggled)
            self.body.addWidget(box)
        self._words = QVBoxLayout()
        self.body.addLayout(self._words)
        self.noted = self.add_wide(_("That the words are shown is noted in the journal, with the time."), "caption")
        self.add_end()
        self.close_button = self.add_button(_("Close"))
        self.close_button.clicked.connect(self.accept)
        self.show_button = push_button(_("Show the words"), "danger")
        self.show_button.clicked.connect(self._on_show)
        self.buttons.addWidget(self.show_button)
        self._on_toggled()

    def done(self, result: int) -> None:
        """Close; the words do not stay on a sheet that is hidden."""
        clear(self._words)
        super().done(result)

    def _on_toggled(self) -> None:
        sure = self.called_back.isChecked() and self.heard.isChecked()
        self.show_button.setEnabled(sure and self.bar.isHidden())

    def _on_show(self) -> None:
        owner = self._held.owner
        self._set_busy(True)
        self._session.write(self, lambda archive: escrow.words(archive, owner), self._on_words, self._on_failed)

    def _on_words(self, phrase: str) -> None:
        self._set_busy(False)
        for part in (self._warning, self.called_back, self.heard, self.show_button):
            part.hide()
        self._words.addLayout(words_grid(phrase))
        self.noted.setText(
            _("Read them slowly, with their numbers; spell what is hard to hear. Then close this, and forget them.")
        )
        self.close_button.setFocus()
        self.shown.emit()

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        self.say_error(error)

    def _set_busy(self, busy: bool) -> None:
        self.set_busy(busy, self.called_back, self.heard)
        self._on_toggled()


def _about(held: Held, among: Collection[Held]) -> str:
    told = [_("Their share number %(number)d, made on %(day)s.") % {"number": held.number, "day": day(held.made_ms)}]
    if twins(held, among):
        told.append(_("Somebody else here has a name like this: compare the digits of their card."))
    if held.replaced_by is not None:
        told.append(_replaced())
    if held.told_ms is not None:
        told.append(_("You last looked at the words on %s.") % day(held.told_ms))
    if held.others:
        told.append(_("Others who keep one: %s") % ", ".join(visible(each) for each in held.others))
    return " ".join(told)


def _replaced() -> str:
    return _("You also keep a newer share of the same vault. This one most likely opens nothing any more.")
