"""What was going on when the program was left: where somebody was, and what was typed that is no record yet.

It stands in the vault beside the drafts, encrypted like everything, and never travels.

Rule 1: texts of a sheet are kept within a second, and go when the sheet was done or given up.
Rule 2: texts about a record go with the record, in the same transaction; where somebody was goes then too, with what
        they looked for. What a stop left over goes at the next unlocking.
Rule 3: nothing that arrives destroys it. What is about a record that somebody takes back, or about a device that others
        count as lost, is kept and not shown until a person here confirms that, or declines it.
Rule 4: it is of whoever unlocked, and nobody else who writes in this vault is shown it.

    place W                    settings; W is the writer's id
    half finished records W
    half finished sheet W KIND ABOUT

ABOUT is the ids of records, `card` and the fingerprint of somebody who is trusted, or nothing: the vault itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from fieldapp.errors import EntryMalformedError
from fieldapp.records import store
from fieldapp.records.store import RecordRow
from fieldapp.services import drafts, trust, writers
from fieldapp.services.archive import Archive
from fieldapp.services.trust import Peer
from fieldapp.values import RecordId
from fieldapp.vault.encoding import Plain, decode_map, encode

_PLACE = "place"
_RECORDS = "half finished records"
_SHEET = "half finished sheet"
_ID_BYTES = 16
_CARD = b"card"
_CARD_BYTES = len(_CARD) + 32
"""No sum of ids is as long."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What narrows a search, as it stands: a kind of record, words for a time and for a person, and who was chosen."""

    kind: str = ""
    when: str = ""
    about: str = ""
    person: RecordId | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: a page by its name in the window, the record on show, the field in it, what is looked for.

    `part`: of the page, where it has several. What of it the window knows no more counts for nothing there.
    """

    page: str
    record: RecordId | None = None
    field: str = ""
    search: str = ""
    part: str = ""
    narrowed: Narrowed = Narrowed()


@dataclass(frozen=True, slots=True)
class HalfSheet:
    """A sheet that was open: its kind, what it is about, and its texts by name."""

    kind: str
    about: bytes
    texts: Mapping[str, str]
    rows: tuple[RecordRow, ...] = ()
    """The records it is about, where it is about records."""
    peer: Peer | None = None
    """Whom it is about, where it is about somebody's card."""


@dataclass(frozen=True, slots=True)
class GoingOn:
    """All of it, as it is read after unlocking."""

    place: Place | None = None
    sheets: tuple[HalfSheet, ...] = ()
    records: tuple[RecordRow, ...] = field(default=())
    """Records that were being typed in when the program was stopped in the middle."""


def about_card(fingerprint: bytes) -> bytes:
    """What a sheet is about that is about somebody who is trusted."""
    return _CARD + fingerprint


def keep_place(archive: Archive, place: Place | None) -> None:
    """Remember where somebody is; None: nowhere in particular. Raises DiskFullError."""
    with archive.connection.transaction():
        if place is None:
            _forget(archive, _own(archive, _PLACE))
        else:
            _keep(archive, _own(archive, _PLACE), _kept_of(place))


def keep_sheet(archive: Archive, kind: str, about: bytes, texts: Mapping[str, str]) -> None:
    """Keep what is typed in a sheet, as it stands; without a word, forget it. Raises DiskFullError."""
    with archive.connection.transaction():
        if any(text.strip() for text in texts.values()):
            _keep(archive, _name(archive, kind, about), {"kind": kind, "about": about, "texts": dict(texts)})
        else:
            _forget(archive, _name(archive, kind, about))


def sheet_texts(archive: Archive, kind: str, about: bytes) -> dict[str, str]:
    """What is kept of one sheet, by name."""
    return _texts(_kept(archive, _name(archive, kind, about)))


def forget_sheet(archive: Archive, kind: str, about: bytes) -> None:
    """The sheet was done, or given up. Raises DiskFullError."""
    with archive.connection.transaction():
        _forget(archive, _name(archive, kind, about))


def note_records(archive: Archive) -> None:
    """Before drafts become entries after unlocking: remember of which records there are any. Raises DiskFullError."""
    found: list[Plain] = list(drafts.records_typed_in(archive))
    if found:
        with archive.connection.transaction():
            _keep(archive, _own(archive, _RECORDS), {"records": found})


def going_on(archive: Archive) -> GoingOn:
    """All of it, once: records that were being typed in are told one time only. Raises DiskFullError."""
    name = _own(archive, _RECORDS)
    noted = _kept(archive, name).get("records")
    ids = [RecordId(each) for each in noted if isinstance(each, bytes)] if isinstance(noted, list) else []
    if ids:
        with archive.connection.transaction():
            _forget(archive, name)
    return GoingOn(_place(archive), _sheets(archive), _seen(_rows(archive, ids)))


def forget_records(archive: Archive, records: Collection[RecordId]) -> None:
    """What was typed about records that leave, and where everybody was. Inside `vault.saving()`."""
    leaving = frozenset(records)
    for name in _names(archive, _SHEET):
        about = _kept(archive, name).get("about")
        if not isinstance(about, bytes) or not leaving.isdisjoint(_ids(about)):
            _forget(archive, name)
    for start in (_PLACE, _RECORDS):
        for name in _names(archive, start):
            _forget(archive, name)


