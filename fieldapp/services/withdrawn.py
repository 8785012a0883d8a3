"""The withdrawals that stand here, as a person sees them: what each would do, and what was done already.

Rule: what was confirmed once is offered again where bodies of the record are here again: they came later, or a copy of
      the vault was restored, and an earlier log of ours, which comes in with a bundle, tells that it was confirmed.
      What comes in may be a thief's, though our own key signed it: it must stand, in another log than the one that is
      written now; the withdrawal that it names must be here; and it is shown as what it is, somebody's on that device.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fieldapp.records import store, withdrawing
from fieldapp.records.decisions import Keep, Shred, read_decision
from fieldapp.services import erasure
from fieldapp.services.archive import Archive
from fieldapp.services.history import Author, origins
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault import journal
from fieldapp.vault.connection import Connection


class State(StrEnum):
    """What a withdrawal is here: waiting for a person, a request without effect, declined, or done."""

    PENDING = "pending"
    REQUEST = "request"
    DECLINED = "declined"
    CONFIRMED = "confirmed"


_CONFIRMED = "body.kind = 'shred' AND log.secrets IS NOT NULL"
_STANDING_EARLIER = (
    "(entry.arrival IS NOT NULL AND log.id <> (SELECT max(id) FROM log WHERE secrets IS NOT NULL)"
    " AND entry.id NOT IN (SELECT entry FROM unstanding))"
)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One withdrawal that stands. `bodies`: how many of the record's entries are here; `again`: confirmed before.

    `own`: by somebody who writes here; `mine`: by who unlocked.
    """

    entry: EntryId
    record: RecordId
    type: str
    title: str
    sender: str
    sender_log: LogId
    own: bool
    by: str
    how: str
    date: str
    reason: str
    time_ms: int
    state: State
    bodies: int
    again: bool
    mine: bool = False


def standing_withdrawals(archive: Archive) -> list[Withdrawal]:
    """Every withdrawal that stands and is not lifted, of what is here or was declined; and what is offered again.

    Offered again is what an earlier log confirmed.
    """
    connection = archive.connection
    said = [each for each in withdrawing.withdrawals(connection) if each.withdrawn and not each.lifted]
    shredded = _shredded_here(connection) if said else set[RecordId]()
    bodies = erasure.count_bodies(connection, {each.record for each in said})
    behind = origins(archive)
    found = [
        _read(archive, each, behind.author(each.log), bodies[each.record], again=each.record in shredded)
        for each in said
    ]
    waiting = {each.record for each in found if each.state is State.PENDING}
    return [*found, *_offered_again(archive, waiting)]


def _read(archive: Archive, said: withdrawing.Withdrawal, author: Author, bodies: int, *, again: bool) -> Withdrawal:
    row = store.row_if_there(archive.connection, said.record)
    return Withdrawal(
        entry=said.entry,
        record=said.record,
        type=row.type if row else "",
        title=row.title if row else "",
        sender=author.person,
        sender_log=said.log,
        own=author.own,
        by=said.by,
        how=said.how,
        date=said.date,
        reason=said.reason,
        time_ms=said.time_ms,
        state=_state(said, bodies),
        bodies=bodies,
        again=again,
        mine=author.me,
    )


def _state(said: withdrawing.Withdrawal, bodies: int) -> State:
    if said.declined:
        return State.DECLINED
    if not said.counts:
        return State.REQUEST
    return State.PENDING if bodies else State.CONFIRMED


def _shredded_here(connection: Connection) -> set[RecordId]:
    """The records that one of our logs says were destroyed."""
    rows = connection.execute(
        "SELECT touch.record FROM body JOIN touch ON touch.entry = body.entry"  # noqa: S608 - fixed texts
        " JOIN entry ON entry.id = body.entry"
        f" JOIN log ON log.id = entry.log WHERE {_CONFIRMED} AND ({_STANDING_EARLIER} OR entry.arrival IS NULL)"
    )
    return {RecordId(record) for (record,) in rows}


def _offered_again(archive: Archive, waiting: set[RecordId]) -> list[Withdrawal]:
    """What an earlier log of ours confirmed after this vault was copied, where the withdrawal itself does not count.

    Trust does not travel: after a restore, whoever withdrew the record may not be trusted yet.
    """
    connection = archive.connection
    rows = connection.execute(
        "SELECT entry.id FROM body JOIN entry ON entry.id = body.entry JOIN log ON log.id = entry.log"  # noqa: S608 - fixed
        f" WHERE {_CONFIRMED} AND {_STANDING_EARLIER} ORDER BY entry.id"
    )
    offered: dict[RecordId, Withdrawal] = {}
    for (rowid,) in rows:
        entry = journal.stored_entry(connection, rowid)
        said = read_decision(entry.body) if entry.body else None
        if not isinstance(said, Shred) or said.withdrawal is None or said.record in waiting:
            continue
        known = connection.value(
            "SELECT 1 FROM withdrawal JOIN entry ON entry.id = withdrawal.entry"
            " WHERE entry.entry = ? AND withdrawal.record = ?",
            (said.withdrawal, said.record),
        )
        if known is not None and not _is_settled(archive, said, entry.id):
            offered[said.record] = _again(archive, entry, said)
    return [each for each in offered.values() if each.bodies]


def _again(archive: Archive, entry: journal.StoredEntry, said: Shred) -> Withdrawal:
    row = store.row_if_there(archive.connection, said.record)
    return Withdrawal(
        entry=entry.id,
        record=said.record,
        type=row.type if row else "",
        title=row.title if row else "",
        sender=origins(archive).author(entry.log).person,
        sender_log=entry.log,
        own=False,
        by="",
        how="",
        date="",
        reason="",
        time_ms=entry.time_ms,
        state=State.PENDING,
        bodies=erasure.count_bodies(archive.connection, [said.record])[said.record],
        again=True,
    )


def _is_settled(archive: Archive, said: Shred, shred: EntryId) -> bool:
    """Whether it was declined here to do it again, or the withdrawal was taken back since."""
    known = withdrawing.withdrawals(archive.connection, said.record)
    if any(each.lifted or each.declined for each in known if each.entry == said.withdrawal):
        return True
    rows = archive.connection.execute(
        "SELECT body.entry FROM touch JOIN body ON body.entry = touch.entry JOIN entry ON entry.id = touch.entry"
        " WHERE touch.record = ? AND body.kind = 'keep' AND entry.arrival IS NULL",
        (said.record,),
    )
    bodies = (journal.stored_entry(archive.connection, rowid).body for (rowid,) in rows)
    kept = (read_decision(body) for body in bodies if body is not None)
    return any(isinstance(each, Keep) and each.withdrawal == shred for each in kept)


def title_of(archive: Archive, record: RecordId) -> str:
    """What a record is called here; empty where it is not here."""
    row = store.row_if_there(archive.connection, record)
    return row.title if row else ""
