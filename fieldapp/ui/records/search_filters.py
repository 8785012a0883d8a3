"""What narrows a search: the kind of record, when it was, and whom it is about."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.records.model import TYPES
from fieldapp.records.search import Filters
from fieldapp.records.store import RecordRow
from fieldapp.services.half_finished import Narrowed
from fieldapp.ui.form.date import understood
from fieldapp.ui.plain import push_button
from fieldapp.ui.records.person_picker import PersonPicker
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId

KINDS = ("testimony", "person", "document")


class SearchFilters(QWidget):
    """Chips and two small fields above the results."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._kind: str | None = None
        self._person: RecordId | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 0, 12, GRID)
        column.setSpacing(GRID)
        chips = QHBoxLayout()
        chips.setSpacing(4)
        self._group = QButtonGroup(self)
        self.chips: dict[str | None, QPushButton] = {}
        for kind in (None, *KINDS):
            chip = push_button(_(TYPES[kind].plural) if kind else _("All"), "chip")
            chip.setCheckable(True)
            chip.setChecked(kind is None)
            chip.clicked.connect(lambda _checked=False, kind=kind: self._on_kind(kind))
            self._group.addButton(chip)
            self.chips[kind] = chip
            chips.addWidget(chip)
        chips.addStretch(1)
        column.addLayout(chips)
        self.when = QLineEdit()
        self.when.setPlaceholderText(_("When: March 2026"))
        self.when.setAccessibleName(_("Only from this time"))
        self.when.setClearButtonEnabled(True)
        self.when.textChanged.connect(self._on_text)
        self.person = PersonPicker(session, _("About: a person"))
        self.person.chosen.connect(self._on_person)
        self.person.line.setClearButtonEnabled(True)
        self.person.line.textEdited.connect(self._on_person_text)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.when, 1)
        row.addWidget(self.person, 1)
        column.addLayout(row)

    def filters(self) -> Filters:
        """What the filters say now. A time that is not understood narrows nothing."""
        found = understood(self.when.text())
        return Filters(
            type=self._kind,
            earliest=found.earliest.toordinal() if found else None,
            latest=found.latest.toordinal() if found else None,
            person=self._person,
        )

    @property
    def narrowed(self) -> Narrowed:
        """All of them as they stand, understood or not."""
        return Narrowed(self._kind or "", self.when.text(), self.person.line.text(), self._person)

    def narrow(self, narrowed: Narrowed) -> None:
        """Stand as they did. A kind that is none of these is all of them."""
        if narrowed == self.narrowed:
            return
        self._kind = narrowed.kind if narrowed.kind in KINDS else None
        self.chips[self._kind].setChecked(True)
        self._person = narrowed.person
        self.person.line.setText(narrowed.about)
        self.when.setText(narrowed.when)
        self.changed.emit()

    def _on_kind(self, kind: str | None) -> None:
        self._kind = kind
        self.changed.emit()

    def _on_text(self, _text: str) -> None:
        self.changed.emit()

    def _on_person(self, row: RecordRow) -> None:
        self._person = row.id
        self.person.line.setText(row.title)
        self.changed.emit()

    def _on_person_text(self, _text: str) -> None:
        if self._person is not None:
            self._person = None
            self.changed.emit()
