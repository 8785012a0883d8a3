"""What `--set`, `--from` and `--clear` give: field → value, as the services take it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec
import typer

from fieldapp.cli import opening
from fieldapp.cli.interrupts import waiting
from fieldapp.errors import BadValueError, FileUnreadableError
from fieldapp.i18n import _
from fieldapp.records.fields_values import TEXT_MAX_CHARACTERS, clean_text
from fieldapp.records.model import Field, FieldKind, field_of, record_type, split_key
from fieldapp.services.archive import Archive

MOST_BYTES = 16 * 1024 * 1024


def values_given(
    archive: Archive, type_name: str, *, sets: Sequence[str], source: str | None, clears: Sequence[str] = ()
) -> dict[str, object]:
    """The values of a command, field by field. What `--set` says wins over `--from`.

    Raises:
        UnknownTypeError, BadValueError, FileUnreadableError, RecordNotFoundError, and wrong usage.
    """
    record_type(type_name)
    read = read_values(source) if source is not None else {}
    given = read | _from_sets(type_name, sets) | dict.fromkeys(clears)
    return {key: _as_services_take_it(archive, type_name, key, value) for key, value in given.items()}


def read_values(source: str) -> dict[str, object]:
    """The JSON object in a file, or on standard input where `source` is "-".

    Raises:
        FileUnreadableError, and wrong usage: it is no JSON object.
    """
    content = _content(source)
    if len(content) > MOST_BYTES:
        raise typer.BadParameter(_("--from: more than 16 MiB."))
    try:
        return msgspec.json.decode(content, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise typer.BadParameter(_("--from: this is not a JSON object of field and value.")) from problem


def one_line(option: str, text: str) -> str:
    """Free text of an option, as it can be written down and searched for. Raises BadValueError."""
    return " ".join(clean_text(option, text, TEXT_MAX_CHARACTERS).split())


def _content(source: str) -> bytes:
    try:
        if source == "-":
            with waiting():
                return sys.stdin.buffer.read(MOST_BYTES + 1)
        with open(source, "rb") as file:  # noqa: PTH123 - Path("") would be the folder
            return file.read(MOST_BYTES + 1)
    except (FileNotFoundError, ValueError) as problem:
        raise FileUnreadableError("missing") from problem
    except IsADirectoryError as problem:
        raise FileUnreadableError("folder") from problem
    except OSError as problem:
        raise FileUnreadableError("refused") from problem


def _from_sets(type_name: str, sets: Sequence[str]) -> dict[str, object]:
    given: dict[str, list[object]] = {}
    for each in sets:
        key, mark, value = each.partition("=")
        if not mark or not key:
            raise typer.BadParameter(_("--set wants FIELD=VALUE."))
        given.setdefault(key.strip(), []).append(_text_or_date_map(type_name, key.strip(), value))
    for key, values in given.items():
        if len(values) > 1 and not _holds_several(type_name, key):
            raise typer.BadParameter(_("The field %(field)s holds one value, and was set twice.") % {"field": key})
    return {key: values if _holds_several(type_name, key) else values[0] for key, values in given.items()}


def _text_or_date_map(type_name: str, key: str, value: str) -> object:
    """The value as text; for a date also the JSON object of its parts, {"edtf": …, "told": …}."""
    field = field_of(type_name, key)
    if field is None or field.kind is not FieldKind.DATE or not value.lstrip().startswith("{"):
        return value
    try:
        return msgspec.json.decode(value, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as problem:  # arguments may hold any bytes
        raise BadValueError(field.name, "date") from problem


def _as_services_take_it(archive: Archive, type_name: str, key: str, value: object) -> object:
    """A list exactly where the field holds several; ids of records in full."""
    field = field_of(type_name, key)
    several = _holds_several(type_name, key)
    if isinstance(value, list):
        if field is not None and not several:
            raise BadValueError(field.name, "type")
        return [_in_full(archive, field, item) for item in value]
    if several:
        return [] if value is None else [value]
    return _in_full(archive, field, value)


def _in_full(archive: Archive, field: Field | None, value: object) -> object:
    if field is None or field.kind is not FieldKind.RECORD or not isinstance(value, str):
        return value
    return opening.record_of(archive, value)


def _holds_several(type_name: str, key: str) -> bool:
    """Whether the key names a whole field of several items."""
    field = field_of(type_name, key)
    return field is not None and field.multi and split_key(key)[1] is None
