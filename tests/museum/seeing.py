"""What is compared with what was written down when a vault of the museum was made."""

from __future__ import annotations

import hashlib

from fieldapp.services.archive import Archive
from fieldapp.vault import journal
from fieldapp.vault.connection import Connection

_LACKING = "SELECT why, entry.entry FROM lacking JOIN entry ON entry.id = lacking.entry ORDER BY entry.seq, entry.id"
_ROWS = {  # with the columns that version 2 had
    "arrival": "*",
    "departure": "id, bundle, recipient, number, digest, made_ms, bodies, objects",
    "receipt": "*",
    "acknowledged": "*",
    "removed": "*",
}
_ROWS_OF_3 = {
    "writer": "id, removed_ms",
    "slot": "place, kind, writer",
    "share": "*",
    "holder": "*",
    "departure": "sender, id",
    "draft": "field, writer",
}
CONTENT = b"not really a photo\n" * 4000


def seen(archive: Archive) -> dict[str, object]:
    """What must be seen in it for ever."""
    connection = archive.connection
    rows = connection.execute(
        "SELECT log.log, seq, entry, body IS NOT NULL FROM (SELECT e.log AS l, e.seq, e.entry, body.body FROM entry e"
        " LEFT JOIN body ON body.entry = e.id) JOIN log ON log.id = l ORDER BY 1, 2, 3"
    )
    notes = [str(entry.body.payload) for entry in journal.stored_entries(connection) if entry.body]
    return {
        "entries": [[log.hex(), seq, entry.hex(), bool(body)] for log, seq, entry, body in rows],
        "payloads_sha256": hashlib.sha256("\n".join(notes).encode()).hexdigest(),
        "heads": {log.hex(): [head.seq, head.id.hex()] for log, head in journal.heads(connection).items()},
        "forks": [list(row) for row in connection.execute("SELECT seq FROM fork ORDER BY seq")],
        "objects": [
            [sha256.hex(), size] for sha256, size in connection.execute("SELECT sha256, size FROM object ORDER BY 1")
        ],
        "lacking": [[why, entry.hex()] for why, entry in connection.execute(_LACKING)],
        "own_logs": [log.hex() for log in archive.vault.own_logs],
        "continuations": {log.hex(): old.hex() for log, old in journal.continuations(connection).items()},
        "rows": standing_in(connection, _ROWS),
        "rows_of_3": standing_in(connection, _ROWS_OF_3),
        "drafts": [field for (field,) in connection.execute("SELECT field FROM draft ORDER BY 1")],
    }


def standing_in(connection: Connection, asked: dict[str, str]) -> dict[str, str]:
    """What stands in these columns of these tables."""
    return {
        table: repr(connection.execute(f"SELECT {names} FROM {table} ORDER BY 1, 2")) for table, names in asked.items()
    }
