"""Task: what a coordinator asks somebody to find out about a person, and what came of it."""

from __future__ import annotations

from fieldapp.i18n import N_
from fieldapp.records.fields_shape import Field, FieldKind, RecordType

OPEN, ANSWERED, CLOSED = "open", "answered", "closed"

TASK = RecordType(
    name="task",
    label=N_("Task"),
    plural=N_("Tasks"),
    date_fields=("due",),
    fields=(
        Field("title", FieldKind.TEXT, N_("Title"), group="task"),
        Field("about", FieldKind.RECORD, N_("About"), group="task", hint=N_("The person it is about")),
        Field("questions", FieldKind.LONG_TEXT, N_("Questions"), group="task", hint=N_("What to find out")),
        Field("assigned_to", FieldKind.TEXT, N_("For whom"), group="task"),
        Field("due", FieldKind.DATE, N_("Due on"), group="task"),
        Field(
            "expires",
            FieldKind.DATE,
            N_("Leaves the device on"),
            group="task",
            hint=N_("After this day, what came with the task is taken off the device"),
        ),
        Field("state", FieldKind.CHOICE, N_("State"), vocabulary="task_state", group="task"),
        Field("reply", FieldKind.LONG_TEXT, N_("Answer"), group="task"),
        Field("notes", FieldKind.LONG_TEXT, N_("Our notes"), group="notes"),
    ),
)
