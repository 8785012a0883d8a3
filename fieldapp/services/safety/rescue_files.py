"""The files of a damaged vault, taken into a new one: attached ones, those that wait, those that nobody speaks of."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldapp.crypto.padding import padded_object_size
from fieldapp.crypto.stream import sealed_size
from fieldapp.services.safety import files_there, objects_read
from fieldapp.services.safety.copying import Copying, is_plain, size_of
from fieldapp.services.safety.files_there import DAMAGED, RECOVERED
from fieldapp.services.safety.findings import Findings, Kind
from fieldapp.vault.connection import Connection
from fieldapp.vault.folder import BORDERS, OBJECTS
from fieldapp.vault.objects import ObjectStore, StoredObject
from fieldapp.vault.reading import ReadVault

_NAMES_BEFORE = "names before"
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
    names_before = connection.value("SELECT value FROM setting WHERE name = ?", (_NAMES_BEFORE,))
    old = vault.objects(names_before)
    files = _Files(vault.folder, copying, found, set())
    copying.begin(2 * int(connection.value("SELECT coalesce(sum(size), 0) FROM object")))
    whole = 0
    not_whole: list[StoredObject] = []
    for row in connection.rows("SELECT sha256, size, key FROM object ORDER BY sha256"):
        stored = StoredObject(*row)
        files.names.update(old.names_of(stored.sha256))
        if _take_object(files, old, stored):
            whole += 1
        else:
            not_whole.append(stored)
    names_made = names_before or secrets.token_bytes(32)
    lost = _look_under_other_names(files, vault.objects(names_made), not_whole)
    with connection.transaction():
        if len(lost) < len(not_whole):
            connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_NAMES_BEFORE, names_made))
        connection.execute_many("DELETE FROM object WHERE sha256 = ?", [(each.sha256,) for each in lost])
    for stored in lost:
        _tell_lost(files, old, stored)
    _take_others(files, files_there.waiting(connection))
    return whole + len(not_whole) - len(lost)


def _take_object(files: _Files, old: ObjectStore, stored: StoredObject) -> bool:
    """Copy an object that is whole, under its name."""
    place = old.find_opening(stored)
    is_whole = objects_read.problem_of(place, stored, files.copying.read) is None
    return is_whole and files.copying.keep(place, _in(files, place))


def _look_under_other_names(files: _Files, named: ObjectStore, not_whole: Sequence[StoredObject]) -> list[StoredObject]:
    """Try the keys of objects on sealed files that nobody speaks of. Gives those for which there is none.

    While objects are sealed anew after a change of the master key, most lie under names that only the key of before
    gives; where the page with that key is lost, they are found like this. They get other names of before, made for
    them, so that sealing anew goes on with them.
    """
    lost: list[StoredObject] = []
    spare = _spare(files) if not_whole else {}
    for stored in not_whole:
        of_its_size = spare.get(sealed_size(padded_object_size(stored.size)), [])
        place = next((place for place in of_its_size if _is_of(place, stored, files.copying)), None)
        made = named.place_before(stored.sha256)
        if place is None or made is None or not files.copying.keep(place, _in(files, made)):
            lost.append(stored)
            continue
        of_its_size.remove(place)
        files.names.add(bytes.fromhex(place.name))
    return lost


def _spare(files: _Files) -> dict[int, list[Path]]:
    """The sealed files that nobody speaks of, by their size."""
    found: dict[int, list[Path]] = {}
    for name in files_there.names_in(files.folder):
        if name.startswith(f"{OBJECTS}/") and files_there.kind_of(name, files.names, None) is Kind.UNKNOWN_OBJECT:
            found.setdefault(size_of(files.folder / name), []).append(files.folder / name)
    return found


def _is_of(place: Path, stored: StoredObject, copying: Copying) -> bool:
    """Whether a file is this object, whole; of another one, 64 KiB tell. Raises what `progress` raises."""
    copying.read(0)
    return objects_read.problem_of(place, stored, copying.read) is None


def _in(files: _Files, place: Path) -> Path:
    """The same place in the new folder."""
    return files.copying.to / place.relative_to(files.folder)


def _tell_lost(files: _Files, old: ObjectStore, stored: StoredObject) -> None:
    """An object that is not whole; what there is of it goes to what is damaged."""
    place = old.find_opening(stored)
    copied = files.copying.keep(place, files.copying.to / DAMAGED / place.relative_to(files.folder))
    files.found.add(Kind.OBJECT_DAMAGED if copied or _may_be_there(place) else Kind.OBJECT_MISSING)


def _may_be_there(place: Path) -> bool:
    """Whether there is something that the disk does not give out."""
    try:
        return place.exists()
    except OSError:
        return True


def _take_others(files: _Files, waiting: set[str]) -> None:
    """What waits in the inbox, what nobody speaks of, and what an earlier repair put aside."""
    to, copying = files.copying.to, files.copying
    for name in files_there.names_in(files.folder):
        source = files.folder / name
        top, _slash, below = name.partition("/")
        kind = files_there.kind_of(name, files.names, waiting) if is_plain(source) else Kind.FOREIGN_FILE
        copied = True
        if kind is Kind.UNKNOWN_OBJECT:
            copied = copying.keep(source, to / RECOVERED / name)
        elif kind is None and below and top in (DAMAGED, RECOVERED):
            copied = copying.keep(source, to / top / _EARLIER / below)
        elif kind is None and top in BORDERS:
            copied = copying.keep(source, to / name)
        if not copied:
            kind = Kind.NOT_CHECKED
        if kind is not None:
            files.found.add(kind, "files" if kind is Kind.NOT_CHECKED else "")
