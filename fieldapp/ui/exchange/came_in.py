"""The records that a bundle brought or changed; each opens."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.arrivals import RecordOutcome
from fieldapp.ui.exchange.counting import KINDS
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID

_MOST = 200


class CameIn(QWidget):
    """Records by what became of them: removed and changed first, for they need a look, then new."""

    chosen = Signal(bytes)

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, GRID, 0, GRID)
        self._column.setSpacing(0)
        self.hide()

    def show_records(self, records: Sequence[RecordOutcome]) -> None:
        """Show these."""
        clear(self._column)
        headings = (("hidden", _("Removed from lists")), ("changed", _("Changed")), ("new", _("New")))
        for what, heading in headings:
            several = [record for record in records if record.what == what]
            several.sort(key=lambda record: (_place(record.type), record.title.casefold()))
            if several:
                self._column.addWidget(PlainLabel(heading, "section"))
            for record in several[:_MOST]:
                self._column.addWidget(self._button(record))
            if len(several) > _MOST:
                more = ngettext("… and %d more", "… and %d more", len(several) - _MOST)
                self._column.addWidget(PlainLabel(more % (len(several) - _MOST), "quiet"))

    def _button(self, record: RecordOutcome) -> QWidget:
        text = (visible(record.title) or _("Without a title")).replace("&", "&&")
        icon = record.type if record.type in KINDS else "document"
        button = push_button(text, "link", icon_name=icon)
        button.clicked.connect(lambda: self.chosen.emit(record.id))
        return button


def _place(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS else len(KINDS)
