"""What field workers write down: the record types, their fields, and the keys and values of claims. All pure.

A claim says: this record, this field key, this value. A field key is the name of a field, or for one item of a `multi`
field `name#item`, where item is eight lower-case hex digits chosen at random when the item is made. Record types and
fields of a newer version are kept and passed on, so everything here bears unknown names and foreign values.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from fieldapp.errors import BadDateError, BugError, UnknownFieldError, UnknownTypeError
from fieldapp.records import dates, fields_values
from fieldapp.records.fields_document import DOCUMENT, LINK
from fieldapp.records.fields_person import PERSON
from fieldapp.records.fields_shape import (
    CODES,
    COMPARTMENTS,
    CONSENT,
    CONTACT,
    GROUPS,
    ORDINARY,
    Field,
    FieldKind,
    RecordType,
)
from fieldapp.records.fields_task import TASK
from fieldapp.records.fields_testimony import TESTIMONY
from fieldapp.records.vocabulary import vocabulary
from fieldapp.vault.encoding import Plain

__all__ = [
    "CODES",
    "COMPARTMENTS",
    "CONSENT",
    "CONTACT",
    "GROUPS",
    "ORDINARY",
    "TYPES",
    "Field",
    "FieldKind",
    "Plain",
    "RecordType",
    "date_of",
    "field_of",
    "item_key",
    "parse_value",
    "record_type",
    "searchable_text",
    "show_value",
    "split_key",
    "title_of",
    "values_of",
]

TYPES: Mapping[str, RecordType] = {kind.name: kind for kind in (TESTIMONY, PERSON, DOCUMENT, LINK, TASK)}

TITLE_MAX_CHARACTERS = 80

_ITEM = re.compile(r"[0-9a-f]{8}")
_UNSEARCHED = frozenset({FieldKind.RECORD, FieldKind.MAP})
_PHONE_MARKS = re.compile(r"\D+")


def record_type(name: str) -> RecordType:
    """The record type of that name.

    Raises:
        UnknownTypeError: there is none.
    """
    if name not in TYPES:
        raise UnknownTypeError(tuple(TYPES))
    return TYPES[name]


def field_of(type_name: str, key: str) -> Field | None:
    """The field that a field key of a record type belongs to; None where the type or the field is unknown."""
    kind = TYPES.get(type_name)
    return kind.field(split_key(key)[0]) if kind else None


def split_key(key: str) -> tuple[str, str | None]:
    """Field name and item of a field key; a key without a well-formed item is all name."""
    name, mark, item = key.rpartition("#")
    return (name, item) if mark and _ITEM.fullmatch(item) else (key, None)


def item_key(name: str, item: str) -> str:
    """The field key of one item of a multi field.

    Raises:
        BugError: `item` is not eight lower-case hex digits.
    """
    if not _ITEM.fullmatch(item):
        raise BugError("an item is eight hex digits")
    return f"{name}#{item}"


def parse_value(type_name: str, key: str, raw: object) -> Plain:
    """The claim value that `raw` (command line text or JSON value) means for a field, or for one item of a multi field.

    None and blank text give None: the field is cleared.

    Raises:
        UnknownTypeError: no such record type.
        UnknownFieldError: the type has no such field, or the key names an item of a field that has none.
        BadValueError: the value does not fit.
    """
    kind = record_type(type_name)
    name, item = split_key(key)
    field = kind.field(name)
    if field is None or (item is not None and not field.multi):
        raise UnknownFieldError(name, tuple(known.name for known in kind.fields if not known.machine))
    return fields_values.parse(field, raw)


def show_value(field: Field | None, value: object) -> str:
    """A claim's value for people, in the language in use. Never raises: what does not fit is shown plainly."""
    return fields_values.show(field, value)


def values_of(values: Mapping[str, object], name: str) -> list[object]:
    """The values of a field among a record's values by field key: one, or all its items in the order given."""
    return [value for key, value in values.items() if split_key(key)[0] == name and value is not None]


def title_of(type_name: str, values: Mapping[str, object]) -> str:
    """What to call a record in a list, at most 80 characters; empty where nothing is known yet."""
    for name in _TITLE_FIELDS.get(type_name, ("title", "name")):
        words = " ".join(_first_shown(type_name, values, name).split())
        if words:
            return _cut(words)
    if type_name != TESTIMONY.name:
        return ""
    parts = (_first_shown(type_name, values, name) for name in ("account_kind", "date"))
    return _cut(", ".join(part for part in parts if part))


_TITLE_FIELDS = {
    TESTIMONY.name: ("title", "narrative"),
    PERSON.name: ("name", "name_in_script", "other_name", "nickname"),
    DOCUMENT.name: ("title", "file_name"),
    LINK.name: ("role",),
    TASK.name: ("title", "questions"),
}


def searchable_text(type_name: str, values: Mapping[str, object]) -> list[tuple[str, str]]:
    """(field name, text) of everything that search may find, unfolded, in the order of the form.

    Code words, links and machine maps are left out; unknown types and fields too, since a newer version may hide there
    what must not be found. Choices give their terms in both languages, dates their EDTF and words, phones also their
    digits.
    """
    kind = TYPES.get(type_name)
    if kind is None:
        return []
    by_name: defaultdict[str, list[object]] = defaultdict(list)
    for key, value in values.items():
        if value is not None:
            by_name[split_key(key)[0]].append(value)
    return [
        (field.name, text)
        for field in kind.fields
        if field.name in by_name and field.compartment != CODES and field.kind not in _UNSEARCHED
        for value in by_name[field.name]
        for text in _texts(field, value)
        if text
    ]


def date_of(type_name: str, values: Mapping[str, object]) -> tuple[int, int] | None:
    """Earliest and latest day (`date.toordinal`) of what puts the record on the time line, for filters and order."""
    kind = TYPES.get(type_name)
    for name in kind.date_fields if kind else ():
        found = next((span for span in map(_days, values_of(values, name)) if span), None)
        if found:
            return found[0].toordinal(), found[1].toordinal()
    return None


def _days(value: object) -> tuple[date, date] | None:
    edtf, _told = fields_values.date_parts(value)
    try:
        found = dates.parse(edtf)
    except BadDateError:
        return None
    return None if edtf == dates.UNKNOWN else (found.earliest, found.latest)


def _first_shown(type_name: str, values: Mapping[str, object], name: str) -> str:
    field = field_of(type_name, name)
    shown = (show_value(field, value) for value in values_of(values, name))
    return next((words for words in shown if words.strip()), "")


def _cut(words: str) -> str:
    if len(words) <= TITLE_MAX_CHARACTERS:
        return words
    whole = words[:TITLE_MAX_CHARACTERS].rpartition(" ")[0]
    return (whole or words[: TITLE_MAX_CHARACTERS - 1]) + "…"


def _texts(field: Field, value: object) -> Iterator[str]:
    if field.vocabulary and isinstance(value, str):
        terms = vocabulary(field.vocabulary)
        yield from dict.fromkeys((terms.term(value, "en"), terms.term(value, "ru")))
    elif field.kind is FieldKind.DATE:
        yield from fields_values.date_parts(value)
    elif isinstance(value, str | bytes):
        text = show_value(field, value)
        yield text
        if field.name == "phone":
            digits = _PHONE_MARKS.sub("", text)
            yield digits if digits != text else ""
