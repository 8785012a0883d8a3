"""The last minute before a lock, the long phone call, and the cover."""

from __future__ import annotations

from pathlib import Path

from screens_stage import Stage
from screens_world import World

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


def _count_down_to(workspace: Workspace, left_s: int) -> None:
    workspace.idle._idle_s = workspace.idle.after_s - left_s  # noqa: SLF001 - the clock is stopped while screens are drawn
    workspace.idle.ticked.emit(left_s)
