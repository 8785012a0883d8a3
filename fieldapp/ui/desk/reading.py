"""What the desk shows, read in one go in the vault lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldapp.records.fields_task import TASK
from fieldapp.records.store import RecordRow
from fieldapp.services import conflicts, desk
from fieldapp.services.archive import Archive
from fieldapp.services.conflicts import Conflict
from fieldapp.services.desk import Desk
from fieldapp.services.safety import hints
from fieldapp.services.safety.hints import Hint
from fieldapp.ui.records.facts import Facts, facts_of
from fieldapp.values import RecordId

FEW = 5
"""So many urgent records are shown until somebody asks for all."""
MOST_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class OnDesk:
    """The desk, with the words for its urgent records and more of what disagrees than the desk itself reads."""

    desk: Desk
    urgent: tuple[RecordRow, ...]
    facts: Mapping[RecordId, Facts]
    conflicts: tuple[Conflict, ...]
    hints: tuple[Hint, ...] = ()

    @property
    def urgent_others(self) -> int:
        """How many urgent records are not among those shown."""
        tasks = sum(row.type == TASK.name for row in self.desk.urgent)
        return max(0, self.desk.urgent_count - tasks - len(self.urgent))


def read_desk(archive: Archive, *, all_urgent: bool = False) -> OnDesk:
    """What waits now; of the urgent records a few, or as many as the desk knows."""
    read = desk.desk(archive)
    waiting = [row for row in read.urgent if row.type != TASK.name]  # tasks have their own section
    urgent = tuple(waiting if all_urgent else waiting[:FEW])
    several = tuple(conflicts.contested(archive, limit=MOST_QUESTIONS)) if read.contested_count else ()
    return OnDesk(read, urgent, facts_of(archive, [row.id for row in urgent]), several, hints.hints(archive))
