"""The place of tasks: the list at the left, one task at the right."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.services.archive import Changed
from fieldapp.ui.empty_state import EmptyState
from fieldapp.ui.plain import PlainLabel, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.tasks.reading import OnList, OnSheet, read_list
from fieldapp.ui.tasks.slip_sheet import SlipSheet
from fieldapp.ui.tasks.task_list import TaskList
from fieldapp.ui.tasks.task_view import TaskView
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId

_SOON_MS = 100
_LIST_WIDTH = 42 * GRID


class TasksPage(QWidget):
    """The page of the workspace. It reads again by itself when something was written."""

    record_chosen = Signal(bytes)
    """A person, or a testimony that was just begun, shall be shown."""
    loaded = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.view: TaskView | None = None
        self.list = TaskList()
        self.list.chosen.connect(self._on_chosen)
        self._empty = EmptyState()
        self._right = QStackedWidget()
        self._right.addWidget(self._empty)
        pane = QFrame()
        set_look(pane, "pane")
        pane.setFixedWidth(_LIST_WIDTH)
        left = QVBoxLayout(pane)
        left.setContentsMargins(0, 2 * GRID, 0, 0)
        left.setSpacing(0)
        heading = PlainLabel(_("Tasks"), "title")
        heading.setContentsMargins(2 * GRID, 0, GRID, 0)
        left.addWidget(heading)
        left.addWidget(self.list, 1)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(pane)
        outer.addWidget(self._right, 1)
        self._timer = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._timer.timeout.connect(self.refresh)
        session.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Read the list."""
        self._session.ask(self, read_list, self._show)

    def finish(self) -> None:
        """Make entries of what is typed."""
        if self.view is not None:
            self.view.finish()

    def open(self, record: bytes) -> None:
        """Show this task."""
        self.list.mark(RecordId(record))
        self._on_chosen(record)

    def show_nothing(self) -> None:
        """Leave the task that is open."""
        if self.view is not None:
            self._right.removeWidget(self.view)
            self.view.hide()
            self.view.leave()
            self.view = None
        self._right.setCurrentWidget(self._empty)
        self.list.mark(None)

    def _on_changed(self, _changed: Changed) -> None:
        if self.isVisible():
            self._timer.start()

    def _show(self, found: OnList) -> None:
        self.list.show_tasks(found)
        if found.tasks:
            self._empty.say("task", _("Nothing is open"), _("Choose a task on the left."))
        else:
            self._empty.say(
                "task",
                _("No tasks yet"),
                _("From a person's page you can send somebody a task about them. What others ask of you stands here."),
            )
        self.loaded.emit()

    def _on_chosen(self, record: bytes) -> None:
        if self.view is not None and self.view.record == record:
            return
        marked = RecordId(record)
        self.show_nothing()
        view = TaskView(self._session, marked)
        view.person_asked.connect(self.record_chosen)
        view.testimony_made.connect(self.record_chosen)
        view.hand_over_asked.connect(self._on_hand_over)
        view.gone.connect(self.show_nothing)
        self.view = view
        self._right.addWidget(view)
        self._right.setCurrentWidget(view)
        self.list.mark(marked)

    def _on_hand_over(self, shown: OnSheet) -> None:
        if shown.peer is not None:
            SlipSheet(self._session, shown.task.record, shown.peer, self).open()
