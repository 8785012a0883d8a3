"""The way back in: twelve words from the paper, and a new passphrase."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fieldapp.i18n import _
from fieldapp.jobs import Lane
from fieldapp.ui.opening.coming_in import ComingInScreen, WordsStep
from fieldapp.ui.opening.doors import Doors, Open
from fieldapp.values import Progress


class RecoverScreen(ComingInScreen):
    """Asks for the recovery phrase, and then for a new passphrase."""

    def __init__(self, folder: Path, doors: Doors, lane: Lane) -> None:
        step = paper_step()
        super().__init__(folder, doors, lane, [step])
        self.phrase = step.field

    def _open(self, words: Sequence[str], passphrase: str, writer: str | None, progress: Progress) -> Open:
        del progress
        return self._doors.recover(self._folder, words[0], passphrase, writer)


def paper_step() -> WordsStep:
    """The twelve words from the paper."""
    return WordsStep(
        _("Open with the recovery phrase"),
        _(
            "Type the twelve words from your paper, in their order, with a space after each. "
            "Then you choose a new passphrase."
        ),
        _("Recovery phrase"),
    )
