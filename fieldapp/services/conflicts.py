"""Where accounts disagree: what asks for a person's decision. `records.resolve` makes one."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.records import store
from fieldapp.services.archive import Archive
from fieldapp.services.views import FieldView, RecordRow, field_views


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record of which accounts disagree: in which fields, with the accounts of each, the shown one first.

    `types`: what the record is said to be, where that is in question.
    """

    row: RecordRow
    fields: tuple[FieldView, ...]
    types: tuple[str, ...] = ()


def contested(archive: Archive, limit: int = 200, offset: int = 0) -> list[Conflict]:
    """The records in the lists of which accounts disagree, the latest changed first."""
    rows = store.contested_rows(archive.connection, limit, offset)
    return [_conflict(archive, row) for row in rows]


def count(archive: Archive) -> int:
    """How many records ask for a decision."""
    return store.contested_count(archive.connection)


def _conflict(archive: Archive, row: RecordRow) -> Conflict:
    fields = store.fields_of(archive.connection, row.id)
    asked = {key: state for key, state in fields.items() if state.contested}
    types = store.types_told(archive.connection, row.id)
    return Conflict(row, field_views(archive, row.type, asked), tuple(sorted(types)) if len(types) > 1 else ())
