"""The journal in the database: entries are appended here and received from others, and never changed or removed.

Rule 1: an entry is stored only after its signature, its place in the chain and its bytes are checked.
Rule 2: bodies stand apart from headers: one may be missing, and may come later.
Rule 3: receiving is idempotent, and its order matters only within one log.
Rule 4: two different entries at one place of one log (a fork) are both kept, and the place is marked. The head of a log
        follows the branch that came first. A log that is written here (the newest of each writer) takes no continuation
        from elsewhere: an entry of it that comes in and is not here was made with a copy of its key, and is marked as a
        fork too.
Rule 5: what was shredded here does not come back: a body that arrives again is not taken.
Rule 6: one bundle opens no more new logs than people and their devices could: a log that is here stays for good, and
        whoever floods a vault with them slows down and blocks what is done with each.
Rule 7: what is written here is read by the strict reader before it is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from fieldapp.vault.chains import (
    Fork,
    LogHave,
    beyond,
    continuation_message,
    continuations,
    continues,
    forks,
    have,
    heads,
    holds,
    own_heads_are_newest,
)
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import (
    NO_ENTRY,
    NO_LOG,
    Body,
    Entry,
    Header,
    log_of,
    parse_body,
    read_entry,
    write_body,
    write_header,
)
from fieldapp.vault.receiving import MOST_NEW_LOGS, MOST_TICKS_AT_ONCE, Receiver
from fieldapp.vault.stored import (
    INSERT_BODY,
    INSERT_ENTRY,
    Author,
    Moment,
    SealedEntry,
    Sign,
    StoredEntry,
    as_stored,
    entry_values,
    next_row,
    next_tick,
    note_tick,
    sealed_entries,
    stored_entries,
    stored_entry,
)

__all__ = [
    "MOST_NEW_LOGS",
    "MOST_TICKS_AT_ONCE",
    "Author",
    "Fork",
    "LogHave",
    "Moment",
    "Receiver",
    "SealedEntry",
    "Sign",
    "StoredEntry",
    "append",
    "beyond",
    "continuations",
    "continued_from",
    "continues",
    "forks",
    "have",
    "heads",
    "holds",
    "open_log",
    "own_heads_are_newest",
    "remove",
    "sealed_entries",
    "shred",
    "stored_entries",
    "stored_entry",
]


def open_log(
    connection: Connection,
    *,
    key: bytes,
    kept_secrets: bytes,
    sign: Sign,
    payload: dict[str, Plain],
    moment: Moment,
    writer: int | None = None,
) -> Author:
    """Begin a new log with its opening entry, whose payload names the person and the device. `writer`: whose it is."""
    tick = next_tick(connection)
    body_bytes = write_body(Body("open", secrets.token_bytes(16), payload), secrets.token_bytes(16))
    header = Header(
        log=NO_LOG,
        seq=0,
        prev=NO_ENTRY,
        tick=tick,
        time_ms=moment.time_ms,
        zone_minutes=moment.zone_minutes,
        body_hash=hashlib.sha256(body_bytes).digest(),
        body_len=len(body_bytes),
        key=key,
    )
    entry = _signed(header, sign)
    log = log_of(entry, entry.id)
    with connection.transaction():
        log_row = connection.insert(
            "INSERT INTO log (log, key, head_seq, head, secrets, writer) VALUES (?, ?, 0, ?, ?, ?)",
            (log, key, entry.id, kept_secrets, writer),
        )
        _store(connection, entry_values(next_row(connection), entry, log_row, None), "open", body_bytes)
        note_tick(connection, tick)
    return Author(log, sign)


def append(connection: Connection, author: Author, bodies: Sequence[Body], moment: Moment) -> list[StoredEntry]:
    """Write the bodies, one entry each, at the end of the author's log. Runs inside the caller's transaction.

    What comes back says what a reader reads: keys of maps are in their order.
    """
    if not bodies:
        return []
    log_row, seq, head = connection.execute("SELECT id, head_seq, head FROM log WHERE log = ?", (author.log,))[0]
    tick, row = next_tick(connection), next_row(connection)
    stored = []
    for rowid, body in enumerate(bodies, row):
        body_bytes = write_body(body, secrets.token_bytes(16))
        seq += 1
        header = Header(
            log=author.log,
            seq=seq,
            prev=head,
            tick=tick,
            time_ms=moment.time_ms,
            zone_minutes=moment.zone_minutes,
            body_hash=hashlib.sha256(body_bytes).digest(),
            body_len=len(body_bytes),
        )
        entry = _signed(header, author.sign)
        _store(connection, entry_values(rowid, entry, log_row, None), body.kind, body_bytes)
        head = entry.id
        stored.append(as_stored(rowid, entry, author.log, None, parse_body(body_bytes)))
    connection.execute("UPDATE log SET head_seq = ?, head = ? WHERE id = ?", (seq, head, log_row))
    note_tick(connection, tick)
    return stored


def continued_from(connection: Connection, old: Author, new_key: bytes) -> dict[str, Plain]:
    """What the opening of a new log says under `after`: it goes on from this one, says whoever has the keys of both."""
    head = heads(connection, of=old.log)[old.log]
    return {
        "log": old.log,
        "seq": head.seq,
        "head": head.id,
        "signature": old.sign(continuation_message(old.log, new_key)),
    }


def shred(connection: Connection, rowid: int) -> None:
    """Remove the body of an entry for good, inside the caller's transaction. Header and signature stay, and verify.

    The projection is the caller's to refresh; so is the index, which holds the same words.
    """
    _drop_body(connection, rowid, "shredded")


def remove(connection: Connection, rowid: int) -> None:
    """Remove the body of an entry from this device, inside the caller's transaction; it is taken again when it comes.

    What was shredded stays so. The projection is the caller's to refresh; so is the index.
    """
    _drop_body(connection, rowid, "removed")


def _drop_body(connection: Connection, rowid: int, why: str) -> None:
    connection.execute("DELETE FROM body WHERE entry = ?", (rowid,))
    connection.execute(
        "INSERT INTO lacking SELECT id, log, seq, ?2 FROM entry WHERE id = ?1"
        " ON CONFLICT (entry) DO UPDATE SET why = ?2 WHERE why <> 'shredded'",
        (rowid, why),
    )


def _signed(header: Header, sign: Sign) -> Entry:
    header_bytes = write_header(header)
    unsigned = Entry(header, header_bytes, b"")
    return read_entry(header_bytes, sign(unsigned.signed_bytes))


def _store(connection: Connection, values: Row, kind: str, body_bytes: bytes) -> None:
    """Insert an entry that was written here, and mark a fork: somebody with a copy of the key may have been there."""
    rowid, _entry, log_row, seq, *_rest = values
    connection.execute(
        "INSERT OR IGNORE INTO fork SELECT log, seq FROM entry WHERE log = ? AND seq = ?", (log_row, seq)
    )
    connection.execute(INSERT_ENTRY, values)
    connection.execute(INSERT_BODY, (rowid, kind, body_bytes))
