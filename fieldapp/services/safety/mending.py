"""A database that was put together from what was left of a damaged one, brought to where it agrees with itself.

Rule 1: what is here stays as it was signed. An entry goes only where its bytes or its signature are not right; its body
        where it is not the one that the entry names. All of it still lies in the damaged file, which is kept.
Rule 2: an entry whose body is lost counts as one whose body never came: it is taken when somebody sends it again.
Rule 3: an entry behind a gap of its log stays, and its record with it; it counts as come with the bundle `REPAIRED`,
        and is not handed on until what is missing has come again: nobody could place it.
Rule 4: of a log whose row is lost, the opening tells its key. Who writes here, and comes in with what: `mending_ways`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from fieldapp.bundles.card import read_card
from fieldapp.errors import CardError, EntryMalformedError
from fieldapp.services.safety.findings import Kind
from fieldapp.services.safety.walking import Step, walk
from fieldapp.values import Progress, no_progress
from fieldapp.vault.connection import Connection
from fieldapp.vault.entry import NO_ENTRY, Entry, log_of, read_entry
from fieldapp.vault.gaps import REPAIRED
from fieldapp.vault.journal import Moment
from fieldapp.vault.stored import INSERT_ENTRY, entry_values, next_row, note_tick

_PORTION = 500


@dataclass(slots=True)
class Mended:
    """What was found and mended, in entries. `gaps`: places of logs that have none."""

    entries: int = 0
    dropped: int = 0
    gaps: int = 0
    behind: int = 0
    texts_lost: int = 0


@dataclass(slots=True)
class _Head:
    """The end of a log, as far as it hangs together."""

    seq: int = -1
    id: bytes = NO_ENTRY

    def follow(self, step: Step) -> None:
        if not step.behind and step.seq == self.seq + 1 and (step.seq == 0 or step.prev == self.id):
            self.seq, self.id = step.seq, step.id


@dataclass(slots=True)
class _Plan:
    """Rows of entries, by what is to be done with them."""

    drop: list[int] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    body: list[int] = field(default_factory=list)
    lacking: list[int] = field(default_factory=list)
    heads: dict[int, _Head] = field(default_factory=dict)


def mend_keys(connection: Connection, moment: Moment) -> int:
    """Have every row speak of rows that are here; in a database of any version. Gives how many entries went.

    Afterwards it can be migrated, and `mend_journal` be called.
    """
    with connection.transaction():
        connection.execute("PRAGMA defer_foreign_keys = ON")
        _bring_openings_from_cards(connection)
        _make_logs(connection)
        dropped = connection.execute("SELECT id FROM entry WHERE log NOT IN (SELECT id FROM log)")
        _drop(connection, (row for (row,) in dropped))
        for table in ("body", "lacking", "shredded"):
            if _has(connection, table):
                connection.execute(f"DELETE FROM {table} WHERE entry NOT IN (SELECT id FROM entry)")  # noqa: S608
        connection.execute("DELETE FROM fork WHERE log NOT IN (SELECT id FROM log)")
        _make_arrivals(connection, moment)
        connection.execute("DELETE FROM setting WHERE name = 'projection'")
    return len(dropped)


def mend_journal(connection: Connection, moment: Moment, progress: Progress = no_progress) -> Mended:
    """See every entry, and have the tables of the journal say what is here."""
    mended = Mended()
    plan = _Plan()
    total = int(connection.value("SELECT count(*) FROM entry"))
    for step in walk(connection):
        mended.entries += 1
        mended.gaps += 0 if _is_known(connection, step) else step.gap
        _judge(plan, step)
        progress(mended.entries, total)
    with connection.transaction():
        connection.execute("PRAGMA defer_foreign_keys = ON")
        _drop(connection, plan.drop)
        for rowid in plan.body:
            connection.execute("DELETE FROM body WHERE entry = ?", (rowid,))
        _mend_lacking(connection)
        plan.behind += _mend_heads(connection, plan)
        _set_aside(connection, plan.behind, moment)
        connection.execute(
            "INSERT OR IGNORE INTO fork SELECT log, seq FROM entry GROUP BY log, seq HAVING count(*) > 1"
        )
        note_tick(connection, int(connection.value("SELECT coalesce(max(tick), 0) FROM entry")))
    mended.dropped, mended.behind = len(plan.drop), len(plan.behind)
    mended.texts_lost = len(plan.body) + len(plan.lacking)
    return mended


def _judge(plan: _Plan, step: Step) -> None:
    if step.fault in (Kind.ENTRY, Kind.SIGNATURE):
        plan.drop.append(step.rowid)
        return
    if step.behind or step.fault is Kind.CHAIN:
        plan.behind.append(step.rowid)
    else:
        plan.heads.setdefault(step.log, _Head()).follow(step)
    if step.body is Kind.BODY:
        plan.body.append(step.rowid)
    elif step.body is Kind.BODY_LOST:
        plan.lacking.append(step.rowid)


def _is_known(connection: Connection, step: Step) -> bool:
    """Whether a gap was there before this repair."""
    if not step.gap or step.arrival is None:
        return False
    return connection.value("SELECT 1 FROM arrival WHERE id = ? AND bundle = ?", (step.arrival, REPAIRED)) is not None


def _bring_openings_from_cards(connection: Connection) -> None:
    """The opening of a log that was written here stands in its card too."""
    for _name, kept in connection.execute("SELECT name, value FROM setting WHERE name GLOB 'card*'"):
        try:
            opening = read_card(kept).opening
            entry = read_entry(opening.header_bytes, opening.signature)
        except (CardError, EntryMalformedError):
            continue
        log = connection.value("SELECT id FROM log WHERE log = ?", (log_of(entry, entry.id),))
        if log is not None and connection.value("SELECT 1 FROM entry WHERE entry = ?", (entry.id,)) is None:
            connection.execute(INSERT_ENTRY, entry_values(_free_row(connection, log), entry, log, None))


def _free_row(connection: Connection, log: int) -> int:
    """The row before the first one of a log, where it is free: openings come before what they open."""
    first = connection.value("SELECT min(id) FROM entry WHERE log = ?", (log,))
    before = None if first is None else int(first) - 1
    if before and connection.value("SELECT 1 FROM entry WHERE id = ?", (before,)) is None:
        return before
    return next_row(connection)


def _make_logs(connection: Connection) -> None:
    """The rows of logs that are lost, from their openings."""
    for row, header_bytes, signature in connection.execute(
        "SELECT log, header, signature FROM entry WHERE seq = 0 AND log NOT IN (SELECT id FROM log) ORDER BY id"
    ):
        entry = _opening(header_bytes, signature)
        if entry is not None and entry.header.key is not None:
            connection.execute(
                "INSERT OR IGNORE INTO log (id, log, key, head_seq, head) VALUES (?, ?, ?, 0, ?)",
                (row, log_of(entry, entry.id), entry.header.key, entry.id),
            )


def _opening(header_bytes: bytes, signature: bytes) -> Entry | None:
    try:
        return read_entry(header_bytes, signature)
    except EntryMalformedError:
        return None


def _make_arrivals(connection: Connection, moment: Moment) -> None:
    """Bundles of which only the entries are left: who sent them is not known any more."""
    lost = connection.execute(
        "SELECT DISTINCT arrival FROM entry WHERE arrival IS NOT NULL AND arrival NOT IN (SELECT id FROM arrival)"
    )
    for (row,) in lost:
        connection.execute(
            "INSERT INTO arrival (id, bundle, sender, number, digest, arrived_ms) VALUES (?, ?, ?, 0, ?, ?)",
            (row, secrets.token_bytes(16), bytes(32), bytes(32), moment.time_ms),
        )


def _drop(connection: Connection, rowids: Iterable[int]) -> None:
    """Take entries out, with all that speaks of them but the projection, which is made anew."""
    for rowid in list(rowids):
        for table, column in (("body", "entry"), ("lacking", "entry"), ("entry", "id")):
            if _has(connection, table):
                connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (rowid,))  # noqa: S608 - fixed names


def _mend_lacking(connection: Connection) -> None:
    connection.execute("DELETE FROM lacking WHERE entry IN (SELECT entry FROM body)")
    connection.execute("UPDATE lacking SET (log, seq) = (SELECT log, seq FROM entry WHERE entry.id = lacking.entry)")
    connection.execute(
        "INSERT INTO lacking SELECT id, log, seq, 'withheld' FROM entry"
        " WHERE id NOT IN (SELECT entry FROM body) AND id NOT IN (SELECT entry FROM lacking)"
    )


def _mend_heads(connection: Connection, plan: _Plan) -> list[int]:
    """Have each log end where it hangs together. Gives rows of ours beyond that, which were not behind a gap."""
    beyond: list[int] = []
    aside = set(plan.behind)
    for row, head_seq, head, is_own in connection.execute("SELECT id, head_seq, head, secrets IS NOT NULL FROM log"):
        found = plan.heads.get(row, _Head())
        here = connection.value("SELECT id FROM entry WHERE entry = ? AND log = ? AND seq = ?", (head, row, head_seq))
        if here is not None and here not in aside and head_seq >= found.seq:
            continue
        if is_own and found.seq < 0 and _end_at_newest(connection, row):  # its opening is lost: it ends where it ended
            continue
        connection.execute("UPDATE log SET head_seq = ?, head = ? WHERE id = ?", (found.seq, found.id, row))
        if is_own:
            later = connection.execute(
                "SELECT id FROM entry WHERE log = ? AND seq > ? AND arrival IS NULL", (row, found.seq)
            )
            beyond += [rowid for (rowid,) in later if rowid not in aside]
    return beyond


def _end_at_newest(connection: Connection, row: int) -> bool:
    """Have a log end at the newest of its entries; False where it has none."""
    newest = connection.execute("SELECT seq, entry FROM entry WHERE log = ? ORDER BY seq DESC, id LIMIT 1", (row,))
    connection.execute_many("UPDATE log SET head_seq = ?, head = ? WHERE id = ?", [(*head, row) for head in newest])
    return bool(newest)


def _set_aside(connection: Connection, rowids: list[int], moment: Moment) -> None:
    """Have entries count as come with the repair."""
    if not rowids:
        return
    connection.execute(
        "INSERT OR IGNORE INTO arrival (bundle, sender, number, digest, arrived_ms) VALUES (?, ?, 0, ?, ?)",
        (REPAIRED, bytes(32), bytes(32), moment.time_ms),
    )
    arrival = connection.value("SELECT id FROM arrival WHERE bundle = ?", (REPAIRED,))
    for start in range(0, len(rowids), _PORTION):
        some = rowids[start : start + _PORTION]
        marks = ", ".join("?" * len(some))
        connection.execute(f"UPDATE entry SET arrival = ? WHERE id IN ({marks})", (arrival, *some))  # noqa: S608 - marks


def _has(connection: Connection, table: str) -> bool:
    return connection.value("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)) is not None
