"""Typing: kept in the vault within a second, and made into entries when the person leaves the field or the record.

A draft is a row of `records.db`, encrypted like everything; it never travels. Drafts that are there after unlocking
were being typed when the program was stopped: `finish_all` makes them into entries then, so nothing is lost.

Rule 1: no word is lost, and none stops the others. What does not fit its field goes to the record's notes, under the
        field's name; what cannot be written at all (a type of a newer version or another than the record's, more text
        than a record holds) stays a draft.
Rule 2: what can be withheld stays apart. Words for code words or safe contact, or for a field that nobody here knows,
        never go to the notes, which travel with everything: what does not fit stays a draft.
Rule 3: what somebody typed becomes an entry of theirs, and is shown to nobody else as theirs. Where it could not be
        finished when somebody else unlocked, it waits, and is finished before they type in the same field.
Rule 4: what is typed answers what was here at the first keystroke (`seen`). What came in since stays beside it.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import compress

from fieldapp.errors import BadValueError, DiskFullError, FieldAppError, PlaceUnwritableError, UnknownFieldError
from fieldapp.i18n import _
from fieldapp.records import store
from fieldapp.records.fields_values import LONG_TEXT_MAX_CHARACTERS
from fieldapp.records.merge import FieldState
from fieldapp.records.model import ORDINARY, TYPES, FieldKind, field_of, item_key, parse_value, split_key
from fieldapp.services import records, seen
from fieldapp.services.archive import Archive, Changed
from fieldapp.values import RecordId
from fieldapp.vault.connection import Row
from fieldapp.vault.encoding import Plain, decode, encode

_KEPT_CONTROLS = "\n\t\r"
_FIRST_WRITER = 1
"""Whose the drafts of vaults are that were made before several people could write in one."""

_OF = f"coalesce(writer, {_FIRST_WRITER})"


@dataclass(slots=True)
class _Sorted:
    """What was typed: what fits its field, and by field what does not, as it was typed; a list holds single items."""

    fitting: dict[str, Plain] = field(default_factory=dict)
    left: dict[str, Plain] = field(default_factory=dict)


def keep(archive: Archive, record: RecordId, type_name: str, values: Mapping[str, Plain]) -> None:
    """Keep what is typed in some fields of a record (which need not exist yet), as it stands, without checking it."""
    _finish_what_stands_there(archive, record, values)
    now = archive.clock().time_ms
    with archive.connection.transaction():
        seen.remember(archive.connection, record, values)
        for name, value in values.items():
            archive.connection.execute(
                "INSERT OR REPLACE INTO draft (record, type, field, value, changed_ms, writer)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (record, type_name, name, encode(_whole(value)), now, archive.vault.writer),
            )


def kept(archive: Archive, record: RecordId) -> dict[str, Plain]:
    """What whoever writes typed in a record, and is not yet finished, by field."""
    rows = archive.connection.execute(
        f"SELECT field, value FROM draft WHERE record = ? AND {_OF} = ? ORDER BY field",  # noqa: S608 - a fixed text
        (record, _who(archive)),
    )
    return {name: decode(value) for name, value in rows}


def records_typed_in(archive: Archive) -> list[RecordId]:
    """The records in which whoever unlocked typed something that is not yet finished."""
    return [RecordId(record) for (record,) in _typed_in(archive, archive.vault.writer)]


def finish(archive: Archive, record: RecordId) -> Changed:
    """Make an entry of what is typed in a record, also in a hidden one. With nothing typed, no new record is made."""
    if not kept(archive, record):
        return Changed()
    with archive.vault.saving() as connection:
        row = store.row_if_there(connection, record)
        type_name, typed = _typed(archive, record, row.type if row else None)
        if type_name not in TYPES:
            return Changed()
        told = _sorted(type_name, typed)
        values = dict(told.fitting)
        fields = seen.fields_seen(connection, record)
        noted = {name for name in told.left if _may_be_noted(type_name, name)}
        notes = _with_notes(fields, type_name, told, noted) if noted else None
        if notes is not None:
            values[_notes_of(type_name)] = notes
        is_blank = row is None and not any(_says(value) for value in values.values())
        changed = Changed() if is_blank else records.save_under(archive, record, type_name, values, seen=fields)
        unwritten = told.left if notes is None else {name: told.left[name] for name in told.left.keys() - noted}
        _forget_written(archive, record, told, unwritten)
        left = connection.execute("SELECT field FROM draft WHERE record = ?", (record,))
        seen.forget_all_but(connection, record, [name for (name,) in left])
    return changed


def begin(archive: Archive, record: RecordId, type_name: str) -> Changed:
    """Finish what is typed in a record, and make the record where there are no words yet: something belongs to it.

    Raises:
        As `records.save`.
    """
    changed = finish(archive, record)
    if store.row_if_there(archive.connection, record) is None:
        changed |= records.save(archive, type_name, {}, record=record)
    return changed


def finish_all(archive: Archive) -> Changed:
    """Make entries of everything typed, each in the log of who typed it: before a lock, an export, after unlocking.

    A record that cannot be finished (one with more items than an entry holds) keeps its drafts and stops no other.

    Raises:
        DiskFullError, PlaceUnwritableError: what was not finished is kept.
    """
    return finish_of_others(archive) | _finish_each(archive, _typed_in(archive, archive.vault.writer))


def finish_of_others(archive: Archive) -> Changed:
    """Make entries of what others who write here typed when the program was stopped, each in the log of who typed it.

    So nothing that one person typed ever becomes an entry of another one. Raises as `finish_all`.
    """
    changed = Changed()
    for writer in archive.vault.writers():
        if writer.id == archive.vault.writer or writer.removed_ms is not None:
            continue
        typed = _typed_in(archive, writer.id)
        changed |= _finish_each(archive.as_writer(writer), typed) if typed else Changed()
    return changed


def _finish_each(archive: Archive, rows: Iterable[Row]) -> Changed:
    changed = Changed()
    for (record,) in rows:
        try:
            changed |= finish(archive, RecordId(record))
        except (DiskFullError, PlaceUnwritableError):  # not of this record
            raise
        except FieldAppError:
            continue
    return changed


def _finish_what_stands_there(archive: Archive, record: RecordId, fields: Collection[str]) -> None:
    """Finish what others left in these fields of a record, before it would be typed over. Raises as `finish_all`."""
    left = archive.connection.execute(f"SELECT DISTINCT {_OF}, field FROM draft WHERE record = ?", (record,))  # noqa: S608
    whose = {writer for writer, name in left if name in fields} - {archive.vault.writer}
    for writer in archive.vault.writers() if whose else ():
        if writer.id in whose and writer.removed_ms is None:
            _finish_each(archive.as_writer(writer), [(record,)])


def _who(archive: Archive) -> int:
    """The writer in whose log it is written."""
    return int(archive.connection.value("SELECT writer FROM log WHERE log = ?", (archive.own_log,)) or _FIRST_WRITER)


def _typed_in(archive: Archive, writer: int) -> list[Row]:
    return archive.connection.execute(f"SELECT DISTINCT record FROM draft WHERE {_OF} = ?", (writer,))  # noqa: S608


def _typed(archive: Archive, record: RecordId, type_name: str | None) -> tuple[str, dict[str, Plain]]:
    """What is typed in a record as of its own type; where it is not there yet, as of the type typed under last."""
    rows = archive.connection.execute(
        f"SELECT type, field, value FROM draft WHERE record = ? AND {_OF} = ?"  # noqa: S608 - a fixed text
        " ORDER BY changed_ms DESC, field",
        (record, _who(archive)),
    )
    wanted = type_name or str(rows[0][0])
    return wanted, {name: decode(value) for kind, name, value in rows if kind == wanted}


def _sorted(type_name: str, typed: Mapping[str, Plain]) -> _Sorted:
    told = _Sorted()
    for name, value in typed.items():
        if isinstance(value, list) and _holds_several(type_name, name):
            fits = [_fits(type_name, name, item) for item in value]
            told.fitting[name] = list(compress(value, fits))
            left = [item for item, it_fits in zip(value, fits, strict=True) if not it_fits]
            if left:
                told.left[name] = left
        elif _fits(type_name, name, value):
            told.fitting[name] = value
        elif _fits(type_name, name, closest := _closest(type_name, name, value)):
            told.fitting[name] = closest
        else:
            told.left[name] = value
    return told


def _may_be_noted(type_name: str, key: str) -> bool:
    """Whether words typed for a field may stand in the notes: it is a known one, and ordinary in every type."""
    name = split_key(key)[0]
    known = [found for kind in TYPES.values() if (found := kind.field(name)) is not None]
    here = {field.name for field in TYPES[type_name].fields}
    return name in here and _notes_of(type_name) in here and all(each.compartment == ORDINARY for each in known)


def _forget_written(archive: Archive, record: RecordId, told: _Sorted, unwritten: Mapping[str, Plain]) -> None:
    """Remove the drafts that are entries now. Single items that are not go on as drafts of their own."""
    connection, who = archive.connection, _who(archive)
    for name in told.fitting.keys() | told.left.keys():
        left = unwritten.get(name)
        if name in told.fitting and isinstance(left, list):
            connection.execute_many(
                "INSERT INTO draft (record, type, field, value, changed_ms, writer)"
                " SELECT record, type, ?, ?, changed_ms, writer FROM draft WHERE record = ? AND field = ?",
                [(item_key(name, secrets.token_hex(4)), encode(item), record, name) for item in left],
            )
        if name in told.fitting or name not in unwritten:
            connection.execute(
                f"DELETE FROM draft WHERE record = ? AND field = ? AND {_OF} = ?",  # noqa: S608 - a fixed text
                (record, name, who),
            )


def _fits(type_name: str, name: str, value: Plain) -> bool:
    try:
        parse_value(type_name, name, value)
    except (BadValueError, UnknownFieldError):
        return False
    return True


def _closest(type_name: str, name: str, value: Plain) -> Plain:
    """What a value that does not fit may say all the same: a date as told, text without control characters."""
    if not isinstance(value, str):
        return value
    known = field_of(type_name, name)
    text = _clean(value)
    return {"told": text} if known is not None and known.kind is FieldKind.DATE else text


def _with_notes(fields: dict[str, FieldState], type_name: str, told: _Sorted, noted: Collection[str]) -> str | None:
    """The record's notes with what does not fit at their end; None where that is more than notes can hold.

    Only the notes that they go on from are replaced: where nobody types in them, `fields` says no others afterwards.
    """
    name = _notes_of(type_name)
    if name in told.fitting:
        notes = told.fitting[name]
    elif name in fields:
        fields[name] = replace(fields[name], claims=fields[name].claims[:1])
        notes = fields[name].value
    else:
        notes = None
    lines = [f"{_label(type_name, key)}: {_in_words(words)}" for key, words in told.left.items() if key in noted]
    text = "\n".join([*([notes] if isinstance(notes, str) and notes else []), *lines])
    return text if len(unicodedata.normalize("NFC", text)) <= LONG_TEXT_MAX_CHARACTERS else None


def _notes_of(type_name: str) -> str:
    return "notes" if TYPES[type_name].field("notes") else "note"


def _label(type_name: str, key: str) -> str:
    known = field_of(type_name, key)
    return _(known.label) if known else _clean(split_key(key)[0])


def _holds_several(type_name: str, key: str) -> bool:
    known = field_of(type_name, key)
    return known is not None and known.multi and split_key(key)[1] is None


def _in_words(value: Plain) -> str:
    if isinstance(value, list):
        return "; ".join(_in_words(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(_in_words(item) for item in value.values())
    return _clean(value.hex() if isinstance(value, bytes) else str(value))


def _clean(text: str) -> str:
    return "".join(c for c in text if c in _KEPT_CONTROLS or unicodedata.category(c) not in {"Cc", "Cs"})


def _says(value: Plain) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _whole(value: Plain) -> Plain:
    """The value with halves of characters, which a keyboard may give and no file can hold, made whole or marked."""
    if isinstance(value, str):
        return _whole_text(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole_text(key): _whole(item) for key, item in value.items()}
    return value


def _whole_text(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
