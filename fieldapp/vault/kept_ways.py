"""Who writes here and whose each slot is, written down a second time: the tables `writer` and `slot` are a page each,
and one page is soon lost.

Rule 1: it changes in the transactions in which those tables do. Only a repair reads it, and only for a table of which
        nothing is left.
Rule 2: where a repair could not tell whose slots are, that is noted: who opens a place without a row is then no sign of
        old files that were put back. It is over as soon as the places without a row are filled.

    ways       setting: canonical CBOR {"writers": [[id, removed_ms], …], "slots": [[place, kind, writer], …]}
    ways lost  setting: rule 2
"""

from __future__ import annotations

from fieldapp.errors import EntryMalformedError
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain, decode_map, encode

_WAYS = "ways"
_LOST = "ways lost"
_WRITERS = "SELECT id, removed_ms FROM writer ORDER BY id"
_SLOTS = "SELECT place, kind, writer FROM slot ORDER BY place"


def keep(connection: Connection) -> None:
    """Write down what the tables say, in the caller's transaction; nothing where that is known."""
    said = _said(connection)
    if connection.value("SELECT value FROM setting WHERE name = ?", (_WAYS,)) != said:
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_WAYS, said))


def is_kept(connection: Connection) -> bool:
    """Whether that is known; a vault of before does not know it."""
    kept: object = connection.value("SELECT value FROM setting WHERE name = ?", (_WAYS,))
    return kept == _said(connection)


def bring_back(connection: Connection) -> None:
    """Fill the table of which nothing is left, in the caller's transaction."""
    kept = connection.value("SELECT value FROM setting WHERE name = ?", (_WAYS,))
    try:
        said = decode_map(kept) if isinstance(kept, bytes) else {}
    except EntryMalformedError:
        return
    for table, marks in (("writer", "?, ?"), ("slot", "?, ?, ?")):
        rows = said.get(f"{table}s")
        if isinstance(rows, list) and connection.value(f"SELECT 1 FROM {table}") is None:  # noqa: S608 - fixed names
            values = [tuple(row) for row in rows if isinstance(row, list) and len(row) == marks.count("?")]
            connection.execute_many(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608 - fixed names


def note_lost(connection: Connection) -> None:
    """A repair could not tell whose slots are, in the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, x'01')", (_LOST,))


def forget_lost(connection: Connection) -> None:
    """Every place without a row is filled, in the caller's transaction."""
    connection.execute("DELETE FROM setting WHERE name = ?", (_LOST,))


def are_lost(connection: Connection) -> bool:
    """Whether a repair could not tell whose slots are, and places without a row may still be somebody's."""
    return connection.value("SELECT 1 FROM setting WHERE name = ?", (_LOST,)) is not None


def _said(connection: Connection) -> bytes:
    said: dict[str, Plain] = {
        "writers": [list(row) for row in connection.execute(_WRITERS)],
        "slots": [list(row) for row in connection.execute(_SLOTS)],
    }
    return encode(said)
