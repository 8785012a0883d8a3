"""`desk VAULT`."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldapp.cli import erasing_shapes as shapes
from fieldapp.cli.opening import opened
from fieldapp.cli.options import AsJson, PassphraseFd, Vault, example, new_app
from fieldapp.cli.terminal import say, say_json
from fieldapp.i18n import _
from fieldapp.services import desk as desks
from fieldapp.services.desk import Desk

app = new_app()

Seen = Annotated[bool, typer.Option("--seen", help=_("What came until now is new no more."))]


@app.command(
    "desk",
    help=_("What came in: what is urgent, what is new, what disagrees, what is missing."),
    epilog=example("fieldapp desk field-vault"),
)
def desk(vault: Vault, *, seen: Seen = False, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(vault, passphrase_fd) as archive:
        shown = desks.desk(archive)
        if seen:
            desks.mark_seen(archive)
    if as_json:
        say_json(shapes.desk(shown))
        return
    for words, count in _lines(shown):
        if count:
            say(f"{words}: {count}")
    for row in shown.urgent:
        say(f"    {row.id.hex()[:12]}  {row.title}")
    if shown.is_quiet:
        say(_("All quiet: nothing waits."))


def _lines(shown: Desk) -> list[tuple[str, int]]:
    return [
        (_("Alarms"), len(shown.alarms)),
        (_("Withdrawals to decide"), sum(len(group.withdrawals) for group in shown.withdrawals)),
        (_("Requests to withdraw, without effect"), sum(len(group.withdrawals) for group in shown.requests)),
        (_("Tasks due"), len(shown.tasks_due)),
        (_("Accounts differ"), shown.contested_count),
        (_("Bundles that came in"), sum(not arrival.seen for arrival in shown.arrivals)),
        (_("Bundles that have not arrived"), sum(each.count for each in shown.missing)),
        (_("Bundles of which parts are missing"), len(shown.waiting_parts)),
        (_("Records that were not handed over yet"), shown.unacknowledged.waiting),
        (_("Records not confirmed by anybody yet"), shown.unacknowledged.sent),
        (_("Senders whose bundles wait"), len(shown.quarantined)),
        (_("Destroyed records of which somebody must be told"), len(shown.to_tell)),
        (_("Urgent"), shown.urgent_count),
    ]
