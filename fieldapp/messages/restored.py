"""The words for an earlier state of a backup that is restored, because the newest in it is not whole."""

from __future__ import annotations

from datetime import datetime

from fieldapp.i18n import _, language
from fieldapp.records import dates


def passed_over(number: int) -> str:
    """Before any secret is asked for: which state it will be, counted from 1."""
    words = _(
        "The newest state in this backup is damaged, or was never finished. An earlier one is taken, number %(number)d:"
        " what was written in the vault since is not in it."
    )
    return words % {"number": number}


def as_of(begun_ms: int | None) -> str:
    """With the vault that was made: of which day it is; by the clock of then, in this machine's zone."""
    day = _day(begun_ms)
    if not day:
        return _(
            "The newest state in the backup could not be restored. The vault is as it was at an earlier backup, of"
            " which no day is known: what was written since is not in it."
        )
    words = _(
        "The newest state in the backup could not be restored. The vault is as it was at an earlier backup, on %(day)s:"
        " what was written since is not in it."
    )
    return words % {"day": day}


def _day(time_ms: int | None) -> str:
    """A day: "5 March 2026"; nothing where a clock said what no calendar has."""
    try:
        moment = datetime.fromtimestamp((time_ms or 0) / 1000).astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    return dates.describe(dates.parse(moment.date().isoformat()), language()) if time_ms else ""
