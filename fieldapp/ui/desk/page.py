"""The desk: who opens the program sees in ten seconds what is urgent, what is wrong, what to decide and what is new."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError, NothingToUndoError
from fieldapp.i18n import _
from fieldapp.jobs import Job
from fieldapp.media.probe import visible
from fieldapp.services import alarms as alarms_service
from fieldapp.services import desk as desks
from fieldapp.services import records
from fieldapp.services.alarms import Alarm
from fieldapp.services.archive import Changed
from fieldapp.services.desk import ArrivalRow
from fieldapp.ui.desk.alarms import AlarmBox
from fieldapp.ui.desk.deciding import Deciding, Decision, questions_of
from fieldapp.ui.desk.hints import hints_section
from fieldapp.ui.desk.overview import Overview
from fieldapp.ui.desk.reading import OnDesk, read_desk
from fieldapp.ui.desk.rows import Section
from fieldapp.ui.desk.sections import (
    Ways,
    aside_section,
    came_section,
    missing_count,
    missing_section,
    tasks_section,
    there_section,
    urgent_section,
    withdrawn_section,
)
from fieldapp.ui.desk.what_came import WhatCameSheet
from fieldapp.ui.parts import Part, clear, empty_box
from fieldapp.ui.plain import PlainLabel, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words
from fieldapp.ui.toast import Toast
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId

_COLUMN = 104 * GRID
_LONGEST = 60
_LATER_MS = 1_500
"""While it is not shown, so long after the last change: reading all that waits is not to slow down who types."""


class DeskPage(QWidget):
    """The page of the workspace. It reads again by itself when something was written, later if it is hidden."""

    record_chosen = Signal(bytes)
    task_chosen = Signal(bytes)
    part_asked = Signal(str)
    """A part of the exchange shall be shown."""
    withdrawals_asked = Signal()
    told_asked = Signal()
    anew_asked = Signal()
    safety_asked = Signal(str)
    """A card of the page of safety shall be shown."""
    loaded = Signal(OnDesk)
    """What waits is known, or known anew."""

    def __init__(self, session: Session, toast: Toast) -> None:
        super().__init__()
        self._session, self._toast = session, toast
        self._shown: OnDesk | None = None
        self._all_urgent = False
        self._undoable: list[RecordId] = []
        self._sections: dict[str, QWidget] = {}
        self._part = Part(_("What came in"), width=_COLUMN)
        self.overview = Overview()
        self.overview.asked.connect(self._on_section_asked)
        self.quiet = _quiet_box()
        self._upper, self._lower = _column(), _column()
        self.deciding = Deciding()
        self.deciding.decided.connect(self._on_decided)
        self.deciding.record_chosen.connect(self.record_chosen)
        self.deciding.look_asked.connect(self._on_look_asked)
        self._deciding_section = Section("contested", _("Accounts differ"), role="danger")
        self._deciding_section.replace_box(self.deciding)
        for widget in (self.overview, self.quiet, self._upper, self._deciding_section, self._lower):
            self._part.column.addWidget(widget)
            widget.hide()
        self._part.column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._part)
        self._ways = self._lead()
        self._reading: Job[OnDesk] | None = None
        self._again = False
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._later.timeout.connect(self.refresh)
        session.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Read what waits; once more, where it is being read and something may have been written since."""
        if self._reading is not None and not self._reading.ended:
            self._again = True
            return
        self._later.stop()
        self._again = False
        everything = self._all_urgent
        self._reading = self._session.ask(
            self, lambda archive: read_desk(archive, all_urgent=everything), self._on_read
        )

    def begin(self) -> None:
        """Somebody comes here."""
        self._part.setFocus()
        self.refresh()

    def undo(self) -> None:
        """Take back the decision that was made last on this visit."""
        if not self._undoable:
            self._toast.say(words_of(NothingToUndoError()).what)
            return
        self._undo(self._undoable[-1])

    def _undo(self, record: RecordId) -> None:
        if record in self._undoable:
            self._undoable.remove(record)
        self._session.write(
            self,
            lambda archive: records.undo(archive, record),
            lambda _changed: self._toast.say(_("Undone. It waits again.")),
            lambda error: self._toast.say(words_of(error).what),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """The numbers decide from wherever the focus is."""
        if self._deciding_section.isHidden() or not self.deciding.takes(event):
            super().keyPressEvent(event)
        else:
            self.deciding.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Undo is for what was decided here and now: elsewhere the same record may be written on."""
        self._undoable.clear()
        super().hideEvent(event)

    def _on_changed(self, _changed: Changed) -> None:
        if self.isVisible():
            self.refresh()
        else:
            self._later.start()

    def _on_read(self, read: OnDesk) -> None:
        if read != self._shown:
            self._shown = read
            self._show(read)
        self.loaded.emit(read)
        if self._again:
            self._reading = None
            self.refresh()

    def _show(self, shown: OnDesk) -> None:
        focused = self._name_of_focus()
        desk = shown.desk
        questions = questions_of(shown.conflicts)
        withdrawn = sum(len(group.withdrawals) for group in (*desk.withdrawals, *desk.requests))
        self.overview.show_counts(
            {
                "urgent": len(shown.urgent) + shown.urgent_others + len(desk.tasks_due),
                "alarms": len(desk.alarms),
                "decide": desk.contested_count + withdrawn + len(desk.quarantined),
                "came": sum(each.new + each.changed for each in desk.arrivals if not each.seen),
                "missing": missing_count(desk),
            },
            () if desk.urgent_new or any(task.overdue for task in desk.tasks_due) else ("urgent",),
        )
        self._sections.clear()
        self._fill(self._upper, self._above(shown))
        self._fill(self._lower, self._below(shown))
        self.deciding.show_questions(questions)
        self._deciding_section.count.setText(str(desk.contested_count))
        self._deciding_section.setVisible(bool(questions))
        if questions:
            self._sections.setdefault("decide", self._deciding_section)
        self.quiet.setVisible(desk.is_quiet)
        self.overview.setVisible(not desk.is_quiet or bool(desk.urgent_count))
        self._say_latest(desk.arrivals)
        self._give_focus(focused)

    def _above(self, shown: OnDesk) -> list[tuple[str, QWidget | None]]:
        """What comes before the decisions about accounts."""
        return [
            ("alarms", self._alarms(shown.desk.alarms)),
            ("decide", withdrawn_section(shown.desk, self._ways)),
            ("urgent", urgent_section(shown, self._ways)),
            ("urgent", tasks_section(shown.desk, self._ways)),
        ]

    def _below(self, shown: OnDesk) -> list[tuple[str, QWidget | None]]:
        return [
            ("came", came_section(shown.desk, self._ways)),
            ("decide", aside_section(shown.desk, self._ways)),
            ("missing", missing_section(shown.desk, self._ways)),
            ("there", there_section(shown.desk.unacknowledged, self._ways)),
            ("safety", hints_section(shown.hints, self.safety_asked.emit)),
        ]

    def _fill(self, column: QWidget, sections: list[tuple[str, QWidget | None]]) -> None:
        layout = column.layout()
        assert layout is not None
        clear(layout)
        there = [(name, section) for name, section in sections if section is not None]
        for name, section in there:
            layout.addWidget(section)
            self._sections.setdefault(name, section)
        column.setVisible(bool(there))

    def _alarms(self, alarms: tuple[Alarm, ...]) -> QWidget | None:
        if not alarms:
            return None
        column = _column()
        for alarm in alarms:
            box = AlarmBox(alarm)
            box.seen.connect(self._on_alarm_seen)
            box.people_asked.connect(lambda: self.part_asked.emit("people"))
            box.anew_asked.connect(self.anew_asked)
            layout = column.layout()
            assert layout is not None
            layout.addWidget(box)
        return column

    def _lead(self) -> Ways:
        ways = Ways()
        ways.record = self.record_chosen.emit
        ways.task = self.task_chosen.emit
        ways.part = self.part_asked.emit
        ways.withdrawals = self.withdrawals_asked.emit
        ways.told = self.told_asked.emit
        ways.arrival = self._on_arrival
        ways.seen = self._on_seen
        ways.all_urgent = self._on_all_urgent
        return ways

    def _say_latest(self, arrivals: tuple[ArrivalRow, ...]) -> None:
        """Below the heading: when something came in last."""
        if arrivals:
            latest = {"moment": moment_words(arrivals[0].arrived_ms), "name": visible(arrivals[0].sender)}
            words = _("Latest: %(moment)s, from %(name)s") % latest
            if not arrivals[0].sender:
                words = _("Latest: %s") % latest["moment"]
        else:
            words = _("When others hand something over to you, you find here what it brought.")
        self._part.text.setText(words)
        self._part.text.show()

    def _on_decided(self, decision: Decision) -> None:
        told = visible(decision.told)
        told = told if len(told) <= _LONGEST else told[:_LONGEST] + "…"

        def done(_changed: Changed) -> None:
            self.deciding.settled(decision)
            self._undoable.append(decision.record)
            self._toast.say(_("Kept: %s") % (told or _("(cleared)")), _("Undo"), lambda: self._undo(decision.record))

        def failed(error: FieldAppError) -> None:
            self.deciding.settled(decision)
            self._toast.say(words_of(error).what)
            self._shown = None
            self.refresh()

        self._session.write(
            self, lambda archive: records.resolve(archive, decision.record, decision.key, decision.entry), done, failed
        )

    def _on_alarm_seen(self, alarm: Alarm) -> None:
        self._after(lambda archive: alarms_service.dismiss(archive, [alarm]))

    def _on_seen(self) -> None:
        self._after(desks.mark_seen)

    def _after(self, work: Callable[..., None]) -> None:
        self._session.write(self, work, lambda _nothing: self.refresh())

    def _on_all_urgent(self) -> None:
        self._all_urgent = True
        self.refresh()

    def _on_arrival(self, arrival: ArrivalRow) -> None:
        sheet = WhatCameSheet(self._session, arrival, self)
        sheet.record_chosen.connect(self._on_came_chosen)
        sheet.task_chosen.connect(self.task_chosen)
        sheet.open()

    def _on_came_chosen(self, record: bytes) -> None:
        self.record_chosen.emit(record)

    def _on_look_asked(self) -> None:
        self._part.ensureWidgetVisible(self.deciding, 0, self.deciding.height())

    def _on_section_asked(self, name: str) -> None:
        section = self._sections.get(name)
        if section is None:
            return
        self._part.ensureWidgetVisible(section, 0, section.height())
        first = self.deciding if section is self._deciding_section else section.nextInFocusChain()
        if first is not None:
            first.setFocus()

    def _name_of_focus(self) -> str:
        focused = self.window().focusWidget()
        return focused.objectName() if focused is not None and self.isAncestorOf(focused) else ""

    def _give_focus(self, name: str) -> None:
        """Rows were made anew: whoever was at one of them is there again."""
        if not name:
            return
        for column in (self._upper.layout(), self._lower.layout()):
            for place in range(column.count() if column is not None else 0):
                item = column.itemAt(place) if column is not None else None
                section = item.widget() if item is not None else None
                again = section.findChild(QWidget, name) if section is not None else None
                if again is not None:
                    again.setFocus()


def _column() -> QWidget:
    widget = QWidget()
    set_look(widget, "clear")
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2 * GRID)
    return widget


def _quiet_box() -> QWidget:
    box, column = empty_box("check", _("Nothing waits for you."))
    column.insertWidget(1, PlainLabel(_("All quiet"), "heading"), 0, Qt.AlignmentFlag.AlignHCenter)
    return box
