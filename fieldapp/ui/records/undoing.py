"""Undo with a way back: what a record said before is remembered, so that it can be said again. In the vault lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldapp.records.model import Plain
from fieldapp.services import records, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.views import RecordView
from fieldapp.values import RecordId


@dataclass(frozen=True)
class WayBack:
    """What a redo says again: the fields that the undo changed, the links it took away, whether it hid the record."""

    record: RecordId
    type: str
    values: Mapping[str, Plain]
    links: tuple[RecordId, ...]
    hidden: bool


def undo(archive: Archive, record: RecordId) -> tuple[Changed, WayBack]:
    """Take back the last save written here about a record. Raises as `services.records.undo`."""
    before = views.view(archive, record)
    changed = records.undo(archive, record)
    after = views.view(archive, record)
    said, says = _values(before), _values(after)
    values = {name: said.get(name) for name in said.keys() | says.keys() if said.get(name) != says.get(name)}
    there = {link.id for link in after.links}
    links = tuple(link.id for link in before.links if link.id not in there)
    return changed, WayBack(record, before.row.type, values, links, after.row.hidden and not before.row.hidden)


def redo(archive: Archive, way_back: WayBack) -> Changed:
    """Say again what an undo took back."""
    changed = Changed()
    if way_back.hidden:
        changed |= records.hide(archive, way_back.record, hidden=False)
    if way_back.values:
        changed |= records.save(archive, way_back.type, way_back.values, record=way_back.record)
    for link in way_back.links:
        changed |= records.hide(archive, link, hidden=False)
    return Changed(changed.records | {way_back.record})


def _values(view: RecordView) -> dict[str, Plain]:
    """What a person said, by field; a list for a field of several items."""
    values: dict[str, Plain] = {}
    for shown in view.fields:
        if shown.field is None or shown.field.machine:
            continue
        if shown.field.multi:
            items = values.setdefault(shown.name, [])
            assert isinstance(items, list)
            items.append(shown.value)
        else:
            values[shown.name] = shown.value
    return values
