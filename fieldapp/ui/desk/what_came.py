"""The records that one bundle made or changed here; each opens."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.records.fields_task import TASK
from fieldapp.records.store import RecordRow
from fieldapp.services import desk
from fieldapp.services.desk import ArrivalRow, Came
from fieldapp.ui.desk.rows import RowButton, Section
from fieldapp.ui.plain import PlainLabel, Sheet, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words

_MOST = 200


class WhatCameSheet(Sheet):
    """What is urgent first, then what is new, then what changed."""

    record_chosen = Signal(bytes)
    task_chosen = Signal(bytes)

    def __init__(self, session: Session, arrival: ArrivalRow, parent: QWidget) -> None:
        super().__init__(_("From %s") % (visible(arrival.sender) or _("Somebody unknown")), parent, width=80 * GRID)
        self.setMinimumHeight(60 * GRID)
        told = (moment_words(arrival.arrived_ms), _("their bundle number %d") % arrival.number)
        self.add_words("  ·  ".join(told), "quiet")
        room = QWidget()
        set_look(room, "clear")
        self._column = QVBoxLayout(room)
        self._column.setContentsMargins(0, 0, GRID, 0)
        self._column.setSpacing(2 * GRID)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(room)
        self.body.addWidget(area, 1)
        self.add_button(_("Close"), main=True).clicked.connect(self.accept)
        session.ask(self, lambda archive: desk.came_with(archive, arrival.arrival, limit=_MOST + 1), self._on_read)

    def _on_read(self, came: list[Came]) -> None:
        if not came:
            words = _("Nothing that stands in the lists: only links, confirmations or history.")
            self._column.addWidget(PlainLabel(words, "quiet", wrap=True))
        for new, icon, heading in ((True, "plus", _("New")), (False, "history", _("Changed"))):
            several = [each for each in came[:_MOST] if each.new == new]
            if several:
                section = Section(icon, heading, len(several))
                for each in several:
                    section.add(self._row(each))
                self._column.addWidget(section)
        if len(came) > _MOST:
            words = ngettext("Only the first %d is shown.", "Only the first %d are shown.", _MOST) % _MOST
            self._column.addWidget(PlainLabel(words, "caption"))
        self._column.addStretch(1)

    def _row(self, came: Came) -> RowButton:
        row = came.row
        marks = [_("urgent")] if came.urgent else []
        marks += [_("accounts differ")] if row.contested else []
        button = RowButton(
            f"came {row.id.hex()}",
            row.type,
            visible(row.title) or _("Without a title"),
            role="danger" if marks else "quiet",
            end=", ".join(marks),
            look="danger",
        )
        button.clicked.connect(lambda _checked=False: self._on_row(row))
        return button

    def _on_row(self, row: RecordRow) -> None:
        self.accept()
        (self.task_chosen if row.type == TASK.name else self.record_chosen).emit(row.id)
