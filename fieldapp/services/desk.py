"""What came in, in one look: what is wrong, what a person must decide, what is urgent, what is new, what is missing.

It is read often, and of large vaults, so it is bounded: of long lists the first are shown and all are counted, and what
is new in bundles is counted up to `MOST_COUNTED` entries.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.records import store
from fieldapp.records.store import RecordRow
from fieldapp.services import acknowledged, alarms, conflicts, parts, quarantine, tasks, trust, withdrawals
from fieldapp.services.acknowledged import Missing, Unacknowledged
from fieldapp.services.alarms import Alarm
from fieldapp.services.archive import Archive
from fieldapp.services.conflicts import Conflict
from fieldapp.services.parts import WaitingSet
from fieldapp.services.quarantine import Sender
from fieldapp.services.tasks import Task
from fieldapp.services.withdrawals import Group
from fieldapp.services.withdrawn import standing_withdrawals
from fieldapp.values import RecordId

MOST_SHOWN = 50
MOST_CONFLICTS = 5
MOST_ARRIVALS = 30
MOST_COUNTED = 10_000
"""Of so many entries that came since somebody looked it is counted what is new."""

_SEEN = "desk seen"
_SEEN_TICK = "desk seen tick"


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """A bundle that came in. `new` and `changed` count records; they are at least so many where not `counted` whole.

    `number` is the sender's count of bundles for us. `seen`: somebody has looked at it since.
    """

    arrival: int
    number: int
    sender: str
    fingerprint: bytes
    arrived_ms: int
    new: int
    changed: int
    counted: bool
    seen: bool


@dataclass(frozen=True, slots=True)
class Came:
    """A record that a bundle made (`new`) or changed. `urgent`: it cannot wait."""

    row: RecordRow
    new: bool
    urgent: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that waits for a person; lists are cut, the counts beside them are not.

    `urgent_new`: so many of the urgent records, tasks left out, changed since somebody looked; in `urgent` they come
    before the others, which are listed as long as they are in danger, and ask for nobody.
    """

    alarms: tuple[Alarm, ...]
    withdrawals: tuple[Group, ...]
    requests: tuple[Group, ...]
    urgent: tuple[RecordRow, ...]
    urgent_count: int
    urgent_new: int
    tasks_due: tuple[Task, ...]
    contested: tuple[Conflict, ...]
    contested_count: int
    arrivals: tuple[ArrivalRow, ...]
    missing: tuple[Missing, ...]
    waiting_parts: tuple[WaitingSet, ...]
    unacknowledged: Unacknowledged
    quarantined: tuple[Sender, ...]
    to_tell: tuple[RecordId, ...]

    @property
    def decisions(self) -> int:
        """How many things ask for a person before all others: the number on the rail."""
        withdrawn = sum(len(group.withdrawals) for group in (*self.withdrawals, *self.requests))
        overdue = sum(task.overdue for task in self.tasks_due)
        return len(self.alarms) + withdrawn + self.urgent_new + overdue

    @property
    def is_quiet(self) -> bool:
        """Whether nothing waits for anybody."""
        return not (
            self.decisions
            or self.tasks_due
            or self.contested_count
            or self.missing
            or self.waiting_parts
            or self.quarantined
            or self.to_tell
            or any(not arrival.seen for arrival in self.arrivals)
        )


def desk(archive: Archive) -> Desk:
    """What waits for a person now."""
    connection = archive.connection
    today = tasks.today_of(archive.clock())
    withdrawn = standing_withdrawals(archive)
    return Desk(
        alarms=tuple(alarms.alarms(archive)),
        withdrawals=tuple(withdrawals.by_sender(withdrawals.pending_among(withdrawn))),
        requests=tuple(withdrawals.by_sender(withdrawals.requests_among(withdrawn))),
        urgent=tuple(store.urgent_rows(connection, today, MOST_SHOWN)),
        urgent_count=store.urgent_count(connection, today),
        urgent_new=store.urgent_since(connection, today, _seen_tick(archive)),
        tasks_due=tuple(_due(tasks.tasks(archive, state=tasks.OPEN, limit=MOST_SHOWN))),
        contested=tuple(conflicts.contested(archive, limit=MOST_CONFLICTS)),
        contested_count=conflicts.count(archive),
        arrivals=tuple(_arrivals(archive)),
        missing=tuple(acknowledged.missing_bundles(archive)),
        waiting_parts=tuple(parts.waiting(archive)),
        unacknowledged=acknowledged.unacknowledged(archive),
        quarantined=tuple(quarantine.senders(archive)),
        to_tell=tuple(withdrawals.to_tell(archive)),
    )


