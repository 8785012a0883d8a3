"""What was going on when the program was left: where somebody was, and what was typed that is no record yet.

It stands in the vault beside the drafts, encrypted like everything, and never travels.

Rule 1: texts of a sheet are kept within a second, and go when the sheet was done or given up.
Rule 2: texts about a record go with the record: of one that was erased or taken back nothing is given out any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from fieldapp.errors import EntryMalformedError
from fieldapp.records import store
from fieldapp.records.store import RecordRow
from fieldapp.services.archive import Archive
from fieldapp.values import RecordId
from fieldapp.vault.encoding import Plain, decode_map, encode

_PLACE = "place"
_RECORDS = "half finished records"
_SHEET = "half finished "
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: a page by its name in the window, the record on show, the field in it, what is looked for."""

    page: str
    record: RecordId | None = None
    field: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class HalfSheet:
    """A sheet that was open: its kind, the records (or the card) it is about, and its texts by name."""

    kind: str
    about: bytes
    texts: Mapping[str, str]
    rows: tuple[RecordRow, ...] = ()
    """The records it is about, where it is about records."""


@dataclass(frozen=True, slots=True)
class GoingOn:
    """All of it, as it is read after unlocking."""

    place: Place | None = None
    sheets: tuple[HalfSheet, ...] = ()
    records: tuple[RecordRow, ...] = field(default=())
    """Records that were being typed in when the program was stopped in the middle."""


def keep_place(archive: Archive, place: Place | None) -> None:
    """Remember where somebody is; None: nowhere in particular. Raises DiskFullError."""
    with archive.connection.transaction():
        if place is None:
            _forget(archive, _PLACE)
        else:
            kept: dict[str, Plain] = {"page": place.page, "field": place.field, "search": place.search}
            if place.record is not None:
                kept["record"] = place.record
            _keep(archive, _PLACE, kept)


def keep_sheet(archive: Archive, kind: str, about: bytes, texts: Mapping[str, str]) -> None:
    """Keep what is typed in a sheet, as it stands; without a word, forget it. Raises DiskFullError."""
    with archive.connection.transaction():
        if any(text.strip() for text in texts.values()):
            _keep(archive, _name(kind, about), {"kind": kind, "about": about, "texts": dict(texts)})
        else:
            _forget(archive, _name(kind, about))


def sheet_texts(archive: Archive, kind: str, about: bytes) -> dict[str, str]:
    """What is kept of one sheet, by name."""
    return _texts(_kept(archive, _name(kind, about)))


def forget_sheet(archive: Archive, kind: str, about: bytes) -> None:
    """The sheet was done, or given up. Raises DiskFullError."""
    with archive.connection.transaction():
        _forget(archive, _name(kind, about))


def note_records(archive: Archive) -> None:
    """Before drafts become entries after unlocking: remember of which records there are any. Raises DiskFullError."""
    found = [bytes(record) for (record,) in archive.connection.execute("SELECT DISTINCT record FROM draft")]
    if found:
        with archive.connection.transaction():
            _keep(archive, _RECORDS, {"records": list(found)})


def going_on(archive: Archive) -> GoingOn:
    """All of it, once: records that were being typed in are told one time only. Raises DiskFullError."""
    noted = _kept(archive, _RECORDS).get("records")
    ids = [RecordId(each) for each in noted if isinstance(each, bytes)] if isinstance(noted, list) else []
    if ids:
        with archive.connection.transaction():
            _forget(archive, _RECORDS)
    return GoingOn(_place(archive), _sheets(archive), _rows(archive, ids))


def _place(archive: Archive) -> Place | None:
    kept = _kept(archive, _PLACE)
    page, record = kept.get("page"), kept.get("record")
    if not isinstance(page, str):
        return None
    return Place(
        page,
        RecordId(record) if isinstance(record, bytes) else None,
        str(kept.get("field", "")),
        str(kept.get("search", "")),
    )


def _sheets(archive: Archive) -> tuple[HalfSheet, ...]:
    """Those whose records are all there; the others are forgotten."""
    names = archive.connection.execute(
        "SELECT name FROM setting WHERE substr(name, 1, ?) = ? AND name <> ? ORDER BY name",
        (len(_SHEET), _SHEET, _RECORDS),
    )
    found = []
    for (name,) in names:
        kept = _kept(archive, name)
        kind, about = kept.get("kind"), kept.get("about")
        if not isinstance(kind, str) or not isinstance(about, bytes):
            continue
        ids = [RecordId(about[place : place + _ID_BYTES]) for place in range(0, len(about), _ID_BYTES)]
        rows = _rows(archive, ids) if about and not len(about) % _ID_BYTES else ()
        if rows and len(rows) == len(ids):
            found.append(HalfSheet(kind, about, _texts(kept), rows))
        else:
            with archive.connection.transaction():
                _forget(archive, name)
    return tuple(found)


def _rows(archive: Archive, ids: Sequence[RecordId]) -> tuple[RecordRow, ...]:
    rows = (store.row_if_there(archive.connection, each) for each in ids)
    return tuple(row for row in rows if row is not None and not row.withdrawn)


def _name(kind: str, about: bytes) -> str:
    return f"{_SHEET}{kind} {about.hex()}"


def _texts(kept: Mapping[str, Plain]) -> dict[str, str]:
    texts = kept.get("texts")
    return {name: text for name, text in texts.items() if isinstance(text, str)} if isinstance(texts, dict) else {}


def _kept(archive: Archive, name: str) -> dict[str, Plain]:
    value = archive.connection.value("SELECT value FROM setting WHERE name = ?", (name,))
    with suppress(EntryMalformedError):
        return decode_map(value) if isinstance(value, bytes) else {}
    return {}


def _keep(archive: Archive, name: str, kept: Mapping[str, Plain]) -> None:
    archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, encode(dict(kept))))


def _forget(archive: Archive, name: str) -> None:
    archive.connection.execute("DELETE FROM setting WHERE name = ?", (name,))
