"""What goes only when it is ticked by hand, this once; what stays here; and whether the bundle is cut into parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.services import parts
from fieldapp.services.trust import Peer, Role
from fieldapp.ui.exchange.fold import Fold
from fieldapp.ui.exchange.leave_out import LeaveOutSheet
from fieldapp.ui.plain import Notice, PlainLabel, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId


class ExtraTick(QWidget):
    """A tick that is never on by itself and never kept, and what it means while it is on."""

    changed = Signal()

    def __init__(self, words: str, meaning: str) -> None:
        super().__init__()
        set_look(self, "clear")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        self.box = QCheckBox(words)
        self.warning = Notice(meaning, "warning", icon="warning")
        self.warning.hide()
        column.addWidget(self.box)
        column.addWidget(self.warning)
        self.box.toggled.connect(self._on_toggled)

    @property
    def chosen(self) -> bool:
        return self.box.isChecked()

    def reset(self) -> None:
        """Take the tick away."""
        self.box.setChecked(False)

    def _on_toggled(self, on: bool) -> None:
        self.warning.setVisible(on)
        self.changed.emit()


class Extras(Fold):
    """All of it, folded away."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(_("More choices"))
        self._session = session
        self.withheld: frozenset[RecordId] = frozenset()
        self.contact = ExtraTick(
            _("Phone numbers for field workers too, this once"),
            _(
                "Each number goes with its safety line: when to call, who else may answer. Coordinators get numbers "
                "always; a field worker's laptop is more easily lost."
            ),
        )
        self.codes = ExtraTick(
            _("Code words too, this once"),
            _(
                "Code words tell a caller from somebody who has taken their phone. Whoever reads them can pretend. "
                "Hand them over only if these people will call in your place."
            ),
        )
        self.leave_button = push_button("", "link", icon_name="hide")
        self.leave_button.clicked.connect(self.choose_left_out)
        self.sizes = QComboBox()
        self._build()
        for tick in (self.contact, self.codes):
            tick.changed.connect(self.changed)
        self._say_left_out()

    @property
    def part_bytes(self) -> int | None:
        """How large parts may be; None: one file."""
        size = self.sizes.currentData()
        return int(size) if size else None

    def show_recipients(self, peers: Sequence[Peer]) -> None:
        """What only field workers need to be asked is asked only for them."""
        wanted = any(peer.role is Role.FIELD for peer in peers)
        self.contact.setVisible(wanted)
        if not wanted:
            self.contact.reset()

    def reset(self) -> None:
        """Nothing is ticked, nothing left out; parts stay as they were."""
        self.contact.reset()
        self.codes.reset()
        self.leave_out(frozenset())

    def leave_out(self, records: frozenset[RecordId]) -> None:
        """These stay here."""
        if records != self.withheld:
            self.withheld = records
            self._say_left_out()
            self.changed.emit()

    def choose_left_out(self) -> LeaveOutSheet:
        """Have single records ticked that stay here. The sheet is open when this returns."""
        sheet = LeaveOutSheet(self._session, self.withheld, self)
        sheet.chosen.connect(self.leave_out)
        sheet.open()
        return sheet

    def _build(self) -> None:
        self.column.addWidget(self.contact)
        self.column.addWidget(self.codes)
        row = QHBoxLayout()
        row.addWidget(self.leave_button)
        row.addStretch(1)
        self.column.addLayout(row)
        self.column.addWidget(PlainLabel(_("One file or several"), "strong"))
        self.sizes.setAccessibleName(_("One file or several"))
        for words, size in _sizes(parts.PRESETS):
            self.sizes.addItem(words, size)
        holder = QHBoxLayout()
        holder.addWidget(self.sizes)
        holder.addStretch(1)
        self.column.addLayout(holder)
        note = _("Parts go by any way and in any order. Each is sealed, and one alone says nothing.")
        self.column.addWidget(PlainLabel(note, "caption", wrap=True))

    def _say_left_out(self) -> None:
        count = len(self.withheld)
        words = ngettext("%d record stays here…", "%d records stay here…", count) % count
        self.leave_button.setText(words if count else _("Leave out single records…"))


def _sizes(presets: Mapping[str, int]) -> list[tuple[str, int | None]]:
    return [
        (_("One file"), None),
        (_("Parts of 8 MB, for any messenger"), presets["messenger"]),
        (_("Parts of 16 MB, for a messenger"), presets["messenger-16"]),
        (_("Parts of 25 MB, for a messenger"), presets["messenger-25"]),
        (_("Parts of 10 MB, for mail"), presets["mail"]),
        (_("Parts of 2 GB, for an old stick"), presets["stick"]),
    ]
