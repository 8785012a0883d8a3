"""A practice vault is made: a few seconds, and nothing to be asked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, language
from fieldapp.jobs import Ends, Lane
from fieldapp.ui.opening.doors import Doors, Open, usual_place
from fieldapp.ui.opening.page import Page

_NAME = "Practice"


class PracticeScreen(Page):
    """Begins at once, in a new folder where vaults usually are."""

    made = Signal(object)
    """The open archive."""
    failed = Signal(FieldAppError)

    def __init__(self, doors: Doors, lane: Lane, home: Path) -> None:
        super().__init__(_("Preparing the practice vault…"), _("This takes a few seconds."), icon="people")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.heading.text())
        self.column.addWidget(self.bar)
        place = _free_place(usual_place(home))
        lane.start(
            lambda progress: doors.practice(place, language(), progress),
            Ends(self._on_made, self.failed.emit, progress=self._on_progress),
        )

    def _on_made(self, archive: Open) -> None:
        self.made.emit(archive)

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setValue(100 * done // max(total, 1))


def _free_place(folder: Path) -> Path:
    """A folder of that name that is not there yet."""
    places = (folder / (f"{_NAME} {number}" if number else _NAME) for number in range(1000))
    return next(place for place in places if not place.exists())
