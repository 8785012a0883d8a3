"""How a person comes in: the options for a passphrase, the recovery phrase, or the words of two who keep shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from fieldapp.cli import secrets_given
from fieldapp.cli.terminal import complain
from fieldapp.i18n import _
from fieldapp.services.ways import ByPhrase, ByShares, Way

Phrase = Annotated[bool, typer.Option("--phrase", help=_("With the recovery phrase; a new passphrase is asked for."))]
Shares = Annotated[bool, typer.Option("--shares", help=_("With the words of two people who keep shares of your key."))]
WhoComes = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help=_("Who you are, where several people write there."), show_default=False),
]
PhraseFd = Annotated[
    int | None,
    typer.Option(
        "--phrase-fd",
        metavar="N",
        min=0,
        help=_("Read the recovery phrase from the first line of file descriptor N."),
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Given:
    """What the options of a command say of how the person comes in."""

    phrase: bool
    shares: bool
    who: str | None
    passphrase_fd: int | None
    phrase_fd: int | None
    new_passphrase_fd: int | None

    def way(self) -> Way:
        """Ask for it, or read it: the passphrase, where neither the phrase nor shares are wanted."""
        if self.phrase or self.shares:
            return by_words(self.phrase_fd, self.new_passphrase_fd, self.who, shares=self.shares)
        return secrets_given.passphrase(self.passphrase_fd)


def by_words(phrase_fd: int | None, new_passphrase_fd: int | None, who: str | None, *, shares: bool) -> Way:
    """The phrase or two people's words, and the passphrase from then on: asked for, or read from the descriptors."""
    if shares:
        words, other = (secrets_given.share_words(phrase_fd, "--phrase-fd") for _place in range(2))
        return ByShares(words, other, secrets_given.new_passphrase(new_passphrase_fd), who)
    phrase = secrets_given.recovery_phrase(phrase_fd)
    return ByPhrase(phrase, secrets_given.new_passphrase(new_passphrase_fd), who)


def warn_of_spoken(way: Way) -> None:
    """Whoever heard both shares could come in too."""
    if isinstance(way, ByShares):
        complain(_("Shares were spoken aloud: make a new key and new shares with `fieldapp rekey`."))
