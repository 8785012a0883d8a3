"""The marks of a record: accounts of it differ, somebody is in danger."""

from __future__ import annotations

from datetime import date, datetime

from fieldapp.records.store import RecordRow


def is_urgent(row: RecordRow, today: date | None = None) -> bool:
    """Whether it cannot wait, by this machine's clock."""
    return row.urgent is not None and row.urgent <= (today or datetime.now().astimezone().date()).toordinal()


def marks_of(row: RecordRow) -> list[str]:
    """The icons that stand at the end of its line."""
    return [*(["urgent"] if is_urgent(row) else []), *(["contested"] if row.contested else [])]
