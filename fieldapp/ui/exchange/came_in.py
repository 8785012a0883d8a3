"""The records that bundles brought or changed; each opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.arrivals import RecordOutcome
from fieldapp.ui.exchange.counting import KINDS
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import ElidedLabel, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID

_MOST = 200


class CameIn(QWidget):
    """Records, each once: what is urgent, what differs and what left the lists first, for these need a look."""

    chosen = Signal(bytes)

    def __init__(self, *, openable: bool = True) -> None:
        super().__init__()
        self._openable = openable
        set_look(self, "clear")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, GRID, 0, GRID)
        self._column.setSpacing(0)
        self.hide()

    def show_records(self, records: Sequence[RecordOutcome]) -> None:
        """Show these."""
        clear(self._column)
        left = list(records)
        for heading, belongs in _sections():
            several = sorted((each for each in left if belongs(each)), key=_order)
            left = [each for each in left if not belongs(each)]
            if several:
                if self._column.count():
                    self._column.addSpacing(GRID)
                self._column.addWidget(PlainLabel(heading, "section"))
            for record in several[:_MOST]:
                self._column.addWidget(self._button(record))
            if len(several) > _MOST:
                more = ngettext("… and %d more", "… and %d more", len(several) - _MOST)
                self._column.addWidget(PlainLabel(more % (len(several) - _MOST), "quiet"))
        self._column.addStretch(1)

    def _button(self, record: RecordOutcome) -> QWidget:
        text = (visible(record.title) or _("Without a title")).replace("&", "&&")
        icon = record.type if record.type in KINDS else "document"
        if not self._openable:
            return ElidedLabel(visible(record.title) or _("Without a title"))
        button = push_button(text, "link", icon_name=icon)
        button.clicked.connect(lambda: self.chosen.emit(record.id))
        return button


def _sections() -> list[tuple[str, Callable[[RecordOutcome], bool]]]:
    return [
        (_("Urgent"), lambda each: each.urgent),
        (_("Accounts differ"), lambda each: each.contested),
        (_("Withdrawn"), lambda each: each.what == "withdrawn"),
        (_("Removed from lists"), lambda each: each.what == "hidden"),
        (_("Changed"), lambda each: each.what == "changed"),
        (_("New"), lambda each: each.what == "new"),
    ]


def _order(record: RecordOutcome) -> tuple[int, str]:
    return (KINDS.index(record.type) if record.type in KINDS else len(KINDS), record.title.casefold())
