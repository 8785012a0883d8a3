"""Document: a photo, recording or paper kept as evidence, unchanged. Link: how two records belong together."""

from __future__ import annotations

from fieldapp.i18n import N_
from fieldapp.records.fields_shape import CONTACT, Field, FieldKind, RecordType

DOCUMENT = RecordType(
    name="document",
    label=N_("Document"),
    plural=N_("Documents"),
    date_fields=("captured_date", "collected_date"),
    fields=(
        Field("title", FieldKind.TEXT, N_("Title"), group="document"),
        Field("document_kind", FieldKind.CHOICE, N_("Kind of document"), vocabulary="document_kind", group="document"),
        Field("description", FieldKind.LONG_TEXT, N_("What it shows"), group="document"),
        Field("language", FieldKind.CHOICE, N_("Languages"), vocabulary="language", multi=True, group="document"),
        Field(
            "derivation",
            FieldKind.CHOICE,
            N_("Made from another document as"),
            vocabulary="derivation",
            group="document",
        ),
        Field("captured_date", FieldKind.DATE, N_("Date it was taken or recorded"), group="collection"),
        Field(
            "clock",
            FieldKind.TEXT,
            N_("Whose clock says so"),
            group="collection",
            hint=N_("Device, time zone, known jumps; a date is never rewritten"),
        ),
        Field("collected_by", FieldKind.TEXT, N_("Collected by"), group="collection"),
        Field("collected_date", FieldKind.DATE, N_("Collected on"), group="collection"),
        Field("collected_place", FieldKind.TEXT, N_("Collected at"), group="collection"),
        Field("collected_from", FieldKind.TEXT, N_("Collected from"), group="collection"),
        Field("device", FieldKind.TEXT, N_("Device"), group="collection"),
        Field("original_location", FieldKind.TEXT, N_("Where the original is"), group="collection"),
        Field("file_name", FieldKind.TEXT, N_("Original file name"), group="file", machine=True),
        Field("media_type", FieldKind.TEXT, N_("Media type"), group="file", machine=True),
        Field("size", FieldKind.NUMBER, N_("Size in bytes"), group="file", machine=True),
        Field("sha256", FieldKind.BYTES, N_("SHA-256 at collection"), group="file", machine=True),
        Field("exif", FieldKind.MAP, N_("Capture metadata"), group="file", machine=True),
        Field("notes", FieldKind.LONG_TEXT, N_("Our notes"), group="notes"),
    ),
)

LINK = RecordType(
    name="link",
    label=N_("Link"),
    plural=N_("Links"),
    fields=(
        Field("from", FieldKind.RECORD, N_("From"), group="link"),
        Field("to", FieldKind.RECORD, N_("To"), group="link"),
        Field(
            "role",
            FieldKind.CHOICE,
            N_("Role"),
            vocabulary="link_role",
            group="link",
            hint=N_("What the second record is to the first"),
        ),
        Field(
            "relation",
            FieldKind.CHOICE,
            N_("Relation"),
            vocabulary="relation",
            group="link",
            huridocs="MT21",
            hint=N_("What the second person is to the first"),
        ),
        Field("may_be_told", FieldKind.TEXT, N_("May be told what, and by whom"), CONTACT, group="contact"),
        Field("note", FieldKind.LONG_TEXT, N_("Note"), group="notes"),
    ),
)
