"""`alarms VAULT`."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldapp.cli import trust_shapes as shapes
from fieldapp.cli.opening import opened
from fieldapp.cli.options import AsJson, PassphraseFd, Vault, example, new_app
from fieldapp.cli.shapes import moment
from fieldapp.cli.terminal import say, say_json
from fieldapp.i18n import _
from fieldapp.services import alarms as service
from fieldapp.services.alarms import Alarm

app = new_app()

EVERY = "all"

_LEAST_DIGITS = 4

Dismiss = Annotated[
    list[str] | None,
    typer.Option(
        "--dismiss",
        metavar="KEY",
        help=_("You have seen this one: the beginning of its key, or `all`. Repeat for several."),
        show_default=False,
    ),
]
AlsoDismissed = Annotated[bool, typer.Option("--all", help=_("Also those that you have dismissed."))]


@app.command(
    "alarms",
    help=_("Show warnings: copies in use elsewhere, lost devices, clocks that jump, older files put back."),
    epilog=example("fieldapp alarms field-vault", "fieldapp alarms field-vault --dismiss 3f2a91"),
)
def alarms(
    vault: Vault,
    *,
    dismiss: Dismiss = None,
    everything: AlsoDismissed = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(vault, passphrase_fd) as archive:
        if dismiss:
            service.dismiss(archive, _chosen(service.alarms(archive), dismiss))
        found = service.alarms(archive, dismissed=everything)
    if as_json:
        say_json([shapes.alarm(each) for each in found])
        return
    for each in found:
        say(f"{each.key.hex()[:8]}  {moment(each.first_seen_ms)}  {shapes.alarm_words(each)}")


def _chosen(found: list[Alarm], keys: list[str]) -> list[Alarm]:
    if EVERY in keys:
        return found
    chosen = []
    for key in keys:
        named = [each for each in found if len(key) >= _LEAST_DIGITS and each.key.hex().startswith(key.lower())]
        if len(named) != 1:
            raise typer.BadParameter(_("No alarm, or more than one, has a key that begins so: %(key)s") % {"key": key})
        chosen += named
    return chosen
