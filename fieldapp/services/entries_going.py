"""The entries of a bundle in their order: which headers go beside the bodies, log by log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from fieldapp.services import departures, row_sets, trust
from fieldapp.services.archive import Archive
from fieldapp.services.going import Audience
from fieldapp.services.holdings import own_logs
from fieldapp.values import LogId
from fieldapp.vault import gaps, journal, receiving
from fieldapp.vault.header import Head
from fieldapp.vault.journal import SealedEntry


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entry stands."""

    seq: int
    row: int


@dataclass(frozen=True, slots=True)
class Travelling:
    """What travels of the journal: of each log its entries in order (None: all), and which of them with their bodies.

    `heads`: of which logs it is told how much is here. `behind`: what nobody could place (`vault.gaps`) stays here.
    """

    logs: dict[LogId, list[_Place] | None] = field(repr=False)
    bodies: frozenset[int] = field(repr=False)
    heads: dict[LogId, Head]
    behind: frozenset[int] = field(default=frozenset(), repr=False)

    def entries(self, archive: Archive) -> Iterator[SealedEntry]:
        """The entries as they travel."""
        for log, places in sorted(self.logs.items()):
            found = journal.sealed_entries(archive.connection, log) if places is None else _sealed(archive, places)
            for rowid, entry in ((rowid, entry) for rowid, entry in found if rowid not in self.behind):
                yield entry if rowid in self.bodies else SealedEntry(entry.header_bytes, entry.signature, None)


def fitting(archive: Archive, to: Audience, bodies: frozenset[int]) -> frozenset[int]:
    """Of these bodies those of so many logs as every recipient takes at once; the others go with a later bundle.

    First the logs written here, then those of people who are known here, then what was not sent to them yet, then what
    came first: so a flood pushes nobody out, and all of it goes in turn even where nothing is ever acknowledged.
    """
    bodies -= gaps.rows_behind(archive.connection)
    query = "SELECT entry.id, entry.log FROM entry"
    rows_of: defaultdict[int, list[int]] = defaultdict(list)
    for row, log in row_sets.about(archive.connection, query, "entry.id", bodies):
        rows_of[log].append(row)
    if len(rows_of) <= receiving.MOST_NEW_LOGS:
        return bodies
    sent = [departures.sent_to(archive, peer.fingerprint).bits for peer in to.peers]
    own, known = set(own_logs(archive.connection)), {peer.card.log for peer in trust.known_cards(archive)}
    logs: dict[int, bytes] = dict(archive.connection.execute("SELECT id, log FROM log"))
    there = {place for place in rows_of if _is_known_to_all(archive, to, place, LogId(logs[place]))}

    def order(place: int) -> tuple[bool, bool, bool, int]:
        gone = all(row_sets.has_bit(bits, row) for bits in sent for row in rows_of[place])
        return logs[place] not in own, logs[place] not in known, gone, place

    new = sorted(rows_of.keys() - there, key=order)
    going = {*there, *new[: receiving.MOST_NEW_LOGS]}
    return frozenset(row for place in going for row in rows_of[place])


def _is_known_to_all(archive: Archive, to: Audience, place: int, log: LogId) -> bool:
    """Whether every recipient has acknowledged something of a log."""
    first = archive.connection.value("SELECT id FROM entry WHERE log = ? AND seq = 0", (place,))
    known = [holding.has_header(log, 0, first) for holding in to.holdings]
    return bool(known) and all(known)


def travelling(archive: Archive, to: Audience, bodies: frozenset[int]) -> Travelling:
    """What travels to these recipients when these bodies go."""
    behind = gaps.rows_behind(archive.connection)
    headers = to.headers(archive.connection)
    heads = journal.heads(archive.connection, most=receiving.MOST_NEW_LOGS)
    query = "SELECT entry.id, log.log, entry.seq FROM entry JOIN log ON log.id = entry.log"
    last: dict[LogId, int] = {}
    places: defaultdict[LogId, list[_Place]] = defaultdict(list)
    for row, log, seq in row_sets.about(archive.connection, query, "entry.id", bodies):
        last[log] = max(seq, last.get(log, 0))
        places[log].append(_Place(seq, row))
    own = archive.vault.author.log
    idle = [log for log in heads if log not in last and (to.coordinators_only or log == own)]
    logs = {*last, *idle[: max(0, receiving.MOST_NEW_LOGS - len(last))]}
    told = {log: head for log, head in heads.items() if to.coordinators_only or log in logs}
    if headers is None and to.coordinators_only:
        return Travelling(dict.fromkeys(logs), bodies, told, behind)
    for row, log, seq in row_sets.about(archive.connection, query, "entry.id", headers):
        within = to.coordinators_only or log == own or seq <= last.get(log, -1)
        if log in logs and within and row not in bodies:
            places[log].append(_Place(seq, row))
    ordered: dict[LogId, list[_Place] | None] = {
        log: sorted(found, key=lambda place: (place.seq, place.row)) for log, found in places.items()
    }
    return Travelling(ordered, bodies, told, behind)


def _sealed(archive: Archive, places: list[_Place]) -> Iterator[tuple[int, SealedEntry]]:
    """Entries in this order, read in portions."""
    query = (
        "SELECT entry.id, entry.header, entry.signature, body.body FROM entry LEFT JOIN body ON body.entry = entry.id"
    )
    for start in range(0, len(places), row_sets.AT_ONCE):
        rows = [place.row for place in places[start : start + row_sets.AT_ONCE]]
        found = {row[0]: row for row in row_sets.about(archive.connection, query, "entry.id", rows)}
        for rowid in rows:
            _row, header_bytes, signature, body_bytes = found[rowid]
            yield rowid, SealedEntry(header_bytes, signature, body_bytes)
