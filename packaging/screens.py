"""Draw every screen into PNG files, to look at: light and dark, English and Russian, 1366×768, the main ones 1024×640.

    packaging/dev screens [-o FOLDER] [--only WORD] [--language en|ru] [--appearance light|dark] [--picture]

Real windows, real vaults, invented people, and no display. `--only` draws the screens whose name holds the word.
`--picture` draws the one picture of the README instead, `resources/docs/pictures/window.png`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from screens_desk import at_the_desk, nothing_waits
from screens_erasing import before_a_visit, no_tasks, taken_back, task_slips
from screens_locking import before_a_lock, half_finished_things
from screens_safety import locked_and_damaged, safety_of_the_vault
from screens_scenes import at_the_coordinator, before_a_vault, in_an_empty_vault, in_the_field, window_picture
from screens_stage import CHEAP, PASSPHRASE, Stage, Variant, hush
from screens_ways import before_it_is_open, inside
from screens_world import World, make_world

from fieldapp.i18n import LANGUAGES
from fieldapp.services import vaults
from fieldapp.ui.application import make_application
from fieldapp.ui.theme import Appearance

ROOT = Path(__file__).resolve().parent.parent
USUAL_FOLDER = ROOT / "build" / "screens"
PICTURE = ROOT / "resources" / "docs" / "pictures" / "window.png"
APPEARANCES = (Appearance.LIGHT, Appearance.DARK)
IN_THE_FIELD = (
    "main", "lock", "history", "keys", "error", "picture", "hand-over", "my-card", "people", "trust", "settings",
    "help",
)  # fmt: skip
"""How the names of a scene's screens begin: scenes of which no screen is wanted are not played."""


def main(arguments: Sequence[str]) -> int:
    """Draw what is asked for; gives the exit status."""
    asked = _parser().parse_args(arguments)
    make_application()
    hush()
    with tempfile.TemporaryDirectory(prefix="screens-") as folder:
        room = Path(folder)
        os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = folder  # what a person chose here is not changed
        if asked.picture:
            draw_picture(room)
            return 0
        asked.output.mkdir(parents=True, exist_ok=True)
        taken = [
            path for language in asked.language or LANGUAGES for path in draw_language(room / language, language, asked)
        ]
    print(f"{len(taken)} screens in {asked.output}")
    return 0


def draw_language(room: Path, language: str, asked: argparse.Namespace) -> list[Path]:
    """All screens in one language."""
    world = make_world(room / "world", language)
    taken: list[Path] = []
    for appearance in APPEARANCES:
        if appearance.value in (asked.appearance or [each.value for each in APPEARANCES]):
            place = room / appearance.value
            place.mkdir()
            taken += draw(Variant(language, appearance), world, place, asked)
    return taken


def draw(variant: Variant, world: World, room: Path, asked: argparse.Namespace) -> list[Path]:
    """All screens in one variant, each scene with a fresh copy of its vaults."""
    stage = Stage(variant, asked.output, lambda name: asked.only in name)
    home, elsewhere = room / "home", room / "elsewhere"  # a vault that is made in the first is at home there
    home.mkdir()
    elsewhere.mkdir()
    empty = room / "Empty"
    vaults.create(empty, PASSPHRASE, person="Zarina M.", device="laptop", **CHEAP).archive.close()  # type: ignore[arg-type]  # two kinds of values in one map
    scenes: tuple[tuple[tuple[str, ...], Callable[[], None]], ...] = (
        (("welcome", "create", "unlock", "recover"), lambda: before_a_vault(stage, world.copy(room / "before"), home)),
        (("empty",), lambda: in_an_empty_vault(stage, empty, home)),
        (("desk-quiet",), lambda: nothing_waits(stage, empty, home)),
        (("desk",), lambda: at_the_desk(stage, world.copy(room / "desk"), home)),
        (IN_THE_FIELD, lambda: in_the_field(stage, world.copy(room / "field"), home)),
        (("erasing",), lambda: taken_back(stage, world.copy(room / "erasing"), home)),
        (("light",), lambda: before_a_visit(stage, world.copy(room / "light"), home)),
        (("task",), lambda: task_slips(stage, world.copy(room / "task"), home)),
        (("task-none", "erasing-none", "light-empty"), lambda: no_tasks(stage, empty, home)),
        (("guard",), lambda: before_a_lock(stage, world.copy(room / "locking"), home)),
        (("half-finished",), lambda: half_finished_things(stage, world.copy(room / "half"), home)),
        (("safety",), lambda: safety_of_the_vault(stage, world.copy(room / "safety"), home)),
        (
            ("safety-locked", "safety-repair"),
            lambda: locked_and_damaged(stage, world.copy(room / "damaged"), home),
        ),
        (("ways-0", "ways-1"), lambda: before_it_is_open(stage, world.copy(room / "outside"), elsewhere)),
        (("ways-2", "ways-3", "ways-4", "ways-5", "ways-6"), lambda: inside(stage, world.copy(room / "inside"), home)),
        (("take-in",), lambda: at_the_coordinator(stage, world.copy(room / "office"), home)),
    )
    try:
        for beginnings, play in scenes:
            if any(asked.only in beginning or asked.only.startswith(beginning) for beginning in beginnings):
                play()
    finally:
        stage.close()
    return stage.taken


def draw_picture(room: Path) -> None:
    """The picture of the README."""
    stage = Stage(Variant("en", Appearance.LIGHT), room, lambda _name: True)
    home = room / "home"
    home.mkdir()
    try:
        window_picture(stage, make_world(room / "world", "en"), home)
    finally:
        stage.close()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(stage.taken[0], PICTURE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="packaging/dev screens", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=USUAL_FOLDER, metavar="FOLDER")
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--language", action="append", choices=LANGUAGES)
    parser.add_argument("--appearance", action="append", choices=[each.value for each in APPEARANCES])
    parser.add_argument("--picture", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
