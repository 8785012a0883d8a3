"""Typing: kept in the vault within a second, and made into entries when the person leaves the field or the record.

A draft is a row of `records.db`, encrypted like everything; it never travels. Drafts that are there after unlocking
were being typed when the program was stopped: they are finished into entries then, so nothing is lost.
"""

from __future__ import annotations

from fieldapp.errors import BadValueError, UnknownFieldError, UnknownTypeError
from fieldapp.records.model import FieldKind, field_of
from fieldapp.services import records
from fieldapp.services.archive import Archive, Changed
from fieldapp.values import RecordId
from fieldapp.vault.encoding import Plain, decode, encode


def keep(archive: Archive, record: RecordId, type_name: str, values: dict[str, Plain]) -> None:
    """Keep what is typed in some fields of a record (which need not exist yet), as it stands, without checking it."""
    now = archive.clock().time_ms
    with archive.connection.transaction():
        for name, value in values.items():
            archive.connection.execute(
                "INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?, ?)", (record, type_name, name, encode(value), now)
            )


def kept(archive: Archive, record: RecordId) -> dict[str, Plain]:
    """What is typed and not yet finished in a record, by field."""
    rows = archive.connection.execute("SELECT field, value FROM draft WHERE record = ? ORDER BY field", (record,))
    return {name: decode(value) for name, value in rows}


def finish(archive: Archive, record: RecordId) -> Changed:
    """Make an entry of what is typed in a record. What does not fit its field is kept as a note, in the words typed."""
    typed = kept(archive, record)
    if not typed:
        return Changed()
    with archive.vault.saving() as connection:
        type_name = connection.value("SELECT type FROM draft WHERE record = ?", (record,))
        changed = records.save_under(archive, record, type_name, _fitting(archive, record, type_name, typed))
        connection.execute("DELETE FROM draft WHERE record = ?", (record,))
    return changed


def finish_all(archive: Archive) -> Changed:
    """Make entries of everything typed: before a lock, an export, and after unlocking."""
    changed = Changed()
    for (record,) in archive.connection.execute("SELECT DISTINCT record FROM draft"):
        changed |= finish(archive, RecordId(record))
    return changed


def _fitting(archive: Archive, record: RecordId, type_name: str, typed: dict[str, Plain]) -> dict[str, Plain]:
    """The typed values that fit; the others are added to the record's notes, so that no word is lost."""
    fitting: dict[str, Plain] = {}
    left: list[str] = []
    for name, value in typed.items():
        plain = _as_told(type_name, name, value)
        try:
            records.claims_for(type_name, {name: plain}, {}, records.Told())
        except (BadValueError, UnknownFieldError):
            left.append(f"{name}: {value!s}")
        except UnknownTypeError:
            return {}
        else:
            fitting[name] = plain
    if left:
        notes = fitting.get("notes", records.shown_value(archive, record, "notes"))
        fitting["notes"] = "\n".join([*([str(notes)] if notes else []), *left])
    return fitting


def _as_told(type_name: str, name: str, value: Plain) -> Plain:
    """A date that cannot be read as one stays in the words as told."""
    field = field_of(type_name, name)
    if field is None or field.kind is not FieldKind.DATE or not isinstance(value, str):
        return value
    try:
        records.claims_for(type_name, {name: value}, {}, records.Told())
    except BadValueError:
        return {"told": value}
    return value
