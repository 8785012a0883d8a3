"""All ways into this vault, one below the other, each with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services import writers
from fieldapp.services.archive import Archive
from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import Escrow, Held
from fieldapp.services.writers import Writer
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import Notice, line, push_button, set_look, tell
from fieldapp.ui.safety.held_names import told_apart
from fieldapp.ui.safety.rekey_sheet import RekeySheet
from fieldapp.ui.safety.shares_held import HeldSheet
from fieldapp.ui.safety.shares_sheet import HoldersSheet
from fieldapp.ui.safety.ways_parts import WorkSheet, way_row
from fieldapp.ui.safety.ways_words import due_words, holders_words
from fieldapp.ui.safety.writers_sheet import WritersSheet
from fieldapp.ui.session import Session
from fieldapp.ui.settings.passphrase_sheet import PassphraseSheet

S = TypeVar("S", bound=QDialog)


@dataclass(frozen=True, slots=True)
class WaysIn:
    """What is true of the ways in now."""

    escrow: Escrow
    writers: tuple[Writer, ...]
    held: tuple[Held, ...]


def read_ways(archive: Archive) -> WaysIn:
    """In the vault lane."""
    return WaysIn(escrow.state(archive), tuple(writers.active(archive)), tuple(escrow.held(archive)))


class WaysSheet(WorkSheet):
    """Shows them; each has a sheet of its own."""

    loaded = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Ways into this vault"), parent)
        self._session = session
        self.due = Notice(look="warning", icon="warning")
        self.due.hide()
        self.body.addWidget(self.due)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        self.body.addLayout(self._rows)
        self.add_end()
        self.buttons_of: dict[str, QPushButton] = {}
        """The buttons of the rows, by what they are about: passphrase, holders, writers, held, rekey."""
        self.add_button(_("Close"), main=True).clicked.connect(self.accept)
        self.refresh()

    def refresh(self) -> None:
        """Read what is true now."""
        self._session.ask(self, read_ways, self._on_read)

    def change_passphrase(self) -> PassphraseSheet:
        """Another passphrase for who unlocked."""
        sheet = PassphraseSheet(self._session, self)
        sheet.changed.connect(self._on_passphrase_changed)
        return self._shown(sheet)

    def show_holders(self) -> HoldersSheet:
        """Who keeps shares of this vault."""
        sheet = HoldersSheet(self._session, self)
        sheet.rekey_asked.connect(self.begin_rekey)
        return self._shown(sheet)

    def show_writers(self) -> WritersSheet:
        """Who writes here."""
        sheet = WritersSheet(self._session, self)
        sheet.rekey_asked.connect(self.begin_rekey)
        return self._shown(sheet)

    def show_held(self) -> HeldSheet:
        """The shares that are kept here for others."""
        return self._shown(HeldSheet(self._session, self))

    def begin_rekey(self) -> RekeySheet:
        """Walk to a new key. The vault is closed when it is there."""
        return self._shown(RekeySheet(self._session, self))

    def _shown(self, sheet: S) -> S:
        sheet.finished.connect(self.refresh)
        sheet.open()
        return sheet

    def _on_read(self, found: WaysIn) -> None:
        self.due.say(due_words(found.escrow))
        clear(self._rows)
        holders = _("Look…") if found.escrow.holders else _("Choose them…")
        seen = _("Afterwards nothing of before opens this vault: no passphrase, no paper, no share.")
        self._add("passphrase", _("Your passphrase"), _("Only you know it."), _("Change…"), self.change_passphrase)
        self._rows.addWidget(line())
        self._rows.addLayout(way_row(_("Twelve words on paper"), _paper_words(found.escrow)))
        about = holders_words(found.escrow)
        self._add("holders", _("Coordinators who keep a share"), about, holders, self.show_holders)
        self._add("writers", _("Who writes here"), _writers_words(found.writers), _("Look…"), self.show_writers)
        if found.held:
            about = _held_words(found.held)
            self._add("held", _("Shares that you keep for others"), about, _("Look…"), self.show_held)
        name = _("Somebody saw my passphrase, or has the paper")
        self._add("rekey", name, seen, _("Make a new key…"), self.begin_rekey)
        set_look(self.buttons_of["rekey"], "danger")
        self.loaded.emit()

    def _add(self, key: str, name: str, text: str, button: str, call: Callable[[], object]) -> None:
        if self._rows.count():
            self._rows.addWidget(line())
        self.buttons_of[key] = push_button(button)
        self.buttons_of[key].clicked.connect(lambda _checked=False: call())
        self._rows.addLayout(way_row(name, text, self.buttons_of[key]))

    def _on_passphrase_changed(self) -> None:
        tell(
            self,
            _("The passphrase is changed"),
            _("From now on only the new one opens this vault for you. Paper and shares stay as they are."),
            _("Copies of the vault that were made before still open with the old one."),
        )


def _paper_words(found: Escrow) -> str:
    if found.phrase:
        return _("They open this vault. Keep them away from this computer, and where you would not be asked for them.")
    return _("There are none. A new key can come with new ones.")


def _writers_words(found: tuple[Writer, ...]) -> str:
    others = [visible(writer.name) for writer in found if not writer.me]
    return _("You, and with passphrases of their own: %s") % ", ".join(others) if others else _("Only you.")


def _held_words(found: tuple[Held, ...]) -> str:
    words = ngettext("%(count)d, for %(names)s", "%(count)d, for %(names)s", len(found))
    names = ", ".join(told_apart(each, found) for each in found)
    return words % {"count": len(found), "names": names}
