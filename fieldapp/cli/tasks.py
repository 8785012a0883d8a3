"""`task VAULT list | new | answer | close | expire`."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldapp.cli import erasing_shapes as shapes
from fieldapp.cli.opening import opened, record_of
from fieldapp.cli.options import PLAIN, AsJson, PassphraseFd, RecordPrefix, Vault, example
from fieldapp.cli.shapes import changed as shape_of_change
from fieldapp.cli.shapes import day
from fieldapp.cli.terminal import say, say_json
from fieldapp.i18n import _
from fieldapp.services import tasks, trust
from fieldapp.services.archive import Changed

app = typer.Typer(name="task", **PLAIN)

To = Annotated[
    str, typer.Option("--to", metavar="NAME", help=_("Whom you ask: somebody you trust."), show_default=False)
]
About = Annotated[
    str, typer.Option("--about", metavar="ID", help=_("The person whom it is about."), show_default=False)
]
Questions = Annotated[str, typer.Option("--questions", metavar="TEXT", help=_("What to find out."), show_default=False)]
Expires = Annotated[
    str, typer.Option("--expires", metavar="DATE", help=_("The last day it stays on their device."), show_default=False)
]
Due = Annotated[str, typer.Option("--due", metavar="DATE", help=_("Until when."), show_default=False)]
Title = Annotated[str, typer.Option("--title", metavar="TEXT", help=_("What to call it."), show_default=False)]
Words = Annotated[str, typer.Argument(metavar="TEXT", help=_("The answer."), show_default=False)]
Mine = Annotated[bool, typer.Option("--mine", help=_("Only those for this device."))]


@app.callback(
    help=_("Task slips: ask one volunteer about one person, for a time."),
    epilog=example("fieldapp task field-vault list --mine"),
)
def task(context: typer.Context, vault: Vault) -> None:
    context.obj = vault


@app.command("list", help=_("List tasks."), epilog=example("fieldapp task field-vault list"))
def list_tasks(
    context: typer.Context, *, mine: Mine = False, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        found = tasks.tasks(archive, mine=True if mine else None)
    if as_json:
        say_json([shapes.task(each) for each in found])
        return
    for each in found:
        facts = (each.record.hex()[:12], each.state, day(each.due) or "", each.title, each.about_title)
        say("  ".join(filter(None, facts)))


@app.command(
    "new",
    help=_("Make a task slip. Hand it over with `bundle export`, with the contacts of the person."),
    epilog=example(
        'fieldapp task field-vault new --to Karim --about 3f2a91 --questions "Is she home?" --expires 2026-12-01',
        "fieldapp bundle field-vault export --to Karim --record 77c0de --record 3f2a91 -o slip.bundle",
    ),
)
def new(
    context: typer.Context,
    *,
    to: To,
    about: About,
    questions: Questions,
    expires: Expires,
    due: Due = "",
    title: Title = "",
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        peer = trust.find_peer(archive, to)
        person = record_of(archive, about)
        made = tasks.slip(archive, peer, person, questions, expires=expires, due=due, title=title)
    _tell(made.changed, made.task.hex(), as_json=as_json)


@app.command("answer", help=_("Answer a task."), epilog=example('fieldapp task field-vault answer 77c0de "At home."'))
def answer(
    context: typer.Context,
    record: RecordPrefix,
    words: Words,
    *,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        changed = tasks.answer(archive, record_of(archive, record), words)
    _tell(changed, _("Saved."), as_json=as_json)


@app.command("close", help=_("A task is settled."), epilog=example("fieldapp task field-vault close 77c0de"))
def close(
    context: typer.Context, record: RecordPrefix, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        changed = tasks.close(archive, record_of(archive, record))
    _tell(changed, _("Saved."), as_json=as_json)


def _tell(changed: Changed, words: str, *, as_json: bool) -> None:
    if as_json:
        say_json(shape_of_change(changed))
    else:
        say(words)
