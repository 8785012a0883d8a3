"""In every place of a record's page where something can be said, something is said; after a kill all of it is there."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.records.model import Plain
from fieldapp.services import records, trust
from fieldapp.services.archive import Archive
from fieldapp.ui.form.several import SeveralEditor
from fieldapp.ui.records.type_page import TypePage
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId
from tests.ui.conftest import WAIT_MS
from tests.ui.locking import test_returning as returning
from tests.ui.locking.everywhere import everything_said, let_time_pass, say_everywhere
from tests.ui.locking.test_returning import Enter, settle

enter = returning.enter  # a fixture is found by its name


def page_of(workspace: Workspace) -> TypePage:
    page = workspace.records.detail.page
    assert page is not None
    return page


def make(vault: Path, type_name: str, **values: Plain) -> RecordId:
    """A record from before."""

    def work(archive: Archive) -> RecordId:
        if type_name == "task":
            values["assigned_to"] = trust.own_card(archive).fingerprint.hex()
        made = records.save(archive, type_name, values).created
        assert made is not None
        return made

    return returning.before(vault, work)


def say_all_on_the_page(qtbot: QtBot, workspace: Workspace) -> Counter[tuple[str, str]]:
    """Also in a second row of each list, and in the line for one more person; what stands on the page then."""
    page = page_of(workspace)
    page.links.begin()
    found = say_everywhere(page)
    for each in page.findChildren(SeveralEditor):
        each.add_button.click()
    settle(qtbot, workspace)
    assert len(say_everywhere(page, found)) == len(found) + len(page.findChildren(SeveralEditor))
    return everything_said(page)


@pytest.mark.parametrize("type_name", ["testimony", "person"])
def test_all_that_is_said_in_a_new_record_is_there_after_a_kill(enter: Enter, qtbot: QtBot, type_name: str) -> None:
    first = enter()
    first.records.begin_new(type_name)
    settle(qtbot, first)
    told = say_all_on_the_page(qtbot, first)
    let_time_pass(first)
    settle(qtbot, first)

    again = enter()

    settle(qtbot, again)
    assert again.records.detail.record == first.records.detail.record
    assert everything_said(page_of(again)) == told


@pytest.mark.parametrize("type_name", ["person", "document"])
def test_all_that_is_said_in_a_record_from_before_is_there_after_a_kill(
    enter: Enter, vault: Path, qtbot: QtBot, type_name: str
) -> None:
    record = make(vault, type_name, notes="From before")
    first = enter()
    returning.open_row(first, record, qtbot)
    told = say_all_on_the_page(qtbot, first)
    let_time_pass(first)
    settle(qtbot, first)

    again = enter()

    settle(qtbot, again)
    assert again.records.detail.record == record
    assert everything_said(page_of(again)) == told


def test_all_that_is_said_in_a_task_is_there_after_a_kill(enter: Enter, vault: Path, qtbot: QtBot) -> None:
    record = make(vault, "task", questions="Is he home?")
    first = enter()
    first._on_task(record)
    settle(qtbot, first)
    assert first.tasks.view is not None
    assert say_everywhere(first.tasks.view)
    told = everything_said(first.tasks.view)
    let_time_pass(first)
    settle(qtbot, first)

    again = enter()

    settle(qtbot, again)
    assert again.tasks.view is not None
    assert everything_said(again.tasks.view) == told


@pytest.mark.parametrize(
    ("typed", "is_locked", "there"),
    [("Work patent", False, "work_patent"), ("Work patent", True, "work_patent"), ("Work pat", True, None)],
    ids=["a term, killed", "a term, locked", "half a term, locked"],
)
def test_a_term_with_the_cursor_still_in_it_is_there_again_and_half_a_term_is_not(
    enter: Enter, qtbot: QtBot, typed: str, is_locked: bool, there: str | None
) -> None:
    first = enter()
    first.records.begin_new("person")
    type_with_the_cursor(first, "name", "Zarina")
    type_with_the_cursor(first, "legal_status", typed)
    if is_locked:
        locked: list[bool] = []
        first.finish(partial(locked.append, True))
        qtbot.waitUntil(partial(bool, locked), timeout=WAIT_MS)
    else:
        let_time_pass(first)
        settle(qtbot, first)

    again = enter()

    settle(qtbot, again)
    assert page_of(again).form.value_of("name") == "Zarina"
    assert page_of(again).form.value_of("legal_status") == there


def type_with_the_cursor(workspace: Workspace, name: str, text: str) -> None:
    """The list that opens stays open."""
    workspace.records.detail.focus_field(name)
    place = QApplication.focusWidget()
    assert place is not None
    QTest.keyClicks(place, text)
