"""Who is heard here: who coordinates, whose devices were revoked, and which entries stand.

    decided      entries whose decisions change who is heard (openings, trust, revoke, standing); settled 0 where they
                 were not looked at yet
    voice        logs that speak for others: 'coordinator', or 'continues' the log that `made` names
    revocation   every readable `revoke`; `counts`: whoever says so may; `despite`: trusted here all the same
    doubted      logs of which something may not stand
    unstanding   entries with a body that do not stand (settled 1), or of which that is not known yet (settled 0)

Rule 1: own is what was written here (it came with no bundle): what comes in signed with a key of ours may be a thief's.
        What was written here always stands. Own decisions follow each other as they were written, in whichever of the
        logs here (several people may write in one vault), never by tick.
Rule 2: a revocation counts if it is own, or by a log whose newest own trust decision says coordinator, and no own
        revocation puts it beyond a cut. It has effect unless the newest own decision about its card or log trusts
        it by name all the same. So no circle of revocations can decide about itself.
Rule 3: an entry stands unless a revocation with effect puts it beyond its cut. Own `standing` decisions, in order, have
        the last word on what they cover.
Rule 4: a log speaks for a record that it made; a coordinator for every record; and a log that goes on from another one
        for what that made, unless that was revoked and the one that goes on is not trusted itself.
Rule 5: all this depends on the set of entries only, never on their order. `takes` notes what comes; `settle` looks at
        it when all has come, and says what fell and what rose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fieldapp.records.decisions import COORDINATOR, Revoke, Standing, Trust, read_decision
from fieldapp.records.ids import is_made_by
from fieldapp.records.payload import record_of
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault import chains
from fieldapp.vault.connection import Connection
from fieldapp.vault.journal import StoredEntry, stored_entries, stored_entry

DECIDING = ("open", Trust.KIND, Revoke.KIND, Standing.KIND)
"""Kinds that change who is heard."""

NAMES = ("decided", "voice", "revocation", "doubted", "unstanding")

_TABLES = """
CREATE TABLE decided (entry INTEGER PRIMARY KEY, settled INTEGER NOT NULL) STRICT;
CREATE INDEX decided_lately ON decided (settled) WHERE settled = 0;
CREATE TABLE voice (log BLOB NOT NULL, speaks TEXT NOT NULL, made BLOB NOT NULL, PRIMARY KEY (log, speaks, made))
    STRICT, WITHOUT ROWID;
