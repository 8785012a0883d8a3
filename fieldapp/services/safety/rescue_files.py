"""The files of a damaged vault, taken into a new one: attached ones, those that wait, those that nobody speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fieldapp.services.safety import files_there, objects_read
from fieldapp.services.safety.copying import Copying, is_plain
from fieldapp.services.safety.files_there import DAMAGED, RECOVERED
from fieldapp.services.safety.findings import Findings, Kind
from fieldapp.vault.connection import Connection
from fieldapp.vault.folder import BORDERS
from fieldapp.vault.objects import ObjectStore, StoredObject
from fieldapp.vault.reading import ReadVault

_NAME_BEFORE = "names before"
_EARLIER = "earlier"
"""Where in these folders lies what an earlier repair put there."""


@dataclass(frozen=True, slots=True)
class _Files:
    """Files on their way. `names`: those of objects that the database speaks of."""

    folder: Path
    copying: Copying
    found: Findings
    names: set[bytes]


def take(vault: ReadVault, copying: Copying, found: Findings, connection: Connection) -> int:
    """Copy all of them; the new database forgets those objects that are lost. Gives how many objects are whole.

    Raises OSError, DiskFullError, PlaceUnwritableError: the new place. What `progress` raises.
    """
    old = vault.objects(connection.value("SELECT value FROM setting WHERE name = ?", (_NAME_BEFORE,)))
    files = _Files(vault.folder, copying, found, set())
    copying.begin(2 * int(connection.value("SELECT coalesce(sum(size), 0) FROM object")))
    whole = 0
    lost: list[bytes] = []
    for row in connection.rows("SELECT sha256, size, key FROM object ORDER BY sha256"):
        stored = StoredObject(*row)
        files.names.update(old.names_of(stored.sha256))
        if _take_object(files, old, stored):
            whole += 1
        else:
            lost.append(stored.sha256)
    with connection.transaction():
        connection.execute_many("DELETE FROM object WHERE sha256 = ?", [(sha256,) for sha256 in lost])
    _take_others(files, files_there.waiting(connection))
    return whole


def _take_object(files: _Files, old: ObjectStore, stored: StoredObject) -> bool:
    """Copy an object that is whole under its name; one that is not goes to what is damaged."""
    place = old.find_opening(stored)
    name = place.relative_to(files.folder)
    kind = objects_read.problem_of(place, stored, files.copying.read)
    if kind is None and files.copying.keep(place, files.copying.to / name):
        return True
    files.found.add(kind or Kind.OBJECT_DAMAGED)
    if kind is Kind.OBJECT_DAMAGED:
        files.copying.keep(place, files.copying.to / DAMAGED / name)
    return False


def _take_others(files: _Files, waiting: set[str]) -> None:
    """What waits in the inbox, what nobody speaks of, and what an earlier repair put aside."""
    to, copying = files.copying.to, files.copying
    for name in files_there.names_in(files.folder):
        source = files.folder / name
        top, _slash, below = name.partition("/")
        kind = files_there.kind_of(name, files.names, waiting) if is_plain(source) else Kind.FOREIGN_FILE
        copied = True
        if kind is Kind.UNKNOWN_OBJECT:
            copied = copying.keep(source, to / RECOVERED / source.name)
        elif kind is None and below and top in (DAMAGED, RECOVERED):
            copied = copying.keep(source, to / top / _EARLIER / below)
        elif kind is None and top in BORDERS:
            copied = copying.keep(source, to / name)
        if not copied:
            kind = Kind.NOT_CHECKED
        if kind is not None:
            files.found.add(kind, "files" if kind is Kind.NOT_CHECKED else "")
