"""Testimony: one source's account, as HURIDOCS "Information"."""

from __future__ import annotations

from fieldapp.i18n import N_
from fieldapp.records.fields_shape import Field, FieldKind, RecordType

TESTIMONY = RecordType(
    name="testimony",
    label=N_("Testimony"),
    plural=N_("Testimonies"),
    date_fields=("date",),
    fields=(
        Field("title", FieldKind.TEXT, N_("Title"), group="account", hint=N_("A few words to find it by")),
        Field("account_kind", FieldKind.CHOICE, N_("Kind of account"), vocabulary="account_kind", group="account"),
        Field("date", FieldKind.DATE, N_("Date and time of the account"), group="account"),
        Field("channel", FieldKind.CHOICE, N_("Channel"), vocabulary="channel", group="account"),
        Field("place", FieldKind.TEXT, N_("Place of the account"), group="account"),
        Field("language", FieldKind.CHOICE, N_("Language of the account"), vocabulary="language", group="account"),
        Field(
            "narrative",
            FieldKind.LONG_TEXT,
            N_("Narrative"),
            group="narrative",
            hint=N_("Who, what, where, when and how they know, in their own words"),
        ),
        Field(
            "how_known",
            FieldKind.TEXT,
            N_("How the source knows this"),
            group="narrative",
            hint=N_("Saw it, was told it, heard it on the phone…"),
        ),
        Field("recorded", FieldKind.CHOICE, N_("Recording made"), vocabulary="yes_no_unknown", group="narrative"),
        Field(
            "read_back",
            FieldKind.CHOICE,
            N_("Read back to the narrator"),
            vocabulary="yes_no_unknown",
            group="narrative",
        ),
        Field("interviewer", FieldKind.TEXT, N_("Interviewer"), group="people"),
        Field("interpreter", FieldKind.TEXT, N_("Interpreter"), group="people"),
        Field(
            "interpreter_independence",
            FieldKind.CHOICE,
            N_("Independence of the interpreter"),
            vocabulary="interpreter_independence",
            group="people",
        ),
        Field("person_present", FieldKind.TEXT, N_("Persons present"), multi=True, group="people"),
        Field(
            "prior_account",
            FieldKind.TEXT,
            N_("Earlier accounts given"),
            multi=True,
            group="people",
            hint=N_("To whom and when: telling it again and again harms"),
        ),
        Field(
            "source_connection",
            FieldKind.CHOICE,
            N_("Connection of the source to the event"),
            vocabulary="source_connection",
            group="assessment",
            huridocs="MT19",
        ),
        Field(
            "material_type",
            FieldKind.CHOICE,
            N_("Type of material"),
            vocabulary="material_type",
            group="assessment",
            huridocs="MT16",
        ),
        Field(
            "reliability",
            FieldKind.CHOICE,
            N_("Reliability of this information"),
            vocabulary="reliability",
            group="assessment",
            huridocs="2553/MT42",
            hint=N_("Of this account, not of the person"),
        ),
        Field("distress", FieldKind.CHOICE, N_("In distress"), vocabulary="yes_no_unknown", group="care"),
        Field("needs", FieldKind.LONG_TEXT, N_("Needs"), group="care"),
        Field(
            "referral",
            FieldKind.TEXT,
            N_("Referrals"),
            multi=True,
            group="care",
            hint=N_("To whom, when, and what came of it"),
        ),
        Field(
            "notes",
            FieldKind.LONG_TEXT,
            N_("Our notes"),
            group="notes",
            hint=N_("Our own remarks, never the narrator's words"),
        ),
    ),
)
