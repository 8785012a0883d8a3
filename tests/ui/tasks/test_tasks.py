"""Task slips: asked about a person, handed over alone, answered by somebody else, and gone when their time is over."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from fieldapp.services import arrivals, half_finished, handover, records, tasks, trust, views
from fieldapp.services.archive import Archive
from fieldapp.services.tasks import Task
from fieldapp.services.trust import Role
from fieldapp.ui.session import Session
from fieldapp.ui.tasks.page import TasksPage
from fieldapp.ui.tasks.send_sheet import TASK, SendTaskSheet
from fieldapp.ui.tasks.slip_sheet import SlipSheet
from fieldapp.values import RecordId
from tests.ui.rooms import Rooms, words_in

HOSTILE = '<img src="file:///x.png"><b>R&D</b>'
SAFE: dict[str, Any] = {"phone": ["+992 900 12 34 56"], "safe_channel": "phone", "safe_hours": "after 19:00"}


@pytest.fixture
def nodira(rooms: Rooms) -> Session:
    """The coordinator."""
    return rooms.new("Nodira")


@pytest.fixture
def karim(rooms: Rooms, nodira: Session) -> Session:
    """The volunteer."""
    karim = rooms.new("Karim")
    rooms.meet(nodira, karim)
    (peer,) = rooms.do(karim, trust.peers)
    rooms.do(karim, lambda archive: trust.set_role(archive, peer, Role.COORDINATOR))
    return karim


def person(rooms: Rooms, session: Session, name: str = "Marufjon", **values: object) -> RecordId:
    made = rooms.do(session, lambda archive: records.save(archive, "person", {"name": name, **values})).created
    assert made is not None
    return made


def sent(rooms: Rooms, nodira: Session, karim: Session, about: RecordId, questions: str = "Is he home?") -> RecordId:
    path = rooms.folder / "slip.bin"

    def make(archive: Archive) -> RecordId:
        (peer,) = trust.peers(archive)
        slip = tasks.slip(archive, peer, about, questions, expires="2999-12-31")
        handover.export(archive, [peer], tasks.select(archive, slip.task, peer), path)
        return slip.task

    task = rooms.do(nodira, make)
    rooms.do(karim, lambda archive: arrivals.import_file(archive, path))
    path.unlink()
    return task


def page_of(rooms: Rooms, session: Session) -> TasksPage:
    page = TasksPage(session)
    rooms.show(page)
    with rooms.qtbot.waitSignal(page.loaded):
        page.refresh()
    return page


def opened(rooms: Rooms, page: TasksPage) -> str:
    """The first task, opened; what is said of it."""
    next(iter(page.list.rows.values())).click()
    view = page.view
    assert view is not None
    rooms.until(lambda: "Questions" in words_in(view))
    return words_in(view)


def test_without_tasks_the_place_says_where_they_come_from(rooms: Rooms, karim: Session) -> None:
    assert "No tasks yet" in words_in(page_of(rooms, karim))


def test_a_task_is_asked_and_handed_over_alone(rooms: Rooms, nodira: Session, karim: Session) -> None:
    about = person(rooms, nodira, **SAFE)
    person(rooms, nodira, "Somebody else")
    sheet = SendTaskSheet(nodira, about, "Marufjon", None, today=date(2999, 3, 1))
    rooms.qtbot.addWidget(sheet)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    with rooms.qtbot.waitSignal(sheet.loaded):
        sheet.open()
    assert "Phone · after 19:00" in words_in(sheet)
    assert not sheet.next_button.isEnabled()
    sheet.questions.setPlainText("Is he home?")
    sheet.expires.line.clear()
    assert not sheet.next_button.isEnabled()
    sheet.expires.line.setText("31 March 2999")
    with rooms.qtbot.waitSignal(sheet.made) as told:
        sheet.next_button.click()

    made = told.args[0]
    slip = SlipSheet(nodira, made.slip.task, made.peer, None)
    rooms.qtbot.addWidget(slip)
    slip.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    with rooms.qtbot.waitSignal(slip.reckoned):
        slip.open()
    assert "1 person" in words_in(slip)
    path = rooms.folder / "slip.bin"
    with rooms.qtbot.waitSignal(slip.ended):
        slip.seal(path)
    rooms.do(karim, lambda archive: arrivals.import_file(archive, path))

    (task,) = rooms.do(karim, tasks.tasks)
    assert (task.mine, task.questions, task.about_title) == (True, "Is he home?", "Marufjon")
    assert rooms.do(karim, lambda archive: [row.title for row in views.rows(archive, kind="person")]) == ["Marufjon"]


def test_half_a_task_for_somebody_who_is_not_trusted_any_more_is_for_nobody_else(
    rooms: Rooms, nodira: Session, karim: Session
) -> None:
    rooms.meet(nodira, rooms.new("Bek"))
    about = person(rooms, nodira)
    (karim_there,) = (peer for peer in rooms.do(nodira, trust.peers) if peer.name == "Karim")
    half = {"to": karim_there.fingerprint.hex(), "questions": "Is he home?"}
    rooms.do(nodira, lambda archive: half_finished.keep_sheet(archive, TASK, about, half))
    rooms.do(nodira, lambda archive: trust.distrust(archive, karim_there))

    sheet = SendTaskSheet(nodira, about, "Marufjon", None)
    rooms.qtbot.addWidget(sheet)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    with rooms.qtbot.waitSignal(sheet.loaded):
        sheet.open()
    rooms.qtbot.waitUntil(lambda: sheet.questions.toPlainText() == "Is he home?")

    assert sheet.to.currentText() == ""
    assert not sheet.next_button.isEnabled()


def test_somebody_who_trusts_nobody_is_told_whom_to_add_first(rooms: Rooms) -> None:
    alone = rooms.new("Alone")
    sheet = SendTaskSheet(alone, person(rooms, alone), "Marufjon", None)
    rooms.qtbot.addWidget(sheet)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    with rooms.qtbot.waitSignal(sheet.loaded):
        sheet.open()

    assert "You trust nobody yet" in words_in(sheet)
    sheet.questions.setPlainText("Is he home?")
    assert not sheet.next_button.isEnabled()
    sheet.reject()


def test_on_the_volunteers_side_the_safe_line_stands_before_the_number_and_the_questions(
    rooms: Rooms, nodira: Session, karim: Session
) -> None:
    sent(rooms, nodira, karim, person(rooms, nodira, **SAFE))
    words = opened(rooms, page_of(rooms, karim))

    assert "from Nodira" in words
    places = [words.index(each) for each in ("Phone · after 19:00", "+992", "Is he home?")]
    assert places == sorted(places)
    assert "After 31 December 2999 this slip" in words


def test_where_nobody_knows_how_to_call_safely_it_says_do_not_call(
    rooms: Rooms, nodira: Session, karim: Session
) -> None:
    sent(rooms, nodira, karim, person(rooms, nodira, phone=["+992 900 65 43 21"]))

    assert "Safety unknown: do not call" in opened(rooms, page_of(rooms, karim))


def only(rooms: Rooms, session: Session) -> Task:
    (task,) = rooms.do(session, tasks.tasks)
    return task


def test_the_answer_is_saved_as_it_is_typed_and_comes_back(rooms: Rooms, nodira: Session, karim: Session) -> None:
    sent(rooms, nodira, karim, person(rooms, nodira, **SAFE))
    page = page_of(rooms, karim)
    opened(rooms, page)
    assert page.view is not None
    assert not page.view.answered_button.isEnabled()
    page.view.answer.setPlainText("He called on Friday.")
    page.view.answered_button.click()
    rooms.until(lambda: only(rooms, karim).state == "answered")
    carry(rooms, karim, nodira)

    answered = page_of(rooms, nodira)
    assert "He called on Friday." in opened(rooms, answered)
    assert answered.view is not None
    assert answered.view.answer.isHidden()
    answered.view.settled_button.click()
    rooms.until(lambda: only(rooms, nodira).state == "closed")


def carry(rooms: Rooms, sender: Session, to: Session) -> None:
    path: Path = rooms.bundle(sender, "back.bin")
    rooms.do(to, lambda archive: arrivals.import_file(archive, path))


def test_half_an_answer_is_not_lost_when_somebody_goes_elsewhere(rooms: Rooms, nodira: Session, karim: Session) -> None:
    sent(rooms, nodira, karim, person(rooms, nodira, **SAFE))
    page = page_of(rooms, karim)
    opened(rooms, page)
    assert page.view is not None
    page.view.answer.setPlainText("He ca")

    page.show_nothing()
    rooms.until(lambda: only(rooms, karim).answer == "He ca")

    assert only(rooms, karim).state == "open"


def test_what_is_being_typed_stays_when_the_record_changes_meanwhile(
    rooms: Rooms, nodira: Session, karim: Session
) -> None:
    about = person(rooms, nodira, **SAFE)
    task = sent(rooms, nodira, karim, about)
    page = page_of(rooms, karim)
    opened(rooms, page)
    view = page.view
    assert view is not None
    view.answer.setPlainText("He ca")

    with rooms.qtbot.waitSignal(view.loaded):
        karim.write(page, lambda archive: records.save(archive, "task", {"notes": "x"}, record=task))

    assert view.answer.toPlainText() == "He ca"


def test_a_new_testimony_is_about_the_person(rooms: Rooms, nodira: Session, karim: Session) -> None:
    about = person(rooms, nodira, **SAFE)
    sent(rooms, nodira, karim, about)
    page = page_of(rooms, karim)
    opened(rooms, page)
    assert page.view is not None

    with rooms.qtbot.waitSignal(page.record_chosen) as told:
        page.view.testimony_button.click()

    made = RecordId(told.args[0])
    view = rooms.do(karim, lambda archive: views.view(archive, made))
    assert view.row.type == "testimony"
    assert [link.other_id for link in view.links] == [about]


def test_a_task_that_leaves_the_device_closes(rooms: Rooms, nodira: Session, karim: Session) -> None:
    task = sent(rooms, nodira, karim, person(rooms, nodira, **SAFE))
    page = page_of(rooms, karim)
    opened(rooms, page)

    def expire(archive: Archive) -> object:
        from fieldapp.vault.journal import Moment

        return tasks.expire(archive, Moment(33_000_000_000_000, 0))

    karim.write(page, expire)
    rooms.until(lambda: page.view is None and not page.list.rows)
    assert task not in page.list.rows


def test_words_of_others_are_plain_text(rooms: Rooms, nodira: Session, karim: Session) -> None:
    sent(rooms, nodira, karim, person(rooms, nodira, HOSTILE, phone=[HOSTILE[:20]]), HOSTILE)
    page = page_of(rooms, karim)

    words = opened(rooms, page)

    assert words.count(HOSTILE) >= 3  # the title, the name, the questions
