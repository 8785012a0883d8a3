"""A Monday at the coordinator's: bundles of a whole week came in, and some of everything that a desk can show."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from screens_stage import PASSPHRASE, Stage
from screens_world import SteadyClock, World

from fieldapp.services import arrivals, handover, in_parts, parts, records, tasks, trust, vaults, views, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.services.withdrawals import How
from fieldapp.ui.records.history import HistorySheet
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId

_PART_BYTES = 1024 * 1024


class Words(NamedTuple):
    """What people say: of three people the office and the field say different things."""

    office: tuple[str, str, str]
    field: tuple[str, str, str]
    questions: str
    reason: str
    stick: str


_WORDS = {
    "en": Words(
        office=("at_front", "Chkalovsk training ground", "His brother called the office on Friday."),
        field=("missing", "a unit near Kupiansk", "No sign of life since 3 March."),
        questions="Has he called since 3 March?\nWho saw him last, and where?",
        reason="She is afraid for her children.",
        stick="A call from the hospital",
    ),
    "ru": Words(
        office=("at_front", "Чкаловский полигон", "Его брат звонил в офис в пятницу."),
        field=("missing", "часть под Купянском", "С 3 марта никаких известий."),
        questions="Звонил ли он после 3 марта?\nКто видел его последним и где?",
        reason="Она боится за детей.",
        stick="Звонок из больницы",
    ),
}


def at_the_desk(stage: Stage, world: World, home: Path) -> None:
    """The desk on a Monday, decision by decision, and when it is quiet."""
    _make_monday(world, stage.variant.language)
    with stage.unlocked(world.coordinator, home) as workspace:
        workspace.show_place("desk")
        stage.shoot("desk-monday", small=True)
        _scroll(stage, workspace, 1)
        stage.shoot("desk-monday-below", small=True)
        workspace.desk._part.ensureWidgetVisible(workspace.desk.deciding, 0, 200)  # noqa: SLF001 - what a wheel does
        workspace.desk.deciding.setFocus()
        stage.shoot("desk-deciding", small=True)
        _press(workspace, Qt.Key.Key_1)
        stage.shoot("desk-decided")
        arrival = workspace.desk._shown.desk.arrivals[0]  # type: ignore[union-attr]  # noqa: SLF001 - read by now
        workspace.desk._on_arrival(arrival)  # noqa: SLF001 - its row
        stage.shoot("desk-what-came", small=True)
        stage.dismiss()
        _history(stage, workspace, world.contested)
    with stage.unlocked(world.field, home) as workspace:
        workspace.show_place("desk")
        stage.shoot("desk-field", small=True)


def _history(stage: Stage, workspace: Workspace, record: RecordId) -> None:
    """What happened to a person of whom accounts differ, and how they were before."""
    workspace.desk.record_chosen.emit(record)
    stage.settle()
    stage.shoot("desk-record", small=True)
    workspace.records.detail.head.history_button.click()
    stage.settle()
    stage.shoot("desk-history", small=True)
    sheet = next(each for each in stage.sheets() if isinstance(each, HistorySheet))
    first = sheet.entries[0]
    sheet.show_moment(first)
    stage.settle()
    stage.shoot("desk-then", small=True)
    stage.dismiss()


def nothing_waits(stage: Stage, vault: Path, home: Path) -> None:
    """The desk of somebody for whom nothing waits."""
    with stage.unlocked(vault, home) as workspace:
        workspace.show_place("desk")
        stage.shoot("desk-quiet", small=True)


def _make_monday(world: World, language: str) -> None:
    words = _WORDS[language]
    clock = SteadyClock()
    copy = world.folder / "monday-copy"
    field = vaults.unlock(world.field, PASSPHRASE, clock=clock)
    office = vaults.unlock(world.coordinator, PASSPHRASE, clock=clock)
    arrivals.import_file(office, world.bundle("unknown"))
    arrivals.import_file(office, world.bundle("second"))
    people = [row.id for row in views.rows(office, kind="person")][:3]
    for archive, told in ((office, words.office), (field, words.field)):
        _tell(archive, people, told)
    _seal(field, world.folder / "monday-lost.bin")
    records.save(field, "testimony", {"title": words.stick, "distress": "yes"})
    withdrawn = views.rows(field, kind="testimony")[-1].id
    withdrawals.withdraw(field, withdrawn, by="Zarina", how=How.SPOKEN, date="2026-03-04", reason=words.reason)
    _seal(field, world.folder / "monday-fourth.bin")
    arrivals.import_file(office, world.folder / "monday-fourth.bin")
    _leave_parts(field, office, world.folder / "monday-parts")
    (peer,) = trust.peers(office)
    tasks.slip(office, peer, people[0], words.questions, due="2026-03-10", expires="2026-12-31")
    field.close()
    _fork(world, office, copy, clock)
    office.close()


def _tell(archive: Archive, people: list[RecordId], told: tuple[str, str, str]) -> None:
    status, place, note = told
    one, other, third = people
    records.save(archive, "person", {"status": status}, record=one)
    records.save(archive, "person", {"status_source": note}, record=other)
    records.save(archive, "person", {"occupation": place}, record=third)


def _leave_parts(sender: Archive, office: Archive, place: Path) -> None:
    in_parts.export(
        sender,
        trust.peers(sender),
        handover.select(sender, basis=handover.Basis.EVERYTHING),
        place,
        part_bytes=_PART_BYTES,
    )
    for path in sorted(place.iterdir())[1:]:
        parts.note(office, parts.keep(office.vault.folder / "inbox", path))


def _fork(world: World, office: Archive, copy: Path, clock: SteadyClock) -> None:
    """The field worker's vault is copied, and both are written on."""
    shutil.copytree(world.field, copy)
    for place, (vault, title) in enumerate(((world.field, "1"), (copy, "2"))):
        archive = vaults.unlock(vault, PASSPHRASE, clock=clock)
        records.save(archive, "testimony", {"notes": title})
        path = world.folder / f"monday-fork-{place}.bin"
        _seal(archive, path)
        archive.close()
        arrivals.import_file(office, path)
    shutil.rmtree(copy)


def _seal(archive: Archive, path: Path) -> None:
    handover.export(archive, trust.peers(archive), handover.select(archive), path)


def _press(workspace: Workspace, key: Qt.Key) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(workspace.desk.deciding, event)


def _scroll(stage: Stage, workspace: Workspace, share: int) -> None:
    stage.settle()
    bar = workspace.desk._part.verticalScrollBar()  # noqa: SLF001 - what a wheel does
    bar.setValue(bar.maximum() * share)
