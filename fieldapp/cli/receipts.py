"""Receipts on the command line: `bundle VAULT receipt`, `bundle VAULT missing`, and receipts among what is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fieldapp.cli import bundle_shapes as shapes
from fieldapp.cli.opening import opened
from fieldapp.cli.options import AsJson, Output, PassphraseFd
from fieldapp.cli.shapes import Json
from fieldapp.cli.terminal import say, say_json
from fieldapp.i18n import _
from fieldapp.services import receipts, trust
from fieldapp.services.archive import Archive
from fieldapp.services.handover import Basis
from fieldapp.services.receipts import Missing

BasisOption = Annotated[
    Basis,
    typer.Option(
        "--basis",
        help=_(
            "What to leave out: what they acknowledged (acknowledged); what was sent too (sent: they need the earlier"
            " bundles); or nothing (everything)."
        ),
    ),
]
WithContacts = Annotated[
    bool, typer.Option("--with-contacts", help=_("Contact safety too, for people who are no coordinators."))
]
Withhold = Annotated[
    list[str] | None,
    typer.Option(
        "--withhold",
        metavar="ID",
        help=_("Without this record, and what is attached only to it. Repeat for several."),
        show_default=False,
    ),
]
Again = Annotated[bool, typer.Option("--again", help=_("What they took off their devices goes once more."))]
ToOne = Annotated[
    str, typer.Option("--to", metavar="NAME", help=_("For whom: somebody you trust."), show_default=False)
]
Dismiss = Annotated[
    list[str] | None,
    typer.Option(
        "--dismiss",
        metavar="NAME",
        help=_("Do not ask any more for what this sender's bundles lack until now. Repeat for several."),
        show_default=False,
    ),
]


def write(
    context: typer.Context, *, to: ToOne, output: Output, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    """The command `receipt`."""
    with opened(context.obj, passphrase_fd) as archive:
        peer = trust.find_peer(archive, to)
        made = receipts.write_file(archive, peer, output)
    if as_json:
        say_json(
            {
                "name": peer.name,
                "fingerprint": peer.fingerprint.hex(),
                "number": made.statement.number,
                "logs": len(made.statement.have),
                "size": output.stat().st_size,
            }
        )
    else:
        say(_("A receipt for %(name)s, as number %(number)d.") % {"name": peer.name, "number": made.statement.number})


def missing(
    context: typer.Context, *, dismiss: Dismiss = None, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    """The command `missing`."""
    with opened(context.obj, passphrase_fd) as archive:
        chosen = {trust.find_peer(archive, name).fingerprint for name in dismiss or ()}
        found = receipts.missing_bundles(archive)
        for each in found:
            if each.peer.fingerprint in chosen:
                receipts.dismiss_missing(archive, each)
        found = [each for each in found if not chosen or each.peer.fingerprint in chosen]
    if as_json:
        say_json([_shape(each) for each in found])
        return
    for each in found:
        numbers = ", ".join(map(str, each.numbers)) + ("…" if each.count > len(each.numbers) else "")
        say(_("From %(name)s, never came: %(numbers)s.") % {"name": each.peer.name, "numbers": numbers})


def import_receipt(archive: Archive, file: Path, *, dry_run: bool) -> shapes.Told:
    """Take a receipt in."""
    taken = receipts.import_file(archive, file, dry_run=dry_run)
    doubt = receipts.doubt_about(archive, taken.peer)
    shape: Json = {
        "state": "receipt",
        "dry_run": dry_run,
        "sender": taken.peer.name,
        "fingerprint": taken.peer.fingerprint.hex(),
        "news": taken.is_news,
        "doubt": doubt.doubt.value if doubt else None,
    }
    told = (
        _("A receipt from %(name)s.") if taken.is_news else _("A receipt from %(name)s; a newer one is here already.")
    )
    lines = [told % {"name": taken.peer.name}, *([receipts.doubt_words(doubt)] if doubt else [])]
    return shapes.Told(shape, tuple(lines))


def _shape(missing: Missing) -> Json:
    return {
        "sender": missing.peer.name,
        "fingerprint": missing.peer.fingerprint.hex(),
        "numbers": list(missing.numbers),
        "count": missing.count,
        "last": missing.last,
    }
