"""Moments in words, as short as they may be: today's by the hour, this year's by the day."""

from __future__ import annotations

from datetime import date, datetime

from fieldapp.i18n import _, language
from fieldapp.records import dates


def moment_words(time_ms: int, now: datetime | None = None) -> str:
    """When something was written down, in this machine's zone; a foreign clock may say what no calendar has."""
    try:
        moment = datetime.fromtimestamp(time_ms / 1000).astimezone()
    except (ValueError, OverflowError, OSError):
        return f"@{time_ms}"
    today = (now or datetime.now().astimezone()).date()
    hour = f"{moment:%H:%M}"
    if moment.date() == today:
        return _("today, %s") % hour
    return f"{day_words(moment.date())}, {hour}"


def day_words(day: date) -> str:
    """A day: "5 March 2026"."""
    return dates.describe(dates.parse(day.isoformat()), language())
