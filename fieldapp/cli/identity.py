"""`identity VAULT show | card | keeps | trust | list | role | distrust | revoke | revocations | key`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.bundles.card import Card
from fieldapp.cli import shapes, trust_shapes
from fieldapp.cli.confirming import confirm
from fieldapp.cli.opening import opened
from fieldapp.cli.options import PLAIN, AsJson, Output, PassphraseFd, Vault, Yes, example
from fieldapp.cli.terminal import ask, complain, is_asking_possible, say, say_json
from fieldapp.cli.values_given import one_line
from fieldapp.errors import CancelledError
from fieldapp.i18n import _
from fieldapp.services import keeping, revoking
from fieldapp.services import trust as trusting
from fieldapp.services.age_key import write_age_key
from fieldapp.services.archive import Archive
from fieldapp.services.revoking import NOTHING, Cut
from fieldapp.services.trust import Peer, Role

app = typer.Typer(name="identity", **PLAIN)

CardFile = Annotated[Path, typer.Argument(metavar="FILE", help=_("A card that somebody gave you."), show_default=False)]
CalledName = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help=_("How this person is called here."), show_default=False),
]
WordsMatch = Annotated[
    bool,
    typer.Option("--words-match", help=_("You have compared the eight words with this person, and they are the same.")),
]
PeerName = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help=_("Their name here, or the beginning of their fingerprint."), show_default=False
    ),
]

RoleOption = Annotated[
    Role | None,
    typer.Option(
        "--role",
        help=_("coordinator: keeps everything, gets phone numbers, revokes devices. field: a field device (usual)."),
        show_default=False,
    ),
]
NewRole = Annotated[Role, typer.Argument(help=_("coordinator or field."), show_default=False)]
EveryoneKnown = Annotated[bool, typer.Option("--all", help=_("Also those whom you no longer trust."))]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help=_("Why; others read it."), show_default=False)]
Before = Annotated[
    datetime | None,
    typer.Option(
        "--before",
        metavar="TIME",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
        help=_("Only what had come here before this day, or moment, still stands. Else all that is here."),
        show_default=False,
    ),
]
OnOff = Annotated[str | None, typer.Argument(metavar="[on|off]", help=_("Without it: tell."), show_default=False)]
NothingStands = Annotated[bool, typer.Option("--nothing-stands", help=_("Nothing that this device ever wrote stands."))]
Strangers = Annotated[
    bool,
    typer.Option(
        "--with-strangers",
        help=_("Also what came through this device since then from people whom nobody here knows."),
    ),
]


@app.callback(
    help=_("Your identity card, and the people whom you trust."),
    epilog=example("fieldapp identity field-vault show", "fieldapp identity field-vault trust nodira.card"),
)
def identity(context: typer.Context, vault: Vault) -> None:
    context.obj = vault


@app.command(
    "show",
    help=_("Show who you are: the words that others compare with you, and your fingerprint."),
    epilog=example("fieldapp identity field-vault show"),
)
def show(context: typer.Context, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        card, keeps = trusting.own_card(archive), keeping.keeps_for_others(archive)
    if as_json:
        say_json({**shapes.card(card), "recipient": card.recipient.to_text(), "keeps_for_others": keeps})
    else:
        _print_card(card)


@app.command(
    "card",
    help=_("Write your identity card to a file, to be given to people who shall send you bundles or take yours."),
    epilog=example("fieldapp identity field-vault card -o amina.card"),
)
def card(
    context: typer.Context, *, output: Output, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        written = trusting.write_card_file(archive, output)
    if as_json:
        say_json(shapes.card(written))
        return
    say(_("Written. It holds nothing secret. Whoever takes it compares these words with you, by voice or in person:"))
    say(" ".join(written.words))


@app.command(
    "keeps",
    help=_("Tell or choose whether this device keeps what others hand over, so that coordinators' promises bind it."),
    epilog=example("fieldapp identity office-vault keeps on"),
)
def keeps(
    context: typer.Context, choice: OnOff = None, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    if choice not in (None, "on", "off"):
        raise typer.BadParameter(_("on or off."))
    with opened(context.obj, passphrase_fd) as archive:
        if choice is not None:
            keeping.set_keeps_for_others(archive, on=choice == "on")
        keeps_now, relying = keeping.keeps_for_others(archive), len(keeping.promised(archive))
    if as_json:
        say_json({"keeps_for_others": keeps_now, "relying": relying})
    elif keeps_now:
        say(_("This device keeps what others hand over, and they may rely on it."))
    else:
        say(_("This device is for field work: nobody relies on it."))
        if relying:
            say(keeping.still_words(relying))


@app.command(
    "trust",
    help=_("Trust a person's card, after you have compared its eight words with them by voice or in person."),
    epilog=example("fieldapp identity field-vault trust nodira.card --name Nodira"),
)
def trust(
    context: typer.Context,
    file: CardFile,
    *,
    name: CalledName = None,
    role: RoleOption = None,
    words_match: WordsMatch = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    read = trusting.read_card_file(file)
    with opened(context.obj, passphrase_fd) as archive:
        if not words_match:
            _ask_whether_words_match(read)
        peer = trusting.trust(archive, read, name=name, role=role)
    if as_json:
        say_json(shapes.peer(peer))
    elif peer.role is Role.COORDINATOR:
        say(_("You trust %(name)s now, as a coordinator.") % {"name": peer.name})
    else:
        say(_("You trust %(name)s now.") % {"name": peer.name})


@app.command(
    "list", help=_("List the people whom you trust."), epilog=example("fieldapp identity field-vault list --json")
)
def list_peers(
    context: typer.Context,
    *,
    everyone: EveryoneKnown = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        peers = trusting.known_cards(archive) if everyone else trusting.peers(archive)
    if as_json:
        say_json([shapes.peer(peer) for peer in peers])
        return
    for peer in peers:
        say(
            f"{peer.fingerprint.hex()[:8]}  {peer.name}  ({peer.card.person}, {peer.card.device}){_what_they_are(peer)}"
        )


@app.command(
    "role",
    help=_("Make somebody whom you trust a coordinator, or a field device again."),
    epilog=example("fieldapp identity field-vault role Nodira coordinator"),
)
def role(
    context: typer.Context,
    name: PeerName,
    role: NewRole,
    *,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        peer = trusting.set_role(archive, trusting.find_peer(archive, name), role)
    if as_json:
        say_json(shapes.peer(peer))
    elif role is Role.COORDINATOR:
        say(_("%(name)s is a coordinator for you now.") % {"name": peer.name})
    else:
        say(_("%(name)s is a field device for you now.") % {"name": peer.name})


@app.command(
    "distrust",
    help=_("No longer trust somebody: their bundles wait unopened, and nothing can be sealed for them."),
    epilog=example("fieldapp identity field-vault distrust Nodira"),
)
def distrust(
    context: typer.Context, name: PeerName, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        peer = trusting.find_peer(archive, name)
        trusting.distrust(archive, peer)
    if as_json:
        say_json(shapes.peer(peer))
    else:
        say(_("You no longer trust %(name)s. What came from them stays.") % {"name": peer.name})


@app.command(
    "revoke",
    help=_("A device is lost, or somebody left: what it writes later does not stand, here and where you coordinate."),
    epilog=example(
        "fieldapp identity field-vault revoke Karim --reason 'laptop lost'",
        "fieldapp identity field-vault revoke Karim --before 2026-03-05",
    ),
)
def revoke(
    context: typer.Context,
    name: PeerName,
    *,
    reason: Reason = "",
    before: Before = None,
    nothing_stands: NothingStands = False,
    strangers: Strangers = False,
    yes: Yes = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    if before is not None and nothing_stands:
        raise typer.BadParameter(_("--before and --nothing-stands cannot go together."))
    with opened(context.obj, passphrase_fd) as archive:
        peer = trusting.find_known(archive, name)
        confirm(
            _("Their bundles will wait unopened, and nothing can be sealed for them. Others hear of it with bundles."),
            yes=yes,
        )
        upto = NOTHING if nothing_stands else _known_before(archive, peer, before)
        told = one_line("--reason", reason)
        changed = revoking.revoke(archive, peer, reason=told, upto=upto, strangers=strangers)
    if as_json:
        say_json({"fingerprint": peer.fingerprint.hex(), **shapes.changed(changed)})
    else:
        say(_("The device of %(name)s is revoked.") % {"name": peer.name})


@app.command(
    "revocations",
    help=_("List which devices were revoked, by whom, and whether that takes effect here."),
    epilog=example("fieldapp identity field-vault revocations"),
)
def revocations(context: typer.Context, *, passphrase_fd: PassphraseFd = None, as_json: AsJson = False) -> None:
    with opened(context.obj, passphrase_fd) as archive:
        found = revoking.revocations(archive)
    if as_json:
        say_json([trust_shapes.revocation(each) for each in found])
        return
    for each in found:
        say(trust_shapes.revocation_line(each))


@app.command(
    "key",
    help=_("Copy out the key that opens bundles sealed for you, so that they open with other programs for age files."),
    epilog=example("fieldapp identity field-vault key -o bundles.key"),
)
def key(
    context: typer.Context,
    *,
    output: Output,
    yes: Yes = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    confirm(
        _(
            "Warning: whoever gets this key opens every bundle that was ever sealed for you, and those still to come."
            " Nothing can take it back."
        ),
        yes=yes,
    )
    with opened(context.obj, passphrase_fd) as archive:
        write_age_key(archive, output)
        recipient = trusting.own_card(archive).recipient.to_text()
    if as_json:
        say_json({"recipient": recipient})
    else:
        say(_("Written. Remove it when it has done its work."))


def _known_before(archive: Archive, peer: Peer, moment: datetime | None) -> Cut | None:
    """What had come here until just before a moment, as the clock on the wall says it."""
    if moment is None:
        return None
    return revoking.known_until(archive, peer.card.log, round(moment.astimezone().timestamp() * 1000) - 1)


def _what_they_are(peer: Peer) -> str:
    told = [_("coordinator")] if peer.role is Role.COORDINATOR else []
    told += [_("revoked")] if peer.revoked else [] if peer.trusted else [_("no longer trusted")]
    return f": {', '.join(told)}" if told else ""


def _ask_whether_words_match(card: Card) -> None:
    if not is_asking_possible():
        raise typer.BadParameter(
            _("There is no terminal to ask at: compare the words with this person, then give --words-match.")
        )
    complain(f"{card.person}, {card.device}")
    complain(" ".join(card.words))
    complain(_("Compare these words with this person, by voice or in person: not in a message, which can be changed."))
    if ask(_("Type yes if all eight are the same:")).strip().lower() not in {"yes", _("yes")}:
        raise CancelledError


def _print_card(card: Card) -> None:
    say(f"{card.person}, {card.device}")
    say(_("Words to compare: %(words)s") % {"words": " ".join(card.words)})
    say(_("Fingerprint: %(fingerprint)s") % {"fingerprint": card.fingerprint.hex()})
