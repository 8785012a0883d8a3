"""`quarantine VAULT list | look | accept | refuse`."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldapp.cli import bundle_shapes, refusals
from fieldapp.cli import trust_shapes as shapes
from fieldapp.cli.confirming import confirm
from fieldapp.cli.opening import opened
from fieldapp.cli.options import PLAIN, AsJson, PassphraseFd, Vault, Yes, example
from fieldapp.cli.terminal import say, say_json
from fieldapp.errors import PeerAmbiguousError
from fieldapp.i18n import _
from fieldapp.services import quarantine as waiting_room
from fieldapp.services.archive import Archive
from fieldapp.services.likeness import look_alike
from fieldapp.services.quarantine import Quarantined, Sender

app = typer.Typer(name="quarantine", **PLAIN)

_LEAST_DIGITS = 6

SenderName = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help=_("Whose: their name here, or the beginning of their fingerprint or of the digits that `list` shows."),
        show_default=False,
    ),
]
BundleNumber = Annotated[
    int | None,
    typer.Option(
        "--bundle", metavar="NUMBER", help=_("Only this bundle: the number that `list` shows."), show_default=False
    ),
]


@app.callback(
    help=_("What waits for your decision: sealed bundles, and entries of devices that were revoked."),
    epilog=example("fieldapp quarantine field-vault list", "fieldapp quarantine field-vault look Karim"),
)
def quarantine(context: typer.Context, vault: Vault) -> None:
    context.obj = vault


@app.command(
    "list", help=_("List what waits, sender by sender."), epilog=example("fieldapp quarantine field-vault list --json")
)
def list_senders(context: typer.Context, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        senders = waiting_room.senders(archive)
    if as_json:
        say_json([shapes.sender(each) for each in senders])
        return
    for each in senders:
        for line in shapes.sender_lines(each):
            say(line)


@app.command(
    "look",
    help=_("Tell what would come in, and change nothing."),
    epilog=example("fieldapp quarantine field-vault look Karim", "fieldapp quarantine field-vault look --bundle 3"),
)
def look(
    context: typer.Context,
    name: SenderName = None,
    *,
    bundle: BundleNumber = None,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        inside = waiting_room.look_inside(archive, _chosen(archive, name, bundle))
    if as_json:
        say_json(shapes.look(inside, refusals.as_json_object))
        return
    say(
        _("New entries: %(count)d. Attached files: %(files)d.") % {"count": inside.entries, "files": inside.new_objects}
    )
    if inside.withdrawals or inside.revocations:
        counted = {"withdrawals": inside.withdrawals, "revocations": inside.revocations}
        say(_("Withdrawals: %(withdrawals)d. Devices revoked: %(revocations)d.") % counted)
    for each in inside.records:
        say(shapes.record_line(each))
    for number, problem in inside.unreadable:
        refusals.tell(problem, as_json=False, about=_("Bundle %(number)d") % {"number": number})


@app.command(
    "accept",
    help=_("Take in what waits of somebody whom you know. It stands here; whether you trust them stays as it is."),
    epilog=example("fieldapp quarantine field-vault accept Karim", "fieldapp quarantine field-vault accept --bundle 3"),
)
def accept(
    context: typer.Context,
    name: SenderName = None,
    *,
    bundle: BundleNumber = None,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        done = waiting_room.accept(archive, _chosen(archive, name, bundle))
    if as_json:
        say_json(
            {
                "bundles": [bundle_shapes.of_outcome(each).shape for each in done.outcomes],
                "changed": sorted(each.hex() for each in done.changed.records),
            }
        )
        return
    for each in done.outcomes:
        for line in bundle_shapes.of_outcome(each).lines:
            say(line)
    say(_("It stands here now."))


@app.command(
    "refuse",
    help=_("Remove the bundles of somebody that wait. Entries that are here stay, and do not stand."),
    epilog=example("fieldapp quarantine field-vault refuse Karim", "fieldapp quarantine field-vault refuse --bundle 3"),
)
def refuse(
    context: typer.Context,
    name: SenderName = None,
    *,
    bundle: BundleNumber = None,
    yes: Yes = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        chosen = _chosen(archive, name, bundle)
        if isinstance(chosen, Quarantined) or chosen.bundles:
            confirm(_("Sealed bundles that are refused are removed for good."), yes=yes)
        changed = waiting_room.refuse(archive, chosen)
    if as_json:
        say_json({"changed": sorted(each.hex() for each in changed.records)})
    else:
        say(_("Refused."))


def _chosen(archive: Archive, name: str | None, bundle: int | None) -> Sender | Quarantined:
    if (name is None) == (bundle is None):
        raise typer.BadParameter(_("Whose? Give a name, or --bundle with a number."))
    if bundle is not None:
        found = next((each for each in waiting_room.waiting(archive) if each.id == bundle), None)
        if found is None:
            raise typer.BadParameter(_("No bundle with that number waits here."))
        return found
    return _sender(waiting_room.senders(archive), name or "")


def _sender(senders: list[Sender], name: str) -> Sender:
    digits = name.replace(" ", "").lower()
    found = [each for each in senders if _is_called(each, name, digits)]
    if not found:
        raise typer.BadParameter(_("Nothing of anybody by that name waits here."))
    if len(found) > 1:
        raise PeerAmbiguousError
    return found[0]


def _is_called(sender: Sender, name: str, digits: str) -> bool:
    """By our name for them only: what they call themselves may be another's name."""
    if sender.name and look_alike(sender.name, name):
        return True
    known = [sender.log.hex(), sender.card.fingerprint.hex() if sender.card else ""]
    return len(digits) >= _LEAST_DIGITS and any(each.startswith(digits) for each in known)