def mark_seen(archive: Archive) -> None:
    """Somebody has looked: what came and what is urgent until now is new no more. Raises DiskFullError."""
    newest = int(archive.connection.value("SELECT coalesce(max(id), 0) FROM arrival"))
    tick = max(0, store.newest_change(archive.connection))
    with archive.connection.transaction():
        for name, number in ((_SEEN, newest), (_SEEN_TICK, tick)):
            archive.connection.execute(
                "INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, number.to_bytes(8, "big"))
            )


def came_with(archive: Archive, arrival: int, limit: int = 200) -> list[Came]:
    """The records in the lists that a bundle made or changed, what is urgent first, then the latest changed.

    Of a very large bundle the first `MOST_COUNTED` entries are looked at.
    """
    today = tasks.today_of(archive.clock())
    rows = archive.connection.execute(
        "SELECT touch.record, min(touch.entry) FROM"
        " (SELECT id FROM entry WHERE arrival = ? LIMIT ?) AS came CROSS JOIN touch ON touch.entry = came.id"
        " CROSS JOIN record ON record.record = touch.record AND record.type <> 'link' AND record.hidden = 0"
        " WHERE touch.type IS NOT NULL GROUP BY touch.record"
        " ORDER BY record.urgent IS NULL OR record.urgent > ?, record.changed_tick DESC, touch.record LIMIT ?",
        (arrival, MOST_COUNTED, today, limit),
    )
    found = []
    for record, first in rows:
        row = store.row_of(archive.connection, RecordId(record))
        urgent = row.urgent is not None and row.urgent <= today
        found.append(Came(row, not _was_here_before(archive, record, first), urgent))
    return found


def _seen_tick(archive: Archive) -> int:
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_SEEN_TICK,))
    return int.from_bytes(kept, "big") if isinstance(kept, bytes) else -1


def _due(open_tasks: list[Task]) -> list[Task]:
    """The tasks for this device, and those for others that are overdue; what is due first at the front."""
    shown = [task for task in open_tasks if task.mine or task.overdue]
    return sorted(shown, key=lambda task: (task.due is None, task.due or 0, task.record))


def _arrivals(archive: Archive) -> list[ArrivalRow]:
    """The latest bundles; those that came since somebody looked with what is new in them."""
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_SEEN,))
    seen = int.from_bytes(kept, "big") if isinstance(kept, bytes) else 0
    names = {peer.fingerprint: peer.name for peer in trust.known_cards(archive)}
    rows = archive.connection.execute(
        "SELECT id, number, sender, arrived_ms FROM arrival ORDER BY id DESC LIMIT ?", (MOST_ARRIVALS,)
    )
    left = MOST_COUNTED
    found = []
    for arrival, number, sender, arrived_ms in rows:
        new, changed, looked_at = _counted(archive, arrival, left) if arrival > seen else (0, 0, 0)
        whole = arrival <= seen or looked_at < left
        left -= looked_at
        found.append(
            ArrivalRow(
                arrival, number, names.get(sender, ""), sender, arrived_ms, new, changed, whole, seen=arrival <= seen
            )
        )
    return found


def _counted(archive: Archive, arrival: int, most: int) -> tuple[int, int, int]:
    """How many records a bundle made and changed, by at most so many of its entries; and how many those were.

    Crossed joins keep SQLite from beginning with every record that is not hidden.
    """
    rows = archive.connection.execute(
        "SELECT touch.record, min(touch.entry) FROM"
        " (SELECT id FROM entry WHERE arrival = ? LIMIT ?) AS came CROSS JOIN touch ON touch.entry = came.id"
        " CROSS JOIN record ON record.record = touch.record AND record.type <> 'link' AND record.hidden = 0"
        " WHERE touch.type IS NOT NULL GROUP BY touch.record",
        (arrival, most),
    )
    looked_at = int(
        archive.connection.value(
            "SELECT count(*) FROM (SELECT 1 FROM entry WHERE arrival = ? LIMIT ?)", (arrival, most)
        )
    )
    made = sum(1 for record, first in rows if not _was_here_before(archive, record, first))
    return made, len(rows) - made, looked_at


def _was_here_before(archive: Archive, record: bytes, entry: int) -> bool:
    return bool(
        archive.connection.value(
            "SELECT 1 FROM touch WHERE record = ? AND type IS NOT NULL AND entry < ? LIMIT 1", (record, entry)
        )
    )
