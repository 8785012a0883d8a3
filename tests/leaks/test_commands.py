"""Every command leaves nothing behind: no word on the disk, in memory, on the wire, or said where it may not be."""

from __future__ import annotations

import os
from pathlib import Path

from typer.core import TyperGroup
from typer.main import get_command

from fieldapp.cli import main
from fieldapp.cli.commands import COMMANDS
from tests.figures import note
from tests.leaks import senses
from tests.leaks.drive_commands import ROWS, SILENT, TELLING_PHRASES, make_vaults
from tests.leaks.driving import Drive
from tests.leaks.senses import Calls, counting_network, watched

WRITTEN = ("vaults", "sealed", "clear")
ALLOWED = ("/dev/null", "/dev/tty")


def all_commands() -> set[str]:
    """Every command as it is typed, those of groups with their group."""
    found = set()
    for name, listed in COMMANDS.items():
        group = get_command(main._LOADERS[listed.file]())
        command = group.commands.get(name, group) if isinstance(group, TyperGroup) else group
        below = list(command.commands) if isinstance(command, TyperGroup) else [""]
        found |= {f"{name} {each}".strip() for each in below}
    return found


def test_every_command_is_driven() -> None:
    assert set(ROWS) == all_commands()
    assert set(ROWS) >= SILENT | TELLING_PHRASES


@watched
def test_no_command_leaves_anything_behind(tmp_path: Path, root: Path) -> None:
    log = tmp_path / "calls"
    senses.adopt_orphans()
    with counting_network() as network:
        before = [*network.inside(own_namespace=False), *senses.traced(log)]
        drive = Drive(tmp_path / "world", root, before)
        make_vaults(drive)
        if not os.environ.get("FIELDAPP_NIGHTLY"):
            drive.begin()
        for command, act in ROWS.items():
            act(drive)
            assert command in [done.command for done in drive.done], f"the row of {command} does not call it"
        drive.end()
        sent = network.sent()
    calls = Calls(log.read_text(errors="replace"))
    found = drive.leaked(SILENT, TELLING_PHRASES)
    found["H3"] = calls.outside(*ALLOWED, *(drive.folder / name for name in WRITTEN))
    found["H3 sockets"] = sorted(calls.families() - {"AF_UNIX", "0xff /* AF_??? */"})
    found["H4"] = [f"{sent} packets"] if sent else []

    assert len(calls.written()) > 50
    note("leaks", "commands", driven=len(drive.done), failures=sum(map(len, found.values())))
    assert {check: what for check, what in found.items() if what} == {}
