"""Which files lie in the folder of a vault, and of which nobody speaks. Names are compared, nothing is opened."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from fieldapp.services.safety.findings import Findings, Kind
from fieldapp.vault.connection import Connection
from fieldapp.vault.folder import BELONGS, DATABASE, NEXT, OBJECTS, UNFINISHED

DAMAGED, RECOVERED = "damaged", "recovered"
"""What a repair could not take over, and what nobody spoke of: kept as it was, in these folders of the new vault."""

_NEVER_FOLDERS = (f"{DATABASE}-journal", NEXT)
_WAITING = re.compile(r"(inbox|outbox)/[0-9a-f]{64}")


def look(folder: Path, objects: Collection[bytes] | None, found: Findings, *, inbox: Connection | None) -> None:
    """Note what is left over, not spoken of, or not ours. `objects`: names that the database speaks of, as bytes.

    `objects` is None where that is not known; `inbox`: the database that knows what waits there, None where it cannot
    be asked.
    """
    there = None if inbox is None else waiting(inbox)
    for name in names_in(folder):
        kind = kind_of(name, objects, there) if is_file(folder / name) else Kind.FOREIGN_FILE
        if kind is not None:
            found.add(kind)
    found.add(Kind.FOREIGN_FILE, count=sum((folder / name).is_dir() for name in _NEVER_FOLDERS))


def is_file(path: Path) -> bool:
    """Whether it may be one of ours: no pipe, no device. What the disk does not tell of may be."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def names_in(folder: Path) -> Iterator[str]:
    """Every file below a folder, `/`-joined; what cannot be looked into is passed over."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_link(Path(place, name)))
        for name in sorted(names):
            yield Path(place, name).relative_to(folder).as_posix()


def kind_of(name: str, objects: Collection[bytes] | None, bundles: Collection[str] | None) -> Kind | None:
    """What is to be told of a file; None where it has its place. `bundles`: those that wait in the inbox."""
    if name.partition("/")[0] in (DAMAGED, RECOVERED) and "/" in name:
        return None
    if BELONGS.fullmatch(name):
        if name.startswith(f"{OBJECTS}/"):
            known = objects is None or bytes.fromhex(name[-64:]) in objects
            return None if known else Kind.UNKNOWN_OBJECT
        if _WAITING.fullmatch(name) and bundles is not None and name not in bundles:
            return Kind.UNKNOWN_OBJECT
        return None
    return Kind.LEFTOVER if UNFINISHED.fullmatch(name) else Kind.FOREIGN_FILE


def waiting(connection: Connection) -> set[str]:
    """The sealed bundles that wait in the inbox for a decision, as names below the folder."""
    return {f"inbox/{name}" for (name,) in connection.execute("SELECT name FROM quarantine")}


def _is_link(folder: Path) -> bool:
    try:
        return folder.is_symlink()
    except OSError:  # the disk does not tell: whoever looks into it finds nothing
        return False
