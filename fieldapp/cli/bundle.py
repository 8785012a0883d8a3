"""`bundle VAULT export | import | inspect | parts | waiting | refuse`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.cli import bundle_shapes as shapes
from fieldapp.cli import escrow, parts, receipts, refusals
from fieldapp.cli.interrupts import check
from fieldapp.cli.opening import opened, record_of
from fieldapp.cli.options import PLAIN, AsJson, Output, PassphraseFd, Vault, example
from fieldapp.cli.shapes import Json, moment
from fieldapp.cli.terminal import say, say_json
from fieldapp.cli.watching import watched
from fieldapp.errors import CancelledError, ExpectedError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import thread_beside
from fieldapp.services import arrivals, handover, in_parts, incoming, trust
from fieldapp.services.archive import Archive
from fieldapp.services.cards import own_recipients
from fieldapp.services.handover import Basis, Handover, Selection
from fieldapp.services.incoming import Sealed
from fieldapp.services.part_files import is_part
from fieldapp.services.trust import Peer

app = typer.Typer(name="bundle", **PLAIN)

Work = tuple[str, Callable[[], shapes.Told]]
"""The name of a bundle, and what is to be done with it."""

Recipients = Annotated[
    list[str],
    typer.Option(
        "--to", metavar="NAME", help=_("For whom: somebody you trust. Repeat for several."), show_default=False
    ),
]
Records = Annotated[
    list[str] | None,
    typer.Option(
        "--record",
        metavar="ID",
        help=_("Only this record, with what is attached to it. Repeat for several."),
        show_default=False,
    ),
]
WithCodes = Annotated[bool, typer.Option("--with-codes", help=_("Code words too, this once."))]
NoAttachments = Annotated[
    bool, typer.Option("--no-attachments", help=_("Without attached files of the records named."))
]
BundleFiles = Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help=_("Bundles."), show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Tell what would happen, and change nothing."))]
Quarantine = Annotated[
    bool, typer.Option("--quarantine", help=_("Take in what waits here from people whom you trust by now."))
]
Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help=_("The number that `waiting` shows."), show_default=False)
]


@app.callback(
    help=_("Sealed bundles: hand records over, and take them in."),
    epilog=example(
        "fieldapp bundle field-vault export --to Nodira -o june.bundle", "fieldapp bundle field-vault import *.bundle"
    ),
)
def bundle(context: typer.Context, vault: Vault) -> None:
    context.obj = vault


@app.command(
    "export",
    help=_("Seal records for people whom you trust, into a new file. Nobody else can open it, you neither."),
    epilog=example(
        "fieldapp bundle field-vault export --to Nodira -o june.bundle",
        "fieldapp bundle field-vault export --to Nodira --to Karim --record 3f2a91 -o one.bundle",
        "fieldapp bundle field-vault export --to Nodira --part-size messenger -o june",
        "fieldapp bundle field-vault export --to Nodira --basis everything -o all.bundle",
    ),
)
def export(
    context: typer.Context,
    *,
    to: Recipients,
    output: Output,
    record: Records = None,
    with_codes: WithCodes = False,
    with_contacts: receipts.WithContacts = False,
    no_attachments: NoAttachments = False,
    withhold: receipts.Withhold = None,
    basis: receipts.BasisOption = Basis.ACKNOWLEDGED,
    again: receipts.Again = False,
    part_size: parts.PartSize = None,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    part_bytes = parts.part_bytes_of(part_size)
    with opened(context.obj, passphrase_fd) as archive:
        peers = [trust.find_peer(archive, name) for name in to]
        chosen = [record_of(archive, prefix) for prefix in record] if record else None
        selection = handover.select(
            archive,
            chosen,
            to=peers,
            basis=basis,
            codes=with_codes,
            contact=with_contacts,
            attachments=not no_attachments,
            again=again,
            withhold=[record_of(archive, prefix) for prefix in withhold or ()],
        )
        done, files = _export(archive, peers, selection, output, part_bytes)
    if as_json:
        size = sum(file.stat().st_size for file in files)
        say_json({**shapes.handed_over(done, size), "parts": len(files) if part_bytes else None})
        return
    for name, number in shapes.numbers(done):
        say(_("Sealed for %(names)s as number %(number)d.") % {"names": name, "number": number})
    if part_bytes:
        say(ngettext("In %(count)d part.", "In %(count)d parts.", len(files)) % {"count": len(files)})


@app.command(
    "import",
    help=_("Take bundles in. What somebody sends whom you do not trust waits unopened."),
    epilog=example(
        "fieldapp bundle field-vault import june.bundle --dry-run", "fieldapp bundle field-vault import june.bundle"
    ),
)
def import_bundles(
    context: typer.Context,
    files: BundleFiles = None,
    *,
    dry_run: DryRun = False,
    quarantine: Quarantine = False,
    complete_parts: parts.CompleteParts = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    if not files and not quarantine and not complete_parts:
        raise typer.BadParameter(_("Which bundles? Name files, or give --quarantine or --parts."))
    if quarantine and dry_run:
        raise typer.BadParameter(_("--quarantine cannot be tried out: give it without --dry-run."))
    with opened(context.obj, passphrase_fd) as archive:
        work: list[Work] = [(str(file), partial(_import, archive, file, dry_run=dry_run)) for file in files or ()]
        if complete_parts:
            sets = parts.complete(archive)
            work += [(name, partial(parts.import_set, archive, each, dry_run=dry_run)) for name, each in sets]
        if quarantine:
            work += [(each.path.name, partial(_release, archive, each)) for each in _from_trusted(archive)]
        _do_each(work, as_json=as_json)


@app.command(
    "inspect",
    help=_("Tell what bundles say of themselves: from whom, for whom, how much. Nothing is taken in."),
    epilog=example("fieldapp bundle field-vault inspect june.bundle"),
)
def inspect(
    context: typer.Context, files: BundleFiles = None, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    if not files:
        raise typer.BadParameter(_("Which bundles? Name files."))
    with opened(context.obj, passphrase_fd) as archive:
        desk = arrivals.receiving(archive)
        _do_each([(str(file), partial(_inspect, desk, file)) for file in files], as_json=as_json)


app.command(
    "parts",
    help=_(
        "List bundles of which only some parts have come, and which are missing; or remove what will never be whole."
    ),
    epilog=example("fieldapp bundle field-vault parts", "fieldapp bundle field-vault parts --drop 3f2a91bc"),
)(parts.list_or_drop)


app.command(
    "receipt",
    help=_("Write down for somebody what is held here: what they need not send again, and may take off their device."),
    epilog=example("fieldapp bundle field-vault receipt --to Nodira -o nodira.receipt"),
)(receipts.write)

app.command(
    "missing",
    help=_("List bundles that never came, though later ones of the same sender did."),
    epilog=example("fieldapp bundle field-vault missing", "fieldapp bundle field-vault missing --dismiss Amina"),
)(receipts.missing)


@app.command(
    "waiting",
    help=_("List bundles that wait unopened, because their sender is not trusted."),
    epilog=example("fieldapp bundle field-vault waiting"),
)
def waiting(context: typer.Context, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        bundles = arrivals.quarantined(archive)
    if as_json:
        say_json([shapes.waiting(each) for each in bundles])
        return
    for each in bundles:
        say(
            f"{each.id}  {moment(each.arrived_ms)}  {each.card.person}, {each.card.device}  {' '.join(each.card.words)}"
        )


@app.command(
    "refuse",
    help=_("Remove a bundle that waits. Nothing in it was ever believed."),
    epilog=example("fieldapp bundle field-vault refuse 3"),
)
def refuse(
    context: typer.Context, number: Number, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        found = next((each for each in arrivals.quarantined(archive) if each.id == number), None)
        if found is None:
            raise typer.BadParameter(_("No bundle with that number waits here."))
        arrivals.refuse(archive, found)
    if as_json:
        say_json(shapes.waiting(found))
    else:
        say(_("Removed."))


def _do_each(work: Sequence[Work], *, as_json: bool) -> None:
    """Do one thing after the other, going on after what is refused; tell each outcome, and end 1 if one was refused."""
    outcomes: list[Json] = []
    status = refusals.DONE
    try:
        for name, one in work:
            try:
                check()
                outcome = one()
            except ExpectedError as error:
                status = refusals.tell(error, as_json=as_json, about=name)
                outcomes.append({"file": name, "state": "refused", "error": refusals.as_json_object(error)})
                if isinstance(error, CancelledError):
                    break
            else:
                outcomes.append({"file": name, **outcome.shape, "error": None})
                _print(name, outcome.lines, as_json=as_json)
    finally:
        if as_json:
            say_json(outcomes)
    if any(each["error"] for each in outcomes):
        raise typer.Exit(status)


def _print(name: str, lines: Sequence[str], *, as_json: bool) -> None:
    if not as_json:
        say(f"{name}: {lines[0]}")
        for line in lines[1:]:
            say(f"    {line}")


def _export(
    archive: Archive, peers: Sequence[Peer], selection: Selection, output: Path, part_bytes: int | None
) -> tuple[Handover, Sequence[Path]]:
    """Seal into one file, or into parts; gives the files."""
    with watched(_("Sealing")) as progress, thread_beside() as beside:
        if part_bytes is None:
            return handover.export(archive, peers, selection, output, progress, beside=beside), [output]
        done, written = in_parts.export(
            archive, peers, selection, output, progress, part_bytes=part_bytes, beside=beside
        )
        return done, written.paths


def _import(archive: Archive, file: Path, *, dry_run: bool) -> shapes.Told:
    if is_part(file):
        return parts.import_part(archive, file, dry_run=dry_run)
    kind = incoming.kind_of(own_recipients(archive), file)
    if kind is Sealed.RECEIPT:
        return receipts.import_receipt(archive, file, dry_run=dry_run)
    if kind is Sealed.SHARE:
        return escrow.import_share(archive, file, dry_run=dry_run)
    with watched(_("Opening")) as progress:
        return shapes.of_outcome(arrivals.import_file(archive, file, progress, dry_run=dry_run), dry_run=dry_run)


def _release(archive: Archive, bundle: arrivals.Quarantined) -> shapes.Told:
    with watched(_("Opening")) as progress:
        return shapes.of_outcome(arrivals.release(archive, bundle, progress))


def _inspect(desk: arrivals.Receiving, file: Path) -> shapes.Told:
    if is_part(file):
        return parts.inspect_part(desk, file)
    return shapes.of_facts(arrivals.inspect(desk, file))


def _from_trusted(archive: Archive) -> list[arrivals.Quarantined]:
    trusted = {peer.fingerprint for peer in trust.peers(archive)}
    return [each for each in arrivals.quarantined(archive) if each.card.fingerprint in trusted]
