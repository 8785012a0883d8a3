"""What a record said at an earlier moment: just after one of the entries about it, in the order of its history."""

from __future__ import annotations

from collections.abc import Iterator

from fieldapp.errors import RecordNotFoundError
from fieldapp.records.merge import Claim, FieldState, merge
from fieldapp.records.store import entries_about
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import decode


def fields_at(connection: Connection, record: RecordId, entry: EntryId) -> dict[str, FieldState]:
    """The state of every field after this entry and those before it, by key.

    Raises:
        RecordNotFoundError: the entry does not speak of this record here.
    """
    then = rows_until(connection, record, entry)
    rows = connection.execute("SELECT target, key, entry FROM replaced WHERE record = ?", (record,))
    replaced = {(target, key) for target, key, by in rows if by in then}
    claims = [claim for claim in claims_ever(connection, record) if claim.place in then]
    first_ticks: dict[str, int] = {}
    for claim in claims:
        first_ticks[claim.key] = min(claim.tick, first_ticks.get(claim.key, claim.tick))
    return merge((claim for claim in claims if (claim.entry, claim.key) not in replaced), first_ticks)


def rows_until(connection: Connection, record: RecordId, entry: EntryId) -> set[int]:
    """The rows of the entries about a record, up to this one in the order of its history.

    Raises:
        RecordNotFoundError: the entry does not speak of this record here.
    """
    last = connection.value("SELECT id FROM entry WHERE entry = ?", (entry,))
    rows = [touch.entry for touch in entries_about(connection, record)]
    if last not in rows:
        raise RecordNotFoundError
    return set(rows[: rows.index(last) + 1])


def began_by(connection: Connection, record: RecordId, tick: int) -> bool:
    """Whether something was told of a record by then."""
    return any(touch.tick <= tick for touch in entries_about(connection, record) if touch.type is not None)


def claims_ever(connection: Connection, record: RecordId) -> Iterator[Claim]:
    """Every claim about a record, also those that others replace."""
    rows = connection.execute(
        "SELECT claim.key, claim.value, entry.entry, log.log, entry.tick, entry.time_ms, claim.source,"
        " claim.reliability, claim.note, claim.preferred, entry.arrival IS NOT NULL, entry.id FROM claim"
        " JOIN entry ON entry.id = claim.entry JOIN log ON log.id = entry.log WHERE claim.record = ?",
        (record,),
    )
    for key, value, entry, log, tick, time_ms, source, reliability, note, preferred, foreign, place in rows:
        yield Claim(
            key,
            decode(value),
            EntryId(entry),
            LogId(log),
            tick,
            time_ms,
            source=source,
            reliability=reliability,
            note=note,
            preferred=bool(preferred),
            foreign=bool(foreign),
            place=place,
        )
