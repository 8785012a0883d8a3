"""Which withdrawals have effect here: a record that is withdrawn leaves every list, and travels no more.

    withdrawal   every `withdraw` that stands
    answered     the withdrawals that a lift or a decline (`keep`) names

Rule 1: a withdrawal, or what lifts one, counts if it was written here, or if its log speaks for the record.
Rule 2: one that counts has effect, unless something that counts lifts it by name, or it is declined here. A lift does
        nothing to a withdrawal that it does not name, since its author had not seen that.
Rule 3: what does not count is a request: it is shown, and has no effect.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fieldapp.records.decisions import Keep, Withdraw, read_decision
from fieldapp.records.standing import speaks_for
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.journal import StoredEntry, stored_entry

NAMES = ("withdrawal", "answered")

_TABLES = """
CREATE TABLE withdrawal (entry INTEGER PRIMARY KEY, record BLOB NOT NULL, withdrawn INTEGER NOT NULL) STRICT;
CREATE INDEX withdrawal_by_record ON withdrawal (record);
CREATE TABLE answered (
    record BLOB NOT NULL, target BLOB NOT NULL, entry INTEGER NOT NULL, declined INTEGER NOT NULL,
    PRIMARY KEY (record, target, entry)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawal of a record, or (not `withdrawn`) what lifts some, by `log`.

    `counts`: who says so may. `lifted`, `declined`: it was taken back by name; it was declined here. `in_effect`: the
    record is withdrawn by it.
    """

    entry: EntryId
    rowid: int
    log: LogId
    record: RecordId
    withdrawn: bool
    by: str
    how: str
    date: str
    reason: str
    time_ms: int
    arrival: int | None
    counts: bool
    lifted: bool
    declined: bool

    @property
    def in_effect(self) -> bool:
        """Whether the record is withdrawn by it."""
        return self.withdrawn and self.counts and not self.lifted and not self.declined


def create(connection: Connection) -> None:
    """Make the empty tables."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def take(connection: Connection, entry: StoredEntry) -> None:
    """Take in an entry that withdraws, lifts or declines, and stands."""
    decision = read_decision(entry.body) if entry.body else None
    if isinstance(decision, Withdraw):
        connection.execute(
            "INSERT OR IGNORE INTO withdrawal VALUES (?, ?, ?)", (entry.rowid, decision.record, decision.withdrawn)
        )
        for target in () if decision.withdrawn else decision.lifts:
            _answer(connection, decision.record, target, entry.rowid, declined=False)
    elif isinstance(decision, Keep) and entry.arrival is None:
        _answer(connection, decision.record, decision.withdrawal, entry.rowid, declined=True)


def forget(connection: Connection, rowid: int, record: RecordId | None) -> None:
    """The entry of this row stands no longer, or its body is gone."""
    connection.execute("DELETE FROM withdrawal WHERE entry = ?", (rowid,))
    if record is not None:
        connection.execute("DELETE FROM answered WHERE record = ? AND entry = ?", (record, rowid))


def withdrawn_among(connection: Connection, records: Collection[RecordId]) -> set[RecordId]:
    """Those of the records of which a withdrawal has effect here."""
    rows = connection.among("SELECT record FROM withdrawal WHERE record IN (?*) AND withdrawn = 1", records)
    return {record for (record,) in rows if is_withdrawn(connection, record)}


def is_withdrawn(connection: Connection, record: RecordId) -> bool:
    """Whether a withdrawal of the record has effect here."""
    rows = connection.execute(f"{_WITHDRAWALS} WHERE withdrawal.record = ? AND withdrawal.withdrawn = 1", (record,))
    if not rows:
        return False
    lifted, declined = _answers(connection, record)
    return any(
        _may_withdraw(connection, LogId(log), record, arrival) and entry not in lifted and entry not in declined
        for _rowid, _record, entry, log, arrival in rows
    )


def withdrawals(connection: Connection, record: RecordId | None = None) -> list[Withdrawal]:
    """Every withdrawal and what lifts them, of one record if asked, in the order in which they came.

    Of all records: of those of which something is here, or of which one was declined. Whoever withdraws a hundred
    thousand records that nobody has must not make every look at those that are here slow.
    """
    where, values = (" WHERE withdrawal.record = ?", (record,)) if record is not None else (_CONCERNING_US, ())
    rows = connection.execute(f"{_WITHDRAWALS}{where} ORDER BY withdrawal.entry", values)
    answers = {each: _answers(connection, each) for each in {RecordId(row[1]) for row in rows}}
    found = []
    for rowid, about, _entry, _log, _arrival in rows:
        entry = stored_entry(connection, rowid)
        said = read_decision(entry.body) if entry.body else None
        if isinstance(said, Withdraw):
            lifted, declined = answers[RecordId(about)]
            found.append(_withdrawal(connection, entry, said, lifted=entry.id in lifted, declined=entry.id in declined))
    return found


def records_of(connection: Connection, logs: Collection[LogId]) -> set[RecordId]:
    """The records about whose withdrawals these logs have spoken."""
    if not logs:
        return set()
    rows = connection.execute(
        "SELECT said.record, log.log FROM (SELECT record, entry FROM withdrawal UNION"
        " SELECT record, entry FROM answered) AS said"
        " JOIN entry ON entry.id = said.entry JOIN log ON log.id = entry.log"
    )
    return {RecordId(record) for record, log in rows if log in logs}


_WITHDRAWALS = (
    "SELECT withdrawal.entry, withdrawal.record, entry.entry, log.log, entry.arrival FROM withdrawal"
    " JOIN entry ON entry.id = withdrawal.entry JOIN log ON log.id = entry.log"
)


_CONCERNING_US = (
    " WHERE (withdrawal.record IN (SELECT record FROM record) OR withdrawal.record IN (SELECT record FROM unstanding)"
    " OR withdrawal.record IN (SELECT record FROM answered WHERE declined = 1))"
)


def _withdrawal(
    connection: Connection, entry: StoredEntry, said: Withdraw, *, lifted: bool, declined: bool
) -> Withdrawal:
    return Withdrawal(
        entry=entry.id,
        rowid=entry.rowid,
        log=entry.log,
        record=said.record,
        withdrawn=said.withdrawn,
        by=said.by,
        how=said.how,
        date=said.date,
        reason=said.reason,
        time_ms=entry.time_ms,
        arrival=entry.arrival,
        counts=_may_withdraw(connection, entry.log, said.record, entry.arrival),
        lifted=lifted,
        declined=declined,
    )


def _answer(connection: Connection, record: RecordId, target: EntryId, rowid: int, *, declined: bool) -> None:
    connection.execute("INSERT OR IGNORE INTO answered VALUES (?, ?, ?, ?)", (record, target, rowid, declined))


def _answers(connection: Connection, record: RecordId) -> tuple[set[EntryId], set[EntryId]]:
    """The withdrawals of a record that are lifted by who may, and those that are declined here."""
    rows = connection.execute(
        "SELECT answered.target, answered.declined, log.log, entry.arrival FROM answered"
        " JOIN entry ON entry.id = answered.entry JOIN log ON log.id = entry.log WHERE answered.record = ?",
        (record,),
    )
    lifted = {
        EntryId(target)
        for target, declined, log, arrival in rows
        if not declined and _may_withdraw(connection, LogId(log), record, arrival)
    }
    return lifted, {EntryId(target) for target, declined, _log, _arrival in rows if declined}


def _may_withdraw(connection: Connection, log: LogId, record: RecordId, arrival: int | None) -> bool:
    return arrival is None or speaks_for(connection, log, record)
