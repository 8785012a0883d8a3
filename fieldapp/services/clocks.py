"""Clocks that jump: where the time of a log went back by more than a day, or was more than a day ahead as it came.

Entries are never changed, so each is looked at once: a setting keeps up to which row, and what was found. Where the
setting is lost, all are looked at again, with the same result.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.services.archive import Archive
from fieldapp.values import LogId
from fieldapp.vault.encoding import Plain, decode_map, encode

DAY_MS = 24 * 60 * 60 * 1000

_SETTING = "clocks"
_OFTEN = 1000
"""So many new entries are looked at without writing down that they were."""

_JUMPS = """
SELECT log.log, min(jump.seq), CASE WHEN jump.back THEN min(jump.off_ms) ELSE max(jump.off_ms) END, count(*),
    min(jump.seen_ms) FROM (
    SELECT later.log, later.seq, later.off_ms, later.seen_ms, 1 AS back FROM (
        SELECT entry.log, entry.seq, coalesce(arrival.arrived_ms, entry.time_ms) AS seen_ms, entry.time_ms - (
            SELECT before.time_ms FROM entry AS before WHERE before.log = entry.log AND before.seq = entry.seq - 1
                ORDER BY before.id LIMIT 1) AS off_ms
        FROM entry LEFT JOIN arrival ON arrival.id = entry.arrival WHERE entry.id > ?1 AND NOT EXISTS (
            SELECT 1 FROM fork WHERE fork.log = entry.log AND fork.seq = entry.seq - 1)
    ) AS later WHERE later.off_ms < -?2
    UNION ALL
    SELECT entry.log, entry.seq, entry.time_ms - arrival.arrived_ms, arrival.arrived_ms, 0
        FROM entry JOIN arrival ON arrival.id = entry.arrival
        WHERE entry.id > ?1 AND entry.time_ms > arrival.arrived_ms + ?2
) AS jump JOIN log ON log.id = jump.log GROUP BY log.log, jump.back
"""
"""One row for each log and direction, and one look at the place before each entry: who forks a log at a thousand places
must not make a million pairs. What follows a fork is not compared: which entry was before it stands in its header."""


@dataclass(frozen=True, slots=True)
class Jump:
    """How often the clock of a log jumped one way: the first place, and the longest jump (negative: back)."""

    log: LogId
    seq: int
    off_ms: int
    count: int
    first_seen_ms: int


def jumps(archive: Archive) -> list[Jump]:
    """The jumps of all clocks, one for each log and direction."""
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_SETTING,))
    told: dict[str, Plain] = decode_map(kept) if kept is not None else {}
    newest = int(archive.connection.value("SELECT coalesce(max(id), 0) FROM entry"))
    upto = told.get("upto")
    seen = upto if isinstance(upto, int) and upto <= newest else 0
    found = _read(told.get("found")) if seen else {}
    for log, *facts in archive.connection.execute(_JUMPS, (seen, DAY_MS)):
        jump = Jump(LogId(log), *facts)
        place = jump.log, jump.off_ms < 0
        found[place] = _together(found[place], jump) if place in found else jump
    if newest - seen > _OFTEN:
        _write(archive, newest, found)
    return list(found.values())


def _together(one: Jump, other: Jump) -> Jump:
    return Jump(
        one.log,
        min(one.seq, other.seq),
        max(one.off_ms, other.off_ms, key=abs),
        one.count + other.count,
        min(one.first_seen_ms, other.first_seen_ms),
    )


def _write(archive: Archive, upto: int, found: dict[tuple[LogId, bool], Jump]) -> None:
    listed: list[Plain] = [[each.log, each.seq, each.off_ms, each.count, each.first_seen_ms] for each in found.values()]
    with archive.connection.transaction():
        archive.connection.execute(
            "INSERT OR REPLACE INTO setting VALUES (?, ?)", (_SETTING, encode({"upto": upto, "found": listed}))
        )


def _read(listed: Plain) -> dict[tuple[LogId, bool], Jump]:
    found: dict[tuple[LogId, bool], Jump] = {}
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, list) and len(each) == 5:
            log, seq, off_ms, count, seen_ms = each
            assert isinstance(log, bytes)
            assert isinstance(seq, int) and isinstance(off_ms, int) and isinstance(count, int)
            assert isinstance(seen_ms, int)
            found[LogId(log), off_ms < 0] = Jump(LogId(log), seq, off_ms, count, seen_ms)
    return found
