"""`escrow VAULT show | choose | write | rehearse | held | words | rehearsal-words`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fieldapp.cli import secrets_given
from fieldapp.cli.bundle_shapes import Told
from fieldapp.cli.opening import opened
from fieldapp.cli.options import PLAIN, AsJson, Output, PassphraseFd, Vault, Yes, example
from fieldapp.cli.shapes import Json, moment
from fieldapp.cli.terminal import ask, complain, is_asking_possible, say, say_json
from fieldapp.i18n import _
from fieldapp.services import trust
from fieldapp.services.archive import Archive
from fieldapp.services.safety import escrow, holding_shares
from fieldapp.services.safety.escrow import Escrow, Held, Help, Holder

app = typer.Typer(name="escrow", **PLAIN)

Name = Annotated[str, typer.Argument(metavar="NAME", help=_("A coordinator who was chosen."), show_default=False)]
Owner = Annotated[str, typer.Argument(metavar="NAME", help=_("Whose share you keep."), show_default=False)]
Holders = Annotated[
    list[str],
    typer.Option(
        "--holder", metavar="NAME", help=_("Who keeps a share: two or three coordinators."), show_default=False
    ),
]
WordsFd = Annotated[
    int | None,
    typer.Option(
        "--words-fd",
        metavar="N",
        min=0,
        help=_("Read the words from the next line of file descriptor N."),
        show_default=False,
    ),
]


@app.callback(
    help=_("Coordinators keep shares of your key: any two of them can help you in, and one alone can do nothing."),
    epilog=example(
        "fieldapp escrow field-vault choose --holder Nodira --holder Karim --holder Timur",
        "fieldapp escrow field-vault write Nodira -o nodira.share",
    ),
)
def group(context: typer.Context, vault: Vault) -> None:
    context.obj = vault


@app.command("show", help=_("Tell who could help you in."), epilog=example("fieldapp escrow field-vault show"))
def show(context: typer.Context, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        state = escrow.state(archive)
    _say(state, as_json=as_json)


@app.command(
    "choose",
    help=_("Make new shares for two or three coordinators. Shares of before do not open the vault any more."),
    epilog=example("fieldapp escrow field-vault choose --holder Nodira --holder Karim --holder Timur"),
)
def choose(
    context: typer.Context, *, holder: Holders, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        state = escrow.choose(archive, [trust.find_peer(archive, name) for name in holder])
    _say(state, as_json=as_json)
    if not as_json:
        say(_("Next: write a file for each of them with `write`, hand it over, and then rehearse with each."))


@app.command(
    "write",
    help=_("Write the file for one of them, once. Only they can open it."),
    epilog=example("fieldapp escrow field-vault write Nodira -o nodira.share"),
)
def write(
    context: typer.Context, name: Name, *, output: Output, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        written = escrow.write(archive, trust.find_known(archive, name).fingerprint, output)
    if as_json:
        say_json(_holder(written))
    else:
        say(_("A share for %(name)s. They take it in like a bundle.") % {"name": written.name})


@app.command(
    "rehearse",
    help=_(
        "Try whether somebody has your share, by the words that their `rehearsal-words` shows. They open nothing, so"
        " they may be overheard. The day is noted."
    ),
    epilog=example("fieldapp escrow field-vault rehearse"),
)
def rehearse(
    context: typer.Context, *, words_fd: WordsFd = None, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        tried = escrow.rehearse(archive, secrets_given.share_words(words_fd))
    if as_json:
        say_json(_holder(tried))
    else:
        say(_("%(name)s has your share.") % {"name": tried.name})


@app.command("held", help=_("List the shares that you keep for others."), epilog=example("fieldapp escrow office held"))
def held(context: typer.Context, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        found = escrow.held(archive)
    if as_json:
        say_json([_held(each) for each in found])
        return
    for each in found:
        others = ", ".join(each.others)
        say(f"{each.name or each.person}, {each.device}  {moment(each.made_ms)[:10]}  " + _("with: %s") % others)
        if each.replaced_by is not None:
            say("  " + _replaced())


@app.command(
    "words",
    help=_("Show the words of a share that you keep, to be read to its owner. That is noted in your journal."),
    epilog=example("fieldapp escrow office words Amina"),
)
def words(
    context: typer.Context,
    name: Owner,
    *,
    yes: Yes = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        found = holding_shares.find(archive, name)
        if found.replaced_by is not None:
            complain(_replaced())
        if not yes:
            _be_sure(found)
        spoken = escrow.words(archive, found.owner)
    if as_json:
        say_json({**_held(found), "words": spoken})
    else:
        say(spoken)


@app.command(
    "rehearsal-words",
    help=_("Show words by which the owner of a share knows that you have it. They open nothing; read them aloud."),
    epilog=example("fieldapp escrow office rehearsal-words Amina"),
)
def rehearsal_words(
    context: typer.Context, name: Owner, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        found = holding_shares.find(archive, name)
        shown = escrow.rehearsal_words(archive, found.owner)
    if as_json:
        say_json({**_held(found), "words": shown})
    else:
        say(shown)


def import_share(archive: Archive, file: Path, *, dry_run: bool) -> Told:
    """Take a share in, among what `bundle VAULT import` names."""
    taken = escrow.import_file(archive, file, dry_run=dry_run)
    shape: Json = {
        "state": "share",
        "dry_run": dry_run,
        "sender": taken.peer.name,
        "fingerprint": taken.peer.fingerprint.hex(),
        "number": taken.number,
        "news": taken.is_news,
    }
    told = (
        _("You keep a share for %(name)s now. It never leaves this vault by itself.")
        if taken.is_news
        else _("A share of %(name)s; a newer one is here already.")
    )
    return Told(shape, (told % {"name": taken.peer.name},))


def _replaced() -> str:
    return _("You also keep a newer share of the same vault. This one most likely opens nothing any more.")


def _be_sure(found: Held) -> None:
    if not is_asking_possible():
        raise typer.BadParameter(_("There is no terminal to ask at: give --yes."))
    who = found.name or found.person
    say(_("Call %(name)s back on a number that you know: two shares open their vault.") % {"name": who})
    if ask(_("Is it really them who ask, now? Type yes:")).strip().lower() not in ("yes", _("yes")):
        raise typer.Abort


def _say(state: Escrow, *, as_json: bool) -> None:
    if as_json:
        say_json(_state(state))
        return
    say(_HELP[state.help]())
    for each in state.holders:
        say(f"{each.name or each.fingerprint.hex()[:8]}  {_progress(each)}")
    if state.spoken_ms is not None:
        say(_("Shares were spoken aloud: make a new key and new shares with `fieldapp rekey`."))
    if state.put_out:
        say(_("Somebody who keeps a share is no coordinator of yours any more: make a new key with `fieldapp rekey`."))


_HELP = {
    Help.NOBODY: lambda: _("Nobody can help you in where you forget the passphrase."),
    Help.NOT_YET: lambda: _("Nobody can help you in yet: two of those whom you chose need their files."),
    Help.PHRASE: lambda: _("The recovery phrase on paper helps you in."),
    Help.WRITTEN: lambda: _("Two people with shares can help you in. Rehearse it with them."),
    Help.SURE: lambda: _("Two people with shares can help you in: you rehearsed it."),
}


def _progress(each: Holder) -> str:
    if not each.counts:
        return _("no coordinator of yours any more")
    if each.rehearsed_ms is not None:
        return _("rehearsed on %(day)s") % {"day": moment(each.rehearsed_ms)[:10]}
    if each.written_ms is not None:
        return _("file written on %(day)s") % {"day": moment(each.written_ms)[:10]}
    return _("no file yet")


def _state(state: Escrow) -> Json:
    return {
        "help": state.help.value,
        "phrase": state.phrase,
        "spoken": _moment(state.spoken_ms),
        "should_rotate": state.should_rotate,
        "holders": [_holder(each) for each in state.holders],
    }


def _holder(each: Holder) -> Json:
    return {
        "name": each.name,
        "fingerprint": each.fingerprint.hex(),
        "number": each.number,
        "made": moment(each.made_ms),
        "written": _moment(each.written_ms),
        "rehearsed": _moment(each.rehearsed_ms),
        "counts": each.counts,
    }


def _held(each: Held) -> Json:
    return {
        "name": each.name,
        "fingerprint": each.owner.hex(),
        "person": each.person,
        "device": each.device,
        "number": each.number,
        "made": moment(each.made_ms),
        "arrived": moment(each.arrived_ms),
        "others": list(each.others),
        "trusted": each.trusted,
        "told": _moment(each.told_ms),
        "replaced_by": each.replaced_by.hex() if each.replaced_by else None,
    }


def _moment(time_ms: int | None) -> str | None:
    return None if time_ms is None else moment(time_ms)
