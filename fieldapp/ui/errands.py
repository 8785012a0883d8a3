"""What a person asks for on one page and does in a sheet or on another: taking back, tasks, travelling light."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from fieldapp.i18n import _
from fieldapp.records.store import RecordRow
from fieldapp.services import views, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.services.half_finished import HalfSheet
from fieldapp.ui.erasing.telling import ToTell, read_to_tell
from fieldapp.ui.erasing.told_sheet import ToldSheet
from fieldapp.ui.erasing.withdraw_sheet import WITHDRAW, WithdrawSheet
from fieldapp.ui.records.half_link import LINK
from fieldapp.ui.records.page import RecordsPage
from fieldapp.ui.session import Session
from fieldapp.ui.tasks.send_sheet import TASK, Made, SendTaskSheet
from fieldapp.ui.tasks.slip_sheet import SlipSheet
from fieldapp.ui.toast import Toast
from fieldapp.ui.viewer.copy_out import COPY_OUT
from fieldapp.ui.viewer.sheet import show_document
from fieldapp.values import RecordId


class Errands(QObject):
    """Leads from the record on show to the sheets, and says afterwards what was done."""

    task_made = Signal(bytes)
    """A task was made, and handed over or not."""

    def __init__(self, session: Session, records: RecordsPage, toast: Toast, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._records, self._toast, self._window = session, records, toast, window
        more = records.detail.head.more
        more.withdraw_asked.connect(self.withdraw)
        more.task_asked.connect(self.send_task)

    def withdraw(self) -> None:
        """The record on show is taken back by who told it."""
        self._with_open(self._open_withdraw)

    def send_task(self) -> None:
        """Somebody is asked about the person on show."""
        self._with_open(self._open_task)

    def go_on(self, half: HalfSheet) -> None:
        """Open a sheet about records again that was half finished; it fills itself in."""
        row, several = half.rows[0], [each.id for each in half.rows]
        if half.kind == TASK:
            self._open_task(row)
        elif half.kind == COPY_OUT:
            self._records.open(row)
            self._open_copy_out(row.id)
        elif half.kind == WITHDRAW:
            self._records.open(row)
            self._open_withdraw_of(several, row.title)
        elif half.kind == LINK:
            self._records.open(row)
            once_it_is_read = self._records.detail.go_on_linking
            self._session.ask(self, lambda _archive: None, lambda _nothing: once_it_is_read())

    def _with_open(self, then: Callable[[RecordRow], None]) -> None:
        record = self._records.detail.record
        if record is None:
            return
        self._records.detail.finish()
        wanted = record
        self._session.ask(self, lambda archive: views.row(archive, wanted), then)

    def _open_withdraw(self, row: RecordRow) -> None:
        self._open_withdraw_of([row.id], row.title)

    def _open_withdraw_of(self, records: list[RecordId], title: str) -> None:
        sheet = WithdrawSheet(self._session, records, title, self._window)
        sheet.withdrawn.connect(self._on_withdrawn)
        sheet.open()

    def _on_withdrawn(self, records: tuple[RecordId, ...]) -> None:
        self._records.detail.show_nothing()
        self._session.ask(self, lambda archive: read_to_tell(archive, records), lambda found: self._say(records, found))

    def _say(self, records: tuple[RecordId, ...], to_tell: list[ToTell]) -> None:
        if to_tell:
            sheet = ToldSheet(self._session, self._window, records)
            sheet.finished.connect(lambda _result: self._offer_lift(records))
            sheet.open()
        else:
            self._offer_lift(records)

    def _offer_lift(self, records: tuple[RecordId, ...]) -> None:
        words = _("Taken back: out of all lists and bundles")
        self._toast.say(words, _("It was a mistake"), lambda: self._lift(records))

    def _lift(self, records: tuple[RecordId, ...]) -> None:
        def work(archive: Archive) -> object:
            return tuple(withdrawals.lift(archive, record) for record in records)

        self._session.write(self, work, lambda _changed: self._toast.say(_("It is back")))

    def _open_copy_out(self, document: RecordId) -> None:
        view = show_document(self._session, document, self._records)

        def once_its_facts_are_read(_nothing: None) -> None:
            view.save_copy()

        self._session.ask(view, lambda _archive: None, once_its_facts_are_read)

    def _open_task(self, row: RecordRow) -> None:
        if row.type != "person":
            return  # another record was opened meanwhile
        sheet = SendTaskSheet(self._session, row.id, row.title, self._window)
        sheet.made.connect(self._on_made)
        sheet.open()

    def _on_made(self, made: Made) -> None:
        sheet = SlipSheet(self._session, made.slip.task, made.peer, self._window)
        sheet.finished.connect(lambda _result: self.task_made.emit(made.slip.task))
        sheet.open()
