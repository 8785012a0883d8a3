"""In every place of a record's page where something can be said, something is said; after a kill all of it is there.

The walk finds these places itself, so a new one is walked to as well. The cursor is moved to none of them: a field that
it leaves settles, and before a kill nothing is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
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
from tests.ui.locking.test_returning import Enter, settle

enter = returning.enter  # a fixture is found by its name

KEPT_WITHIN_MS = 1000
"""All clocks of this length run out before anything of it may be lost."""


def places(page: QWidget) -> list[QWidget]:
    """Where somebody can say something at this moment, in the order of the page; not what others are made of."""
    kinds = (QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox, QAbstractButton)
    return [each for each in page.findChildren(QWidget) if isinstance(each, kinds) and takes_words(each)]


def takes_words(place: QWidget) -> bool:
    if not place.isVisible() or not place.isEnabled():
        return False
    if isinstance(place.parentWidget(), QComboBox | QAbstractSpinBox):
        return False
    if isinstance(place, QAbstractButton):
        return place.isCheckable()
    return isinstance(place, QComboBox) or not place.property("readOnly")


def said(place: QWidget) -> str:
    if isinstance(place, QPlainTextEdit | QTextEdit):
        return place.toPlainText()
    if isinstance(place, QComboBox):
        return place.currentText()
    if isinstance(place, QAbstractButton):
        return "yes" if place.isChecked() else ""
    assert isinstance(place, QLineEdit | QAbstractSpinBox)
    return place.text()


def say(place: QWidget, number: int) -> None:
    """Something that is said nowhere else, with keys."""
    line = place.lineEdit() if isinstance(place, QComboBox) else None
    if isinstance(place, QComboBox) and line is not None:
        QTest.keyClicks(line, place.itemText(1 + number % (place.count() - 1)))
    elif isinstance(place, QComboBox | QAbstractSpinBox):
        QTest.keyClick(place, Qt.Key.Key_Down)
    elif isinstance(place, QAbstractButton):
        QTest.keyClick(place, Qt.Key.Key_Space)
    elif isinstance(place, QLineEdit) and place.validator() is not None:
        QTest.keyClicks(place, f"70{number}")
    else:
        QTest.keyClicks(place, f"word{number}")
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.hide()


def say_everywhere(page: QWidget, besides: Sequence[QWidget] = ()) -> list[QWidget]:
    """In every place of the page besides these; all of which something was said in."""
    found = [each for each in places(page) if each not in besides]
    for number, place in enumerate(found, len(besides)):
        before = said(place)
        say(place, number)
        assert said(place) != before, place.accessibleName()
    return [*besides, *found]


def everything_said(page: QWidget) -> Counter[tuple[str, str]]:
    return Counter((place.accessibleName(), said(place)) for place in places(page) if said(place))


def let_time_pass(workspace: Workspace) -> None:
    """A second, in which nobody types."""
    for timer in (*workspace.findChildren(QTimer), *workspace.session.findChildren(QTimer)):
        if timer.isActive() and timer.interval() <= KEPT_WITHIN_MS:
            timer.timeout.emit()


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
