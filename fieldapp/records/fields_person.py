"""Person: one human being, or a group counted as one (HURIDOCS 0902), with how to reach them without harm."""

from __future__ import annotations

from fieldapp.i18n import N_
from fieldapp.records.fields_shape import CODES, CONTACT, Field, FieldKind, RecordType

_WHO = (
    Field("name", FieldKind.TEXT, N_("Name as told"), group="name"),
    Field("name_in_script", FieldKind.TEXT, N_("Name in other scripts"), multi=True, group="name"),
    Field("other_name", FieldKind.TEXT, N_("Other names"), multi=True, group="name"),
    Field("patronymic", FieldKind.TEXT, N_("Patronymic"), group="name"),
    Field("nickname", FieldKind.TEXT, N_("Nickname"), group="name"),
    Field(
        "counting_unit",
        FieldKind.CHOICE,
        N_("Counting unit"),
        vocabulary="counting_unit",
        group="identity",
        huridocs="0902/MT7",
    ),
    Field("group_size", FieldKind.NUMBER, N_("Number of people"), group="identity", hint=N_("For a group or a family")),
    Field("birth_date", FieldKind.DATE, N_("Date of birth"), group="identity"),
    Field("sex", FieldKind.CHOICE, N_("Sex"), vocabulary="sex", group="identity"),
    Field("citizenship", FieldKind.TEXT, N_("Citizenships"), multi=True, group="identity"),
    Field("national_origin", FieldKind.TEXT, N_("National origin"), group="identity"),
    Field("language", FieldKind.CHOICE, N_("Languages"), vocabulary="language", multi=True, group="identity"),
    Field(
        "identity_document",
        FieldKind.TEXT,
        N_("Identity documents"),
        multi=True,
        group="identity",
        hint=N_("A reference only: kind, country, where it is now"),
    ),
    Field("occupation", FieldKind.TEXT, N_("Occupation"), group="identity"),
    Field("physical_description", FieldKind.LONG_TEXT, N_("Physical description"), group="identity"),
    Field(
        "source_reliability",
        FieldKind.CHOICE,
        N_("Reliability as a source"),
        vocabulary="reliability",
        group="identity",
        huridocs="0953/MT42",
    ),
)

_SITUATION = (
    Field("status", FieldKind.CHOICE, N_("Status now"), vocabulary="person_status", group="situation"),
    Field("status_date", FieldKind.DATE, N_("Date of the status"), group="situation"),
    Field("status_source", FieldKind.TEXT, N_("Source of the status"), group="situation"),
    Field("legal_status", FieldKind.CHOICE, N_("Legal situation"), vocabulary="legal_status", group="situation"),
    Field("health", FieldKind.LONG_TEXT, N_("Health"), group="situation"),
    Field("family_told", FieldKind.CHOICE, N_("Family has been told"), vocabulary="yes_no_unknown", group="situation"),
    Field("family_teller", FieldKind.TEXT, N_("Who tells the family"), group="situation"),
)

_CONTACT = (
    Field("phone", FieldKind.TEXT, N_("Phones"), CONTACT, multi=True, group="contact"),
    Field("safe_channel", FieldKind.CHOICE, N_("Safe channel"), CONTACT, vocabulary="channel", group="contact"),
    Field("safe_hours", FieldKind.TEXT, N_("Safe hours"), CONTACT, group="contact"),
    Field("who_may_answer", FieldKind.TEXT, N_("Who else may answer"), CONTACT, group="contact"),
    Field("what_to_say", FieldKind.TEXT, N_("What to say then"), CONTACT, group="contact"),
    Field("compromised_since", FieldKind.DATE, N_("Channel compromised since"), CONTACT, group="contact"),
    Field("last_contact", FieldKind.DATE, N_("Last contact"), CONTACT, group="contact"),
    Field("next_check_in", FieldKind.DATE, N_("Next check-in due"), CONTACT, group="contact"),
)

_CODES = (
    Field("challenge", FieldKind.TEXT, N_("Challenge"), CODES, group="codes", hint=N_("What we say")),
    Field("answer", FieldKind.TEXT, N_("Answer"), CODES, group="codes", hint=N_("What they say back")),
    Field(
        "trouble_word",
        FieldKind.TEXT,
        N_("Trouble word"),
        CODES,
        group="codes",
        hint=N_("What they say to mean: I am in trouble"),
    ),
)

PERSON = RecordType(
    name="person",
    label=N_("Person"),
    plural=N_("People"),
    date_fields=("status_date",),
    fields=(*_WHO, *_SITUATION, *_CONTACT, *_CODES, Field("notes", FieldKind.LONG_TEXT, N_("Our notes"))),
)
