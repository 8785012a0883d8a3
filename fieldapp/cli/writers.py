"""`writer VAULT list | add | let-in | remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldapp.cli import secrets_given, shapes
from fieldapp.cli.opening import opened
from fieldapp.cli.options import PLAIN, AsJson, NewPassphraseFd, PassphraseFd, Vault, Yes, example
from fieldapp.cli.shapes import Json, moment
from fieldapp.cli.terminal import ask, is_asking_possible, say, say_json
from fieldapp.i18n import _
from fieldapp.services import writers
from fieldapp.services.writers import OpenToAll, Writer

app = typer.Typer(name="writer", **PLAIN)

Name = Annotated[str, typer.Argument(metavar="NAME", help=_("Somebody who writes here."), show_default=False)]
Person = Annotated[
    str, typer.Option("--person", metavar="NAME", help=_("How they want to be called."), show_default=False)
]


@app.callback(
    help=_("The people who write in one vault, each with a passphrase, a card and a name of their own."),
    epilog=example("fieldapp writer field-vault list", "fieldapp writer field-vault add --person Daniyar"),
)
def writer(context: typer.Context, vault: Vault) -> None:
    context.obj = vault


@app.command("list", help=_("List who writes here."), epilog=example("fieldapp writer field-vault list"))
def list_(context: typer.Context, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        everybody = writers.list_(archive)
    if as_json:
        say_json([_shape(each) for each in everybody])
        return
    for each in everybody:
        say(f"{each.name}, {each.device}  {_state(each)}")


@app.command(
    "add",
    help=_(
        "Let one more person write here. They type a passphrase of their own. Whoever writes here can read everything"
        " in the vault, and decides for all of you."
    ),
    epilog=example("fieldapp writer field-vault add --person Daniyar"),
)
def add(
    context: typer.Context,
    *,
    person: Person,
    passphrase_fd: PassphraseFd = None,
    new_passphrase_fd: NewPassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        made = writers.add(archive, secrets_given.new_passphrase(new_passphrase_fd), person=person)
    if as_json:
        say_json(_shape(made))
        return
    say(_("%(name)s writes here now, under a card of their own.") % {"name": made.name})
    say(_("Words that others compare with them: %(words)s") % {"words": " ".join(made.card.words)})


@app.command(
    "let-in",
    help=_("Give somebody a passphrase whose way in ended with a new key. Their card stays."),
    epilog=example("fieldapp writer field-vault let-in Daniyar"),
)
def let_in(
    context: typer.Context,
    name: Name,
    *,
    passphrase_fd: PassphraseFd = None,
    new_passphrase_fd: NewPassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        found = writers.find(archive, name)
        made = writers.let_in(archive, found.id, secrets_given.new_passphrase(new_passphrase_fd))
    if as_json:
        say_json(_shape(made))
    else:
        say(_("%(name)s can come in again.") % {"name": made.name})


@app.command(
    "remove",
    help=_(
        "Somebody's passphrase opens the vault no more. What they wrote stays theirs. Whoever has seen the recovery"
        " phrase still comes in with it: `rekey` ends that."
    ),
    epilog=example("fieldapp writer field-vault remove Daniyar"),
)
def remove(
    context: typer.Context,
    name: Name,
    *,
    yes: Yes = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        found = writers.find(archive, name)
        left_open = writers.open_to_all(archive)
        if not yes:
            _be_sure(found, left_open)
        gone = writers.remove(archive, found.id)
    if as_json:
        say_json(_shape(gone) | {"phrase_opens": left_open.phrase, "shares_open": left_open.shares})
        return
    say(_("The passphrase of %(name)s does not open this vault any more.") % {"name": gone.name})
    for words in _still_open(left_open):
        say(words)
    say(_("Who kept a copy of this folder, and a passphrase of then, opens that copy and with it this vault."))
    say(_("`fieldapp rekey VAULT` makes a new key. It ends all of these ways in."))


def _still_open(left_open: OpenToAll) -> list[str]:
    """What a person who is removed still comes in with."""
    found: list[str] = []
    if left_open.phrase:
        found.append(
            _("Whoever has seen the paper with the recovery phrase still comes in, also under another's name.")
        )
    if left_open.shares:
        found.append(_("Whoever has heard the words of two people who keep shares still comes in with them."))
    return found


def _be_sure(found: Writer, left_open: OpenToAll) -> None:
    if not is_asking_possible():
        raise typer.BadParameter(_("There is no terminal to ask at: give --yes."))
    for words in _still_open(left_open):
        say(words)
    question = _("Remove %(name)s? Type yes:") % {"name": found.name}
    if ask(question).strip().lower() not in ("yes", _("yes")):
        raise typer.Abort


def _state(each: Writer) -> str:
    if each.removed_ms is not None:
        return _("removed on %(day)s") % {"day": moment(each.removed_ms)[:10]}
    if each.me:
        return _("you")
    return "" if each.can_open else _("cannot come in: let them in anew")


def _shape(each: Writer) -> Json:
    return {
        "id": each.id,
        "name": each.name,
        "me": each.me,
        "can_open": each.can_open,
        "removed": None if each.removed_ms is None else moment(each.removed_ms),
        **shapes.card(each.card),
    }
