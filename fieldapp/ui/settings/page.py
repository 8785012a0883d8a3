"""Settings: how the program looks and speaks, when it locks, the passphrase, this vault, help, and what this is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fieldapp import __version__
from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, language, ngettext
from fieldapp.services import preferences, vaults
from fieldapp.services.preferences import LOCK_AFTER_S, LOCK_CHOICES_S, Preferences
from fieldapp.ui.parts import Part, card
from fieldapp.ui.plain import PlainLabel, line, push_button, tell
from fieldapp.ui.session import Session
from fieldapp.ui.settings.guide import show_guide
from fieldapp.ui.settings.look import remember
from fieldapp.ui.settings.passphrase_sheet import PassphraseSheet, ways_beside
from fieldapp.ui.settings.purpose_box import PurposeBox
from fieldapp.ui.settings.removed import RemovedSheet
from fieldapp.ui.settings.taken_off import TakenOffSheet
from fieldapp.ui.theme import GRID, Appearance, theme
from fieldapp.ui.words import show_error

_MINUTE_S = 60
_CONTROL = 26 * GRID
_LANGUAGES = {"en": "English", "ru": "Русский"}


class SettingsPage(Part):
    """The page of the workspace. What is chosen holds at once."""

    language_chosen = Signal(str)
    lock_after_chosen = Signal(int)
    """Seconds without a touch until the vault locks; told also once at the beginning, if any were chosen before."""
    light_asked = Signal()
    safety_asked = Signal()
    rebuilt = Signal(int)
    loaded = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(_("Settings"))
        self._session = session
        self.language = QComboBox()
        self.appearance = QComboBox()
        self.lock_after = QComboBox()
        self.safety_button = push_button(_("Look at it…"), icon_name="shield")
        self.passphrase_button = push_button(_("Change the passphrase…"))
        self.rebuild_button = push_button(_("Rebuild the lists"))
        self.removed_button = push_button(_("Look at them…"))
        self.purpose = PurposeBox(session)
        self.light_button = push_button(_("Travel light…"))
        self.taken_off_button = push_button(_("Look at the list…"))
        self.guide_button = push_button(_("Open the guide"), icon_name="help")
        self._said = PlainLabel("", "good", wrap=True)
        self._said.hide()
        self._fill()
        self._build()
        self._connect()
        session.ask(self, preferences.load, self._on_first_loaded)
        self.purpose.refresh()

    def refresh(self) -> None:
        """Show what is true now."""
        self._said.hide()
        self.purpose.refresh()
        self._session.ask(self, preferences.load, self._show_preferences)

    def change_passphrase(self) -> PassphraseSheet:
        """Ask for the old passphrase and the new one."""
        sheet = PassphraseSheet(self._session, self)
        sheet.changed.connect(self._on_passphrase_changed)
        sheet.open()
        return sheet

    def show_removed(self) -> RemovedSheet:
        """The records that were taken out of the lists."""
        sheet = RemovedSheet(self._session, self)
        sheet.open()
        return sheet

    def show_taken_off(self) -> TakenOffSheet:
        """What was taken off this device."""
        sheet = TakenOffSheet(self._session, self)
        sheet.open()
        return sheet

    def _fill(self) -> None:
        for code, name in _LANGUAGES.items():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(self.language.findData(language()))
        for appearance, name in (
            (Appearance.SYSTEM, _("As the computer")),
            (Appearance.LIGHT, _("Light")),
            (Appearance.DARK, _("Dark")),
        ):
            self.appearance.addItem(name, appearance.value)
        self.appearance.setCurrentIndex(self.appearance.findData(theme().appearance.value))
        for seconds in LOCK_CHOICES_S:
            minutes = seconds // _MINUTE_S
            self.lock_after.addItem(ngettext("%d minute", "%d minutes", minutes) % minutes, seconds)

    def _build(self) -> None:
        self._section(
            _("Words and looks"),
            (_("Language"), "", self.language),
            (_("Appearance"), _("Dark is easier on the eyes at night."), self.appearance),
        )
        self._section(
            _("Safety"),
            (
                _("Safety of this vault"),
                _("Ways in, backup, a check of everything, this computer, and how to destroy it all."),
                self.safety_button,
            ),
            (
                _("Lock after"),
                _("When nobody touches the keyboard or the mouse for so long, the vault locks itself."),
                self.lock_after,
            ),
            (_("Passphrase"), _("What else opens this vault stays as it is."), self.passphrase_button),
        )
        self._section(
            _("On this device"),
            (_("What this device is for"), self.purpose.text, self.purpose),
            (
                _("Before a visit"),
                _("What your coordinators surely have leaves this device, and comes back with a later bundle."),
                self.light_button,
            ),
            (_("Taken off this device"), _("What left, and when. No names."), self.taken_off_button),
        )
        self._section(
            _("This vault"),
            (_("Folder"), str(self._session.folder), None),
            (
                _("Removed records"),
                _("What you or a bundle took out of the lists is still here, and can be brought back."),
                self.removed_button,
            ),
            (
                _("Lists and search"),
                _("They are made from what was written down, and can be made again if something seems to be missing."),
                self.rebuild_button,
            ),
        )
        self.column.addWidget(self._said)
        self._section(
            _("Help"),
            (_("Guide"), _("How to work with this program, and what it cannot protect."), self.guide_button),
            (
                _("Field App %s") % __version__,
                _("Free software under the GNU General Public License, version 3 or later. It never uses a network."),
                None,
            ),
        )
        self.column.addStretch(1)

    def _section(self, heading: str, *rows: tuple[str, str, QWidget | None]) -> None:
        box, column = card(spacing=12)
        column.addWidget(PlainLabel(heading, "heading"))
        for place, (name, text, control) in enumerate(rows):
            if place:
                column.addWidget(line())
            column.addLayout(_row(name, text, control))
        self.column.addWidget(box)

    def _connect(self) -> None:
        self.language.activated.connect(self._on_language)
        self.appearance.activated.connect(self._on_appearance)
        self.lock_after.activated.connect(self._on_lock_after)
        self.passphrase_button.clicked.connect(self.change_passphrase)
        self.removed_button.clicked.connect(self.show_removed)
        self.safety_button.clicked.connect(self.safety_asked)
        self.light_button.clicked.connect(self.light_asked)
        self.taken_off_button.clicked.connect(self.show_taken_off)
        self.rebuild_button.clicked.connect(self._on_rebuild)
        self.guide_button.clicked.connect(lambda: show_guide(self))

    def _on_first_loaded(self, found: Preferences) -> None:
        if found.lock_after_s is not None:
            self.lock_after_chosen.emit(found.lock_after_s)
        self._show_preferences(found)

    def _show_preferences(self, found: Preferences) -> None:
        self.lock_after.setCurrentIndex(self.lock_after.findData(found.lock_after_s or LOCK_AFTER_S))
        self.loaded.emit()

    def _on_language(self) -> None:
        chosen = str(self.language.currentData())
        if chosen != language():
            remember(language=chosen)
            self.language_chosen.emit(chosen)

    def _on_appearance(self) -> None:
        chosen = Appearance(self.appearance.currentData())
        remember(appearance=chosen.value)
        theme().choose(chosen)

    def _on_lock_after(self) -> None:
        seconds = int(self.lock_after.currentData())
        self._session.ask(
            self,
            lambda archive: preferences.store(archive, Preferences(seconds)),
            lambda _kept: self.lock_after_chosen.emit(seconds),
        )

    def _on_passphrase_changed(self) -> None:
        self._session.ask(self, ways_beside, self._tell_changed, lambda _error: self._tell_changed(""))

    def _tell_changed(self, beside: str) -> None:
        tell(
            self,
            _("The passphrase is changed"),
            _("From now on the new one opens this vault, and the one before does not."),
            beside,
            _("Copies of the vault that were made before still open with the old one."),
        )

    def _on_rebuild(self) -> None:
        self.rebuild_button.setEnabled(False)
        self.rebuild_button.setText(_("Rebuilding…"))
        self._session.at_length(self, vaults.rebuild, self._on_rebuilt, self._on_failed, cancelled=self._ready_again)

    def _on_rebuilt(self, count: int) -> None:
        self._ready_again()
        words = ngettext("Made again: %d record or link.", "Made again: %d records and links.", count)
        self._said.setText(words % count)
        self._said.show()
        self.rebuilt.emit(count)

    def _on_failed(self, error: FieldAppError) -> None:
        self._ready_again()
        show_error(self, error)

    def _ready_again(self) -> None:
        self.rebuild_button.setEnabled(True)
        self.rebuild_button.setText(_("Rebuild the lists"))


def _row(name: str, text: str, control: QWidget | None) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(3 * GRID)
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(PlainLabel(name, "strong"))
    if text:
        words.addWidget(PlainLabel(text, "quiet", wrap=True).selectable())
    row.addLayout(words, 1)
    if control is not None:
        control.setAccessibleName(name if not isinstance(control, QPushButton) else control.text())
        control.setMinimumWidth(_CONTROL)
        row.addWidget(control)
    return row
