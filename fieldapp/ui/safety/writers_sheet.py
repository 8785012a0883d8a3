"""Who writes here: several people on one machine, each with a passphrase and a name of their own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from fieldapp.bundles.card import MAX_TEXT
from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services import writers
from fieldapp.services.archive import Archive
from fieldapp.services.writers import OpenToAll, Writer
from fieldapp.ui.opening.steps import PassphraseStep
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import PlainLabel, Sheet, ask, line, push_button, tell
from fieldapp.ui.safety.ways_parts import WorkSheet, ask_gravely, way_row
from fieldapp.ui.safety.ways_words import day
from fieldapp.ui.session import Session


class WritersSheet(WorkSheet):
    """The list, and the ways to add somebody, to remove somebody, and to let somebody in anew."""

    loaded = Signal()
    rekey_asked = Signal()
    """Somebody was removed who may know of another way in: a new key is wanted."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Who writes here"), parent)
        self._session = session
        self.writers: list[Writer] = []
        self.open_to_all = OpenToAll(phrase=False, shares=False)
        self.buttons_of: dict[int, list[QPushButton]] = {}
        """What can be done about somebody, by their number; the last removes them."""
        self.add_wide(
            _(
                "Each has a passphrase of their own, and everything they write carries their name. Everybody who "
                "writes here sees everything, and decides for all: whom to trust, what is taken back."
            ),
            "quiet",
        )
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        self.body.addLayout(self._rows)
        self.add_end()
        self.add_writer_button = self.add_button(_("Add somebody…"))
        self.add_writer_button.clicked.connect(self.add_writer)
        self.add_button(_("Close"), main=True).clicked.connect(self.accept)
        self.refresh()

    def refresh(self) -> None:
        """Read who writes here."""
        self._session.ask(self, lambda archive: (writers.list_(archive), writers.open_to_all(archive)), self._on_read)

    def add_writer(self) -> WriterSheet:
        """Ask for a name and a passphrase. The sheet is open when this returns."""
        return self._asked(WriterSheet(self._session, self))

    def let_in(self, writer: Writer) -> WriterSheet:
        """Ask for a passphrase of somebody who has none any more. The sheet is open when this returns."""
        return self._asked(WriterSheet(self._session, self, writer))

    def remove(self, writer: Writer) -> Sheet:
        """Ask, and then let somebody not come in any more."""
        sheet = ask_gravely(
            self,
            _("Shall %s not come in any more?") % visible(writer.name),
            _ends_words(writer),
            " ".join(still_words(self.open_to_all)),
            yes=_("Remove them"),
            no=_("Keep"),
        )
        sheet.accepted.connect(lambda: self._remove(writer))
        return sheet

    def _asked(self, sheet: WriterSheet) -> WriterSheet:
        sheet.done_with.connect(self._on_done_with)
        sheet.open()
        return sheet

    def _remove(self, writer: Writer) -> None:
        self._session.write(self, lambda archive: writers.remove(archive, writer.id), self._on_removed, self._on_failed)

    def _on_removed(self, writer: Writer) -> None:
        self.refresh()
        sheet = ask(
            self,
            _("%s was removed, and has no passphrase here") % visible(writer.name),
            " ".join((*still_words(self.open_to_all), _("A new key ends that, if you do not part as friends."))),
            yes=_("Make a new key…"),
            no=_("Not needed"),
        )
        sheet.accepted.connect(self._on_rekey)

    def _on_rekey(self) -> None:
        self.accept()
        self.rekey_asked.emit()

    def _on_done_with(self, writer: Writer) -> None:
        self.refresh()
        tell(
            self,
            _("%s can come in now") % visible(writer.name),
            _("With the passphrase that they have just typed, on this machine."),
            _(
                "What they hand over goes out under a card of their own. Whoever is to take it in compares the eight "
                "words of that card with them first."
            ),
        )

    def _on_failed(self, error: FieldAppError) -> None:
        self.say_error(error)

    def _on_read(self, read: tuple[list[Writer], OpenToAll]) -> None:
        self.writers, self.open_to_all = read
        self.buttons_of = {}
        clear(self._rows)
        for place, writer in enumerate(self.writers):
            if place:
                self._rows.addWidget(line())
            buttons = self._buttons_for(writer)
            if buttons:
                self.buttons_of[writer.id] = buttons
            self._rows.addLayout(way_row(visible(writer.name), _state_of(writer), *buttons))
        self.loaded.emit()

    def _buttons_for(self, writer: Writer) -> list[QPushButton]:
        if writer.me or writer.removed_ms is not None:
            return []
        remove = push_button(_("Remove…"))
        remove.clicked.connect(lambda _checked=False: self.remove(writer))
        buttons = [remove]
        if not writer.can_open:
            let_in = push_button(_("Let in anew…"))
            let_in.clicked.connect(lambda _checked=False: self.let_in(writer))
            buttons.insert(0, let_in)
        for button in buttons:
            button.setAccessibleName(f"{button.text()} {visible(writer.name)}")
        return buttons


