"""What is here, as a receipt tells of it: how far each log is held, and which files are lacking."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fieldapp.bundles.receipt import HeldLog
from fieldapp.records import standing
from fieldapp.records.payload import first_of_each_key, read_claims
from fieldapp.services.archive import Archive
from fieldapp.values import EntryId, LogId
from fieldapp.vault.chains import LogHave
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import decode, encode
from fieldapp.vault.journal import stored_entry

_MANY_LOGS = 50
_POINTS, _FEW_POINTS = 40, 6
_HASH_BYTES = 32
_NAMED = (
    "SELECT claim.value, log.log FROM claim JOIN entry ON entry.id = claim.entry JOIN log ON log.id = entry.log"
    " WHERE claim.key = 'sha256'"
)
_NAMED_ONLY = f"{_NAMED} AND substr(claim.value, 3) NOT IN (SELECT sha256 FROM object)"  # noqa: S608 - fixed texts
_NAMING = f"{_NAMED} AND claim.value = ?"


def held_logs(connection: Connection, here: Collection[LogHave]) -> tuple[HeldLog, ...]:
    """These logs as a receipt tells of them, in their order; of many, with fewer points each."""
    few = len(here) > _MANY_LOGS
    parting: dict[LogId, int] = dict(
        connection.execute("SELECT log.log, min(fork.seq) FROM fork JOIN log ON log.id = fork.log GROUP BY log.log")
    )
    return tuple(_held(connection, have, parting.get(have.log), few=few) for have in here if have.seq >= 0)


def missing(archive: Archive, logs: set[LogId] | None) -> tuple[bytes, ...]:
    """Hashes that bodies of these logs (None: all) speak of, and whose files are not here.

    A file is here if it lies where it should, with its size: a disk loses files that the database knows. Each is looked
    at once after unlocking.
    """
    connection = archive.connection
    found = connection.execute(_NAMED_ONLY)
    for sha256 in _lost(archive):
        found += connection.execute(_NAMING, (encode(sha256),))
    named = [decode(value) for value, log in found if logs is None or log in logs]
    for rowid in standing.unstanding(connection):  # they claim nothing here, and are told to be held all the same
        entry = stored_entry(connection, rowid)
        claims = read_claims(entry.body) if entry.body else None
        if claims is not None and (logs is None or entry.log in logs):
            named += [claim.value for key, claim in first_of_each_key(claims.claims).items() if key == "sha256"]
    hashes = {value for value in named if isinstance(value, bytes) and len(value) == _HASH_BYTES}
    return tuple(sorted(each for each in hashes if not _is_here(archive, each)))


def _held(connection: Connection, have: LogHave, parting: int | None, *, few: bool) -> HeldLog:
    """A log as a receipt tells of it. Points stand below the first fork, where all entries are on every chain."""
    number = connection.value("SELECT id FROM log WHERE log = ?", (have.log,))
    places = _steps_back(have.seq, _FEW_POINTS if few else _POINTS)
    points = [
        (seq, EntryId(connection.value("SELECT entry FROM entry WHERE log = ? AND seq = ?", (number, seq))))
        for seq in places
        if parting is None or seq < parting
    ]
    return HeldLog(have.log, have.seq, have.head, have.withheld, have.gone, tuple(points))


def _steps_back(seq: int, most: int) -> Iterator[int]:
    """Places below `seq`, each twice as far back as the one before, at most so many; and the first place."""
    step = 1
    for _ in range(most - 1):
        if seq - step <= 0:
            break
        yield seq - step
        step *= 2
    if seq > 0:
        yield 0


def _lost(archive: Archive) -> list[bytes]:
    """The files that the database knows, and that are not where they should be."""
    rows = archive.connection.execute("SELECT sha256, size FROM object")
    return [sha256 for sha256, size in rows if not archive.vault.objects.is_there(sha256, size)]


def _is_here(archive: Archive, sha256: bytes) -> bool:
    size = archive.connection.value("SELECT size FROM object WHERE sha256 = ?", (sha256,))
    return size is not None and archive.vault.objects.is_there(sha256, size)
