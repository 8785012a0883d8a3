"""What is here of each log, where logs part, and which log goes on from which. Nothing here writes.

Rule 1: what is missing is told by the table `lacking`, never by looking through all entries.
Rule 2: of logs without forks, no headers are read: one entry at each place means that all stand on one chain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from fieldapp.crypto.identity import verify_ed25519
from fieldapp.errors import EntryMalformedError, KeyRefusedError, SignatureError
from fieldapp.values import EntryId, LogId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import decode_map, take_bytes
from fieldapp.vault.entry import SIGNATURE_SIZE
from fieldapp.vault.header import MOST_HEADS, Head
from fieldapp.vault.stored import StoredEntry, stored_entries

CONTINUES_CONTEXT = b"fieldapp log continues 1\0"

Runs = list[tuple[int, int]]
"""First and last place of each run, in order."""

_WRITTEN_HERE = (  # the newest log of each writer who is not removed comes before all others
    "SELECT log, head_seq, head FROM log LEFT JOIN writer ON writer.id = log.writer"
    " WHERE secrets IS NOT NULL AND head_seq >= 0"
    " ORDER BY writer.removed_ms IS NULL AND log.id = (SELECT max(other.id) FROM log AS other"
    " WHERE other.secrets IS NOT NULL AND other.writer IS log.writer) DESC, log.id DESC"
    " LIMIT ?"
)
_LACKING = "SELECT log, seq, why = 'withheld' FROM lacking{} ORDER BY log, seq"
_FORKS = (  # CROSS JOIN: in this order; SQLite, which knows no sizes here, would begin with all entries
    "SELECT log.log, fork.seq, log.secrets IS NOT NULL, entry.entry FROM fork CROSS JOIN log ON log.id = fork.log"
    " CROSS JOIN entry ON entry.log = fork.log AND entry.seq = fork.seq ORDER BY log.log, fork.seq, entry.entry"
)


@dataclass(frozen=True, slots=True)
class LogHave:
    """What is here of a log: every header up to its head; not the bodies that never came, or that are gone."""

    log: LogId
    seq: int
    head: EntryId
    withheld: tuple[tuple[int, int], ...]
    """First and last place of each run, in order."""
    gone: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """A place of a log where entries do not go together. `own`: the log is written here, or was.

    Where one entry stands there, it was made with a copy of the key of the log that is written here.
    """

    log: LogId
    seq: int
    entries: tuple[EntryId, ...]
    own: bool


def heads(
    connection: Connection, *, own_only: bool = False, most: int = -1, of: LogId | None = None
) -> dict[LogId, Head]:
    """The newest entry of every log; if asked, only of the logs written here, the latest of them, or of one log.

    Of those written here, the ones that may be appended to come first. `most`: of so many logs only, those written here
    before others, and then those that came first.
    """
    if own_only:
        rows = connection.execute(_WRITTEN_HERE, (MOST_HEADS,))
    else:
        first = f" WHERE ?1 IS NULL OR log = ?1 ORDER BY secrets IS NULL, id LIMIT {int(most)}"
        rows = connection.execute(f"SELECT log, head_seq, head FROM log{first}", (of,))  # noqa: S608 - no texts from outside
    return {LogId(log): Head(seq, EntryId(head)) for log, seq, head in sorted(rows)}


def own_heads_are_newest(connection: Connection) -> bool:
    """Whether each log written here ends at its head; if not, old pages were put back under newer ones.

    One of which a repair found nothing any more has its keys left, and no head.
    """
    beyond_head = connection.value(
        "SELECT 1 FROM log WHERE secrets IS NOT NULL AND head_seq >= 0 AND ("
        "EXISTS (SELECT 1 FROM entry WHERE entry.log = log.id AND entry.seq > log.head_seq AND arrival IS NULL)"
        " OR NOT EXISTS (SELECT 1 FROM entry WHERE entry.entry = log.head AND entry.seq = log.head_seq))"
    )
    return beyond_head is None


def holds(connection: Connection, log: LogId, head: Head) -> bool:
    """Whether this very entry is in the database."""
    row = connection.execute(
        "SELECT log.log, entry.seq FROM entry JOIN log ON log.id = entry.log WHERE entry.entry = ?", (head.id,)
    )
    return row == [(log, head.seq)]


def have(connection: Connection, logs: Collection[LogId] | None = None) -> list[LogHave]:
    """What is here of each log, or of these logs, by their ids."""
    rows = connection.execute("SELECT id, log, head_seq, head FROM log ORDER BY log")
    asked = [row for row in rows if logs is None or row[1] in logs]
    withheld, gone = _lacking(connection, None if logs is None else [row[0] for row in asked])
    return [
        LogHave(LogId(log), seq, EntryId(head), tuple(withheld[row]), tuple(gone[row])) for row, log, seq, head in asked
    ]


def beyond(connection: Connection, log: LogId, seq: int, head: EntryId | None) -> list[int]:
    """The rows of the entries of `log` that are not `head`, nor before it on its chain; in the order of the log.

    Without a head, or with a `seq` below 0: all. Where `head` is not here: all at places after `seq`. Where it is, its
    own place counts.
    """
    row = connection.value("SELECT id FROM log WHERE log = ?", (log,))
    if head is None or seq < 0:
        return _after(connection, row, -1)
    place = connection.value("SELECT seq FROM entry WHERE entry = ? AND log = ?", (head, row))
    if place is None:
        return _after(connection, row, seq)
    beside = connection.execute("SELECT id FROM entry WHERE log = ? AND seq = ? AND entry <> ?", (row, place, head))
    return [
        *_side_branches(connection, row, place, head),
        *(rowid for (rowid,) in beside),
        *_after(connection, row, place),
    ]


def forks(connection: Connection) -> list[Fork]:
    """Every place that is marked as a fork, with all entries that stand there."""
    found: defaultdict[tuple[LogId, int, bool], list[EntryId]] = defaultdict(list)
    for log, seq, own, entry in connection.execute(_FORKS):
        found[LogId(log), seq, bool(own)].append(EntryId(entry))
    return [Fork(log, seq, tuple(entries), own) for (log, seq, own), entries in found.items()]


def continuation_message(old: LogId, new_key: bytes) -> bytes:
    """What the key of a log signs to say that the log of another key is by the same person."""
    return CONTINUES_CONTEXT + old + new_key


def continues(connection: Connection, opening: StoredEntry) -> LogId | None:
    """The log that this opening goes on from; None where it says nothing of it, or it is not true, or not here yet.

    True is what the key of that log signed.
    """
    said = opening.body.payload.get("after") if opening.body and opening.body.kind == "open" else None
    if opening.seq or not isinstance(said, dict):
        return None
    try:
        old = LogId(take_bytes(said.get("log"), 16))
        signature = take_bytes(said.get("signature"), SIGNATURE_SIZE)
        keys: dict[bytes, bytes] = dict(
            connection.execute("SELECT log, key FROM log WHERE log IN (?, ?)", (old, opening.log))
        )
        verify_ed25519(keys[old], signature, continuation_message(old, keys[opening.log]))
    except (EntryMalformedError, KeyError, KeyRefusedError, SignatureError):
        return None
    return old


def continuations(connection: Connection) -> dict[LogId, LogId]:
    """Of every log that goes on from another one: from which. No log does so from itself, not over others either."""
    openings = stored_entries(connection, kind="open")
    found = ((opening.log, continues(connection, opening)) for opening in list(openings))
    return {log: old for log, old in found if old is not None}


def _lacking(connection: Connection, logs: list[int] | None) -> tuple[dict[int, Runs], dict[int, Runs]]:
    """Where bodies never came, and where they are gone: the runs of each log."""
    withheld: defaultdict[int, Runs] = defaultdict(list)
    gone: defaultdict[int, Runs] = defaultdict(list)
    which, asked = ("", [()]) if logs is None else (" WHERE log = ?", [(log,) for log in logs])
    for values in asked:
        for row, seq, never_came in connection.execute(_LACKING.format(which), values):
            runs = (withheld if never_came else gone)[row]
            if runs and runs[-1][1] >= seq - 1:
                runs[-1] = (runs[-1][0], seq)
            else:
                runs.append((seq, seq))
    return withheld, gone


def _after(connection: Connection, row: int, seq: int) -> list[int]:
    rows = connection.execute("SELECT id FROM entry WHERE log = ? AND seq > ? ORDER BY seq, id", (row, seq))
    return [rowid for (rowid,) in rows]


def _side_branches(connection: Connection, row: int, place: int, head: EntryId) -> list[int]:
    """The rows of entries at places before `head`, but not before it on its chain."""
    parting = connection.value("SELECT min(seq) FROM fork WHERE log = ? AND seq < ?", (row, place))
    if parting is None:
        return []
    aside = []
    on_chain = _before(connection.value("SELECT header FROM entry WHERE entry = ?", (head,)))
    for rowid, entry, header in connection.rows(
        "SELECT id, entry, header FROM entry WHERE log = ? AND seq >= ? AND seq < ? ORDER BY seq DESC, id DESC",
        (row, parting, place),
    ):
        if entry == on_chain:
            on_chain = _before(header)
        else:
            aside.append(rowid)
    return aside[::-1]


def _before(header_bytes: bytes) -> bytes:
    """The entry that this one names as the one before it."""
    return take_bytes(decode_map(header_bytes)["prev"])
