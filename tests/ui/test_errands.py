"""From the record on show to taking it back and to a task, in the whole window; and what leaves it closes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pytestqt.qtbot import QtBot

from fieldapp.services import erasure, records, trust, views, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.services.withdrawals import How
from fieldapp.ui.erasing.withdraw_sheet import WithdrawSheet
from fieldapp.ui.tasks.send_sheet import SendTaskSheet
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId
from tests.ui.conftest import WAIT_MS
from tests.ui.rooms import sheets

T = TypeVar("T")


def do(qtbot: QtBot, workspace: Workspace, work: Callable[[Archive], T]) -> T:
    found: list[T] = []
    workspace.session.ask(workspace, work, found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
    return found[0]


def opened(qtbot: QtBot, workspace: Workspace, type_name: str, **values: object) -> RecordId:
    made = do(qtbot, workspace, lambda archive: records.save(archive, type_name, values)).created
    assert made is not None
    workspace.records.open(do(qtbot, workspace, lambda archive: views.row(archive, made)))
    qtbot.waitUntil(workspace.records.detail.head.more.isEnabled, timeout=WAIT_MS)
    return made


def sheet_of(qtbot: QtBot, kind: type[T]) -> T:
    qtbot.waitUntil(lambda: any(isinstance(each, kind) for each in sheets()), timeout=WAIT_MS)
    return next(each for each in sheets() if isinstance(each, kind))


def test_the_record_on_show_is_taken_back_and_a_mistake_is_undone(qtbot: QtBot, workspace: Workspace) -> None:
    record = opened(qtbot, workspace, "testimony", title="Forty seconds")
    more = workspace.records.detail.head.more
    assert not more.task_action.isVisible()
    more.withdraw_action.trigger()
    sheet = sheet_of(qtbot, WithdrawSheet)
    sheet.by.setText("Zarina")
    sheet.how.setCurrentIndex(1)
    sheet.withdraw_button.click()

    qtbot.waitUntil(workspace.toast.isVisible, timeout=WAIT_MS)
    assert workspace.records.detail.record is None
    assert do(qtbot, workspace, lambda archive: views.row(archive, record)).withdrawn
    workspace.toast.button.click()
    qtbot.waitUntil(lambda: "back" in workspace.toast.words.text(), timeout=WAIT_MS)
    assert not do(qtbot, workspace, lambda archive: views.row(archive, record)).withdrawn


def test_a_record_that_is_not_written_yet_offers_nothing(workspace: Workspace) -> None:
    workspace.records.begin_new("person")

    assert not workspace.records.detail.head.more.isEnabled()


def test_a_task_is_sent_from_a_person(qtbot: QtBot, workspace: Workspace) -> None:
    opened(qtbot, workspace, "person", name="Marufjon")
    more = workspace.records.detail.head.more
    assert more.task_action.isVisible()

    more.task_action.trigger()

    sheet = sheet_of(qtbot, SendTaskSheet)
    sheet.reject()
    assert do(qtbot, workspace, trust.peers) == []


def test_a_record_that_is_taken_back_elsewhere_closes(qtbot: QtBot, workspace: Workspace) -> None:
    record = opened(qtbot, workspace, "testimony", title="Forty seconds")

    workspace.session.write(
        workspace, lambda archive: withdrawals.withdraw(archive, record, by="Nodira", how=How.WRITTEN)
    )

    qtbot.waitUntil(lambda: workspace.records.detail.record is None, timeout=WAIT_MS)


def test_a_record_that_leaves_the_device_closes(qtbot: QtBot, workspace: Workspace) -> None:
    record = opened(qtbot, workspace, "testimony", title="Forty seconds")

    def leave(archive: Archive) -> object:
        with archive.vault.saving():
            return erasure.take_off(archive, erasure.reach(archive, [record]), for_good=False)

    workspace.session.write(workspace, leave)

    qtbot.waitUntil(lambda: workspace.records.detail.record is None, timeout=WAIT_MS)


def test_the_places_behind_the_rail_are_marked_where_they_belong(qtbot: QtBot, workspace: Workspace) -> None:
    for place, mark in (("task", "task"), ("taken_back", "desk"), ("light", "settings")):
        workspace.show_place(place)
        assert workspace.rail.buttons[mark].isChecked()
    with qtbot.waitSignal(workspace.light.ended, timeout=WAIT_MS):
        workspace.light.reckon()
        workspace.show_place("desk")  # nobody looks any more
