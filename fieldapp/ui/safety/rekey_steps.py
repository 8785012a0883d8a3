"""The steps to a new key, one small page each; what they ask is kept in them until the key is made."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.safety.rekeying import Plan
from fieldapp.ui.opening.steps import PassphraseStep, Step
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import IconLabel, Notice, PlainLabel, set_look
from fieldapp.ui.safety.shares_choosing import HolderChoice
from fieldapp.ui.safety.ways_words import names_of
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.tick import Tick


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen on the way: new words on paper, a new card; by name who gets shares, and who is left out."""

    paper: bool
    new_card: bool
    holders: tuple[str, ...]
    left_out: tuple[str, ...]


class MeaningStep(Step):
    """What a new key is, and what of before becomes useless."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.heading = _("A new key for this vault")
        self.text = _(
            "For when somebody saw your passphrase, has the paper, or keeps a share and is not to be trusted any more. "
            "It takes a few minutes, and you lose nothing that is written here."
        )
        self.column.addWidget(PlainLabel(_("What stops opening this vault"), "strong"))
        for text in _useless(plan):
            self.column.addWidget(_line_of(text, "close", "danger"))
        self.column.addWidget(
            Notice(
                _(
                    "Copies of this vault that were made before, on a stick or as a backup, still open with what "
                    "opened them then. Destroy those that you can reach, and make a new backup afterwards."
                ),
                "warning",
                icon="warning",
            )
        )
        self.new_card = Tick(_("Somebody may have a copy, or had this computer: write on under a new card too"))
        about = _(
            "Who has a copy could sign as you, and open what is sealed for your card of now. A new card ends that."
        )
        self.new_card.setAccessibleDescription(about)
        self.new_card.setChecked(plan.copy_likely)
        self.column.addWidget(self.new_card)
        below = PlainLabel(about, "caption", wrap=True)
        below.setContentsMargins(3 * GRID + 5, 0, 0, 0)
        self.column.addWidget(below)


class SecretsStep(Step):
    """The passphrase as it is now, and the new one twice."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("The new passphrase")
        self.text = _("Nothing of the old one should be in it. Four or five words are easy to remember.")
        self.now = PassphraseField(_("Passphrase as it is now"))
        self.now.edited.connect(self.changed)
        self.new = PassphraseStep(_("New passphrase"))
        self.new.changed.connect(self.changed)
        self.now.submitted.connect(self.new.setFocus)
        self.new.submitted.connect(self.submitted)
        self.column.addWidget(self.now)
        self.column.addWidget(self.new)
        self.setFocusProxy(self.now)

    def is_complete(self) -> bool:
        return len(self.now) > 0 and self.new.is_complete()

    def forget(self) -> None:
        """Overwrite what was typed."""
        for field in (self.now, self.new.first, self.new.second):
            field.clear()


