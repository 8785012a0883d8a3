"""An open vault: rail, top bar, pages, status. It composes and leads; what is shown belongs to the pages."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.records.model import TYPES
from fieldapp.records.store import RecordRow
from fieldapp.services import drafts, half_finished, paper, tasks, views
from fieldapp.services.demonstration import PRACTICE_PASSPHRASE
from fieldapp.services.half_finished import Place as Whereabouts
from fieldapp.ui.desk.page import DeskPage
from fieldapp.ui.desk.reading import OnDesk
from fieldapp.ui.erasing.page import TakenBackPage
from fieldapp.ui.errands import Errands
from fieldapp.ui.exchange.anew import show_go_on_anew
from fieldapp.ui.exchange.page import ExchangePage
from fieldapp.ui.help_sheet import HelpSheet
from fieldapp.ui.idle import IdleClock
from fieldapp.ui.locking.guard import Guard
from fieldapp.ui.locking.half_sheet import HalfSheet
from fieldapp.ui.locking.place import PlaceKeeper
from fieldapp.ui.new_day import NewDay
from fieldapp.ui.parts import Part
from fieldapp.ui.plain import IconLabel, PlainLabel, presses_focused, set_look
from fieldapp.ui.rail import Place, Rail
from fieldapp.ui.records.page import RecordsPage
from fieldapp.ui.returning import Returning
from fieldapp.ui.safety.page import SafetyPage
from fieldapp.ui.safety.rekey_line import RekeyLine
from fieldapp.ui.session import Session
from fieldapp.ui.settings.light import LightPage
from fieldapp.ui.settings.page import SettingsPage
from fieldapp.ui.shortcuts import COVER, LOCK, PANIC, PHONE, Shortcuts
from fieldapp.ui.status_line import StatusLine
from fieldapp.ui.tasks.page import TasksPage
from fieldapp.ui.theme import GRID
from fieldapp.ui.toast import Toast
from fieldapp.ui.top_bar import TopBar
from fieldapp.ui.words import show_error
from fieldapp.values import RecordId

_TYPES = ("testimony", "person", "document")


class Workspace(QWidget):
    """The screen of an open vault."""

    lock_asked = Signal()
    language_chosen = Signal(str)
    repair_asked = Signal()
    destroy_asked = Signal()

    def __init__(self, session: Session, *, lock_after_s: int) -> None:
        super().__init__()
        self.session = session
        set_look(self, "window")
        self.toast = Toast(self)
        self.rail = Rail(
            [
                Place("desk", "desk", _("What came in"), "Ctrl+0"),
                Place("testimony", "testimony", _(TYPES["testimony"].plural), "Ctrl+1"),
                Place("person", "people", _(TYPES["person"].plural), "Ctrl+2"),
                Place("document", "document", _(TYPES["document"].plural), "Ctrl+3"),
                Place("task", "task", _("Tasks"), "Ctrl+6"),
                Place("exchange", "exchange", _("Exchange"), "Ctrl+4"),
            ],
            [Place("settings", "settings", _("Settings"), "Ctrl+5")],
        )
        self.top = TopBar()
        self.desk = DeskPage(session, self.toast)
        self.records = RecordsPage(session, self.toast)
        self.tasks = TasksPage(session)
        self.exchange = ExchangePage(session)
        self.settings = SettingsPage(session)
        self.taken_back = TakenBackPage(session)
        self.light = LightPage(session)
        self.safety = SafetyPage(session)
        self.errands = Errands(session, self.records, self.toast, self)
        self.status = StatusLine()
        self.idle = IdleClock(self, lock_after_s)
        self.guard = Guard(self, self.idle, self.status, lambda: session.is_busy_with_files)
        self.place = PlaceKeeper(session, self, self.where)
        self.day = NewDay(self)
        self.rekey_line = RekeyLine(session)
        self._returning = Returning(self, self)
        self.shortcuts = Shortcuts(self)
        self._pages = QStackedWidget()
        self._others: dict[str, tuple[str, TasksPage | Part | ExchangePage]] = {
            "task": ("task", self.tasks),
            "exchange": ("exchange", self.exchange),
            "settings": ("settings", self.settings),
            "taken_back": ("desk", self.taken_back),
            "light": ("settings", self.light),
            "safety": ("settings", self.safety),
        }
        for page in (self.desk, self.records, *(page for _mark, page in self._others.values())):
            self._pages.addWidget(page)
        self._arrange()
        self._connect()
        self._add_shortcuts()

    def begin(self, *, new: bool = False) -> None:
        """Show where somebody was, or what waits; in a vault that was just made, a sheet for the first testimony."""
        self.show_place("testimony")
        if new:
            self.session.ask(self, paper.note_written, None, lambda _error: None)
            self.records.begin_new("testimony", hint=True)
            self.desk.refresh()
        else:
            self.show_place("desk")
            self.session.ask(self, half_finished.going_on, self._returning.go_on, lambda _error: None)
        self.idle.start()
        self.place.start()
        self.day.start()
        self.rekey_line.begin()

    def show_place(self, name: str) -> None:
        """Go to a place of the rail, or to a page that lies behind one."""
        self._finish_typing()
        self.rail.mark(self._others[name][0] if name in self._others else name)
        if name in _TYPES:
            self.top.search.clear()
            self._pages.setCurrentWidget(self.records)
            self.records.show_type(name)
        elif name == "desk":
            self._pages.setCurrentWidget(self.desk)
            self.desk.begin()
        else:
            page = self._others[name][1]
            self._pages.setCurrentWidget(page)
            page.refresh()

    def has_place(self, name: str) -> bool:
        """Whether `show_place` leads anywhere."""
        return name in ("desk", *_TYPES, *self._others)

    def where(self) -> Whereabouts:
        """Where somebody is. What is looked for belongs to it while it is on show: so it goes with the page."""
        shown = self._pages.currentWidget()
        if shown is self.records:
            return self._where_in_records()
        page = next((name for name, (_mark, page) in self._others.items() if page is shown), "desk")
        record = self.tasks.view.record if page == "task" and self.tasks.view is not None else None
        name = self.records.detail.focused_field if record is not None else ""
        return Whereabouts(page, record, name, part=self.exchange.part if page == "exchange" else "")

    def _where_in_records(self) -> Whereabouts:
        record, search = self.records.detail.record, self.top.search.text()
        name = self.records.detail.focused_field if record is not None else ""
        if not search.strip():
            return Whereabouts(self.records.list.type_name, record, name)
        part = self.exchange.part if self.rail.marked == "exchange" else ""
        return Whereabouts(self.rail.marked, record, name, search, part, self.records.list.filters.narrowed)

    def go_on_anew(self) -> None:
        """Ask what this device is called from now on, because a copy of the vault is in use elsewhere."""
        sheet = show_go_on_anew(self.session, self)
        sheet.begun.connect(self.desk.refresh)

    def leave(self) -> None:
        """Finish what is typed, and give way to another screen of the same session."""
        self.guard.stop()
        self.rekey_line.stop()
        self.place.stop(returns=True)
        self.day.stop()
        self._finish_typing()

    def finish(self, then: Callable[[], None], *, returns: bool = True) -> None:
        """Finish what is typed and give the vault up, then call `then`; nothing is asked of the person any more.

        `returns`: whoever opens it again finds the place where they were.
        """
        self.guard.stop()
        self.rekey_line.stop()
        self.day.stop()
        self._finish_typing()
        self.place.stop(returns=returns)
        self.session.blockSignals(True)
        self.session.ask(self, drafts.finish_all, None, lambda _error: None)
        self.session.close(then)

    def _finish_typing(self) -> None:
        self.records.detail.finish()
        self.tasks.finish()
        for half in self.findChildren(HalfSheet):
            half.keep()

    def _on_new_day(self) -> None:
        """What came with task slips leaves when its time is over, also where nobody locks for weeks."""
        self.session.write(self, tasks.expire, None, lambda _error: None)

    def _on_language(self, chosen: str) -> None:
        """Everything is made anew in another language, so work that shows its outcome on the screen comes first."""
        if self.session.is_busy_with_files:
            self.toast.say(_("The language can be changed when the files are done."))
        else:
            self.language_chosen.emit(chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if not presses_focused(self.window(), event):
            super().keyPressEvent(event)

    def _arrange(self) -> None:
        middle = QVBoxLayout()
        middle.setSpacing(0)
        if self.session.practice:
            middle.addWidget(_practice_banner())
        middle.addWidget(self.top)
        middle.addWidget(self.rekey_line)
        middle.addWidget(self._pages, 1)
        middle.addWidget(self.status)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.rail)
        outer.addLayout(middle, 1)

    def _connect(self) -> None:
        self.rail.chosen.connect(self.show_place)
        self.rail.lock_asked.connect(self.lock_asked)
        self.top.searched.connect(self._on_searched)
        self.top.entered.connect(self.records.list.setFocus)
        self.top.new_asked.connect(self._on_new)
        self.records.type_shown.connect(self._on_type_shown)
        self.rail.cover_asked.connect(self.guard.toggle_cover)
        self.guard.lock_asked.connect(self.lock_asked)
        self.day.began.connect(self._on_new_day)
        self.session.trouble.connect(self._on_trouble)
        self.session.ended.connect(self.lock_asked)
        self.desk.loaded.connect(self._on_desk_loaded)
        self.desk.record_chosen.connect(self._on_record_chosen)
        self.desk.task_chosen.connect(self._on_task)
        self.desk.part_asked.connect(self._on_part)
        self.desk.withdrawals_asked.connect(self._on_withdrawals)
        self.desk.told_asked.connect(self._on_told)
        self.desk.anew_asked.connect(self.go_on_anew)
        self.desk.safety_asked.connect(self._on_safety)
        self.exchange.record_chosen.connect(self._on_record_chosen)
        self.settings.language_chosen.connect(self._on_language)
        self.settings.lock_after_chosen.connect(self.idle.start)
        self.settings.light_asked.connect(lambda: self.show_place("light"))
        self.exchange.light_asked.connect(lambda: self.show_place("light"))
        self.light.back_asked.connect(lambda: self.show_place("settings"))
        self.settings.safety_asked.connect(lambda: self.show_place("safety"))
        self.safety.back_asked.connect(lambda: self.show_place("settings"))
        self.safety.repair_asked.connect(self.repair_asked)
        self.safety.destroy_asked.connect(self.destroy_asked)
        self.taken_back.back_asked.connect(lambda: self.show_place("desk"))
        self.tasks.record_chosen.connect(self._on_record_chosen)
        self.errands.task_made.connect(self._on_task)

    def _add_shortcuts(self) -> None:
        add = self.shortcuts.add
        add("Ctrl+N", _("New testimony"), lambda: self._on_new("testimony"))
        add("Ctrl+Shift+N", _("New person"), lambda: self._on_new("person"))
        add("Ctrl+K", _("Search in everything"), self._on_search_key)
        add("Ctrl+P", _("Add a person to the open record"), self._on_add_person)
        add("Ctrl+O", _("Attach files to the open record"), self._on_attach)
        add("Ctrl+H", _("What happened to the open record"), self.records.detail.head.history_button.click)
        add("Ctrl+Delete", _("Remove the open record from lists"), self.records.remove, in_text=False)
        add("Ctrl+Z", _("Undo"), self._on_undo, in_text=False)
        for number, name in enumerate(("desk", *_TYPES, "exchange", "settings", "task")):
            word = self.rail.buttons[name].text()
            add(f"Ctrl+{number}", _("Go to: %s") % word, lambda name=name: self.show_place(name))  # type: ignore[misc]  # mypy does not see the default
        add(PANIC, _("Lock at once, from anywhere"), self.lock_asked.emit, covered=True)
        add(LOCK, _("Lock now"), self.lock_asked.emit, covered=True)
        add(COVER, _("Cover the screen, without locking"), self.guard.toggle_cover, covered=True)
        add(PHONE, _("On the phone: stay open for half an hour"), self.guard.stay_on_phone, covered=True)
        add("F1", _("This list of keys"), self._on_help)

    def _on_new(self, type_name: str) -> None:
        self._pages.setCurrentWidget(self.records)
        self.records.begin_new(type_name)

    def _on_type_shown(self, type_name: str) -> None:
        self._pages.setCurrentWidget(self.records)
        if type_name in _TYPES and not self.top.search.text().strip():
            self.rail.mark(type_name)
            self.records.list.show_type(type_name)

    def _on_searched(self, text: str) -> None:
        self._pages.setCurrentWidget(self.records)
        self.records.search(text)

    def _on_record_chosen(self, record: bytes) -> None:
        self.session.ask(self, lambda archive: views.row(archive, RecordId(record)), self.open_row)

    def open_row(self, row: RecordRow) -> None:
        """Open a record, at the place where its type is at home."""
        if row.type not in _TYPES:
            self._on_task(row.id)
            return
        self._pages.setCurrentWidget(self.records)
        self.records.open(row)

    def _on_task(self, record: bytes) -> None:
        self.show_place("task")
        self.tasks.open(record)

    def _on_withdrawals(self) -> None:
        self.show_place("taken_back")

    def _on_safety(self, card: str) -> None:
        self.show_place("safety")
        self.safety.show_card(card)

    def _on_told(self) -> None:
        self.show_place("taken_back")
        self.taken_back.show_told()

    def _on_search_key(self) -> None:
        self.top.search.setFocus()
        self.top.search.selectAll()

    def _on_add_person(self) -> None:
        page = self.records.detail.page
        if page is not None:
            page.links.begin()

    def _on_attach(self) -> None:
        page = self.records.detail.page
        if page is not None:
            page.documents.choose()

    def _on_undo(self) -> None:
        if self._pages.currentWidget() is self.desk:
            self.desk.undo()
        else:
            self.records.undo()

    def _on_part(self, name: str) -> None:
        self.show_place("exchange")
        self.exchange.show_part(name)

    def _on_desk_loaded(self, shown: OnDesk) -> None:
        not_there = shown.desk.unacknowledged
        self.status.say_waiting(not_there.waiting, not_there.sent)
        self.rail.say_waiting("desk", shown.desk.decisions)

    def _on_help(self) -> None:
        HelpSheet(self.shortcuts.all, self).open()

    def _on_trouble(self, error: FieldAppError) -> None:
        show_error(self, error)


def _practice_banner() -> QFrame:
    banner = QFrame()
    set_look(banner, "banner")
    row = QHBoxLayout(banner)
    row.setContentsMargins(2 * GRID, 6, 2 * GRID, 6)
    row.setSpacing(GRID)
    row.addWidget(IconLabel("people", 16, "on_warning_soft"))
    row.addWidget(PlainLabel(_("Practice: nothing here is real.")))
    row.addStretch(1)
    row.addWidget(PlainLabel(_("Its passphrase: %s") % PRACTICE_PASSPHRASE))
    return banner
