"""From what a person or a file gives to the value of a claim, and from a claim's value to words.

Values are plain CBOR: text, whole numbers, bytes, lists, maps, None (cleared). What is parsed here is strict; what is
shown may come from another installation or a newer version, so showing never raises.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from fieldapp.errors import BadDateError, BadValueError
from fieldapp.i18n import language
from fieldapp.records import dates
from fieldapp.records.fields_shape import Field, FieldKind
from fieldapp.records.vocabulary import vocabulary
from fieldapp.vault.encoding import Plain

TEXT_MAX_CHARACTERS = 1_000
LONG_TEXT_MAX_CHARACTERS = 1_000_000
NUMBER_MAX = 10**15
RECORD_ID_BYTES = 16


def parse(field: Field, raw: object) -> Plain:
    """The claim value that `raw` (command line text or JSON value) means for one item of `field`.

    None and blank text clear the field. Machine fields are refused.

    Raises:
        BadValueError: `raw` does not fit; `reason` is type, choice, date, number, length, control or machine.
    """
    if field.machine:
        raise BadValueError(field.name, "machine")
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return _PARSERS[field.kind](field, raw)


def show(field: Field | None, value: object) -> str:
    """`value` for people, in the language in use; a shape that the field does not expect is shown plainly."""
    if value is None:
        return ""
    if field is not None:
        known = _SHOWERS.get(field.kind)
        shown = known(field, value) if known else None
        if shown is not None:
            return shown
    return _plainly(value)


def clean_text(field_name: str, raw: object, most: int) -> str:
    """`raw` as NFC text without control characters except newline and tab; line ends become newlines.

    Raises:
        BadValueError: not text, longer than `most`, or with control characters.
    """
    if not isinstance(raw, str):
        raise BadValueError(field_name, "type")
    if len(raw) > 2 * most:  # before any work is done on it; NFC may shorten what is longer by a little
        raise BadValueError(field_name, "length")
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > most:
        raise BadValueError(field_name, "length")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in set(text) - {"\n", "\t"}):
        raise BadValueError(field_name, "control")
    return text


def _text(field: Field, raw: object) -> str:
    return " ".join(clean_text(field.name, raw, TEXT_MAX_CHARACTERS).split())


def _long_text(field: Field, raw: object) -> str:
    return clean_text(field.name, raw, LONG_TEXT_MAX_CHARACTERS)


def _date(field: Field, raw: object) -> Plain:
    if isinstance(raw, Mapping):
        return _told_date(field, raw)
    typed = _text(field, raw)
    try:
        return {"edtf": dates.parse(typed).edtf}
    except BadDateError:
        understood = dates.understand(typed)
    if understood is None:
        raise BadValueError(field.name, "date")
    return {"edtf": understood.edtf, "told": typed}


def _told_date(field: Field, raw: Mapping[object, object]) -> Plain:
    if not raw.keys() <= {"edtf", "told"} or not raw:
        raise BadValueError(field.name, "date")
    told = _text(field, raw.get("told") or "")
    try:
        edtf = dates.parse(_text(field, raw.get("edtf") or dates.UNKNOWN)).edtf
    except BadDateError as error:
        raise BadValueError(field.name, "date") from error
    return {"edtf": edtf, "told": told} if told else {"edtf": edtf}


def _choice(field: Field, raw: object) -> str:
    choices = vocabulary(field.vocabulary or "")
    code = choices.find(_text(field, raw))
    if code is None:
        raise BadValueError(field.name, "choice", choices.codes)
    return code


def _number(field: Field, raw: object) -> int:
    if isinstance(raw, str):
        digits = _text(field, raw)
        if not digits.isdecimal() or len(digits) > len(str(NUMBER_MAX)):
            raise BadValueError(field.name, "number")
        raw = int(digits)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= NUMBER_MAX:
        raise BadValueError(field.name, "number")
    return raw


def _record(field: Field, raw: object) -> bytes:
    if isinstance(raw, str):
        try:
            raw = bytes.fromhex(raw.strip())
        except ValueError as error:
            raise BadValueError(field.name, "type") from error
    if not isinstance(raw, bytes) or len(raw) != RECORD_ID_BYTES:
        raise BadValueError(field.name, "type")
    return raw


def _never(field: Field, raw: object) -> Plain:  # noqa: ARG001 - the shape of every parser
    raise BadValueError(field.name, "type")


_PARSERS: Mapping[FieldKind, Callable[[Field, object], Plain]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _long_text,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.NUMBER: _number,
    FieldKind.RECORD: _record,
    FieldKind.BYTES: _never,
    FieldKind.MAP: _never,
}


def _show_date(_field: Field, value: object) -> str | None:
    edtf, told = date_parts(value)
    if not edtf and not told:
        return None
    try:
        words = dates.describe(dates.parse(edtf), language()) if edtf else ""
    except BadDateError:
        words = edtf
    if not told:
        return words
    return f"{told} ({words})" if words and edtf != dates.UNKNOWN else told


def _show_choice(field: Field, value: object) -> str | None:
    if not isinstance(value, str) or field.vocabulary is None:
        return None
    return vocabulary(field.vocabulary).term(value, language())


def date_parts(value: object) -> tuple[str, str]:
    """EDTF and the words as told of a date value, each empty where it is missing or no text."""
    if not isinstance(value, Mapping):
        return "", ""
    edtf, told = value.get("edtf"), value.get("told")
    return edtf if isinstance(edtf, str) else "", told if isinstance(told, str) else ""


_SHOWERS: Mapping[FieldKind, Callable[[Field, object], str | None]] = {
    FieldKind.DATE: _show_date,
    FieldKind.CHOICE: _show_choice,
}


def _plainly(value: object, depth: int = 8) -> str:
    if isinstance(value, Mapping | list | tuple):
        return _nested(value, depth - 1) if depth else "…"
    if isinstance(value, bytes):
        return value.hex()
    try:
        return "" if value is None else str(value)
    except ValueError:  # an integer of thousands of digits
        return "…"


def _nested(value: Mapping[object, object] | list[object] | tuple[object, ...], depth: int) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{_plainly(key, depth)}: {_plainly(item, depth)}" for key, item in value.items())
    return "; ".join(_plainly(item, depth) for item in value)
