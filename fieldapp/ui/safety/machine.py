"""What this computer gives away: a card, and the sheet with each finding and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import N_, _, ngettext
from fieldapp.services.safety import machine
from fieldapp.services.safety.machine import Finding, Level
from fieldapp.ui.plain import IconLabel, PlainLabel, Sheet, line
from fieldapp.ui.safety.card import SafetyCard, Standing
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID

_STANDINGS: Mapping[Level, Standing] = {
    Level.GOOD: Standing.GOOD,
    Level.UNKNOWN: Standing.UNKNOWN,
    Level.WARNING: Standing.ATTENTION,
}
_LEVELS: Mapping[Level, str] = {
    Level.GOOD: N_("Good"),
    Level.UNKNOWN: N_("Not known"),
    Level.WARNING: N_("Wants attention"),
}


class MachineCard(SafetyCard):
    """The worst that was found, in one line."""

    name = "machine"

    def __init__(self, session: Session) -> None:
        super().__init__(
            "settings",
            _("This computer"),
            _("Its disk, memory that is written to the disk, and the network. The program cannot change these."),
            _("Look at it…"),
        )
        self._session = session
        self.found: Sequence[Finding] = ()
        self.button.clicked.connect(self.show_findings)

    def refresh(self) -> None:
        """Look at the computer."""
        folder = self._session.folder
        self._session.ask(self, lambda _archive: machine.look(folder), self.show_found)

    def show_found(self, found: Sequence[Finding]) -> None:
        """Say how bad it is."""
        self.found = found
        self.say(*standing_of(found))

    def show_findings(self) -> MachineSheet:
        """All of it, one by one."""
        sheet = MachineSheet(self.found, self)
        sheet.open()
        return sheet


class MachineSheet(Sheet):
    """What was found, one below the other."""

    def __init__(self, found: Sequence[Finding], parent: QWidget | None) -> None:
        super().__init__(_("This computer"), parent, width=72 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.add_words(
            _("What the program could find out. Somebody who knows computers can help you with the rest."), "quiet"
        )
        for finding in found:
            self.body.addWidget(line())
            self.body.addLayout(_row(finding))
        self.add_button(_("Close"), main=True).clicked.connect(self.accept)


def standing_of(found: Sequence[Finding]) -> tuple[Standing, str]:
    """The worst of it, in one line."""
    count = {level: sum(each.level is level for each in found) for level in Level}
    if count[Level.WARNING]:
        words = ngettext(
            "%d thing here could give you away.", "%d things here could give you away.", count[Level.WARNING]
        )
        return Standing.ATTENTION, words % count[Level.WARNING]
    if count[Level.UNKNOWN]:
        words = ngettext("%d thing is not known.", "%d things are not known.", count[Level.UNKNOWN])
        return Standing.UNKNOWN, words % count[Level.UNKNOWN]
    return Standing.GOOD, _("Nothing was found that gives you away.")


def _row(finding: Finding) -> QHBoxLayout:
    icon, role, _look = _STANDINGS[finding.level].value
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(PlainLabel(finding.what, "strong", wrap=True))
    if finding.do:
        words.addWidget(PlainLabel(finding.do, "quiet", wrap=True))
    row = QHBoxLayout()
    row.setSpacing(12)
    mark = IconLabel(icon, 20, role)
    mark.setAccessibleName(_(_LEVELS[finding.level]))
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(words, 1)
    return row
