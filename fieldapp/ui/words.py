"""What an error means, for the screen: what happened, what is safe, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.jobs import UnexpectedError
from fieldapp.ui.plain import tell


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence, and what follows."""

    what: str
    rest: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.what, *self.rest) if part)


def words_of(error: FieldAppError) -> Words:
    """The words for an error of a job."""
    if isinstance(error, UnexpectedError):
        return Words(
            _("Something went wrong inside the program, by its own mistake."),
            (
                _("What was saved before is safe; the last step was not done."),
                _("Please tell the developers this code. It holds nothing of your records: %s") % error.code,
            ),
        )
    from fieldapp.messages import words_for  # noqa: PLC0415 - start-up time: it reads code that the first screen needs not

    told = words_for(error)
    return Words(told.what, (told.safe, told.do))


def show_error(parent: QWidget | None, error: FieldAppError) -> None:
    """Say it in a sheet. Returns at once."""
    words = words_of(error)
    tell(parent, words.what, *words.rest)