def tidy(archive: Archive) -> None:
    """After unlocking: forget what is about records that are gone, and what nobody comes back to.

    Raises:
        DiskFullError, PlaceUnwritableError: it is to be done at the next unlocking.
    """
    over = list(_over(archive))
    if over:
        with archive.vault.saving():
            for name in over:
                _forget(archive, name)


def _over(archive: Archive) -> Iterator[str]:
    active = {str(writer.id) for writer in writers.active(archive)}
    for start in (_PLACE, _RECORDS, _SHEET):
        for name in _names(archive, start):
            kept = _kept(archive, name)
            whose = name.removeprefix(start).split()[:1]
            abouts = [kept.get("about")] if start == _SHEET else [kept.get("record"), kept.get("person")]
            is_gone = any(isinstance(about, bytes) and _is_gone(archive, about) for about in abouts)
            if not active.issuperset(whose) or not whose or is_gone:
                yield name


def _is_gone(archive: Archive, about: bytes) -> bool:
    """Whether nobody can come back to it: something of it is not here, or a person here took their trust back.

    Of a record that was just begun there are only drafts.
    """
    if _is_card(about):
        return not any(peer.trusted for peer in trust.known_cards(archive) if about_card(peer.fingerprint) == about)
    ids = _ids(about)
    missing = set(ids) - {row.id for row in _rows(archive, ids)}
    typed = {RecordId(each) for (each,) in archive.connection.execute("SELECT DISTINCT record FROM draft")}
    return bool(about and not ids) or not missing <= typed


def _place(archive: Archive) -> Place | None:
    kept = _kept(archive, _own(archive, _PLACE))
    page = _text(kept, "page")
    if not page:
        return None
    record, person = _in_sight(archive, kept.get("record")), _in_sight(archive, kept.get("person"))
    about = "" if "person" in kept and person is None else _text(kept, "about")
    return Place(
        page,
        record,
        _text(kept, "field") if record is not None else "",
        _text(kept, "search"),
        _text(kept, "part"),
        Narrowed(_text(kept, "kind"), _text(kept, "when"), about, person),
    )


def _kept_of(place: Place) -> dict[str, Plain]:
    narrowed = place.narrowed
    texts = {"page": place.page, "field": place.field, "search": place.search, "part": place.part}
    texts |= {"kind": narrowed.kind, "when": narrowed.when, "about": narrowed.about}
    ids = {"record": place.record, "person": narrowed.person}
    return {**texts, **{name: record for name, record in ids.items() if record is not None}}


def _in_sight(archive: Archive, kept: Plain) -> RecordId | None:
    """A record, unless somebody takes it back, or it is none."""
    if not isinstance(kept, bytes) or len(kept) != _ID_BYTES:
        return None
    record = RecordId(kept)
    return None if any(row.withdrawn for row in _rows(archive, [record])) else record


def _sheets(archive: Archive) -> tuple[HalfSheet, ...]:
    """Those about what can be seen; what nobody can come back to is forgotten."""
    found = []
    for name in _names(archive, _own(archive, _SHEET) + " "):
        kept = _kept(archive, name)
        kind, about = kept.get("kind"), kept.get("about")
        if not isinstance(kind, str) or not isinstance(about, bytes) or _is_gone(archive, about):
            with archive.connection.transaction():
                _forget(archive, name)
            continue
        sheet = _sheet(archive, kind, about, _texts(kept))
        if sheet is not None:
            found.append(sheet)
    return tuple(found)


def _sheet(archive: Archive, kind: str, about: bytes, texts: Mapping[str, str]) -> HalfSheet | None:
    """None while it is about somebody or something that is out of sight."""
    if _is_card(about):
        peer = next((each for each in trust.peers(archive) if about_card(each.fingerprint) == about), None)
        return None if peer is None else HalfSheet(kind, about, texts, peer=peer)
    ids = _ids(about)
    rows = _seen(_rows(archive, ids))
    return HalfSheet(kind, about, texts, rows) if len(rows) == len(ids) else None


def _rows(archive: Archive, ids: Sequence[RecordId]) -> tuple[RecordRow, ...]:
    rows = (store.row_if_there(archive.connection, each) for each in ids)
    return tuple(row for row in rows if row is not None)


def _seen(rows: Sequence[RecordRow]) -> tuple[RecordRow, ...]:
    return tuple(row for row in rows if not row.withdrawn)


def _is_card(about: bytes) -> bool:
    return about.startswith(_CARD) and len(about) == _CARD_BYTES


def _ids(about: bytes) -> list[RecordId]:
    """The records that a sheet is about; none where it is about something else."""
    if len(about) % _ID_BYTES:
        return []
    return [RecordId(about[place : place + _ID_BYTES]) for place in range(0, len(about), _ID_BYTES)]


def _own(archive: Archive, what: str) -> str:
    return f"{what} {archive.vault.writer}"


def _name(archive: Archive, kind: str, about: bytes) -> str:
    return f"{_own(archive, _SHEET)} {kind} {about.hex()}"


def _names(archive: Archive, start: str) -> list[str]:
    rows = archive.connection.execute(
        "SELECT name FROM setting WHERE substr(name, 1, ?) = ? ORDER BY name", (len(start), start)
    )
    return [name for (name,) in rows]


def _text(kept: Mapping[str, Plain], name: str) -> str:
    text = kept.get(name)
    return text if isinstance(text, str) else ""


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
