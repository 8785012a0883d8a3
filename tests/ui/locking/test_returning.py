"""Back to the same place, with every sheet that was half finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.jobs import Ends, Lanes
from fieldapp.records.store import RecordRow
from fieldapp.services import drafts, half_finished, records, trust, vaults, views
from fieldapp.services.archive import Archive
from fieldapp.services.half_finished import Narrowed, Place
from fieldapp.ui.erasing.withdraw_sheet import WithdrawSheet
from fieldapp.ui.exchange.anew import GoOnAnewSheet
from fieldapp.ui.exchange.lost_device import LostDeviceSheet
from fieldapp.ui.form.words import LineEditor
from fieldapp.ui.locking.resume import ResumeSheet
from fieldapp.ui.opening.doors import Doors
from fieldapp.ui.session import Session
from fieldapp.ui.tasks.send_sheet import SendTaskSheet
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId
from tests.ui.conftest import CHEAP, PASSPHRASE, WAIT_MS
from tests.ui.rooms import sheets

Enter = Callable[[], Workspace]

MARKS = {
    "desk": "desk",
    "testimony": "testimony",
    "person": "person",
    "document": "document",
    "task": "task",
    "exchange": "exchange",
    "settings": "settings",
    "taken_back": "desk",
    "light": "settings",
    "safety": "settings",
}
"""Each page, and what the rail marks while it is on show."""


@pytest.fixture
def enter(qtbot: QtBot, lanes: Lanes, vault: Path) -> Iterator[Enter]:
    """Unlock, as after a lock or a kill: what was open before is not closed in any way that keeps anything."""
    opened: list[Workspace] = []

    def leave() -> None:
        for workspace in opened:
            workspace.guard.stop()
            workspace.place._timer.stop()
            closed: list[bool] = []
            workspace.session.close(partial(closed.append, True))
            qtbot.waitUntil(partial(bool, closed), timeout=WAIT_MS)
        opened.clear()

    def enter() -> Workspace:
        leave()
        sessions: list[Session] = []
        lanes.vault.start(
            lambda _: Doors().unlock(vault, PASSPHRASE)[0],
            Ends(lambda archive: sessions.append(Session(lanes, archive))),
        )
        qtbot.waitUntil(lambda: bool(sessions), timeout=WAIT_MS)
        workspace = Workspace(sessions[0], lock_after_s=300)
        qtbot.addWidget(workspace)
        workspace.resize(1366, 768)
        with qtbot.waitExposed(workspace):
            workspace.show()
        workspace.begin()
        opened.append(workspace)
        settle(qtbot, workspace)
        return workspace

    yield enter
    leave()


def settle(qtbot: QtBot, workspace: Workspace) -> None:
    """Until what was asked of the vault, and what was asked because of it, has come."""
    for _ in range(4):
        done: list[None] = []
        workspace.session.ask(workspace, lambda _archive: None, done.append)
        qtbot.waitUntil(partial(bool, done), timeout=WAIT_MS)


def before(vault: Path, work: Callable[[Archive], RecordId]) -> RecordId:
    archive = vaults.unlock(vault, PASSPHRASE)
    try:
        return work(archive)
    finally:
        archive.close()


def a_person(archive: Archive, name: str = "Zarina") -> RecordId:
    made = records.save(archive, "person", {"name": name}).created
    assert made is not None
    return made


def open_row(workspace: Workspace, record: RecordId, qtbot: QtBot) -> None:
    workspace._on_record_chosen(record)
    settle(qtbot, workspace)


def test_after_a_lock_the_record_the_field_and_the_search_are_there_again(
    enter: Enter, vault: Path, qtbot: QtBot
) -> None:
    person = before(vault, a_person)
    first = enter()
    first.top.search.setText("zarina")
    open_row(first, person, qtbot)
    first.records.detail.focus_field("occupation")
    first.place.keep()
    settle(qtbot, first)

    again = enter()

    assert again.where() == first.where()
    assert again.where().record == person
    assert again.where().field == "occupation"
    assert again.where().search == "zarina"


def come_back(enter: Enter, first: Workspace, qtbot: QtBot) -> Workspace:
    """The place is kept, and the vault is opened again."""
    first.place.keep()
    settle(qtbot, first)
    again = enter()
    settle(qtbot, again)
    return again


@pytest.mark.parametrize(("name", "marked"), MARKS.items())
def test_each_page_is_there_again(enter: Enter, qtbot: QtBot, name: str, marked: str) -> None:
    first = enter()
    first.show_place(name)

    again = come_back(enter, first, qtbot)

    assert again.where() == first.where() == Place(name, part="hand_over" if name == "exchange" else "")
    assert again.rail.marked == marked
    assert type(again._pages.currentWidget()) is type(first._pages.currentWidget())


def test_no_page_is_forgotten_above(enter: Enter) -> None:
    workspace = enter()

    assert MARKS.keys() == workspace._others.keys() | workspace.rail.buttons.keys() - {"lock", "cover"}


@pytest.mark.parametrize("part", ["hand_over", "take_in", "people", "card"])
def test_each_part_of_the_exchange_is_there_again(enter: Enter, qtbot: QtBot, part: str) -> None:
    first = enter()
    first.show_place("exchange")
    first.exchange.buttons[part].click()

    again = come_back(enter, first, qtbot)

    assert again.where() == Place("exchange", part=part)
    assert again.exchange.part == part and again.exchange.buttons[part].isChecked()


def test_what_narrowed_a_search_narrows_it_again(enter: Enter, vault: Path, qtbot: QtBot) -> None:
    person = before(vault, a_person)
    first = enter()
    first.top.search.setText("zar")
    filters = first.records.list.filters
    filters.chips["person"].click()
    filters.when.setText("about Mar")  # not understood yet, and there again as it stands
    filters._on_person(RecordRow(person, "person", "Zarina", None, None, 0, 0, False, False))

    again = come_back(enter, first, qtbot)

    shown = again.records.list.filters
    assert again.where().narrowed == Narrowed("person", "about Mar", "Zarina", person)
    assert (shown.when.text(), shown.person.line.text()) == ("about Mar", "Zarina")
    assert shown.chips["person"].isChecked() and shown.filters() == filters.filters()
    qtbot.waitUntil(lambda: again.records.list.model.query.is_search, timeout=WAIT_MS)
    narrowing = again.records.list.model.query.filters
    assert narrowing is not None and narrowing.person == person
    assert shown.isVisible()


def test_a_name_half_typed_for_a_filter_is_there_again(enter: Enter, qtbot: QtBot) -> None:
    first = enter()
    first.top.search.setText("zar")
    first.records.list.filters.person.line.setText("Maru")

    assert come_back(enter, first, qtbot).where().narrowed == Narrowed(about="Maru")


def test_what_was_looked_for_before_does_not_lead_away_from_another_page(enter: Enter, qtbot: QtBot) -> None:
    first = enter()
    first.top.search.setText("zar")
    first.show_place("safety")

    assert come_back(enter, first, qtbot).where() == Place("safety")


def test_after_a_search_that_was_cleared_the_list_behind_it_is_there_again(enter: Enter, qtbot: QtBot) -> None:
    first = enter()
    first.show_place("person")
    first.show_place("exchange")
    first.top.search.setText("zar")
    first.top.search.clear()

    assert come_back(enter, first, qtbot).where() == Place("person")


@pytest.mark.parametrize(
    "place", [Place("no such page"), Place("no such page", part="no such part", narrowed=Narrowed("no such kind"))]
)
def test_a_page_that_nobody_knows_any_more_leads_to_the_desk(
    enter: Enter, vault: Path, place: Place, qtbot: QtBot
) -> None:
    def work(archive: Archive) -> RecordId:
        half_finished.keep_place(archive, place)
        return a_person(archive)

    before(vault, work)

    assert enter().where() == Place("desk")


def test_a_kind_that_nobody_knows_any_more_narrows_nothing(enter: Enter, vault: Path, qtbot: QtBot) -> None:
    def work(archive: Archive) -> RecordId:
        place = Place("testimony", search="zar", narrowed=Narrowed("no such kind", "May"))
        half_finished.keep_place(archive, place)
        return a_person(archive)

    before(vault, work)

    assert enter().where().narrowed == Narrowed(when="May")


def test_whoever_closes_the_window_begins_at_the_desk(enter: Enter, qtbot: QtBot) -> None:
    first = enter()
    first.show_place("exchange")
    first.place.stop(returns=False)
    settle(qtbot, first)

    assert enter().where().page == "desk"


def test_a_sheet_that_was_half_finished_is_open_again_with_its_words(enter: Enter, vault: Path, qtbot: QtBot) -> None:
    person = before(vault, a_person)
    first = enter()
    open_row(first, person, qtbot)
    first.errands.withdraw()
    settle(qtbot, first)
    (sheet,) = (each for each in sheets() if isinstance(each, WithdrawSheet))
    sheet.by.setText("Her sister")
    sheet.how.setCurrentIndex(2)
    sheet.reason.setText("She is afr")
    first._finish_typing()  # what the clock does half a second later
    settle(qtbot, first)
    sheet.hide()

    again = enter()

    (found,) = (each for each in sheets() if isinstance(each, WithdrawSheet))
    settle(qtbot, again)
    assert (found.by.text(), found.reason.text(), found.how.currentIndex()) == ("Her sister", "She is afr", 2)
    found.reject()
    settle(qtbot, again)
    assert not read(qtbot, again, lambda archive: half_finished.going_on(archive).sheets)


def test_why_a_device_is_lost_is_there_again_with_all_that_was_chosen(
    enter: Enter, vault: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    before(vault, partial(trust_somebody, elsewhere=tmp_path / "elsewhere"))
    first = enter()
    first.exchange.show_part("people")
    settle(qtbot, first)
    sheet = first.exchange.people.report_lost(first.exchange.people.peers[0])
    settle(qtbot, first)
    sheet.day.setDate(QDate(2026, 5, 3))
    sheet.none_button.setChecked(True)
    sheet.strangers.setChecked(True)
    sheet.reason.setText("taken at a sea")
    first._finish_typing()  # what the clock does half a second later
    settle(qtbot, first)
    sheet.hide()

    again = enter()

    (found,) = (each for each in sheets() if isinstance(each, LostDeviceSheet))
    settle(qtbot, again)
    assert (found.reason.text(), found.day.date()) == ("taken at a sea", QDate(2026, 5, 3))
    assert (found.none_button.isChecked(), found.strangers.isChecked()) == (True, True)
    found.reject()
    settle(qtbot, again)
    assert not read(qtbot, again, lambda archive: half_finished.going_on(archive).sheets)


def test_a_new_name_of_this_device_is_there_again(enter: Enter, qtbot: QtBot) -> None:
    first = enter()
    first.go_on_anew()
    (sheet,) = (each for each in sheets() if isinstance(each, GoOnAnewSheet))
    settle(qtbot, first)
    sheet.device.setText("the grey lap")
    first._finish_typing()
    settle(qtbot, first)
    sheet.hide()

    again = enter()

    (found,) = (each for each in sheets() if isinstance(each, GoOnAnewSheet))
    settle(qtbot, again)
    assert found.device.text() == "the grey lap"
    found.reject()


def trust_somebody(archive: Archive, elsewhere: Path) -> RecordId:
    other = vaults.create(elsewhere, PASSPHRASE, person="Timur", device="old phone", **CHEAP).archive  # type: ignore[arg-type]  # two kinds of values in one map
    trust.trust(archive, trust.own_card(other))
    other.close()
    return a_person(archive)


def read(qtbot: QtBot, workspace: Workspace, work: Callable[[Archive], object]) -> object:
    answers: list[object] = []
    workspace.session.ask(workspace, work, answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT_MS)
    return answers[0]


def test_several_half_finished_things_are_each_one_key_away(enter: Enter, vault: Path, qtbot: QtBot) -> None:
    def work(archive: Archive) -> RecordId:
        person = a_person(archive)
        half_finished.keep_sheet(archive, "task", person, {"questions": "Has he called?"})
        half_finished.keep_sheet(archive, "withdraw", person, {"by": "Her sister"})
        drafts.keep(archive, a_person(archive, "Marufjon"), "person", {"occupation": "a brickl"})
        return person

    before(vault, work)

    workspace = enter()
    (offer,) = (each for each in sheets() if isinstance(each, ResumeSheet))
    offered = [half.of for half in offer._halves]
    QApplication.sendEvent(offer, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier))
    settle(qtbot, workspace)
    (sheet,) = (each for each in sheets() if isinstance(each, SendTaskSheet))

    assert sorted(offered) == ["Marufjon", "Zarina", "Zarina"]
    assert sheet.questions.toPlainText() == "Has he called?"
    sheet.hide()


def test_a_name_half_typed_in_a_record_without_a_word_is_there_again(enter: Enter, qtbot: QtBot) -> None:
    first = enter()
    first.records.begin_new("testimony")
    record = first.records.detail.record
    type_half_a_name(first, "Maru")
    first._finish_typing()
    settle(qtbot, first)

    again = enter()

    settle(qtbot, again)
    shown = again.records.detail.page
    assert again.records.detail.record == record
    assert shown is not None
    assert shown.links.half_typed[0] == "Maru"


def test_a_line_that_was_opened_and_left_empty_makes_no_record(enter: Enter, qtbot: QtBot) -> None:
    workspace = enter()
    before = read(qtbot, workspace, views.counts)
    workspace.records.begin_new("testimony")
    type_half_a_name(workspace, " ")

    workspace._finish_typing()
    settle(qtbot, workspace)

    assert read(qtbot, workspace, views.counts) == before


def type_half_a_name(workspace: Workspace, name: str) -> None:
    page = workspace.records.detail.page
    assert page is not None
    page.links.begin()
    page.links.picker.line.setText(name)
    page.links.picker.line.textEdited.emit(name)


def test_a_name_half_typed_for_a_record_is_there_again(enter: Enter, vault: Path, qtbot: QtBot) -> None:
    person = before(vault, a_person)
    first = enter()
    open_row(first, person, qtbot)
    type_half_a_name(first, "Maru")
    page = first.records.detail.page
    assert page is not None
    page.links.role.choose("colleague")
    first._finish_typing()  # what the clock does half a second later
    settle(qtbot, first)

    again = enter()

    settle(qtbot, again)
    shown = again.records.detail.page
    assert again.records.detail.record == person
    assert shown is not None
    assert shown.links.half_typed == ("Maru", "colleague")
    qtbot.waitUntil(shown.links.picker.line.hasFocus, timeout=WAIT_MS)


def test_a_record_that_was_being_typed_in_is_open_where_it_was_cut_off(enter: Enter, vault: Path, qtbot: QtBot) -> None:
    first = enter()
    first.top.testimony_button.click()
    page = first.records.detail.page
    assert page is not None
    editor = page.form.cells["title"].editor
    assert isinstance(editor, LineEditor)
    editor.line.setText("Cut off in the mid")
    editor.line.textEdited.emit("Cut off in the mid")
    assert first.records.detail._drafting is not None
    first.records.detail._drafting.keep()
    first.place.keep()
    settle(qtbot, first)

    again = enter()

    settle(qtbot, again)
    shown = again.records.detail.page
    assert shown is not None
    assert shown.form.value_of("title") == "Cut off in the mid"
    assert again.where().field == "title"
    assert again.toast.words.text() == "What you were typing is kept, and here it is"
