"""`withdraw`, `withdrawals`, `light`, `removed`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from fieldapp.cli import erasing_shapes as shapes
from fieldapp.cli.confirming import confirm
from fieldapp.cli.opening import opened, record_of
from fieldapp.cli.options import AsJson, PassphraseFd, RecordPrefix, Vault, Yes, example, new_app
from fieldapp.cli.shapes import changed as shape_of_change
from fieldapp.cli.shapes import moment
from fieldapp.cli.terminal import say, say_json
from fieldapp.cli.values_given import one_line
from fieldapp.cli.watching import watched
from fieldapp.i18n import _, ngettext
from fieldapp.services import receipts, removal, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.services.withdrawals import How, Outlook, Shredded, Told, Withdrawal

app = new_app()

ALL = "all"

By = Annotated[
    str, typer.Option("--by", metavar="NAME", help=_("Who confirmed the narrator's wish."), show_default=False)
]
HowConfirmed = Annotated[How | None, typer.Option("--how", help=_("How it was confirmed."), show_default=False)]
Date = Annotated[str, typer.Option("--date", metavar="DATE", help=_("When."), show_default=False)]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help=_("Why, if it is to be told."), show_default=False)]
Lift = Annotated[bool, typer.Option("--lift", help=_("Take the withdrawal back."))]
Confirm = Annotated[
    list[str] | None,
    typer.Option(
        "--confirm",
        metavar="ID",
        help=_("Destroy what is here of this record, or of all that are listed. Repeat for several."),
        show_default=False,
    ),
]
Decline = Annotated[
    list[str] | None,
    typer.Option(
        "--decline",
        metavar="ID",
        help=_("Keep this record, or all that are listed, all the same. Repeat for several."),
        show_default=False,
    ),
]
Sender = Annotated[
    str | None, typer.Option("--from", metavar="NAME", help=_("Only those of this sender."), show_default=False)
]
ToldOf = Annotated[
    str | None,
    typer.Option("--told", metavar="ID", help=_("Everybody who got this record was told."), show_default=False),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Tell what would happen, and change nothing."))]
Copies = Annotated[
    int | None,
    typer.Option(
        "--copies",
        metavar="N",
        min=1,
        max=removal.MOST_COPIES,
        help=_("From now on, how many coordinators must hold a record before it may go."),
        show_default=False,
    ),
]


@app.command(
    "withdraw",
    help=_("Say that a narrator takes a record back. It leaves all lists and bundles at once, and the word travels."),
    epilog=example(
        "fieldapp withdraw field-vault 3f2a91 --by Amina --how spoken --date 2026-11-03",
        "fieldapp withdraw field-vault 3f2a91 --lift",
    ),
)
def withdraw(
    vault: Vault,
    record: RecordPrefix,
    *,
    by: By = "",
    how: HowConfirmed = None,
    date: Date = "",
    reason: Why = "",
    lift: Lift = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    if not lift and (how is None or not by.strip()):
        raise typer.BadParameter(_("Who confirmed the narrator's wish, and how? Give --by and --how."))
    with opened(vault, passphrase_fd) as archive:
        target = record_of(archive, record)
        act = withdrawals.lift if lift else withdrawals.withdraw
        changed = act(archive, target, by=by, how=how or How.OTHER, date=date, reason=reason)
        told = withdrawals.who_must_be_told(archive, target)
    if as_json:
        say_json({**shape_of_change(changed), "told": [shapes.told(each) for each in told]})
        return
    say(_("The withdrawal is taken back.") if lift else _("Withdrawn."))
    _say_told(told)


@app.command(
    "withdrawals",
    help=_("List the withdrawals that wait for a person, and destroy what was withdrawn, or keep it."),
    epilog=example(
        "fieldapp withdrawals field-vault",
        "fieldapp withdrawals field-vault --confirm 3f2a91",
        "fieldapp withdrawals field-vault --from Karim --decline all",
    ),
)
def list_withdrawals(
    vault: Vault,
    *,
    confirmed: Confirm = None,
    declined: Decline = None,
    sender: Sender = None,
    told: ToldOf = None,
    reason: Why = "",
    yes: Yes = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    if sum(map(bool, (confirmed, declined, told))) > 1:
        raise typer.BadParameter(_("One of --confirm, --decline and --told at a time."))
    with opened(vault, passphrase_fd) as archive:
        if told:
            _forget_told(archive, told, as_json=as_json)
        elif confirmed:
            _confirm(archive, _chosen(withdrawals.pending(archive), confirmed, sender), yes=yes, as_json=as_json)
        elif declined:
            waiting = [*withdrawals.pending(archive), *withdrawals.requests(archive)]
            changed = withdrawals.decline(archive, _chosen(waiting, declined, sender), one_line("--reason", reason))
            say_json(shape_of_change(changed)) if as_json else say(_("Kept."))
        else:
            _list(archive, sender, as_json=as_json)


@app.command(
    "light",
    help=_("Take everything off this device that enough coordinators surely have. It comes back with later bundles."),
    epilog=example("fieldapp light field-vault --dry-run", "fieldapp light field-vault --copies 2"),
)
def light(
    vault: Vault,
    *,
    dry_run: DryRun = False,
    copies: Copies = None,
    yes: Yes = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(vault, passphrase_fd) as archive:
        if copies is not None:
            removal.set_copies_needed(archive, copies)
        found = removal.qualifying(archive)
        if dry_run or not found.records:
            say_json(shapes.light(found)) if as_json else _say_light(found)
            return
        confirm(_leaving_words(len(found.records)), yes=yes)
        with watched(_("Removing")) as progress:
            gone = removal.remove(archive, found.records, progress)
    if as_json:
        say_json(shapes.removed(gone, found))
        return
    say(_("%(count)d records are off this device.") % {"count": len(gone.records)})
    _say_kept(found, gone.refused)


@app.command(
    "removed",
    help=_("List what was taken off this device and has not come back."),
    epilog=example("fieldapp removed field-vault"),
)
def list_removed(vault: Vault, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(vault, passphrase_fd) as archive:
        rows = removal.removed(archive, limit=-1)
    if as_json:
        say_json([shapes.removed_row(row) for row in rows])
        return
    for row in rows:
        say(f"{row.record.hex()}  {row.type}  {moment(row.removed_ms)}  {row.why}")


def _chosen(waiting: Sequence[Withdrawal], ids: Sequence[str], sender: str | None) -> list[Withdrawal]:
    """Those named by the beginning of their record's or their own id; all, if asked. Raises wrong usage."""
    listed = [each for each in waiting if sender is None or each.sender == sender]
    if ALL in ids:
        return listed
    chosen = []
    for prefix in ids:
        found = [each for each in listed if any(i.hex().startswith(prefix.lower()) for i in (each.record, each.entry))]
        if len(prefix) < shapes.LEAST_DIGITS or not found:
            raise typer.BadParameter(_("No withdrawal waits for a record with an id that begins so: see the list."))
        chosen += found
    return chosen