class WriterSheet(WorkSheet):
    """Somebody types a passphrase of their own; who is new also says how they are called."""

    done_with = Signal(Writer)
    refused = Signal()

    def __init__(self, session: Session, parent: QWidget, writer: Writer | None = None) -> None:
        heading = _("Add somebody who writes here")
        if writer is not None:
            heading = _("Let %s in anew") % visible(writer.name)
        super().__init__(heading, parent, width=480)
        self._session, self._writer = session, writer
        self.add_words(
            _(
                "Let them sit at this keyboard and type it themselves. You need not know it. "
                "If they forget it, somebody else who writes here can remove and add them."
            ),
            "quiet",
        )
        self.name = QLineEdit()
        self.name.setMaxLength(MAX_TEXT)
        self.name.setAccessibleName(_("Their name, as others see it"))
        self.name.textChanged.connect(self._on_changed)
        if writer is None:
            self.body.addWidget(PlainLabel(_("Their name, as others see it"), "strong"))
            self.body.addWidget(self.name)
        self.passphrase = PassphraseStep()
        self.passphrase.changed.connect(self._on_changed)
        self.passphrase.submitted.connect(self._on_go)
        self.body.addWidget(self.passphrase)
        self.add_end()
        self.cancel_button = self.add_button(_("Cancel"))
        self.cancel_button.clicked.connect(self.reject)
        self.go_button = self.add_button(_("Let them in"), main=True)
        self.go_button.clicked.connect(self._on_go)
        self._on_changed()
        (self.name if writer is None else self.passphrase).setFocus()

    def done(self, result: int) -> None:
        """Close; nothing that was typed stays."""
        self.passphrase.first.clear()
        self.passphrase.second.clear()
        super().done(result)

    def _on_changed(self) -> None:
        named = self._writer is not None or bool(self.name.text().strip())
        self.go_button.setEnabled(named and self.passphrase.is_complete() and self.bar.isHidden())

    def _on_go(self) -> None:
        if not self.go_button.isEnabled():
            return
        name, passphrase, known = self.name.text(), self.passphrase.take(), self._writer
        self._set_busy(True)

        def work(archive: Archive) -> Writer:
            if known is not None:
                return writers.let_in(archive, known.id, passphrase)
            return writers.add(archive, passphrase, person=name)

        self._session.write(self, work, self._on_done, self._on_failed)

    def _on_done(self, writer: Writer) -> None:
        self.accept()
        self.done_with.emit(writer)

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        self.say_error(error)
        self.passphrase.setFocus()
        self.refused.emit()

    def _set_busy(self, busy: bool) -> None:
        self.set_busy(busy, self.name, self.passphrase, self.cancel_button)
        self._on_changed()


def _ends_words(writer: Writer) -> str:
    """What it means for them."""
    if writer.can_open:
        return _("Their passphrase stops opening this vault. What they wrote stays, under their name.")
    return _("They have no passphrase here since the new key was made. What they wrote stays, under their name.")


def still_words(open_to_all: OpenToAll) -> list[str]:
    """With what somebody who was removed may still come in."""
    told = []
    if open_to_all.phrase:
        told.append(_("Who has seen the paper with the twelve words still comes in with it, as any of you."))
    if open_to_all.shares:
        told.append(_("So does who has heard the words of two coordinators."))
    told.append(_("Who kept a copy of the folder opens that copy, and with its key this vault."))
    return told


def _state_of(writer: Writer) -> str:
    if writer.removed_ms is not None:
        return _("Removed on %s. What they wrote stays.") % day(writer.removed_ms)
    if writer.me:
        return _("You. On the card: %s.") % visible(writer.device)
    if not writer.can_open:
        return _("Cannot come in since the new key was made: they have to type a passphrase once more.")
    return _("Comes in with a passphrase of their own. On the card: %s.") % visible(writer.device)
