"""The way back in with other people: two coordinators each read twelve words aloud, and a new passphrase is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fieldapp.i18n import _
from fieldapp.jobs import Lane
from fieldapp.ui.opening.coming_in import ComingInScreen, WordsStep
from fieldapp.ui.opening.doors import Doors, Open
from fieldapp.values import Progress


class HelpersScreen(ComingInScreen):
    """Asks for the words of one coordinator, of another, and for a new passphrase."""

    def __init__(self, folder: Path, doors: Doors, lane: Lane) -> None:
        super().__init__(folder, doors, lane, helpers_steps())

    def _open(self, words: Sequence[str], passphrase: str, writer: str | None, progress: Progress) -> Open:
        del progress
        return self._doors.recover_with_shares(self._folder, words[0], words[1], passphrase, writer)


def helpers_steps() -> list[WordsStep]:
    """The words of one coordinator, and of another."""
    one = WordsStep(
        _("Coordinators help you in"),
        _(
            "Call somebody who keeps a share of your vault, on a number that you know. They will call you back, to "
            "be sure that it is you. Then they read twelve words aloud; each is checked as you type it."
        ),
        _("The words of the first person"),
    )
    other = WordsStep(
        _("And the second person"),
        _(
            "Now call another one. The words of one person open nothing; those of two open the vault. You need not "
            "have both on the phone at once. Say the words of the first to nobody."
        ),
        _("The words of the second person"),
    )
    return [one, other]