class OthersStep(Step):
    """The passphrases of the others who write here, if they are here."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.heading = _("The others who write here")
        self.text = _(
            "Who is here types their passphrase now, and keeps it. Leave the field of everybody else empty: they "
            "cannot come in then until you let them in anew, under “Who writes here”. Tell them."
        )
        self.fields = {
            writer.id: PassphraseField(_("Passphrase of %s") % visible(writer.name)) for writer in plan.others
        }
        self.names = {writer.id: visible(writer.name) for writer in plan.others}
        for field in self.fields.values():
            field.edited.connect(self.changed)
            field.submitted.connect(self.submitted)
            self.column.addWidget(field)
        self.setFocusProxy(next(iter(self.fields.values())))

    @property
    def given(self) -> dict[int, str]:
        """The passphrases that were typed, by writer."""
        return {number: field.box.peek() for number, field in self.fields.items() if len(field)}

    @property
    def left_out(self) -> tuple[str, ...]:
        """The names of those whose passphrase was not typed."""
        return tuple(self.names[number] for number, field in self.fields.items() if not len(field))

    def forget(self) -> None:
        """Overwrite what was typed."""
        for field in self.fields.values():
            field.clear()


class HelpersStep(Step):
    """Who can help from now on: twelve new words on paper, coordinators with new shares, both, or nobody."""

    def __init__(self, session: Session, plan: Plan) -> None:
        super().__init__()
        self.heading = _("Who can help you in from now on?")
        self.text = _("If you forget the new passphrase. You can have both, and choose coordinators later as well.")
        self.paper = Tick(_("Twelve new words on paper"))
        self.paper.setChecked(plan.phrase)
        self.people = Tick(_("Coordinators who get new shares"))
        self.choice = HolderChoice(session, ticked=frozenset(each.fingerprint for each in plan.holders if each.counts))
        self.people.setChecked(bool(plan.holders))
        self.nobody = Notice(
            _("Nobody could help you in then, until you choose coordinators: do not forget the new passphrase."),
            "warning",
            icon="warning",
        )
        for part in (self.paper, self.people, self.choice, self.nobody):
            self.column.addWidget(part)
        for box in (self.paper, self.people):
            box.toggled.connect(self._on_changed)
        self.choice.changed.connect(self._on_changed)
        self._on_changed()
        self.setFocusProxy(self.paper)

    def is_complete(self) -> bool:
        return not self.people.isChecked() or self.choice.is_enough

    def _on_changed(self) -> None:
        self.choice.setVisible(self.people.isChecked())
        self.nobody.setVisible(not self.people.isChecked() and not self.paper.isChecked())
        self.changed.emit()


class ReadyStep(Step):
    """The last look: what happens now, and whom to tell afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Ready")
        self.text = _("When the new key is made, the vault locks. Open it with the new passphrase.")

    def show_tasks(self, plan: Plan, chosen: Chosen) -> None:
        """Say what remains to be done afterwards."""
        while (item := self.column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if chosen.left_out:
            words = _("Cannot come in any more after this, until you let them in anew: %s")
            self.column.addWidget(Notice(words % ", ".join(chosen.left_out), "warning", icon="warning"))
        self.column.addWidget(PlainLabel(_("What you do afterwards"), "strong"))
        for text in _tasks(plan, chosen):
            self.column.addWidget(_line_of(text, "task", "accent"))
        self.column.addStretch(1)


def _line_of(text: str, icon: str, role: str) -> QWidget:
    row = QWidget()
    set_look(row, "clear")
    inside = QHBoxLayout(row)
    inside.setContentsMargins(0, 0, 0, 0)
    inside.addWidget(IconLabel(icon, 16, role), 0, Qt.AlignmentFlag.AlignTop)
    inside.addWidget(PlainLabel(text, wrap=True), 1)
    return row


def _useless(plan: Plan) -> list[str]:
    told = [_("Your passphrase of now.")]
    if plan.phrase:
        told.append(_("The twelve words on paper. Burn the paper afterwards; you can get new words."))
    if plan.holders:
        told.append(_("The shares that %s keep; they can get new ones.") % names_of(plan.holders))
    if plan.others:
        names = ", ".join(visible(writer.name) for writer in plan.others)
        told.append(_("The passphrase of %s, unless they are here to type it once more.") % names)
    return told


def _tasks(plan: Plan, chosen: Chosen) -> list[str]:
    told = []
    if plan.phrase:
        told.append(
            _("Destroy the paper with the old words.")
            if not chosen.paper
            else _("Destroy the old paper; keep the new.")
        )
    if plan.holders:
        told.append(_("Tell %s that the old share is worthless.") % names_of(plan.holders))
    if chosen.holders:
        told.append(_("Give %s their new shares: write the files under “Ways in”.") % ", ".join(chosen.holders))
    told += [_("Let %s in anew, under “Who writes here”.") % name for name in chosen.left_out]
    told.append(_("Make a new backup, and destroy the older ones and old copies."))
    if chosen.new_card:
        told.append(_("Read the eight words of your new card to your coordinators: Exchange, My card."))
    return told
