"""What belongs to a backup of a vault, looked up while it is open; and what the vault notes of its backups.

The setting `backup` holds `noted`, the ids of generations that were begun with a mark of what was gone by then, and
`made`, which tells of the newest that was written: when it was prepared, up to which entry, and that mark. `wrote` has
the SHA-256 of the manifest of each generation that was written, which has the hash of everything in it: so who had the
file in their hands cannot change it unseen by this vault. `begun_ms` is when the newest was begun: a copy of the
database in a backup has that of its own.
"""

from __future__ import annotations

import hashlib
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.bundles import backup, backup_write
from fieldapp.bundles.backup_write import Plan, VaultFile
from fieldapp.crypto.padding import padded_object_size
from fieldapp.crypto.stream import sealed_size
from fieldapp.errors import EntryMalformedError, storage_error
from fieldapp.services.archive import Archive
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain, decode_map, encode
from fieldapp.vault.objects import StoredObject

_SETTING = "backup"
_MOST_NOTED = 512
_RESOURCES = Path(__file__).resolve().parents[3] / "resources"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be written, as it was when it was prepared.

    Of earlier generations, by id: `noted`, what had gone then; `wrote`, the SHA-256 of their manifests, if it is known.
    """

    plan: Plan
    folder: Path = field(repr=False)
    made_ms: int
    entries: int
    gone: bytes
    noted: Mapping[bytes, bytes]
    wrote: Mapping[bytes, bytes]


def prepare(archive: Archive) -> Prepared:
    """Copy the database aside, inside the vault, and note what belongs to it. `write` or `discard` comes next.

    Raises:
        DiskFullError, PlaceUnwritableError, VaultDamagedError: nothing was left behind.
    """
    identity = secrets.token_bytes(backup.ID_BYTES)
    kept = notes(archive)
    gone, noted, wrote = gone_mark(archive.connection), _pairs(kept.get("noted")), _pairs(kept.get("wrote"))
    made_ms = archive.clock().time_ms
    keep_notes(archive, noted=[*list(noted.items())[1 - _MOST_NOTED :], (identity, gone)], begun_ms=made_ms)
    entries = int(archive.connection.value("SELECT max(id) FROM entry") or 0)
    database = archive.vault.place.room("objects") / "new" / secrets.token_hex(16)
    try:
        headers = archive.vault.snapshot(database)
        files = (*_objects(archive), *_inbox(archive.vault.folder))
        plan = Plan(identity, headers, database, database.stat().st_size, files, documents())
    except OSError as problem:
        remove(database)
        raise storage_error(problem) from problem
    except BaseException:
        remove(database)
        raise
    backup_write.check_plan(plan)
    return Prepared(plan, archive.vault.folder, made_ms, entries, gone, noted, wrote)


def discard(prepared: Prepared) -> None:
    """Remove what was copied aside. Doing it twice does no harm; what will not go goes at the next opening."""
    remove(prepared.plan.database)


def _objects(archive: Archive) -> Iterator[VaultFile]:
    """The attached files that the database speaks of."""
    for row in archive.connection.rows("SELECT sha256, size, key FROM object"):
        stored = StoredObject(*row)
        place = archive.vault.objects.find_opening(stored)
        bytes_sealed = sealed_size(padded_object_size(stored.size))
        name = place.relative_to(archive.vault.folder).as_posix()
        yield VaultFile(name, place if _is_file(place, bytes_sealed) else None, bytes_sealed)


def _inbox(folder: Path) -> Iterator[VaultFile]:
    """Sealed bundles and parts that wait; they leave when they are taken in."""
    for path in sorted((folder / "inbox").rglob("*")):
        name = path.relative_to(folder).as_posix()
        if backup.is_file_name(name) and path.is_file() and not path.is_symlink() and (size := path.stat().st_size):
            yield VaultFile(name, path, size, may_go=True)


def _is_file(path: Path, size_bytes: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size_bytes


def documents() -> dict[str, bytes]:
    """What lies in every backup, so that it can be read without this program."""
    texts = {name: _RESOURCES / "backup" / name for name in (backup.README, backup.READER)}
    texts |= {f"formats/{path.name}": path for path in (_RESOURCES / "docs" / "formats").glob("*.md")}
    return {name: path.read_bytes() for name, path in texts.items()}


def gone_mark(connection: Connection) -> bytes:
    """A mark that is another when other entries have lost their bodies here."""
    rows = connection.rows("SELECT entry FROM lacking WHERE why <> 'withheld' ORDER BY entry")
    digest = hashlib.sha256()
    for (entry,) in rows:
        digest.update(int(entry).to_bytes(8, "big"))
    return digest.digest()


def notes(archive: Archive) -> dict[str, Plain]:
    """What the vault keeps about its backups."""
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_SETTING,))
    try:
        return decode_map(kept) if isinstance(kept, bytes) else {}
    except EntryMalformedError:
        return {}


def begun_ms(archive: Archive) -> int | None:
    """When the backup was begun that this vault was restored from, by the clock of then; None where nobody noted it."""
    kept = notes(archive).get("begun_ms")
    return kept if isinstance(kept, int) else None


def note_written(archive: Archive, identity: bytes, manifest: bytes) -> None:
    """Note the SHA-256 of the manifest of a generation. Raises DiskFullError, PlaceUnwritableError."""
    wrote = _pairs(notes(archive).get("wrote")) | {identity: manifest}
    keep_notes(archive, wrote=list(wrote.items())[-_MOST_NOTED:])


def _pairs(listed: Plain) -> dict[bytes, bytes]:
    """What is noted of generations, by their id, in the order of their making."""
    found: dict[bytes, bytes] = {}
    for each in listed if isinstance(listed, list) else []:
        match each:
            case [bytes(identity), bytes(said)]:
                found[identity] = said
    return found


def keep_notes(
    archive: Archive,
    *,
    noted: list[tuple[bytes, bytes]] | None = None,
    wrote: list[tuple[bytes, bytes]] | None = None,
    made: dict[str, Plain] | None = None,
    begun_ms: int | None = None,
) -> None:
    """Keep some of that. Raises DiskFullError, PlaceUnwritableError."""
    kept = notes(archive)
    for name, pairs in (("noted", noted), ("wrote", wrote)):
        if pairs is not None:
            kept[name] = [list(pair) for pair in pairs]
    if made is not None:
        kept["made"] = made
    if begun_ms is not None:
        kept["begun_ms"] = begun_ms
    with archive.connection.transaction():
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_SETTING, encode(kept)))


def remove(path: Path) -> None:
    """Remove a file, if it is there and will go."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
