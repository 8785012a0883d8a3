"""Which decisions go along beside records, and to whom.

Rule 1: revocations go to everybody, since they protect; what they say as a reason is read by all.
Rule 2: what withdraws a record, and the news that it was destroyed, say who told of that and why. They go to
        coordinators, and where somebody among the recipients ever had something of the record: it went to them, a
        receipt shows that they hold it, it came from them, or they made it. A bundle is one for all its recipients.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from fieldapp.records.ids import is_made_by
from fieldapp.services import departures, going, row_sets, statements, traces
from fieldapp.services.archive import Archive
from fieldapp.services.going import Audience
from fieldapp.services.holdings import Holding
from fieldapp.services.trust import Peer, Role
from fieldapp.values import LogId, RecordId
from fieldapp.vault import chains
from fieldapp.vault.connection import Connection

_ABOUT_RECORDS = (
    "SELECT touch.entry, touch.record FROM touch JOIN body ON body.entry = touch.entry"
    " WHERE {where} AND body.kind IN ('withdraw', 'shred')"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """An entry about a record: its row, where it stands, and the card that brought it (empty: none)."""

    row: int
    log: LogId
    seq: int
    sender: bytes


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a recipient: their logs, what went to them, and what they proved to hold."""

    logs: frozenset[LogId]
    fingerprint: bytes
    sent: bytes
    holding: Holding

    def had(self, record: RecordId, entries: Collection[_Place]) -> bool:
        """Whether they ever had something of a record."""
        return any(is_made_by(record, log) for log in self.logs) or any(self._had(each) for each in entries)

    def _had(self, place: _Place) -> bool:
        return (
            place.log in self.logs
            or place.sender == self.fingerprint
            or row_sets.has_bit(self.sent, place.row)
            or self.holding.has_body(place.log, place.seq, place.row)
        )


def decisions(archive: Archive, lacking: Collection[int] | None, to: Audience) -> set[int]:
    """Revocations, withdrawals and news of shredding that somebody lacks and these recipients may hear."""
    told = going.decisions(archive, lacking)
    others = [peer for peer in to.peers if peer.role is not Role.COORDINATOR]
    about = _about(archive.connection, told) if others else {}
    return told - _unheard(archive, about, others) if about else told


def _about(connection: Connection, rows: Collection[int]) -> dict[RecordId, set[int]]:
    """Of these entries those that withdraw a record or tell that it was destroyed, by record."""
    about: defaultdict[RecordId, set[int]] = defaultdict(set)
    for row, record in row_sets.about(connection, _ABOUT_RECORDS, "touch.entry", rows):
        about[RecordId(record)].add(row)
    return about


def _unheard(archive: Archive, about: dict[RecordId, set[int]], others: Collection[Peer]) -> set[int]:
    """Those of the decisions about records of which none of these ever had anything."""
    connection = archive.connection
    entries = traces.entries_about(connection, about)
    places = _places(connection, {row for rows in entries.values() for row in rows})
    known = list(_known(archive, others))
    unheard: set[int] = set()
    for record, rows in about.items():
        said = [places[row] for row in entries.get(record, ())]
        if not any(each.had(record, said) for each in known):
            unheard |= rows
    return unheard


def _places(connection: Connection, rows: Collection[int]) -> dict[int, _Place]:
    query = (
        "SELECT entry.id, log.log, entry.seq, coalesce(arrival.sender, x'') FROM entry JOIN log ON log.id = entry.log"
        " LEFT JOIN arrival ON arrival.id = entry.arrival"
    )
    found = row_sets.about(connection, query, "entry.id", rows)
    return {row: _Place(row, LogId(log), seq, sender) for row, log, seq, sender in found}


def _known(archive: Archive, peers: Collection[Peer]) -> Iterator[_Known]:
    before = chains.continuations(archive.connection)
    for peer in peers:
        logs = [peer.card.log]
        while (log := before.get(logs[-1])) is not None and log not in logs:
            logs.append(log)
        sent = departures.sent_to(archive, peer.fingerprint).bits
        yield _Known(frozenset(logs), peer.fingerprint, sent, statements.held_by(archive, peer))
