"""Repairing a damaged vault in a copy, from the lock screen: nobody may have it open, and it stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from fieldapp.errors import FieldAppError, WriterUnclearError
from fieldapp.i18n import _
from fieldapp.jobs import Lane
from fieldapp.messages import repaired
from fieldapp.services.safety.rescue import Rescue
from fieldapp.ui.opening.coming_in import WhoStep
from fieldapp.ui.opening.doors import Copying, Doors
from fieldapp.ui.opening.making import MakingByScreen, MakingScreen, Told
from fieldapp.ui.opening.page import Page
from fieldapp.ui.plain import IconLabel, PlainLabel, push_button
from fieldapp.values import Progress


class RepairScreen(MakingScreen):
    """With the passphrase."""

    repaired = Signal(Rescue, Path)
    """What came through, and the folder of the new vault."""

    def __init__(self, folder: Path, doors: Doors, lane: Lane, home: Path) -> None:
        super().__init__(_told(folder), folder, doors, lane, home)
        self.who: WhoStep | None = None
        self._name: str | None = None

    def _make(self, wanted: Copying, passphrase: str, progress: Progress) -> tuple[Rescue, Path]:
        return self._doors.repair(wanted, passphrase, progress, writer=self._name), wanted.folder

    def _on_failed(self, error: FieldAppError) -> None:
        super()._on_failed(error)
        if isinstance(error, WriterUnclearError) and self.who is None:
            self.who = WhoStep(error.known)
            self.who.changed.connect(self._on_who)
            self.column.insertWidget(self.column.indexOf(self.notice) + 1, self.who)

    def _on_who(self) -> None:
        self._name = self.who.chosen if self.who is not None else None

    def _on_made(self, made: tuple[Rescue, Path]) -> None:
        self.repaired.emit(*made)


class RepairByScreen(MakingByScreen):
    """With the paper, or with two coordinators' words."""

    repaired = Signal(Rescue, Path)
    """As above."""

    def __init__(self, wanted: Copying, doors: Doors, lane: Lane, *, with_paper: bool) -> None:
        super().__init__(wanted, doors, lane, with_paper=with_paper, at_work=_("Repairing…"))

    def _last_words(self) -> str:
        return _("Repair in a copy")

    def _open(self, words: Sequence[str], passphrase: str, writer: str | None, progress: Progress) -> Rescue:
        done: Rescue = self._doors.repair(self._wanted, passphrase, progress, words=words, writer=writer)
        return done

    def _on_unlocked(self, done: Rescue) -> None:
        self._forget()
        self.repaired.emit(done, self._wanted.folder)


class RepairedScreen(Page):
    """Tells what came through, and what to do now."""

    open_asked = Signal(Path)
    """The new vault shall be unlocked."""

    def __init__(self, done: Rescue, folder: Path) -> None:
        super().__init__(_("Repaired in a copy"), icon="shield")
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(IconLabel("check", 24, "good"))
        row.addWidget(PlainLabel(repaired.came_through(done), "strong", wrap=True), 1)
        self.column.addLayout(row)
        for heading, sentences in (
            (_("What was found"), repaired.found(done)),
            (_("What to do now"), repaired.to_do(done)),
        ):
            part = QVBoxLayout()
            part.setSpacing(4)
            part.addWidget(PlainLabel(heading, "strong"))
            for sentence in sentences:
                part.addWidget(PlainLabel(sentence, "quiet", wrap=True))
            self.column.addLayout(part)
        foot = self.foot()
        foot.addStretch(1)
        self.open_button = push_button(_("Unlock the new vault"), "main", icon_name="unlock")
        self.open_button.clicked.connect(lambda: self.open_asked.emit(folder))
        foot.addWidget(self.open_button)
        self.setFocusProxy(self.open_button)


def _told(folder: Path) -> Told:
    return Told(
        heading=_("Repair in a copy"),
        text=_(
            "A new vault is made of all that is whole in the damaged one, which stays as it is. What opens the old "
            "one opens the new one. You get a new card: read its eight words to your coordinators once more."
        ),
        icon="shield",
        what=_("The damaged vault: %s") % folder,
        passphrase=_("Passphrase"),
        make=_("Repair in a copy"),
        at_work=_("Repairing…"),
    )
