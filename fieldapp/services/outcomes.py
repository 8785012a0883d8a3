"""What became of a bundle: what it made and changed here, and what a person must hear of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fieldapp.records import store
from fieldapp.records.decisions import Receipt, Revoke, Withdraw
from fieldapp.records.store import RecordRow
from fieldapp.services.acknowledged import Missing
from fieldapp.services.alarms import Alarm
from fieldapp.services.archive import Changed
from fieldapp.services.incoming import BundleFacts
from fieldapp.services.revoking import Revocation
from fieldapp.values import EntryId, RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.journal import StoredEntry

LINK = "link"


class Arrival(StrEnum):
    """What became of a bundle."""

    IMPORTED = "imported"
    NOTHING_NEW = "nothing_new"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """One record that a bundle made or changed here.

    `what` is new, changed, withdrawn or hidden: with one of the last two it left the lists with this bundle. `urgent`:
    somebody is in distress or missing, or a task is overdue. `contested`: accounts of it differ.
    """

    id: RecordId
    type: str
    title: str
    what: str
    urgent: bool = False
    contested: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one bundle.

    `alarms`: those that were not there before, or have grown. `withdrawals`, `revocations`: what came of them, whether
    it takes effect here or not. `receipts`: how many were news. `held`: entries of revoked devices, which wait.
    `missing`: what never came of this sender's bundles.
    """

    state: Arrival
    facts: BundleFacts
    new_entries: int
    new_objects: int
    records: tuple[RecordOutcome, ...]
    changed: Changed
    alarms: tuple[Alarm, ...] = ()
    withdrawals: tuple[EntryId, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    receipts: int = 0
    held: int = 0
    missing: Missing | None = None

    @property
    def urgent(self) -> tuple[RecordOutcome, ...]:
        """The records that are urgent now."""
        return tuple(each for each in self.records if each.urgent)

    @property
    def contested(self) -> tuple[RecordOutcome, ...]:
        """The records of which accounts differ now."""
        return tuple(each for each in self.records if each.contested)


@dataclass(slots=True)
class News:
    """What came with a bundle, besides what is said of records."""

    entries: int = 0
    withdrawals: tuple[EntryId, ...] = ()
    revocations: tuple[EntryId, ...] = ()
    receipts: int = 0

    def notice(self, entry: StoredEntry) -> bool:
        """Count an entry. Gives whether it is a receipt, to be taken."""
        self.entries += 1
        kind = entry.body.kind if entry.body else ""
        if kind == Withdraw.KIND:
            self.withdrawals += (entry.id,)
        elif kind == Revoke.KIND:
            self.revocations += (entry.id,)
        return kind == Receipt.KIND


def rows_of(connection: Connection, records: Iterable[RecordId]) -> dict[RecordId, RecordRow]:
    """The rows of those of these records that have one, in the order of their ids."""
    return {row.id: row for row in store.rows_among(connection, records)}


def told(
    before: Mapping[RecordId, RecordRow], after: Mapping[RecordId, RecordRow], today: int
) -> tuple[RecordOutcome, ...]:
    """What became of each record; of links nothing is told. `today`: the ordinal of the day."""
    return tuple(_told(before.get(row.id), row, today) for row in after.values() if row.type != LINK)


def _told(before: RecordRow | None, row: RecordRow, today: int) -> RecordOutcome:
    shown = not row.hidden
    urgent = shown and row.urgent is not None and row.urgent <= today
    return RecordOutcome(row.id, row.type, row.title, _what_became(before, row), urgent, shown and row.contested)


def _what_became(before: RecordRow | None, row: RecordRow) -> str:
    if row.withdrawn and (before is None or not before.withdrawn):
        return "withdrawn"
    if before is None:
        return "new"
    return "hidden" if row.hidden and not before.hidden else "changed"
