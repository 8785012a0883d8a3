"""`rekey`: somebody saw a passphrase, or has a share or the phrase."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fieldapp.cli import opening, refusals, secrets_given
from fieldapp.cli.options import AsJson, NewPassphraseFd, PassphraseFd, Vault, example, new_app
from fieldapp.cli.terminal import complain, is_asking_possible, say, say_json
from fieldapp.cli.vaults import ask_back
from fieldapp.cli.watching import watched
from fieldapp.errors import CancelledError, ExpectedError
from fieldapp.i18n import _
from fieldapp.services import trust, vaults, writers
from fieldapp.services.archive import Archive
from fieldapp.services.safety import rekeying

app = new_app()

Holders = Annotated[
    list[str] | None,
    typer.Option(
        "--holder",
        metavar="NAME",
        help=_("Who keeps a new share: two or three coordinators. Without it, there are no shares any more."),
        show_default=False,
    ),
]
NoPhrase = Annotated[bool, typer.Option("--no-phrase", help=_("Without a recovery phrase from now on."))]
WriterFds = Annotated[
    list[str] | None,
    typer.Option(
        "--writer-fd",
        metavar="NAME=N",
        help=_("The passphrase of somebody else who writes here, from the next line of file descriptor N."),
        show_default=False,
    ),
]
LeaveOut = Annotated[
    bool,
    typer.Option(
        "--leave-out",
        help=_("Others who write here, and whose passphrase is not given, cannot come in until you let them in anew."),
    ),
]
NewCard = Annotated[
    bool,
    typer.Option(
        "--new-card",
        help=_(
            "Somebody may have a copy of the vault: write on under a new card too. Else they can sign as you, and open"
            " what others seal for you."
        ),
    ),
]
GoOn = Annotated[
    bool, typer.Option("--continue", help=_("Only seal the files anew that still lie under the key of before."))
]


@app.command(
    "rekey",
    help=_(
        "Somebody saw your passphrase, or has a share or the phrase: make a new key. Nothing of before opens the vault"
        " any more; copies of it that were made before still open with what opened them."
    ),
    epilog=example(
        "fieldapp rekey field-vault",
        "fieldapp rekey field-vault --no-phrase --holder Nodira --holder Karim",
        "fieldapp rekey field-vault --continue",
    ),
)
def rekey(
    vault: Vault,
    *,
    holder: Holders = None,
    no_phrase: NoPhrase = False,
    writer_fd: WriterFds = None,
    leave_out: LeaveOut = False,
    new_card: NewCard = False,
    go_on: GoOn = False,
    passphrase_fd: PassphraseFd = None,
    new_passphrase_fd: NewPassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    vaults.check(vault)
    now = secrets_given.passphrase(passphrase_fd)
    if go_on:
        with opening.closing(vaults.unlock(vault, now)) as archive:
            left = _seal_anew(archive)
        if as_json:
            say_json(_as_json(None, (), left))
        else:
            _tell_left(left, None)
        return
    with opening.closing(vaults.unlock(vault, now)) as archive:
        new = secrets_given.new_passphrase(new_passphrase_fd)
        others = _others(archive, writer_fd or [], leave_out=leave_out)
        phrase = None if no_phrase else rekeying.new_phrase()
        if phrase is not None and is_asking_possible() and not as_json:
            _show(phrase)
            ask_back(phrase)
        peers = [trust.find_peer(archive, name) for name in holder or ()]
        with watched(_("Sealing anew")) as progress:
            done = rekeying.rekey(
                archive, now, new, phrase=phrase, others=others, holders=peers, new_card=new_card, progress=progress
            )
    _tell_made(
        phrase, done.left_out, new_card=new_card, as_json=as_json
    )  # before what may fail: nothing shows the phrase again
    still, problem = _go_on(vault, new)
    if as_json:
        say_json(_as_json(phrase, done.left_out, still) | ({} if problem is None else refusals.as_json_object(problem)))
    else:
        _tell_left(still, problem)


def _others(archive: Archive, given: list[str], *, leave_out: bool) -> dict[int, str]:
    """The passphrases of others who write here: as given, or as they type them; who types nothing is left out."""
    found = dict(_given(archive, each) for each in given)
    missing = [writer for writer in rekeying.plan(archive).others if writer.id not in found]
    if not missing or leave_out:
        return found
    if not is_asking_possible():
        names = ", ".join(writer.name for writer in missing)
        raise typer.BadParameter(
            _("Others write here too: %(names)s. Give --writer-fd NAME=N for each, or --leave-out.") % {"names": names}
        )
    typed = {writer.id: secrets_given.passphrase_of(writer.name) for writer in missing}
    return found | {writer: words for writer, words in typed.items() if words}


def _given(archive: Archive, words: str) -> tuple[int, str]:
    name, _equals, number = words.rpartition("=")
    if not name or not number.isdecimal():
        raise typer.BadParameter(_("--writer-fd takes a name and a number, such as Daniyar=4."))
    return writers.find(archive, name).id, secrets_given.passphrase(int(number))


def _go_on(vault: Path, passphrase: str) -> tuple[int | None, BaseException | None]:
    """How many files still lie under the key of before, and what kept them there. The key is changed in any case."""
    try:
        with opening.closing(vaults.unlock(vault, passphrase)) as archive:
            return _seal_anew(archive), None
    except (ExpectedError, KeyboardInterrupt) as problem:
        return None, CancelledError() if isinstance(problem, KeyboardInterrupt) else problem


def _seal_anew(archive: Archive) -> int:
    with watched(_("Sealing anew")) as progress:
        return rekeying.continue_rekey(archive, progress)


def _show(phrase: str) -> None:
    say(_("The new recovery phrase opens the vault if the passphrase is lost; it is shown only now:"))
    say()
    say(f"    {phrase}")
    say()
    say(_("Write it down on paper, and keep the paper away from this computer."))


def _as_json(phrase: str | None, left_out: tuple[str, ...], left: int | None) -> dict[str, object]:
    return {"recovery_phrase": phrase, "left_out": list(left_out), "left": left}


def _tell_made(phrase: str | None, left_out: tuple[str, ...], *, new_card: bool, as_json: bool) -> None:
    if as_json:
        return
    if phrase is not None and not is_asking_possible():
        _show(phrase)
    say(_("The new key is in place. Nothing of before opens this vault."))
    if new_card:
        say(_("You write under a new card now: others compare its words again (`fieldapp identity VAULT show`)."))
    else:
        say(_("Whoever has a copy of the vault can still sign as you; `fieldapp anew` begins a new card."))
    for name in left_out:
        say(_("%(name)s cannot come in any more: `fieldapp writer VAULT let-in` lets them.") % {"name": name})


def _tell_left(left: int | None, problem: BaseException | None) -> None:
    if isinstance(problem, ExpectedError) and not isinstance(problem, CancelledError):
        refusals.tell(problem, as_json=False)
    if left is None or left:
        complain(_("Some files still lie under the key of before; `fieldapp rekey VAULT --continue` seals them anew."))
    else:
        say(_("All files are sealed anew."))
