"""The page of safety and its sheets: backup, check, this computer, destroying; repairing and destroying when locked."""

from __future__ import annotations

from pathlib import Path

from screens_stage import PASSPHRASE, Stage, type_secret
from screens_world import World

from fieldapp.services import vaults, views
from fieldapp.services.safety import checking
from fieldapp.services.safety.findings import Finding, Kind, Report
from fieldapp.services.safety.machine import findings_of
from fieldapp.system.machine_state import Kept, MachineState
from fieldapp.system.network import NetworkLock
from fieldapp.ui.opening.destroy import DestroyScreen, destroying_word
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.safety.repair import RepairScreen
from fieldapp.ui.shell import Shell
from fieldapp.ui.workspace import Workspace

_MACHINE = MachineState(
    Kept.PLAIN, Kept.UNKNOWN, Kept.NOT, Kept.ENCRYPTED, frozenset({NetworkLock.NAMESPACE, NetworkLock.FILTER})
)
_PAGE = 4096


def safety_of_the_vault(stage: Stage, world: World, home: Path) -> None:
    """The cards, and what each leads to."""
    with stage.unlocked(world.field, home) as workspace:
        workspace.show_place("desk")
        stage.shoot("safety-hint")
        _show_machine(workspace)
        workspace.show_place("safety")
        stage.shoot("safety-page", small=True)
        _backup(stage, workspace, world)
        _check(stage, workspace, world)
        workspace.safety.machine.show_findings()
        stage.shoot("safety-machine", small=True)
        stage.dismiss()
        sheet = workspace.safety.destroying.ask()
        stage.settle()
        sheet.word.line.setText(destroying_word())
        stage.shoot("safety-destroy", small=True)
        stage.dismiss()
        workspace.show_place("safety")
        stage.shoot("safety-page-after", small=True)


def locked_and_damaged(stage: Stage, world: World, home: Path) -> None:
    """A damaged vault is repaired in a copy; then a vault is destroyed that is locked."""
    content = bytearray((world.field / "records.db").read_bytes())
    content[40 * _PAGE + 100] ^= 1
    (world.field / "records.db").write_bytes(content)
    with stage.open(world.field, home) as shell:
        stage.shoot("safety-locked", small=True)
        _repair(stage, shell)
    with stage.open(world.coordinator, home) as shell:
        locked = shell.screen_shown
        assert isinstance(locked, UnlockScreen)
        locked.destroy_button.click()
        screen = shell.screen_shown
        assert isinstance(screen, DestroyScreen)
        screen.word.line.setText(destroying_word())
        stage.shoot("safety-locked-destroy", small=True)
        screen.destroy_button.click()
        stage.until(lambda: shell.screen_shown is not screen)
        stage.shoot("safety-locked-destroyed")


def _show_machine(workspace: Workspace) -> None:
    """What is found on this machine would make every picture another one."""
    machine = workspace.safety.machine
    machine.refresh = lambda: machine.show_found(findings_of(_MACHINE))  # type: ignore[method-assign]  # see above


def _backup(stage: Stage, workspace: Workspace, world: World) -> None:
    card = workspace.safety.backup
    card.back_up()
    stage.shoot("safety-backup-1", small=True)
    stage.dismiss()
    place = world.folder / "stick.backup"
    for name in ("safety-backup-2-first", "safety-backup-3-again"):
        sheet = card.back_up()
        stage.settle()
        sheet.take_place(place)
        stage.settle()
        if name.endswith("again"):
            stage.shoot("safety-backup-2-chosen")
        sheet.go()
        stage.settle()
        stage.shoot(name, small=name.endswith("again"))
        stage.dismiss()
    sheet = card.back_up()
    stage.settle()
    sheet.take_place(world.coordinator / "records.db")
    stage.shoot("safety-backup-refused")
    stage.dismiss()


def _check(stage: Stage, workspace: Workspace, world: World) -> None:
    workspace.safety.check.check()
    stage.shoot("safety-check-whole", small=True)
    stage.dismiss()
    really = checking.check
    records = tuple(row.id for row in _rows(world)[:6])
    found = (
        Finding(Kind.PAGES, 3, "entry"),
        Finding(Kind.BODY_LOST, 2, records=records[:2]),
        Finding(Kind.OBJECT_DAMAGED, 6, records=records),
        Finding(Kind.UNKNOWN_OBJECT, 2),
        Finding(Kind.FOREIGN_FILE, 1),
    )
    left_out = (Finding(Kind.NOT_CHECKED, where="objects"),)
    reports = {
        "safety-check-damaged": Report(found, 812, 1894, 56, 183_000_000),
        "safety-check-not-all": Report(left_out, 812, 1894, 0, 0, is_complete=False),
    }
    try:
        for name, report in reports.items():
            checking.check = lambda _archive, _progress, report=report: report  # type: ignore[assignment,misc]  # nothing is damaged here
            workspace.safety.check.check()
            stage.shoot(name, small=True)
            stage.dismiss()
    finally:
        checking.check = really


def _rows(world: World) -> list[views.RecordRow]:
    archive = vaults.unlock(world.coordinator, PASSPHRASE)
    try:
        return views.rows(archive)
    finally:
        archive.close()


def _repair(stage: Stage, shell: Shell) -> None:
    locked = shell.screen_shown
    assert isinstance(locked, UnlockScreen)
    locked.repair_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, RepairScreen)
    screen.name.device.setText("new grey laptop")
    screen.place.parent_folder = Path(shell._around.home)  # noqa: SLF001 - where the home of a person would be
    type_secret(screen.passphrase.box, PASSPHRASE)
    stage.shoot("safety-repair-1", small=True)
    screen.make_button.click()
    stage.until(lambda: shell.screen_shown is not screen)
    stage.shoot("safety-repair-2", small=True)
