"""An unlocked vault with its clock: what every service works on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fieldapp.errors import BugError
from fieldapp.records import projection
from fieldapp.records.payload import read_claims
from fieldapp.values import LogId, RecordId
from fieldapp.vault import journal
from fieldapp.vault.connection import Connection
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import Author, Moment, StoredEntry
from fieldapp.vault.vault import Vault
from fieldapp.vault.writers import Writer, author_of

Clock = Callable[[], Moment]


def system_clock() -> Moment:
    """What this machine's clock says now."""
    zone = datetime.now().astimezone().utcoffset()
    return Moment(time.time_ns() // 1_000_000, round(zone.total_seconds() / 60) if zone else 0)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a service changed: every record that looks different now, and the one it made, if it made one.

    Both ends of a link that was made, changed or hidden are among them, and whoever is linked with a changed record.
    """

    records: frozenset[RecordId] = field(default=frozenset())
    created: RecordId | None = None

    def __or__(self, other: Changed) -> Changed:
        return Changed(self.records | other.records, self.created or other.created)


@dataclass(frozen=True, slots=True)
class Archive:
    """An unlocked vault. Belongs to the thread that unlocked it; only `vault.objects` may be used from another.

    Who unlocked it writes, in their own log; `written_by` is somebody else who writes here, where it stands for them.
    """

    vault: Vault
    clock: Clock = system_clock
    written_by: Author | None = field(default=None, repr=False)

    @property
    def connection(self) -> Connection:
        """The vault's database."""
        return self.vault.connection

    @property
    def author(self) -> Author:
        """Who writes."""
        return self.written_by or self.vault.author

    @property
    def own_log(self) -> LogId:
        """The log that is written here. Once the vault is unlocked, any thread may ask."""
        return self.author.log

    def as_writer(self, writer: Writer) -> Archive:
        """The same, where what is written stands in the log of another writer, for what they typed themselves."""
        keys = dict(zip(self.vault.own_logs, self.vault.identities, strict=True))[writer.log]
        return replace(self, written_by=author_of(writer.log, keys))

    def write(self, bodies: Sequence[Body]) -> tuple[list[StoredEntry], Changed]:
        """Append entries to the author's log and take them into the projection. Inside `vault.saving()`."""
        entries = journal.append(self.connection, self.author, bodies, self.clock())
        return entries, self.take_in(entries)

    def note(self, bodies: Sequence[Body]) -> Changed:
        """`write` for entries that claim nothing, such as custody: histories are longer, and rows stay as they are."""
        if any(read_claims(body) is not None for body in bodies):
            raise BugError("a claim that is only noted")
        entries = journal.append(self.connection, self.author, bodies, self.clock()) if bodies else []
        return Changed(frozenset(projection.apply_all(self.connection, entries)))

    def take_in(self, entries: Iterable[StoredEntry]) -> Changed:
        """Take stored entries into the projection."""
        touched = projection.apply_all(self.connection, entries)
        return Changed(frozenset(projection.refresh(self.connection, touched)))

    def close(self) -> None:
        """Give the folder up. Only the end of the process locks the vault."""
        self.vault.close()
