"""Reading the revocations that are here; which of them count is decided in `standing`, in its table `revocation`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from fieldapp.records.decisions import Revoke, read_decision
from fieldapp.values import EntryId, LogId
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.journal import StoredEntry, stored_entry


@dataclass(frozen=True, slots=True)
class Revocation:
    """A device was revoked by `issuer`: of `log`, nothing beyond the entry `head` at `seq` is to be believed.

    `counts`: it has effect here. `despite`: it would have, but its card was trusted here by name all the same.
    """

    entry: EntryId
    rowid: int
    issuer: LogId
    log: LogId
    fingerprint: bytes
    seq: int
    head: EntryId
    reason: str
    name: str
    time_ms: int
    arrival: int | None
    counts: bool
    despite: bool

    @property
    def own(self) -> bool:
        """Whether it was written here."""
        return self.arrival is None


def revocations(connection: Connection, among: Collection[EntryId] | None = None) -> list[Revocation]:
    """Every revocation that is here, in the order in which they came; of these entries only, if asked."""
    query = "SELECT revocation.entry, counts, despite FROM revocation"
    if among is None:
        rows = connection.execute(query)
    else:
        rows = connection.among(f"{query} JOIN entry ON entry.id = revocation.entry WHERE entry.entry IN (?*)", among)
    return _read_revocations(connection, rows)


def heard_revocations(connection: Connection) -> tuple[list[Revocation], dict[int, int]]:
    """Those that count, or would; and of those without effect only the first of each issuer (its row), with how many.

    Whoever may not revoke can write a hundred thousand revocations: they are counted, and not read.
    """
    counting = connection.execute("SELECT entry, counts, despite FROM revocation WHERE counts = 1")
    idle = connection.execute(
        "SELECT min(revocation.entry), count(*) FROM revocation JOIN entry ON entry.id = revocation.entry"
        " WHERE counts = 0 AND fingerprint <> x'' GROUP BY entry.log"
    )
    counts: dict[int, int] = dict(idle)
    return _read_revocations(connection, [*counting, *((first, 0, 0) for first in counts)]), counts


def _read_revocations(connection: Connection, rows: Iterable[Row]) -> list[Revocation]:
    found = []
    for rowid, counts, despite in sorted(rows):
        entry = stored_entry(connection, rowid)
        said = read_decision(entry.body) if entry.body else None
        if isinstance(said, Revoke):
            found.append(_revocation(entry, said, counts=counts > despite, despite=bool(counts and despite)))
    return found


def _revocation(entry: StoredEntry, said: Revoke, *, counts: bool, despite: bool) -> Revocation:
    return Revocation(
        entry=entry.id,
        rowid=entry.rowid,
        issuer=entry.log,
        log=said.log,
        fingerprint=said.fingerprint,
        seq=said.seq,
        head=said.head,
        reason=said.reason,
        name=said.name,
        time_ms=entry.time_ms,
        arrival=entry.arrival,
        counts=counts,
        despite=despite,
    )
