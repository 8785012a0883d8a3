"""The safe-contact line: what stands beside every phone number. Pure.

No number is shown without it. Where it is missing it says so, because a call at the wrong hour can cost a life.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from fieldapp.i18n import _
from fieldapp.records.model import Plain, field_of, show_value


class Level(Enum):
    """How it looks: the look of a notice."""

    KNOWN = "notice"
    UNKNOWN = "alarm"
    COMPROMISED = "danger"


@dataclass(frozen=True, slots=True)
class Safety:
    """The line, and how it looks."""

    level: Level
    text: str


def safety_of(value: Callable[[str], Plain]) -> Safety:
    """The line of a person whose fields `value` tells."""

    def told(name: str) -> str:
        found = value(name)
        return (
            found if isinstance(found, str) and name != "safe_channel" else show_value(field_of("person", name), found)
        )

    since = told("compromised_since")
    if since:
        return Safety(Level.COMPROMISED, _("Channel compromised since %s: do not call") % since)
    if value("safe_channel") in (None, "", "unknown") or not told("safe_hours").strip():
        return Safety(Level.UNKNOWN, _("Safety unknown: do not call"))
    parts = [told("safe_channel"), told("safe_hours")]
    answers, say = told("who_may_answer"), told("what_to_say")
    if answers:
        parts.append(_("may answer: %s") % answers)
    if say:
        parts.append(_("then say: %s") % say)
    return Safety(Level.KNOWN, " · ".join(parts))
