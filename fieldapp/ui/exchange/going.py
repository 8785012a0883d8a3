"""What would go with a choice, and what would stay: reckoned in the vault lane, shown before anything is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldapp.records.store import RecordRow
from fieldapp.services import handover, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.handover import Selection
from fieldapp.values import RecordId

_NAMED = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants to hand over. `records`: None for everything; `codes`: code words go along, this once."""

    records: tuple[RecordId, ...] | None
    codes: bool


@dataclass(frozen=True, slots=True)
class Going:
    """What goes with a choice. `linked`: records that the ticked ones speak of, and that stay because of no tick."""

    choice: Choice
    selection: Selection
    linked: tuple[RecordRow, ...]


def going(archive: Archive, choice: Choice) -> tuple[Going, Changed]:
    """Reckon; what was being typed is finished first, and is the second value. Raises what `handover.select` raises."""
    selection = handover.select(archive, choice.records, codes=choice.codes)
    linked = _linked(archive, choice.records, selection) if choice.records else ()
    return Going(choice, selection, linked), selection.finished


def _linked(archive: Archive, ticked: Sequence[RecordId], selection: Selection) -> tuple[RecordRow, ...]:
    goes = {*ticked, *selection.documents}
    stays: dict[RecordId, RecordRow] = {}
    for each in ticked:
        for link in views.view(archive, each).links:
            if link.other is not None and link.other_id not in goes and not link.other.hidden:
                stays[link.other_id] = link.other
        if len(stays) > _NAMED:
            break
    return tuple(stays.values())