CREATE TABLE revocation (
    entry INTEGER PRIMARY KEY, log BLOB NOT NULL, fingerprint BLOB NOT NULL, seq INTEGER NOT NULL, head BLOB NOT NULL,
    counts INTEGER NOT NULL, despite INTEGER NOT NULL
) STRICT;
CREATE TABLE doubted (log BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE unstanding (entry INTEGER PRIMARY KEY, settled INTEGER NOT NULL, record BLOB) STRICT;
CREATE INDEX unstanding_by_record ON unstanding (record);
CREATE INDEX unstanding_lately ON unstanding (settled) WHERE settled = 0;
"""
_CONTINUES = "continues"


@dataclass(frozen=True, slots=True)
class Settled:
    """What changed: rows of entries that stand no longer, rows of those that stand now, and logs heard otherwise."""

    fallen: tuple[int, ...] = ()
    risen: tuple[int, ...] = ()
    heard: frozenset[LogId] = frozenset()


@dataclass(frozen=True, slots=True)
class _Cut:
    """The last entry of a log that a revocation lets stand."""

    seq: int
    head: EntryId
    despite: bool


def create(connection: Connection) -> None:
    """Make the empty tables."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def takes(connection: Connection, entry: StoredEntry) -> bool:
    """Take note of an entry. False: it has no body, or it does not stand, or only `settle` can tell whether it does."""
    if entry.body is not None and entry.body.kind in DECIDING:
        connection.execute("INSERT OR IGNORE INTO decided VALUES (?, 0)", (entry.rowid,))
    if entry.body is None and entry.seq == 0:  # a log is known by now from which another one may go on
        _unsettle(connection)
    if entry.arrival is None or not connection.value("SELECT 1 FROM doubted WHERE log = ?", (entry.log,)):
        return entry.body is not None
    if entry.body is None:  # it may be what a cut names, and tell which branch is beyond it
        _unsettle(connection)
    else:
        row = (entry.rowid, record_of(entry.body))
        connection.execute(
            "INSERT INTO unstanding VALUES (?, 0, ?) ON CONFLICT (entry) DO UPDATE SET record = excluded.record", row
        )
    return False


def doubted(connection: Connection) -> frozenset[LogId]:
    """The logs of which something may not stand."""
    return frozenset(_logs(connection, "SELECT log FROM doubted"))


def forget(connection: Connection, rowid: int) -> None:
    """The body of this entry is gone: it neither stands nor falls."""
    connection.execute("DELETE FROM unstanding WHERE entry = ?", (rowid,))
    if connection.execute("SELECT 1 FROM decided WHERE entry = ?", (rowid,)):
        connection.execute("UPDATE decided SET settled = 0")


def settle(connection: Connection) -> Settled:
    """See what stands, after entries have come. What fell and what rose is the caller's to take out and in."""
    if connection.value("SELECT 1 FROM decided WHERE settled = 0"):
        heard = _hear(connection)
        connection.execute("UPDATE decided SET settled = 1 WHERE settled = 0")
        logs = _logs(connection, "SELECT log FROM doubted") | _logs(connection, _LOGS_UNSTANDING)
    else:
        heard = frozenset()
        logs = _logs(connection, f"{_LOGS_UNSTANDING} WHERE unstanding.settled = 0")
    if not logs:
        return Settled(heard=heard)
    orders, cuts = _orders(connection), _cuts(connection)
    fallen: list[int] = []
    risen: list[int] = []
    for log in sorted(logs):
        wanted = _not_standing(connection, log, cuts.get(log, ()), orders.get(log, ()))
        fell, rose = _settle_log(connection, log, wanted)
        fallen += fell
        risen += rose
    return Settled(tuple(fallen), tuple(risen), heard)


def stands(connection: Connection, rowid: int) -> bool:
    """Whether an entry stands here."""
    return connection.value("SELECT 1 FROM unstanding WHERE entry = ?", (rowid,)) is None


def unstanding(connection: Connection, log: LogId | None = None) -> list[int]:
    """The rows of the entries that do not stand, of one log if asked; those whose bodies are here."""
    where, values = (" WHERE log.log = ?", (log,)) if log is not None else ("", ())
    rows = connection.execute(
        "SELECT unstanding.entry FROM unstanding JOIN entry ON entry.id = unstanding.entry"  # noqa: S608 - fixed texts
        f" JOIN log ON log.id = entry.log{where} ORDER BY unstanding.entry",
        values,
    )
    return [row for (row,) in rows]


def unstanding_about(connection: Connection, record: RecordId) -> list[int]:
    """The rows of the entries about a record that do not stand."""
    rows = connection.execute("SELECT entry FROM unstanding WHERE record = ? ORDER BY entry", (record,))
    return [row for (row,) in rows]


def beyond_counts(connection: Connection) -> dict[LogId, int]:
    """How many entries of each log do not stand."""
    rows = connection.execute(
        "SELECT log.log, count(*) FROM unstanding JOIN entry ON entry.id = unstanding.entry"
        " JOIN log ON log.id = entry.log GROUP BY log.id"
    )
    return {LogId(log): count for log, count in rows}


def coordinators(connection: Connection) -> frozenset[LogId]:
    """The logs of those who coordinate, as decided here."""
    rows = connection.execute("SELECT log FROM voice WHERE speaks = ?", (COORDINATOR,))
    return frozenset(LogId(log) for (log,) in rows)


def out(connection: Connection) -> frozenset[bytes]:
    """The fingerprints of the cards that a revocation puts out of trust."""
    rows = connection.execute("SELECT fingerprint FROM revocation WHERE counts = 1 AND despite = 0")
    return frozenset(fingerprint for (fingerprint,) in rows)


def speaks_for(connection: Connection, log: LogId, record: RecordId) -> bool:
    """Whether what another's log says of withdrawing a record counts (rule 4)."""
    if is_made_by(record, log):
        return True
    rows = connection.execute("SELECT speaks, made FROM voice WHERE log = ?", (log,))
    return any(speaks == COORDINATOR or is_made_by(record, LogId(made)) for speaks, made in rows)


_LOGS_UNSTANDING = (
    "SELECT DISTINCT log.log FROM unstanding JOIN entry ON entry.id = unstanding.entry JOIN log ON log.id = entry.log"
)


def _unsettle(connection: Connection) -> None:
    """Have `settle` look anew at who is heard."""
    connection.execute("UPDATE decided SET settled = 0 WHERE entry = (SELECT max(entry) FROM decided)")


def _logs(connection: Connection, query: str) -> set[LogId]:
    return {LogId(log) for (log,) in connection.execute(query)}


def _settle_log(connection: Connection, log: LogId, wanted: set[int]) -> tuple[list[int], list[int]]:
    """Make the table say that only these rows of a log do not stand. Gives those that fell and those that rose."""
    rows = connection.execute(
        "SELECT unstanding.entry, unstanding.settled FROM unstanding JOIN entry ON entry.id = unstanding.entry"
        " JOIN log ON log.id = entry.log WHERE log.log = ?",
        (log,),
    )
    there = {row for row, _settled in rows}
    waiting = {row for row, settled in rows if not settled}
    risen = sorted(there - wanted)
    fallen = sorted(wanted - there)
    connection.execute_many("DELETE FROM unstanding WHERE entry = ?", [(row,) for row in risen])
    connection.execute_many("UPDATE unstanding SET settled = 1 WHERE entry = ?", [(row,) for row in waiting & wanted])
    connection.execute_many(
        "INSERT INTO unstanding VALUES (?1, 1, (SELECT record FROM touch WHERE entry = ?1))", [(row,) for row in fallen]
    )
    return fallen, risen


def _own(connection: Connection, kind: str) -> list[StoredEntry]:
    """The decisions of a kind that were written here, the newest last (rule 1)."""
    ours = {LogId(log) for (log,) in connection.execute("SELECT log FROM log WHERE secrets IS NOT NULL")}
    own = [entry for entry in stored_entries(connection, kind=kind) if entry.arrival is None and entry.log in ours]
    return sorted(own, key=lambda entry: entry.rowid)


def _hear(connection: Connection) -> frozenset[LogId]:
    """Make anew who is heard and which revocations count. Gives the logs that speak for other records now."""
    before = set(connection.execute("SELECT log, speaks, made FROM voice"))
    newest = _newest_trust(connection)
    coordinating = {each.log for each in newest if each.trusted and each.role == COORDINATOR and each.log}
    revoked = _weigh_revocations(connection, newest, coordinating)
    trusted = {each.log for each in newest if each.trusted}
    continued = chains.continuations(connection)
    voices = {(log, COORDINATOR, b"") for log in coordinating}
    voices |= {(log, _CONTINUES, made) for log in continued for made in _made_before(log, continued, revoked, trusted)}
    connection.execute_many("DELETE FROM voice WHERE log = ? AND speaks = ? AND made = ?", sorted(before - voices))
    connection.execute_many("INSERT INTO voice VALUES (?, ?, ?)", sorted(voices - before))
    return frozenset(LogId(log) for log, _speaks, _made in voices ^ before)


def _made_before(log: LogId, continued: Mapping[LogId, LogId], revoked: set[LogId], trusted: set[LogId]) -> list[LogId]:
    """The logs that a log goes on from, the last first, as far as it may speak for them."""
    made: list[LogId] = []
    before = continued.get(log)
    while before is not None and before not in made and (before not in revoked or log in trusted):
        made.append(before)
        before = continued.get(before)
    return made


def _newest_trust(connection: Connection) -> list[Trust]:
    """The newest own decision about each card."""
    newest: dict[bytes, Trust] = {}
    for entry in _own(connection, Trust.KIND):
        said = read_decision(entry.body) if entry.body else None
        if isinstance(said, Trust):
            newest[said.fingerprint or said.card] = said
    return list(newest.values())


def _weigh_revocations(connection: Connection, newest: Sequence[Trust], coordinating: set[LogId]) -> set[LogId]:
    """Say anew which revocations count, and which logs are doubted (rule 2). Gives the logs revoked with effect.

    Each body is read once, when it comes: of those who may not revoke there may be very many.
    """
    _note_revocations(connection)
    said = [
        (rowid, arrival, LogId(issuer), LogId(log), _Cut(seq, EntryId(head), _is_despite(entry, card, log, newest)))
        for rowid, entry, arrival, issuer, log, card, seq, head in connection.execute(_REVOCATIONS)
        if arrival is None or issuer in coordinating
    ]
    own: dict[LogId, list[_Cut]] = {}
    for _rowid, arrival, _issuer, log, cut in said:
        if arrival is None:
            own.setdefault(log, []).append(cut)
    orders = _orders(connection)
    fallen = {log: _not_standing(connection, log, own.get(log, ()), orders.get(log, ())) for log in coordinating}
    rows = [
        (arrival is None or rowid not in fallen[issuer], cut.despite, rowid)
        for rowid, arrival, issuer, _log, cut in said
    ]
    connection.execute("UPDATE revocation SET counts = 0, despite = 0 WHERE counts = 1 OR despite = 1")
    connection.execute_many("UPDATE revocation SET counts = ?, despite = ? WHERE entry = ?", rows)
    connection.execute("DELETE FROM doubted")
    connection.execute("INSERT INTO doubted SELECT DISTINCT log FROM revocation WHERE counts = 1")
    return _logs(connection, "SELECT log FROM revocation WHERE counts = 1 AND despite = 0")


_REVOCATIONS = (
    "SELECT revocation.entry, entry.entry, entry.arrival, log.log, revocation.log, fingerprint, revocation.seq,"
    " revocation.head FROM revocation CROSS JOIN entry ON entry.id = revocation.entry"
    " CROSS JOIN log ON log.id = entry.log WHERE fingerprint <> x'' ORDER BY revocation.entry"
)


def _note_revocations(connection: Connection) -> None:
    """Have a row for each revocation whose body is here; one that cannot be read has empty facts, and never counts."""
    connection.execute("DELETE FROM revocation WHERE entry NOT IN (SELECT entry FROM body)")
    fresh = connection.execute(
        "SELECT entry FROM body WHERE kind = ? AND entry NOT IN (SELECT entry FROM revocation)", (Revoke.KIND,)
    )
    for (rowid,) in fresh:
        body = stored_entry(connection, rowid).body
        said = read_decision(body) if body else None
        facts = (said.log, said.fingerprint, said.seq, said.head) if isinstance(said, Revoke) else (b"", b"", -1, b"")
        connection.execute("INSERT INTO revocation VALUES (?, ?, ?, ?, ?, 0, 0)", (rowid, *facts))


def _is_despite(entry: EntryId, card: bytes, log: LogId, newest: Iterable[Trust]) -> bool:
    """Whether a card or log is trusted here by a decision that names this revocation."""
    return any(
        each.trusted and entry in each.despite and (each.fingerprint == card or each.log == log) for each in newest
    )


def _cuts(connection: Connection) -> dict[LogId, list[_Cut]]:
    cuts: dict[LogId, list[_Cut]] = {}
    for log, seq, head, despite in connection.execute(
        "SELECT log, seq, head, despite FROM revocation WHERE counts = 1 ORDER BY entry"
    ):
        cuts.setdefault(LogId(log), []).append(_Cut(seq, EntryId(head), bool(despite)))
    return cuts


def _orders(connection: Connection) -> dict[LogId, list[Standing]]:
    """The own decisions about what stands, by log, the newest last."""
    orders: dict[LogId, list[Standing]] = {}
    for entry in _own(connection, Standing.KIND):
        said = read_decision(entry.body) if entry.body else None
        if isinstance(said, Standing):
            orders.setdefault(said.log, []).append(said)
    return orders


def _not_standing(connection: Connection, log: LogId, cuts: Sequence[_Cut], orders: Sequence[Standing]) -> set[int]:
    """The rows of a log's entries, with bodies and from elsewhere, that do not stand under these cuts (rule 3)."""
    if not cuts:
        return set()
    behind = {cut: set(chains.beyond(connection, log, cut.seq, cut.head)) for cut in cuts}
    doubtful = set().union(*behind.values())
    fallen = set().union(*(rows for cut, rows in behind.items() if not cut.despite))
    for order in orders:
        covered = doubtful - set(chains.beyond(connection, log, order.seq, order.head))
        fallen = fallen - covered if order.accepted else fallen | covered
    from_elsewhere = connection.execute(
        "SELECT entry.id FROM entry JOIN log ON log.id = entry.log JOIN body ON body.entry = entry.id"
        " WHERE log.log = ? AND entry.arrival IS NOT NULL",
        (log,),
    )
    return fallen.intersection(row for (row,) in from_elsewhere)
