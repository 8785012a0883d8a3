"""`show`, `history`, `list`, `search`."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Annotated

import typer

from fieldapp.cli import shapes
from fieldapp.cli.interrupts import check
from fieldapp.cli.opening import opened, record_of, short_id_digits
from fieldapp.cli.options import AsJson, PassphraseFd, RecordPrefix, Vault, example, new_app
from fieldapp.cli.terminal import complain, complain_json, say, say_json, visible_lines
from fieldapp.cli.values_given import one_line
from fieldapp.errors import BadDateError, BadValueError, DiskFullError, PlaceUnwritableError
from fieldapp.i18n import _, ngettext
from fieldapp.records import dates
from fieldapp.records.model import record_type
from fieldapp.records.search import Filters
from fieldapp.records.store import RecordRow
from fieldapp.services import indexing, views
from fieldapp.services.archive import Archive
from fieldapp.services.views import FieldView, HistoryEntry, LinkView, RecordView

app = new_app()

OnlyType = Annotated[
    str | None, typer.Option("--type", metavar="TYPE", help=_("Only records of this type."), show_default=False)
]
Hidden = Annotated[bool, typer.Option("--hidden", help=_("Hidden records too."))]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help=_("At most so many."))]
Query = Annotated[
    str,
    typer.Argument(
        metavar="QUERY", help=_("Words, or beginnings of words; a phrase in double quotes."), show_default=False
    ),
]
FromDate = Annotated[
    str | None,
    typer.Option("--from-date", metavar="DATE", help=_("Not before, such as 2026-03."), show_default=False),
]
ToDate = Annotated[
    str | None, typer.Option("--to-date", metavar="DATE", help=_("Not after, such as 2026-05."), show_default=False)
]
Person = Annotated[
    str | None,
    typer.Option("--person", metavar="ID", help=_("Only what is linked to this person."), show_default=False),
]


@app.command(
    "show",
    help=_("Show one record: every field with every account of it, and its links."),
    epilog=example("fieldapp show field-vault 3f2a91", "fieldapp show field-vault 3f2a91 --json"),
)
def show(vault: Vault, record: RecordPrefix, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(vault, passphrase_fd) as archive:
        view = views.view(archive, record_of(archive, record))
        digits = short_id_digits(archive)
    if as_json:
        say_json(shapes.record(view))
    else:
        _print_record(view, digits)


@app.command(
    "history",
    help=_("Show who wrote what about a record, and when; also what was replaced since."),
    epilog=example("fieldapp history field-vault 3f2a91"),
)
def history(vault: Vault, record: RecordPrefix, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(vault, passphrase_fd) as archive:
        entries = views.history(archive, record_of(archive, record))
    if as_json:
        say_json([shapes.history_entry(entry) for entry in entries])
        return
    for entry in entries:
        _print_entry(entry)


@app.command(
    "list",
    help=_("List records, the latest changed first. Each line begins with an id that other commands take."),
    epilog=example("fieldapp list field-vault --type person"),
)
def list_records(
    vault: Vault,
    *,
    only_type: OnlyType = None,
    hidden: Hidden = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(vault, passphrase_fd) as archive:
        rows = views.rows(archive, kind=_checked(only_type), hidden=hidden)
        digits = short_id_digits(archive)
    if as_json:
        say_json([shapes.row(row) for row in rows])
        return
    for row in rows:
        say(_line(row, digits))


@app.command(
    "search",
    help=_("Find records by words, in any script. All words must be found; the best comes first."),
    epilog=example(
        "fieldapp search field-vault военкомат", "fieldapp search field-vault contract --from-date 2026-03 --json"
    ),
)
def search(
    vault: Vault,
    query: Query,
    *,
    only_type: OnlyType = None,
    from_date: FromDate = None,
    to_date: ToDate = None,
    person: Person = None,
    limit: Limit = 100,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    earliest = _date("--from-date", from_date).earliest.toordinal() if from_date else None
    latest = _date("--to-date", to_date).latest.toordinal() if to_date else None
    with opened(vault, passphrase_fd) as archive:
        linked = record_of(archive, person) if person else None
        filters = Filters(type=_checked(only_type), earliest=earliest, latest=latest, person=linked)
        words = one_line("QUERY", query)
        _prepare(archive)
        found = views.look_up(archive, words, filters, limit=limit)
        hits = views.hits(archive, found)
        digits = short_id_digits(archive)
    if found.waiting:
        _tell_of_waiting(found.waiting, as_json=as_json)
    if as_json:
        say_json([shapes.hit(hit) for hit in hits])
        return
    for hit in hits:
        say(_line(hit.row, digits))
        say(f"    {hit.snippet.text}")


def _prepare(archive: Archive) -> None:
    """Have all records in the index; where the disk refuses that, what waits is told of afterwards."""
    with suppress(DiskFullError, PlaceUnwritableError):
        indexing.finish_indexing(archive, lambda _done, _whole: check())


def _tell_of_waiting(waiting: int, *, as_json: bool) -> None:
    if as_json:
        complain_json({"waiting": waiting})
        return
    words = ngettext(
        "%(count)d record could not be prepared for the search and is not among these: the disk is full or locked.",
        "%(count)d records could not be prepared for the search and are not among these: the disk is full or locked.",
        waiting,
    )
    complain(words % {"count": waiting})


def _checked(type_name: str | None) -> str | None:
    """A type there is. Raises UnknownTypeError."""
    return record_type(type_name).name if type_name is not None else None


def _date(option: str, text: str) -> dates.ApproximateDate:
    try:
        return dates.parse(text)
    except BadDateError as problem:
        raise BadValueError(option, "date") from problem


def _line(row: RecordRow, digits: int) -> str:
    day = _span(row.earliest, row.latest)
    marks = "".join(mark for mark, is_so in (("!", row.contested), ("-", row.hidden)) if is_so)
    return f"{row.id.hex()[:digits]}  {row.type:<9}  {day:<10}  {marks:<1} {row.title}".rstrip()


def _span(earliest: int | None, latest: int | None) -> str:
    """When it was, no more closely than it was told: a day, a month, a year, or from one to another."""
    first, last = shapes.day(earliest) or "", shapes.day(latest) or ""
    if earliest is None or latest is None or earliest == latest:
        return first or last
    if date.fromordinal(earliest).day == 1 and date.fromordinal(latest + 1).day == 1:  # whole months
        first, last = first[:-3], last[:-3]
        if first.endswith("-01") and last.endswith("-12"):
            first, last = first[:-3], last[:-3]
    return first if first == last else f"{first}/{last}"


def _print_record(view: RecordView, digits: int) -> None:
    say(_line(view.row, digits))
    say(_("Written down by: %(author)s") % {"author": _author(view.author, view.through)})
    say(_("Changed: %(time)s") % {"time": shapes.moment(view.row.changed_ms)})
    say()
    for field in view.fields:
        _print_field(field)
    for link in view.links:
        say(_link_line(link, digits))


def _print_field(field: FieldView) -> None:
    label = _(field.field.label) if field.field else field.key
    _print_value(f"{label}: ", field.told)
    if field.contested or len(field.accounts) > 1:
        for account in field.accounts:
            said = account.source or _author(account.author, account.through)
            _print_value("    " + _("Account of %(who)s") % {"who": said} + ": ", account.told or _("(empty)"))


def _print_value(label: str, text: str) -> None:
    """A label and its value; further lines are indented, so that none of them passes for a label."""
    first, *more = visible_lines(text)
    say(label.replace("\n", " ") + first)
    for line in more:
        say("        " + line)


def _author(author: str, through: str) -> str:
    """Who wrote something, and who handed it over where that is somebody else."""
    name = author or _("somebody whose card has not come")
    return _("%(author)s, through %(sender)s") % {"author": name, "sender": through} if through else name


def _link_line(link: LinkView, digits: int) -> str:
    arrow = "→" if link.outgoing else "←"
    other = f"{link.other.type}  {link.other.title}" if link.other else _("(has not come here)")
    note = f" ({link.note})" if link.note else ""
    return f"{arrow} {link.role}{note}: {link.other_id.hex()[:digits]}  {other}"


def _print_entry(entry: HistoryEntry) -> None:
    what = " ".join(part for part in (entry.kind, entry.event, entry.purpose) if part)
    device = _("here") if entry.own else entry.device
    say(f"{shapes.moment(entry.time_ms)}  {_author(entry.author, entry.through)} ({device})  {what}")
    for change in entry.changes:
        label = _(change.field.label) if change.field else change.key
        before = "  [" + _("before: %s") % "; ".join(change.replaced) + "]" if change.replaced else ""
        _print_value(f"    {label}: ", (change.told or _("(empty)")) + before)
