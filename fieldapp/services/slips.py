"""Task slips that count: what a coordinator wrote, whatever others wrote about the same task since.

Rule 1: an id tells who made a record that is known, and nothing of who wrote one that is new: anybody can make an id
        for any log. So of a slip count only claims that stand, in logs of those who coordinate here; of each field the
        newest. What others write into a task is shown, and moves nothing.
Rule 2: with a slip came what arrived with its own entries, or later in bundles of who made it; what was here before,
        or came from others, did not.
Rule 3: a slip is about a person, or about nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fieldapp.records import standing, store
from fieldapp.records.ids import is_made_by
from fieldapp.records.model import date_of
from fieldapp.services import cards, trust
from fieldapp.services.archive import Archive
from fieldapp.services.holdings import own_logs
from fieldapp.services.trust import Peer, Role
from fieldapp.values import LogId, RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain, decode

_PERSON = "person"
_SAID = (
    "SELECT claim.record, claim.key, claim.value, log.log, entry.arrival FROM record"
    " CROSS JOIN claim ON claim.record = record.record CROSS JOIN entry ON entry.id = claim.entry"  # tasks are few
    " CROSS JOIN log ON log.id = entry.log WHERE record.type = 'task'"
    " AND claim.key IN ('about', 'assigned_to', 'expires')"
    " ORDER BY entry.tick, log.log, entry.seq, entry.id"
)


@dataclass(frozen=True, slots=True)
class Slip:
    """A task for one device. `expires`: its last day (ordinal). `makers`: fingerprints of who wrote it.

    `arrivals`: the bundles that brought it; none where it was written here.
    """

    task: RecordId
    person: RecordId | None
    assigned_to: str
    expires: int | None
    makers: frozenset[bytes]
    arrivals: frozenset[int]

    def brought(self, arrival: int, sender: bytes) -> bool:
        """Whether what came in this bundle of this sender came with the slip."""
        return arrival in self.arrivals or (arrival > min(self.arrivals) and sender in self.makers)


def slips(archive: Archive) -> list[Slip]:
    """The slips that were written here, or by who coordinates; hidden ones too."""
    connection = archive.connection
    own = frozenset(own_logs(connection))
    heard = own | standing.coordinators(connection)
    said: defaultdict[RecordId, dict[str, Plain]] = defaultdict(dict)
    logs: defaultdict[RecordId, set[LogId]] = defaultdict(set)
    arrivals: defaultdict[RecordId, set[int]] = defaultdict(set)
    for record, key, value, log, arrival in connection.rows(_SAID):
        if log in heard and (arrival is None or log not in own):
            said[record][key] = decode(value)
            logs[record].add(log)
            arrivals[record] |= set() if arrival is None else {arrival}
    makers = _fingerprints(archive)
    return [
        Slip(
            task=RecordId(task),
            person=_person(connection, values.get("about")),
            assigned_to=assigned_to,
            expires=last_day(values.get("expires")),
            makers=frozenset(each for log in logs[task] for each in makers.get(log, ())),
            arrivals=frozenset(arrivals[task]),
        )
        for task, values in said.items()
        if isinstance(assigned_to := values.get("assigned_to"), str)
    ]


def slips_for_us(archive: Archive) -> list[Slip]:
    """The slips that came for this device."""
    ours = {each.hex() for each in cards.own_fingerprints(archive)}
    return [each for each in slips(archive) if each.arrivals and each.assigned_to in ours]


def lent(archive: Archive) -> Mapping[str, Collection[RecordId]]:
    """By fingerprint (hex): the tasks and people that somebody has for a time only, as far as it is known here."""
    found: defaultdict[str, set[RecordId]] = defaultdict(set)
    for each in slips(archive):
        found[each.assigned_to] |= {each.task} | ({each.person} if each.person else set())
    return found


def staying(archive: Archive, peers: Sequence[Peer]) -> frozenset[RecordId]:
    """The tasks that may not go to all of these: they go to coordinators, who made them, and whom they are for."""
    field = [peer for peer in peers if peer.role is not Role.COORDINATOR]
    if not field:
        return frozenset()
    tasks = (RecordId(task) for (task,) in archive.connection.execute("SELECT record FROM record WHERE type = 'task'"))
    given = {each.task: each.assigned_to for each in slips(archive)}
    return frozenset(
        task
        for task in tasks
        if not all(given.get(task) == peer.fingerprint.hex() or is_made_by(task, peer.card.log) for peer in field)
    )


def last_day(value: Plain) -> int | None:
    """The last day (ordinal) of a date, as an entry tells it."""
    span = date_of("testimony", {"date": value})
    return span[1] if span else None


def _person(connection: Connection, about: Plain) -> RecordId | None:
    if not isinstance(about, bytes):
        return None
    row = store.row_if_there(connection, RecordId(about))
    return RecordId(about) if row is not None and row.type == _PERSON else None


def _fingerprints(archive: Archive) -> Mapping[LogId, Collection[bytes]]:
    """Of each log the cards that name it."""
    found: defaultdict[LogId, set[bytes]] = defaultdict(set)
    for peer in trust.known_cards(archive):
        found[peer.card.log].add(peer.fingerprint)
    return found
