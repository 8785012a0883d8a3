"""Every object of a vault read to its end: there, of its size, opening with its key, of its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from fieldapp.errors import VaultDamagedError
from fieldapp.services.safety.findings import MOST_RECORDS, Findings, Kind
from fieldapp.values import RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import encode
from fieldapp.vault.objects import BLOCK, ObjectStore, StoredObject, open_file

_UNKNOWN = (  # claims of documents whose content has no key here: CBOR of 32 bytes is two bytes and they
    "SELECT DISTINCT claim.record, entry.arrival IS NULL AND body.kind = 'attach' FROM claim"
    " JOIN entry ON entry.id = claim.entry JOIN body ON body.entry = claim.entry WHERE claim.key = 'sha256'"
    " AND length(claim.value) = 34 AND claim.replaced = 0 AND NOT EXISTS"
    " (SELECT 1 FROM object WHERE object.sha256 = substr(claim.value, 3))"
)


def read(
    connection: Connection, objects: ObjectStore, found: Findings, read_bytes: Callable[[int], None], names: set[bytes]
) -> tuple[int, int]:
    """Read all objects that the database speaks of. Gives how many, and their bytes; `names` gets their names.

    Raises VaultDamagedError where a page of the database does not verify.
    """
    count = total = 0
    for row in connection.rows("SELECT sha256, size, key FROM object ORDER BY sha256"):
        stored = StoredObject(*row)
        names.update(objects.names_of(stored.sha256))
        kind = problem_of(objects.find_opening(stored), stored, read_bytes)
        if kind is not None:
            found.add(kind, records=records_of(connection, stored.sha256) if found.wants_records(kind) else ())
        count, total = count + 1, total + stored.size
    _note_keyless(connection, found)
    return count, total


def problem_of(place: Path, stored: StoredObject, read_bytes: Callable[[int], None]) -> Kind | None:
    """What is wrong with the file of an object; None where nothing is. Raises what `read_bytes` raises."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(BLOCK))
    try:
        is_there = place.is_file()
    except OSError:  # the disk does not even tell of it
        return Kind.OBJECT_DAMAGED
    if not is_there:
        return Kind.OBJECT_MISSING
    try:
        with open_file(place, stored) as file:
            while count := file.readinto(buffer):
                digest.update(buffer[:count])
                read_bytes(count)
    except VaultDamagedError:
        return Kind.OBJECT_DAMAGED
    return None if digest.digest() == stored.sha256 else Kind.OBJECT_DAMAGED


def records_of(connection: Connection, sha256: bytes) -> tuple[RecordId, ...]:
    """The documents with this content."""
    rows = connection.execute(
        "SELECT DISTINCT record FROM claim WHERE key = 'sha256' AND value = ? LIMIT ?", (encode(sha256), MOST_RECORDS)
    )
    return tuple(RecordId(record) for (record,) in rows)


def _note_keyless(connection: Connection, found: Findings) -> None:
    """Documents whose content cannot be here: attached here, that is a loss; of others, it has not come."""
    for record, is_own in connection.rows(_UNKNOWN):
        found.add(Kind.OBJECT_KEY_LOST if is_own else Kind.CONTENT_NOT_HERE, records=(RecordId(record),))
