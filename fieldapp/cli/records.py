"""`new`, `edit`, `link`, `hide`, `unhide`, `undo`, `resolve`."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldapp.cli import shapes
from fieldapp.cli.opening import opened, record_of
from fieldapp.cli.options import AsJson, PassphraseFd, RecordPrefix, Vault, example, new_app
from fieldapp.cli.terminal import say, say_json
from fieldapp.cli.values_given import one_line, values_given
from fieldapp.i18n import _
from fieldapp.services import records, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.values import RecordId

app = new_app()

TypeName = Annotated[
    str, typer.Argument(metavar="TYPE", help=_("What it is: testimony, person or document."), show_default=False)
]
FieldKey = Annotated[str, typer.Argument(metavar="FIELD", help=_("The key of the field."), show_default=False)]
EntryPrefix = Annotated[
    str, typer.Argument(metavar="ENTRY", help=_("The beginning of the id of the entry to keep."), show_default=False)
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help=_("Set a field. Once for each value, also where a field holds several."),
        show_default=False,
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help=_("Read fields from a JSON object in FILE, or from standard input where FILE is -."),
        show_default=False,
    ),
]
Clears = Annotated[
    list[str] | None, typer.Option("--clear", metavar="FIELD", help=_("Empty a field."), show_default=False)
]
Told = Annotated[str, typer.Option("--source", metavar="TEXT", help=_("Who or what says so."), show_default=False)]
Role = Annotated[
    str,
    typer.Option(
        "--role",
        metavar="ROLE",
        help=_("What the second record is to the first, such as narrator."),
        show_default=False,
    ),
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help=_("A note on the link."), show_default=False)]
Origin = Annotated[str, typer.Argument(metavar="FROM", help=_("The id of the first record."), show_default=False)]
Target = Annotated[str, typer.Argument(metavar="TO", help=_("The id of the second record."), show_default=False)]


@app.command(
    "new",
    help=_("Write down a new record, and print its id."),
    epilog=example(
        "fieldapp new field-vault person --set name=Amina --set language=uz --set language=ru",
        """fieldapp new field-vault testimony --set 'date={"told": "three days after Navruz"}'""",
    ),
)
def new(
    vault: Vault,
    type_name: TypeName,
    *,
    sets: Sets = None,
    source: Source = None,
    told: Told = "",
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(vault, passphrase_fd) as archive:
        values = values_given(archive, type_name, sets=sets or (), source=source)
        changed = records.save(archive, type_name, values, told=records.Told(one_line("--source", told)))
    _tell(changed, changed.created.hex() if changed.created else "", as_json=as_json)


@app.command(
    "edit",
    help=_("Change fields of a record. What is not named stays as it is."),
    epilog=example("fieldapp edit field-vault 3f2a91 --set status=missing --clear occupation"),
)
def edit(
    vault: Vault,
    record: RecordPrefix,
    *,
    sets: Sets = None,
    source: Source = None,
    clears: Clears = None,
    told: Told = "",
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    if not sets and not clears and source is None:
        raise typer.BadParameter(_("Nothing to change: give --set, --from or --clear."))
    with opened(vault, passphrase_fd) as archive:
        target = record_of(archive, record)
        kind = views.row(archive, target).type
        values = values_given(archive, kind, sets=sets or (), source=source, clears=clears or ())
        changed = records.save(archive, kind, values, record=target, told=records.Told(one_line("--source", told)))
    _tell(changed, _("Saved.") if changed.records else _("Nothing differs, nothing was saved."), as_json=as_json)


@app.command(
    "link",
    help=_("Link two records, and print the id of the link."),
    epilog=example("fieldapp link field-vault 3f2a91 77c0de --role narrator"),
)
def link(
    vault: Vault,
    origin: Origin,
    target: Target,
    *,
    role: Role,
    note: Note = "",
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(vault, passphrase_fd) as archive:
        changed = records.link(archive, record_of(archive, origin), record_of(archive, target), role, note=note)
    _tell(changed, changed.created.hex() if changed.created else "", as_json=as_json)


@app.command(
    "hide",
    help=_("Take a mistaken record out of sight. Nothing is destroyed, and `unhide` brings it back."),
    epilog=example("fieldapp hide field-vault 3f2a91"),
)
def hide(vault: Vault, record: RecordPrefix, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(vault, passphrase_fd) as archive:
        changed = _hide(archive, record_of(archive, record), hidden=True)
    _tell(changed, _("Hidden."), as_json=as_json)


@app.command("unhide", help=_("Bring a hidden record back."), epilog=example("fieldapp unhide field-vault 3f2a91"))
def unhide(vault: Vault, record: RecordPrefix, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(vault, passphrase_fd) as archive:
        changed = _hide(archive, record_of(archive, record), hidden=False)
    _tell(changed, _("It is back."), as_json=as_json)


@app.command(
    "undo",
    help=_("Take back the last change that was written here about a record. A record that it made is hidden."),
    epilog=example("fieldapp undo field-vault 3f2a91"),
)
def undo(vault: Vault, record: RecordPrefix, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(vault, passphrase_fd) as archive:
        changed = records.undo(archive, record_of(archive, record))
    _tell(changed, _("Taken back."), as_json=as_json)


@app.command(
    "resolve",
    help=_("Settle a contested field: the account of one entry is kept, and the others stay in the history."),
    epilog=example("fieldapp resolve field-vault 3f2a91 place 9c41"),
)
def resolve(
    vault: Vault,
    record: RecordPrefix,
    field: FieldKey,
    entry: EntryPrefix,
    *,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(vault, passphrase_fd) as archive:
        target = record_of(archive, record)
        view = views.view(archive, target)
        accounts = [account for each in view.fields if each.key == field for account in each.accounts]
        chosen = [account.entry for account in accounts if account.entry.hex().startswith(entry.lower())]
        if len(chosen) != 1:
            raise typer.BadParameter(
                _("Name a field with several accounts, and one of their entries: see show --json.")
            )
        changed = records.resolve(archive, target, field, chosen[0])
    _tell(changed, _("Settled."), as_json=as_json)


def _hide(archive: Archive, record: RecordId, *, hidden: bool) -> Changed:
    return records.hide(archive, record, hidden=hidden)


def _tell(changed: Changed, words: str, *, as_json: bool) -> None:
    if as_json:
        say_json(shapes.changed(changed))
    else:
        say(words)