def _confirm(archive: Archive, chosen: Sequence[Withdrawal], *, yes: bool, as_json: bool) -> None:
    confirm(_outlook_words(withdrawals.outlook(archive, chosen)), yes=yes)
    gone = withdrawals.confirm(archive, chosen)
    if as_json:
        say_json(shapes.shredded(gone))
        return
    _say_shredded(gone)


def _say_shredded(gone: Shredded) -> None:
    count = len(gone.records)
    say(ngettext("%d record is destroyed here.", "%d records are destroyed here.", count) % count)
    for kept in gone.kept:
        names = ", ".join(kept.shared_with)
        facts = {"title": kept.title, "names": names}
        say(_("A file stays, since something else uses it: %(title)s (%(names)s)") % facts)
    for record, told in gone.told.items():
        say(record.hex())
        _say_told(told)


def _say_told(told: Sequence[Told]) -> None:
    if told:
        say(_("These people got something of it, and must be told by other means:"))
    for each in told:
        bundle = each.kind == "bundle"
        words = _("%(name)s, in bundle %(number)d") if bundle else _("copied out by %(name)s: %(purpose)s")
        facts = {"name": each.name or each.fingerprint.hex()[:8], "number": each.number, "purpose": each.purpose}
        say(f"    {moment(each.time_ms)}  {words % facts}")


def _outlook_words(outlook: Outlook) -> str:
    words = _(
        "This destroys for good: records %(records)d, entries %(entries)d, files %(documents)d. It cannot be undone."
    )
    return words % {"records": outlook.records, "entries": outlook.entries, "documents": outlook.documents}


def _forget_told(archive: Archive, prefix: str, *, as_json: bool) -> None:
    found = [each for each in withdrawals.to_tell(archive) if each.hex().startswith(prefix.lower())]
    if len(found) != 1:
        raise typer.BadParameter(_("No list of people to be told for a record with an id that begins so."))
    withdrawals.told(archive, found[0])
    say_json({"done": True}) if as_json else say(_("Done."))


def _list(archive: Archive, sender: str | None, *, as_json: bool) -> None:
    waiting = [*withdrawals.pending(archive), *withdrawals.requests(archive), *withdrawals.declined(archive)]
    listed = [each for each in waiting if sender is None or each.sender == sender]
    to_tell = {each: withdrawals.who_must_be_told(archive, each) for each in withdrawals.to_tell(archive)}
    if as_json:
        say_json({"withdrawals": [shapes.withdrawal(each) for each in listed], "told": shapes.by_record(to_tell)})
        return
    words = {"pending": _("waits"), "request": _("a request, without effect"), "declined": _("declined")}
    for each in listed:
        again = _("again") if each.again else ""
        say("  ".join(filter(None, (each.record.hex()[:12], words[each.state.value], again, each.sender, each.title))))
    for record, told in to_tell.items():
        say(record.hex())
        _say_told(told)


def _leaving_words(count: int) -> str:
    words = ngettext("%(count)d record will leave this device.", "%(count)d records will leave this device.", count)
    return words % {"count": count}


def _say_light(found: removal.Light) -> None:
    say(_("%(count)d records may leave this device.") % {"count": len(found.records)})
    _say_kept(found)


def _say_kept(found: removal.Light, refused: Sequence[removal.Kept] = ()) -> None:
    for kept in (*found.kept, *refused):
        say(removal.reason_words(kept, found.copies_needed))
    for uncounted in found.uncounted:
        say(receipts.doubt_words(uncounted))
