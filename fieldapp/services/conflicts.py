"""Where accounts disagree: what asks for a person's decision. `records.resolve` makes one."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.records import store
from fieldapp.services.archive import Archive
from fieldapp.services.views import FieldView, RecordRow, fields_of_several


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
    rows = {row.id: row for row in store.contested_rows(archive.connection, limit, offset)}
    fields = store.fields_of_each(archive.connection, list(rows))
    types = store.types_told(archive.connection, list(rows))
    asked = {record: {key: state for key, state in fields[record].items() if state.contested} for record in rows}
    shown = fields_of_several(archive, {record: (rows[record].type, asked[record]) for record in rows})
    return [
        Conflict(row, shown[record], tuple(sorted(types[record])) if len(types[record]) > 1 else ())
        for record, row in rows.items()
    ]


def count(archive: Archive) -> int:
    """How many records ask for a decision."""
    return store.contested_count(archive.connection)
