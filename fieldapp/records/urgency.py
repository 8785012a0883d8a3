"""What cannot wait: somebody in distress, in danger, or a task that is due. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from fieldapp.records.fields_task import OPEN, TASK
from fieldapp.records.model import date_of

ALWAYS = 0
"""The day (ordinal) of what is urgent whatever the day."""

IN_DANGER = frozenset({"detained", "signed", "at_base", "at_front", "missing", "prisoner_of_war", "wounded"})
"""States of a person (`person_status`) that cannot wait."""


def urgent_from(type_name: str, values: Mapping[str, object]) -> int | None:
    """The day (`date.toordinal`) from which a record is urgent; `ALWAYS`, or None for never.

    A testimony is while the person is in distress, a person in danger, an open task from the day after it was due.
    """
    if type_name == "testimony":
        return ALWAYS if values.get("distress") == "yes" else None
    if type_name == "person":
        status = values.get("status")
        return ALWAYS if isinstance(status, str) and status in IN_DANGER else None
    if type_name == TASK.name and values.get("state", OPEN) == OPEN:
        due = date_of(type_name, values)
        return due[1] + 1 if due else None
    return None
