"""The last minute before a lock, the long phone call, the cover, and what was half finished."""

from __future__ import annotations

from pathlib import Path

from screens_erasing import WORDS
from screens_stage import PASSPHRASE, Stage
from screens_world import SteadyClock, World

from fieldapp.services import drafts, half_finished, vaults, views
from fieldapp.ui.plain import ask
from fieldapp.ui.workspace import Workspace


def before_a_lock(stage: Stage, world: World, home: Path) -> None:
    """An open record while the count runs down."""
    with stage.unlocked(world.field, home) as workspace:
        workspace.desk.record_chosen.emit(world.testimony)
        stage.settle()
        _count_down_to(workspace, 45)
        stage.shoot("guard-1-countdown", small=True)
        _count_down_to(workspace, 8)
        stage.shoot("guard-2-near", small=True)
        workspace.idle.touch()
        stage.shoot("guard-3-put-off", small=True)
        workspace.guard.stay_on_phone()
        stage.shoot("guard-4-phone", small=True)
        workspace.guard.toggle_cover()
        stage.shoot("guard-5-cover", small=True)
        workspace.guard.toggle_cover()
        workspace.guard.stay_on_phone()
        workspace._on_help()  # noqa: SLF001 - what its key does
        _count_down_to(workspace, 45)
        stage.shoot("guard-6-on-a-sheet", small=True)
        stage.dismiss()
        ask(workspace, "…", "…", yes="…")
        _count_down_to(workspace, 45)
        stage.shoot("guard-7-on-a-low-sheet", small=True)
        stage.dismiss()


def half_finished_things(stage: Stage, world: World, home: Path) -> None:
    """The program was killed in the middle of a few things."""
    words = WORDS[stage.variant.language]
    archive = vaults.unlock(world.field, PASSPHRASE, clock=SteadyClock())
    person, other = (row.id for row in views.rows(archive, kind="person")[:2])
    half_finished.keep_sheet(archive, "withdraw", world.testimony, {"by": "Zarina", "reason": words["reason"]})
    half_finished.keep_sheet(archive, "task", person, {"questions": words["questions"]})
    drafts.keep(archive, other, "person", {"notes": words["say"]})
    archive.close()
    with stage.unlocked(world.field, home):
        stage.shoot("half-finished", small=True)


def _count_down_to(workspace: Workspace, left_s: int) -> None:
    workspace.idle._idle_s = workspace.idle.after_s - left_s  # noqa: SLF001 - the clock is stopped while screens are drawn
    workspace.idle.ticked.emit(left_s)
