"""Taking back and erasing, travelling light, task slips: both sides of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from screens_stage import PASSPHRASE, Stage
from screens_world import SteadyClock, World

from fieldapp.services import arrivals, handover, keeping, records, tasks, trust, vaults, views, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.services.withdrawals import How
from fieldapp.ui.erasing.erase_sheet import EraseSheet, erasing_word
from fieldapp.ui.erasing.withdraw_sheet import WithdrawSheet
from fieldapp.ui.tasks.send_sheet import SendTaskSheet
from fieldapp.ui.tasks.slip_sheet import SlipSheet
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId

S = TypeVar("S")

WORDS = {
    "en": {
        "stick": "What the driver of the second bus said",
        "reason": "She is afraid for her children.",
        "questions": "Has he called since 3 March?\nWho saw him last, and where?",
        "hours": "after 19:00, not on Fridays",
        "answers": "his mother",
        "say": "I am calling about the apricots",
    },
    "ru": {
        "stick": "Что рассказал водитель второго автобуса",
        "reason": "Она боится за детей.",
        "questions": "Звонил ли он после 3 марта?\nКто видел его последним и где?",
        "hours": "после 19:00, не в пятницу",
        "answers": "его мать",
        "say": "я по поводу абрикосов",
    },
}


def taken_back(stage: Stage, world: World, home: Path) -> None:
    """A withdrawal from the record to the list of who must be told; and what came in of others."""
    _make_taken_back(world, stage.variant.language)
    with stage.unlocked(world.field, home) as workspace:
        _open(stage, workspace, world.testimony)
        workspace.records.detail.head.more.withdraw_action.trigger()
        stage.shoot("erasing-1-withdraw", small=True)
        sheet = _sheet(stage, WithdrawSheet)
        sheet.by.setText("Zarina")
        sheet.how.setCurrentIndex(1)
        sheet.date.line.setText("4 March 2026" if stage.variant.language == "en" else "4 марта 2026")
        stage.shoot("erasing-2-withdraw-filled")
        sheet.withdraw_button.click()
        stage.shoot("erasing-3-told", small=True)
        stage.dismiss()
    with stage.unlocked(world.coordinator, home) as workspace:
        workspace.show_place("taken_back")
        stage.shoot("erasing-4-list", small=True)
        bar = workspace.taken_back.verticalScrollBar()
        bar.setValue(bar.maximum())
        stage.shoot("erasing-5-list-below", small=True)
        bar.setValue(0)
        group = workspace.taken_back.groups[0]
        group.all_button.click()
        group.follow_button.click()
        stage.shoot("erasing-6-erase", small=True)
        erase = _sheet(stage, EraseSheet)
        erase.line.setText(erasing_word())
        erase.erase_button.click()
        stage.settle()
        stage.shoot("erasing-7-erased")
        stage.dismiss()
        stage.shoot("erasing-8-after")


def before_a_visit(stage: Stage, world: World, home: Path) -> None:
    """Travelling light, and the list of what left."""
    _make_covered(world)
    with stage.unlocked(world.field, home) as workspace:
        workspace.show_place("light")
        stage.shoot("light-1-nothing", small=True)
        workspace.light.copies.setCurrentIndex(0)
        workspace.light.copies.activated.emit(0)
        stage.settle()
        stage.shoot("light-2-ready", small=True)
        workspace.light.go()
        stage.settle()
        stage.shoot("light-3-done", small=True)
        workspace.light.show_taken_off()
        stage.shoot("light-4-list")
        stage.dismiss()
        workspace.show_place("settings")
        stage.shoot("light-5-settings")


def task_slips(stage: Stage, world: World, home: Path) -> None:
    """A task is sent, comes in and is answered."""
    person = _make_tasks(world, stage.variant.language)
    with stage.unlocked(world.coordinator, home) as workspace:
        _open(stage, workspace, person)
        workspace.records.detail.head.more.task_action.trigger()
        stage.settle()
        sheet = _sheet(stage, SendTaskSheet)
        stage.shoot("task-1-empty", small=True)
        sheet.questions.setPlainText(WORDS[stage.variant.language]["questions"])
        stage.shoot("task-2-filled")
        sheet.next_button.click()
        stage.settle()
        stage.shoot("task-3-slip")
        slip = _sheet(stage, SlipSheet)
        slip.seal(world.folder / "slip-window.bin")
        stage.settle()
        stage.shoot("task-4-sealed")
        stage.dismiss()
        stage.shoot("task-5-asked", small=True)
    with stage.unlocked(world.field, home) as workspace:
        workspace.show_place("task")
        stage.shoot("task-6-list")
        next(iter(workspace.tasks.list.rows.values())).click()
        stage.shoot("task-7-mine", small=True)
        next(iter(list(workspace.tasks.list.rows.values())[1:])).click()
        stage.shoot("task-8-unknown-safety")


def no_tasks(stage: Stage, vault: Path, home: Path) -> None:
    """The places where nothing waits."""
    with stage.unlocked(vault, home) as workspace:
        workspace.show_place("task")
        stage.shoot("task-none", small=True)
        workspace.show_place("taken_back")
        stage.shoot("erasing-none")
        workspace.show_place("light")
        stage.shoot("light-empty")


def _open(stage: Stage, workspace: Workspace, record: RecordId) -> None:
    row = _read(stage, workspace, lambda archive: views.row(archive, record))
    workspace.records.open(row)  # type: ignore[arg-type]  # a row
    stage.settle()


def _read(stage: Stage, workspace: Workspace, work: Callable[[Archive], object]) -> object:
    found: list[object] = []
    workspace.session.ask(workspace, work, found.append)
    stage.until(lambda: found)
    return found[0]


def _sheet(stage: Stage, kind: type[S]) -> S:
    stage.settle()
    return next(each for each in reversed(stage.sheets()) if isinstance(each, kind))


def _make_taken_back(world: World, language: str) -> None:
    field, office = _both(world)
    words = WORDS[language]
    theirs = records.save(office, "testimony", {"title": words["stick"]}).created
    assert theirs is not None
    _carry(field, office, world.folder / "b1.bin")
    _carry(office, field, world.folder / "b2.bin")
    for row, how in zip(views.rows(field, kind="testimony")[1:4], (How.SPOKEN, How.WRITTEN, How.RELATIVE), strict=True):
        reason = words["reason"] if how is How.SPOKEN else ""
        withdrawals.withdraw(field, row.id, by="Zarina", how=how, date="2026-03-04", reason=reason)
    withdrawals.withdraw(field, theirs, by="Zarina", how=How.SPOKEN)
    _carry(field, office, world.folder / "b3.bin")
    own = views.rows(office, kind="person")[0].id
    withdrawals.withdraw(office, own, by="Nodira", how=How.AUDIO, date="2026-03-05")
    other = views.rows(office, kind="person")[1].id
    withdrawals.withdraw(field, other, by="Zarina", how=How.SPOKEN)
    _carry(field, office, world.folder / "b4.bin")
    withdrawals.decline(office, [each for each in withdrawals.pending(office) if each.record == other])
    for archive in (field, office):
        archive.close()


def _make_covered(world: World) -> None:
    field, office = _both(world)
    _carry(field, office, world.folder / "b1.bin")
    _carry(office, field, world.folder / "b2.bin")
    late = views.rows(field, kind="testimony")[0].id
    records.save(field, "testimony", {"notes": "…"}, record=late)
    for archive in (field, office):
        archive.close()


def _make_tasks(world: World, language: str) -> RecordId:
    field, office = _both(world)
    _carry(field, office, world.folder / "b1.bin")
    words = WORDS[language]
    (peer,) = trust.peers(office)
    one, other = (row.id for row in views.rows(office, kind="person")[:2])
    safe = {"safe_channel": "phone", "safe_hours": words["hours"], "who_may_answer": words["answers"]}
    records.save(office, "person", {**safe, "what_to_say": words["say"], "phone": ["+992 900 12 34 56"]}, record=one)
    records.save(office, "person", {"phone": ["+992 900 65 43 21"], "safe_hours": None}, record=other)
    for place, person in enumerate((one, other)):
        due = ("2026-03-10", "")[place]
        slip = tasks.slip(office, peer, person, words["questions"], due=due, expires="2027-12-31")
        path = world.folder / f"slip-{place}.bin"
        handover.export(office, [peer], tasks.select(office, slip.task, peer), path)
        arrivals.import_file(field, path)
    for archive in (field, office):
        archive.close()
    return one


def _both(world: World) -> tuple[Archive, Archive]:
    clock = SteadyClock()
    field, office = (vaults.unlock(place, PASSPHRASE, clock=clock) for place in (world.field, world.coordinator))
    keeping.set_keeps_for_others(office, on=True)
    return field, office


def _carry(sender: Archive, to: Archive, path: Path) -> None:
    handover.export(sender, trust.peers(sender), handover.select(sender), path)
    arrivals.import_file(to, path)
