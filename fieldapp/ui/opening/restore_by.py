"""Going on with a copy or a backup whose passphrase nobody knows: with the paper, or with two coordinators' words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal

from fieldapp.errors import BackupDamagedError, BackupLostError, FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import Lane
from fieldapp.ui.opening.doors import Copying, Doors, Open, Restored
from fieldapp.ui.opening.making import MakingByScreen
from fieldapp.values import Progress


class RestoreByScreen(MakingByScreen):
    """Where files of a backup are damaged, the next try goes without them."""

    restored = Signal(Restored)

    def __init__(self, wanted: Copying, doors: Doors, lane: Lane, *, with_paper: bool) -> None:
        super().__init__(wanted, doors, lane, with_paper=with_paper, at_work=_("Making the vault…"))

    def _open(self, words: Sequence[str], passphrase: str, writer: str | None, progress: Progress) -> Open:
        return self._doors.restore(self._wanted, passphrase, progress, words=words, writer=writer)

    def _on_unlocked(self, made: Restored) -> None:
        self._forget()
        self.restored.emit(made)

    def _on_failed(self, error: FieldAppError) -> None:
        super()._on_failed(error)
        is_lost = isinstance(error, BackupLostError)
        if isinstance(error, BackupDamagedError) and not is_lost and not self._wanted.salvage:
            self._wanted = replace(self._wanted, salvage=True)
            self._go(
                self._steps.count() - 1,
                _(
                    "Something is damaged in this backup. Open the vault once more: all that is whole is "
                    "restored then, and what is damaged is left out."
                ),
            )
