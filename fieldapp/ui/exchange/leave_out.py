"""Leaving out single records of a bundle: ticked, they stay here."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldapp.i18n import _
from fieldapp.ui.exchange.record_ticks import RecordTicks
from fieldapp.ui.plain import Sheet
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId


class LeaveOutSheet(Sheet):
    """`chosen`, or nothing is changed."""

    chosen = Signal(frozenset)

    def __init__(self, session: Session, withheld: Collection[RecordId], parent: QWidget) -> None:
        super().__init__(_("Which records stay here?"), parent, width=80 * GRID)
        self.add_words(
            _(
                "Tick what shall not go with this bundle. Their files stay too. Who gets the bundle sees that "
                "something was left out, and not what."
            )
        )
        self.ticks = RecordTicks(session, _("Records that stay here"))
        self.ticks.model.tick(withheld)
        self.ticks.refresh()
        self.body.addWidget(self.ticks, 1)
        self.add_button(_("Cancel")).clicked.connect(self.reject)
        self.keep_button = self.add_button(_("These stay here"), main=True)
        self.keep_button.clicked.connect(self._on_keep)

    def _on_keep(self) -> None:
        self.chosen.emit(frozenset(self.ticks.model.ticked))
        self.accept()
