"""`machine [VAULT]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fieldapp.cli.options import AsJson, example, new_app
from fieldapp.cli.terminal import say, say_json
from fieldapp.i18n import N_, _
from fieldapp.services.safety import machine as service
from fieldapp.services.safety.machine import Level

app = new_app()

Folder = Annotated[
    Path | None,
    typer.Argument(
        metavar="[VAULT]", help=_("The folder of a vault, there or to be: also look at its disk."), show_default=False
    ),
]

_LEVELS = {Level.GOOD: N_("good"), Level.UNKNOWN: N_("not known"), Level.WARNING: N_("warning")}


@app.command(
    "machine",
    help=_("Tell what this computer gives away: its disk, memory that is written to it, and the network."),
    epilog=example("fieldapp machine field-vault", "fieldapp machine --json"),
)
def machine(vault: Folder = None, *, as_json: AsJson = False) -> None:
    found = service.look(vault)
    if as_json:
        say_json([_shape(each) for each in found])
        return
    for each in found:
        say(f"{_(_LEVELS[each.level])}: {each.what}" + (f" {each.do}" if each.do else ""))


def _shape(found: service.Finding) -> dict[str, object]:
    return {
        "topic": found.topic.value,
        "state": found.state,
        "level": found.level.value,
        "what": found.what,
        "do": found.do,
    }
