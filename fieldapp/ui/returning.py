"""Back to the same place after unlocking; and what was half finished, opened again or offered.

Rule: one sheet that was open is simply open again. Where there is more, nothing is opened over anything else: all of it
stands on a sheet, and each is one key away.
"""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.records.store import RecordRow
from fieldapp.services import views
from fieldapp.services.half_finished import GoingOn, HalfSheet, Place
from fieldapp.ui.erasing.withdraw_sheet import WITHDRAW
from fieldapp.ui.errands import Errands
from fieldapp.ui.exchange.anew import GO_ON_ANEW
from fieldapp.ui.exchange.lost_device import LOST_DEVICE
from fieldapp.ui.exchange.page import ExchangePage
from fieldapp.ui.locking.resume import Half, ResumeSheet
from fieldapp.ui.records.half_link import LINK
from fieldapp.ui.records.page import RecordsPage
from fieldapp.ui.session import Session
from fieldapp.ui.tasks.page import TasksPage
from fieldapp.ui.tasks.send_sheet import TASK
from fieldapp.ui.toast import Toast
from fieldapp.ui.top_bar import TopBar
from fieldapp.values import RecordId

_ICONS = {"person": "people", "document": "document", "task_slip": "task"}


class Screen(Protocol):
    """Of the workspace, what leads to a place."""

    session: Session
    top: TopBar
    records: RecordsPage
    tasks: TasksPage
    exchange: ExchangePage
    errands: Errands
    toast: Toast

    def show_place(self, name: str) -> None:
        """Go to a place of the rail, or to a page that lies behind one."""

    def has_place(self, name: str) -> bool:
        """Whether `show_place` leads anywhere."""

    def open_row(self, row: RecordRow) -> None:
        """Open a record."""

    def go_on_anew(self) -> None:
        """Ask what this device is called from now on."""


class Returning(QObject):
    """Leads one screen back, once."""

    def __init__(self, screen: Screen, window: QWidget) -> None:
        super().__init__(window)
        self._screen, self._window = screen, window

    def go_on(self, found: GoingOn) -> None:
        """Show the place, and open or offer what was half finished."""
        place = found.place
        if place is not None:
            self._show(place)
        elsewhere = [row for row in found.records if place is None or row.id != place.record]
        halves = [self._half_of(sheet) for sheet in found.sheets] + [self._record_half(row) for row in elsewhere]
        if len(halves) == 1 and found.sheets:
            halves[0].open()
        elif halves:
            ResumeSheet(halves, self._window).open()
        elif found.records:
            self._screen.toast.say(_("What you were typing is kept, and here it is"))

    def _show(self, place: Place) -> None:
        screen = self._screen
        if place.page != "desk" and screen.has_place(place.page):
            screen.show_place(place.page)
        if place.part in screen.exchange.parts:
            screen.exchange.show_part(place.part)
        if place.search:
            screen.records.list.filters.narrow(place.narrowed)
            screen.top.search.setText(place.search)
        if place.record is not None:
            self._open(place.record, place)

    def _open(self, record: RecordId, place: Place) -> None:
        screen = self._screen

        def opened(row: RecordRow) -> None:
            screen.open_row(row)
            if place.field:  # once the record is read, which was asked for before this
                focus = partial(screen.records.detail.focus_field, place.field)
                screen.session.ask(self, lambda _archive: None, lambda _nothing: focus())

        screen.session.ask(self, lambda archive: views.row(archive, record), opened, lambda _error: None)

    def _half_of(self, sheet: HalfSheet) -> Half:
        words = {
            WITHDRAW: _("Taking a record back"),
            TASK: _("A task for somebody, about this person"),
            LOST_DEVICE: _("Their device was lost, or they left"),
            GO_ON_ANEW: _("Going on anew on this device"),
            LINK: _("A person who was being added to it"),
        }.get(sheet.kind, _("Saving a copy outside the vault"))
        open_it = partial(self._open_sheet, sheet)
        if sheet.rows:
            return Half(words, _title(sheet.rows[0]), _icon(sheet.rows[0]), open_it)
        if sheet.peer is not None:
            return Half(words, visible(sheet.peer.name), "card", open_it)
        return Half(words, _("This vault"), "shield", open_it)

    def _open_sheet(self, sheet: HalfSheet) -> None:
        """It fills itself in."""
        if sheet.rows:
            self._screen.errands.go_on(sheet)
        elif sheet.kind == LOST_DEVICE and sheet.peer is not None:
            self._screen.show_place("exchange")
            self._screen.exchange.show_part("people")
            self._screen.exchange.people.report_lost(sheet.peer)
        elif sheet.kind == GO_ON_ANEW:
            self._screen.go_on_anew()

    def _record_half(self, row: RecordRow) -> Half:
        return Half(_("Words were being typed in it"), _title(row), _icon(row), partial(self._screen.open_row, row))


def _title(row: RecordRow) -> str:
    return visible(row.title) or _("Without a title")


def _icon(row: RecordRow) -> str:
    return _ICONS.get(row.type, "testimony")
