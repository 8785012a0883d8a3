"""`init`, `passphrase`, `recover`, `restore`, `anew`, `rebuild`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.bundles.card import Card, check_card_text
from fieldapp.cli import backup, opening, secrets_given, shapes
from fieldapp.cli.options import AsJson, NewPassphraseFd, PassphraseFd, Vault, example, new_app
from fieldapp.cli.terminal import ask, complain, is_asking_possible, say, say_json
from fieldapp.cli.watching import watched
from fieldapp.cli.way_given import Given, Phrase, PhraseFd, Shares, WhoComes, by_words, warn_of_spoken
from fieldapp.i18n import _
from fieldapp.services import cards, vaults
from fieldapp.services.vaults import KdfParameters

app = new_app()

FLOOR_MIB, CEILING_MIB = 64, 4096
WORDS_ASKED_BACK = 3

Copy = Annotated[
    Path,
    typer.Argument(
        metavar="COPY", help=_("The backup, or the folder of the copy; it stays as it is."), show_default=False
    ),
]
Generation = Annotated[
    int | None,
    typer.Option(
        "--generation", metavar="N", min=1, help=_("Of a backup: an earlier state, counted from 1."), show_default=False
    ),
]
Salvage = Annotated[
    bool, typer.Option("--salvage", help=_("Of a backup: leave attached files out that are damaged in it."))
]
Person = Annotated[str | None, typer.Option("--person", metavar="NAME", help=_("How you want to be called."))]
Device = Annotated[str | None, typer.Option("--device", metavar="NAME", help=_("How this computer is called."))]
Coordinator = Annotated[
    bool,
    typer.Option(
        "--coordinator",
        help=_("This device keeps what others hand over, and they may rely on it. Else it is for field work."),
    ),
]
NoPhrase = Annotated[
    bool,
    typer.Option(
        "--no-phrase",
        help=_("Without a recovery phrase: nothing on paper can be found, and only coordinators can help you in."),
    ),
]
Memory = Annotated[
    int | None,
    typer.Option(
        "--kdf-memory-mib",
        metavar="N",
        min=FLOOR_MIB,
        max=CEILING_MIB,
        help=_("Memory that each guess of the passphrase costs. More is safer; 256 is usual."),
        show_default=False,
    ),
]


@app.command(
    "init",
    help=_("Make a new vault in an empty or new folder. Its recovery phrase is printed once: write it down on paper."),
    epilog=example("fieldapp init field-vault", "fieldapp init office-vault --person Amina --coordinator"),
)
def init(
    vault: Vault,
    *,
    person: Person = None,
    device: Device = None,
    coordinator: Coordinator = False,
    passphrase_fd: PassphraseFd = None,
    no_phrase: NoPhrase = False,
    kdf_memory_mib: Memory = None,
    as_json: AsJson = False,
) -> None:
    asking = is_asking_possible() and not as_json
    person = _name(person, _("How do you want to be called?"), _("Field worker"), asking=asking)
    device = _name(device, _("How is this computer called?"), _("This computer"), asking=asking)
    passphrase = secrets_given.new_passphrase(passphrase_fd, "--passphrase-fd")
    parameters = KdfParameters(memory_kib=kdf_memory_mib * 1024) if kdf_memory_mib else None
    created = vaults.create(
        vault,
        passphrase,
        person=person,
        device=device,
        keeps_for_others=coordinator,
        phrase=not no_phrase,
        parameters=parameters,
    )
    with opening.closing(created.archive) as archive:
        card = cards.own_card(archive)
    if as_json:
        say_json({"recovery_phrase": created.recovery_phrase, **shapes.card(card), "keeps_for_others": coordinator})
        return
    _say_phrase(created.recovery_phrase)
    say(_("Words that others compare with you: %(words)s") % {"words": " ".join(card.words)})
    if asking and created.recovery_phrase is not None:
        ask_back(created.recovery_phrase)
        say(_("Now close this terminal window: it remembers what it showed."))


@app.command(
    "passphrase",
    help=_("Change the passphrase. The one before stops working; the recovery phrase stays."),
    epilog=example("fieldapp passphrase field-vault"),
)
def passphrase(
    vault: Vault,
    *,
    passphrase_fd: PassphraseFd = None,
    new_passphrase_fd: NewPassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    vaults.check(vault)
    before = secrets_given.passphrase(passphrase_fd)
    with opening.closing(vaults.unlock(vault, before)) as archive:
        vaults.change_passphrase(archive, before, secrets_given.new_passphrase(new_passphrase_fd))
    _done(_("The passphrase is changed."), as_json=as_json)


@app.command(
    "recover",
    help=_(
        "Open a vault with its recovery phrase, or with the shares of two people, and give it a new passphrase. The one"
        " before stops working."
    ),
    epilog=example("fieldapp recover field-vault", "fieldapp recover field-vault --shares"),
)
def recover(
    vault: Vault,
    *,
    shares: Shares = False,
    who: WhoComes = None,
    phrase_fd: PhraseFd = None,
    new_passphrase_fd: NewPassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    vaults.check(vault)
    way = by_words(phrase_fd, new_passphrase_fd, who, shares=shares)
    with opening.closing(vaults.come_in(vault, way)):
        pass
    if not as_json:
        warn_of_spoken(way)
    _done(_("The vault has the new passphrase."), as_json=as_json)


@app.command(
    "restore",
    help=_(
        "Go on with a backup, or with a closed copy of a vault, in a new folder. You get a new card: others compare its"
        " words again."
    ),
    epilog=example(
        "fieldapp restore field-vault-copy field-vault --device 'new laptop'",
        "fieldapp restore stick/field.backup field-vault --device 'new laptop'",
        "fieldapp restore stick/field.backup field-vault --shares",
    ),
)
def restore(
    copy: Copy,
    vault: Vault,
    *,
    device: Device = None,
    generation: Generation = None,
    salvage: Salvage = False,
    phrase: Phrase = False,
    shares: Shares = False,
    who: WhoComes = None,
    passphrase_fd: PassphraseFd = None,
    phrase_fd: PhraseFd = None,
    new_passphrase_fd: NewPassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    device = _named_device(device, as_json=as_json)
    is_file = copy.is_file()
    if is_file:
        backup.look(copy, generation=generation, salvage=salvage)
    else:
        vaults.check(copy)
    way = Given(phrase, shares, who, passphrase_fd, phrase_fd, new_passphrase_fd).way()
    if is_file:
        archive = backup.restore(copy, vault, way, device=device, generation=generation, salvage=salvage).archive
    else:
        with watched(_("Copying")) as progress:
            archive = vaults.restore(copy, vault, way, device=device, progress=progress)
    with opening.closing(archive):
        card = cards.own_card(archive)
    if not as_json:
        warn_of_spoken(way)
    _new_card(_("The copy is a vault of its own now."), card, as_json=as_json)


@app.command(
    "anew",
    help=_("Write on under a new card, because a copy of this vault is in use elsewhere. What is here stays yours."),
    epilog=example("fieldapp anew field-vault --device 'office laptop'"),
)
def anew(vault: Vault, *, device: Device = None, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    device = _named_device(device, as_json=as_json)
    with opening.opened(vault, passphrase_fd) as archive:
        card = vaults.begin_anew(archive, device)
    _new_card(_("From now on you write under a new card."), card, as_json=as_json)


@app.command(
    "rebuild",
    help=_("Make lists and search anew from the journal. Nothing that was written down changes."),
    epilog=example("fieldapp rebuild field-vault"),
)
def rebuild(vault: Vault, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opening.opened(vault, passphrase_fd) as archive:
        count = vaults.rebuild(archive)
    if as_json:
        say_json({"records": count})
    else:
        say(_("Made anew. Records: %(count)d") % {"count": count})


def _name(given: str | None, question: str, usual: str, *, asking: bool) -> str:
    """A name for the card: as given, as typed, or the usual one. Raises CardTextError."""
    name = given if given is not None else (ask(f"{question} [{usual}]") if asking else "").strip() or usual
    check_card_text(name)
    return name


def _named_device(given: str | None, *, as_json: bool) -> str:
    asking = is_asking_possible() and not as_json
    return _name(given, _("How is this computer called?"), _("This computer"), asking=asking)


def _new_card(told: str, card: Card, *, as_json: bool) -> None:
    if as_json:
        say_json(shapes.card(card))
        return
    say(told)
    say(
        _("Give your new card to others. They compare these words with you: %(words)s")
        % {"words": " ".join(card.words)}
    )


def _say_phrase(phrase: str | None) -> None:
    if phrase is None:
        say(_("The vault is made, without a recovery phrase."))
        complain(_("Nobody can help you in yet: choose coordinators with `fieldapp escrow`, and do not forget this."))
        return
    say(_("The vault is made. Its recovery phrase opens it if the passphrase is lost; it is shown only now:"))
    say()
    say(f"    {phrase}")
    say()
    say(_("Write it down on paper, and keep the paper away from this computer."))


def ask_back(phrase: str) -> None:
    """See that the phrase was written down: three of its words, each until it is right."""
    words = phrase.split()
    for place in sorted(secrets.SystemRandom().sample(range(len(words)), WORDS_ASKED_BACK)):
        while ask(_("Please type word %(number)d:") % {"number": place + 1}).strip().lower() != words[place]:
            complain(_("This is another word. Please look at what you wrote down."))
    say(_("All three are right."))


def _done(words: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"done": True})
    else:
        say(words)
