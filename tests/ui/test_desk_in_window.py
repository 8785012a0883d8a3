"""The window around the desk: what it opens with, the number on the rail, marks in lists, the way back from history."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.services import records
from fieldapp.ui.records.history import HistorySheet
from fieldapp.ui.records.marks import marks_of
from fieldapp.ui.workspace import Workspace
from tests.ui.test_records import line, open_record, save, titles, wait_for


def press(workspace: Workspace, key: Qt.Key) -> None:
    """With Ctrl."""
    QApplication.sendEvent(workspace, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.ControlModifier))


def test_the_program_opens_with_what_waits_and_ctrl_0_leads_there(workspace: Workspace, qtbot: QtBot) -> None:
    save(workspace, qtbot, "person", name="Marufjon", status="missing")
    rail = workspace.rail.buttons["desk"]
    wait_for(qtbot, lambda: rail.waiting == 1)

    press(workspace, Qt.Key.Key_0)
    there = workspace.desk.isVisible()
    workspace.begin()

    assert there and workspace.desk.isVisible()
    assert rail.accessibleDescription() == "1 thing cannot wait"
    assert workspace.status.waiting.text() == "1 not yet handed over"


def test_a_person_in_danger_and_accounts_that_differ_are_marked_in_the_list(workspace: Workspace, qtbot: QtBot) -> None:
    save(workspace, qtbot, "person", name="Marufjon", status="missing")
    save(workspace, qtbot, "person", name="Ali", status="free")
    workspace.show_place("person")
    wait_for(qtbot, lambda: sorted(titles(workspace)) == ["Ali", "Marufjon"])
    model = workspace.records.list.model
    rows = {row.title: row for place in range(2) if (row := model.row_at(place)) is not None}

    assert marks_of(rows["Marufjon"]) == ["urgent"]
    assert marks_of(rows["Ali"]) == []
    assert marks_of(replace(rows["Ali"], contested=True)) == ["contested"]
    workspace.grab()


def test_what_was_brought_back_from_history_can_be_undone_at_once(workspace: Workspace, qtbot: QtBot) -> None:
    record = save(workspace, qtbot, "person", name="Dilbar")
    workspace.session.write(
        workspace, lambda archive: records.save(archive, "person", {"name": "Dilbar R."}, record=record)
    )
    detail = open_record(workspace, qtbot, record, "person")
    wait_for(qtbot, lambda: line(detail, "name").value() == "Dilbar R.")
    detail.head.history_button.click()
    sheet = next(each for each in workspace.records.findChildren(HistorySheet) if each.isVisible())
    wait_for(qtbot, lambda: bool(sheet.entries))
    past = sheet.show_moment(sheet.entries[0])
    wait_for(qtbot, lambda: bool(past.lines))

    past.bring_button.click()
    wait_for(qtbot, lambda: line(detail, "name").value() == "Dilbar")
    workspace.toast.button.click()

    wait_for(qtbot, lambda: line(detail, "name").value() == "Dilbar R.")
