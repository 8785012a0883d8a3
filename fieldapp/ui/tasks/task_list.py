"""The tasks below each other: what others ask of this device, what was asked of others, what is settled."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.tasks import ANSWERED, CLOSED, Task
from fieldapp.ui.desk.rows import RowButton
from fieldapp.ui.parts import Room, clear
from fieldapp.ui.plain import PlainLabel, set_look
from fieldapp.ui.tasks.reading import OnList, last_day_words, title_of
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId


class TaskList(QScrollArea):
    """Says which one a person chose."""

    chosen = Signal(bytes)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.rows: dict[RecordId, RowButton] = {}
        self._marked: RecordId | None = None
        inside = Room()
        set_look(inside, "clear")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(GRID, GRID, GRID, 2 * GRID)
        self._column.setSpacing(2)
        self.setWidget(inside)

    def show_tasks(self, found: OnList) -> None:
        """Show these."""
        focused = next((record for record, row in self.rows.items() if row.hasFocus()), None)
        clear(self._column)
        self.rows = {}
        for heading, several in _sections(found.tasks):
            if several:
                label = PlainLabel(heading, "section")
                label.setContentsMargins(GRID, 12, GRID, 4)
                self._column.addWidget(label)
            for task in several:
                row = _row(task, visible(found.names.get(task.assigned_to, "")))
                row.clicked.connect(partial(self._on_row, task.record))
                self.rows[task.record] = row
                self._column.addWidget(row)
        self._column.addStretch(1)
        self.mark(self._marked)
        if focused in self.rows:
            self.rows[focused].setFocus()

    def mark(self, record: RecordId | None) -> None:
        """Show which one is open."""
        self._marked = record
        for each, row in self.rows.items():
            row.setCheckable(True)
            row.setChecked(each == record)

    def _on_row(self, record: RecordId) -> None:
        self.mark(record)
        self.chosen.emit(record)


def _sections(tasks: Sequence[Task]) -> list[tuple[str, list[Task]]]:
    """What is due first stands first."""
    settled = [task for task in tasks if task.state == CLOSED]
    mine = [task for task in tasks if task.mine and task.state != CLOSED]
    others = [task for task in tasks if not task.mine and task.state != CLOSED]
    return [
        (_("For you"), sorted(mine, key=_urgency)),
        (_("Asked of others"), sorted(others, key=_urgency)),
        (_("Settled"), settled),
    ]


def _urgency(task: Task) -> tuple[bool, int]:
    last = task.due or task.expires or 10**7
    return task.state == ANSWERED, last


def _row(task: Task, name: str) -> RowButton:
    title = title_of(task)
    told = [_("for %s") % name] if name and not task.mine else []
    if task.state == ANSWERED:
        told.append(_("answered"))
    elif task.due is not None and task.state != CLOSED:
        words = _("was due on %s") if task.overdue else _("due on %s")
        told.append(words % last_day_words(task.due))
    if task.title and task.about_title:
        told.insert(0, _("about %s") % visible(task.about_title))
    icon, role = ("check", "good") if task.state != "open" else ("task", "danger" if task.overdue else "accent")
    return RowButton(f"task {task.record.hex()}", icon, title, "  ·  ".join(told), role=role, short=True)
