"""Who got something of a record and must be told by other means: by phone, in person; no bundle surely reaches them.

While a record is here, the list is read from what went out: bundles, and copies of files that were made in the clear.
When its bodies are destroyed the list is kept until a person says it is done: without any words of the record, but with
what somebody wrote down about a copy when it was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fieldapp.errors import EntryMalformedError
from fieldapp.records.payload import read_custody
from fieldapp.services import departures, erasure, trust
from fieldapp.services.archive import Archive
from fieldapp.services.history import origins
from fieldapp.values import RecordId
from fieldapp.vault.encoding import Plain, decode, encode
from fieldapp.vault.journal import stored_entry

BUNDLE, COPY = "bundle", "copy"

_COPIED = "access"
_PREFIX = "to tell "
_END = "to tell!"


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who got something. `kind`: bundle (for `fingerprint`, as `number`) or copy (made by `name`)."""

    kind: str
    name: str
    fingerprint: bytes
    number: int
    time_ms: int
    purpose: str


def who_must_be_told(archive: Archive, record: RecordId) -> tuple[Told, ...]:
    """Who got something of a record, in order of time; also of one that was destroyed here, until `told`."""
    found = {*_kept(archive, record), *_went(archive, record)}
    return tuple(sorted(found, key=lambda each: (each.time_ms, each.kind, each.name, each.number)))


def remember(archive: Archive, record: RecordId) -> tuple[Told, ...]:
    """Keep the list of a record whose bodies are about to go. Inside a transaction."""
    found = who_must_be_told(archive, record)
    rows: list[Plain] = [
        {"kind": each.kind, "name": each.name, "who": each.fingerprint, "n": each.number, "t": each.time_ms,
         "why": each.purpose}
        for each in found
    ]  # fmt: skip
    if rows:
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_name(record), encode(rows)))
    return found


def to_tell(archive: Archive) -> list[RecordId]:
    """The records that were destroyed here, of which somebody is still to be told."""
    rows = archive.connection.execute("SELECT name FROM setting WHERE name > ? AND name < ?", (_PREFIX, _END))
    return [RecordId(bytes.fromhex(name.removeprefix(_PREFIX))) for (name,) in rows]


def told(archive: Archive, record: RecordId) -> None:
    """Everybody was told: the list of a destroyed record is forgotten."""
    with archive.connection.transaction():
        archive.connection.execute("DELETE FROM setting WHERE name = ?", (_name(record),))


def _went(archive: Archive, record: RecordId) -> Iterator[Told]:
    going = erasure.reach(archive, [record])
    names = {peer.fingerprint: peer.name for peer in trust.known_cards(archive)}
    for went in departures.went(archive, going.entries):
        yield Told(BUNDLE, names.get(went.fingerprint, ""), went.fingerprint, went.number, went.made_ms, "")
    for rowid in going.entries:
        entry = stored_entry(archive.connection, rowid)
        event = read_custody(entry.body) if entry.body else None
        if event is not None and event.event == _COPIED:
            yield Told(COPY, origins(archive).author(entry.log).person, b"", 0, entry.time_ms, event.purpose)


def _kept(archive: Archive, record: RecordId) -> Iterator[Told]:
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_name(record),))
    try:
        rows = decode(kept) if isinstance(kept, bytes) else []
    except EntryMalformedError:
        rows = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            yield Told(
                str(row.get("kind")),
                str(row.get("name")),
                who if isinstance(who := row.get("who"), bytes) else b"",
                _number(row.get("n")),
                _number(row.get("t")),
                str(row.get("why")),
            )


def _number(value: Plain) -> int:
    return value if isinstance(value, int) else 0


def _name(record: RecordId) -> str:
    return _PREFIX + record.hex()
