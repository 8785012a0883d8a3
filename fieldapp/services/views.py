"""Reading: lists, one record, its history, and search. Everything comes as frozen values, ready to be shown.

Text in them comes from many hands and is display data: whoever shows it shows it as plain text.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from fieldapp.records import search, store
from fieldapp.records.merge import Claim, FieldState, shown_values
from fieldapp.records.model import Field, FieldKind, field_of, searchable_text, show_value, split_key
from fieldapp.records.payload import HIDDEN, read_claims, read_custody
from fieldapp.records.search import Filters
from fieldapp.records.snippets import Snippet, snippet
from fieldapp.records.store import RecordRow
from fieldapp.services.archive import Archive
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import StoredEntry, stored_entries, stored_entry

UNKNOWN_AUTHOR = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One value that was claimed for a field: by whom, when, from what source. `told` is how it is shown."""

    entry: EntryId
    value: Plain
    told: str
    author: str
    time_ms: int
    source: str
    reliability: str
    note: str


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field (or one item of a field of several): the value shown first, and other accounts of it.

    `field` is None where this version does not know it; `contested` asks for a person's decision.
    """

    key: str
    name: str
    field: Field | None
    value: Plain
    told: str
    accounts: tuple[Account, ...]
    contested: bool


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link and what is at its other end (None where that record has not come here)."""

    id: RecordId
    role: str
    outgoing: bool
    note: str
    other_id: RecordId
    other: RecordRow | None


@dataclass(frozen=True, slots=True)
class RecordView:
    """A whole record."""

    row: RecordRow
    fields: tuple[FieldView, ...]
    links: tuple[LinkView, ...]
    through: str
    """The author of the record's first entry, as they call themselves."""

    def value(self, name: str) -> Plain:
        """The shown value of a field, None where there is none; for a field of several items the first."""
        return next((field.value for field in self.fields if field.name == name), None)

    def values(self, name: str) -> list[Plain]:
        """All items of a field."""
        return [field.value for field in self.fields if field.name == name]


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that a search found, with the place where it was found."""

    row: RecordRow
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Change:
    """One field in one entry of a record's history: what was claimed, and what that replaced."""

    key: str
    field: Field | None
    value: Plain
    told: str
    replaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry about a record. `kind` is edit, attach, resolve, hide, custody, or one this version does not know.

    `came_in`: it came with a bundle (the number of its arrival), None where it was written here.
    """

    entry: EntryId
    kind: str
    author: str
    device: str
    own: bool
    time_ms: int
    zone_minutes: int
    came_in: int | None
    changes: tuple[Change, ...]
    event: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who opened a log, as the opening entry says."""

    person: str
    device: str
    own: bool


def authors(archive: Archive) -> dict[LogId, Author]:
    """The person and device of every log whose opening entry is here with its body."""
    own = archive.vault.author.log
    found: dict[LogId, Author] = {}
    for entry in stored_entries(archive.connection, kind="open"):
        payload = entry.body.payload if entry.body else {}
        person, device = payload.get("person"), payload.get("device")
        found[entry.log] = Author(
            person if isinstance(person, str) else "", device if isinstance(device, str) else "", entry.log == own
        )
    return found


def rows(
    archive: Archive, *, kind: str | None = None, hidden: bool = False, limit: int = -1, offset: int = 0
) -> list[RecordRow]:
    """Records, the latest changed first; of one type, if asked."""
    return store.rows(archive.connection, kind=kind, hidden=hidden, limit=limit, offset=offset)


def counts(archive: Archive) -> dict[str, int]:
    """How many records there are of each type, without the hidden ones."""
    return store.counts(archive.connection)


def find_id(archive: Archive, id_prefix: str) -> RecordId:
    """The record whose id begins with these hex digits. Raises RecordNotFoundError, RecordAmbiguousError."""
    return store.find(archive.connection, id_prefix)


def row(archive: Archive, record: RecordId) -> RecordRow:
    """What a list shows of one record. Raises RecordNotFoundError."""
    return store.row_of(archive.connection, record)


def view(archive: Archive, record: RecordId) -> RecordView:
    """A whole record, its fields in the order of the form.

    Raises:
        RecordNotFoundError: there is none.
    """
    shown = store.row_of(archive.connection, record)
    people = authors(archive)
    fields = store.fields_of(archive.connection, record)
    order = {key: place for place, key in enumerate(shown_values(fields))}
    views = [
        _field_view(shown.type, key, state, people)
        for key, state in sorted(fields.items(), key=lambda each: order.get(each[0], len(order)))
        if key != HIDDEN and (state.value is not None or state.contested)
    ]
    first = stored_entry(archive.connection, store.entries_about(archive.connection, record)[0])
    author = people.get(first.log)
    return RecordView(shown, tuple(views), _links(archive, record), author.person if author else UNKNOWN_AUTHOR)


def history(archive: Archive, record: RecordId) -> list[HistoryEntry]:
    """Every entry about a record in the order of their ticks, also those about a hidden one.

    Raises:
        RecordNotFoundError: there is none.
    """
    shown = store.row_of(archive.connection, record)
    people = authors(archive)
    entries = [stored_entry(archive.connection, rowid) for rowid in store.entries_about(archive.connection, record)]
    told: defaultdict[EntryId, dict[str, str]] = defaultdict(dict)
    with_body = [(entry, entry.body) for entry in entries if entry.body is not None]
    return [_history_entry(shown.type, entry, body, people, told) for entry, body in with_body]


def find(archive: Archive, text: str, filters: Filters | None = None, *, limit: int = 100) -> list[Hit]:
    """Search; the best first. An empty query finds nothing."""
    query = search.parse(text)
    found = search.find(archive.connection, query, filters or Filters(), limit)
    return [_hit(archive, record, query.terms) for record in found]


def _hit(archive: Archive, record: RecordId, terms: tuple[str, ...]) -> Hit:
    shown = store.row_of(archive.connection, record)
    values = shown_values(store.fields_of(archive.connection, record))
    texts = [text for _name, text in searchable_text(shown.type, values)]
    best: Snippet | None = None
    for text in texts:
        cut = snippet(text, terms)
        if best is None or len(cut.marks) > len(best.marks):
            best = cut
    return Hit(shown, best or Snippet("", ()))


def _field_view(type_name: str, key: str, state: FieldState, people: dict[LogId, Author]) -> FieldView:
    field = field_of(type_name, key)
    accounts = tuple(_account(field, claim, people) for claim in state.accounts)
    return FieldView(
        key, split_key(key)[0], field, state.value, show_value(field, state.value), accounts, state.contested
    )


def _account(field: Field | None, claim: Claim, people: dict[LogId, Author]) -> Account:
    author = people.get(claim.log)
    return Account(
        claim.entry,
        claim.value,
        show_value(field, claim.value),
        author.person if author else UNKNOWN_AUTHOR,
        claim.time_ms,
        claim.source,
        claim.reliability,
        claim.note,
    )


def _links(archive: Archive, record: RecordId) -> tuple[LinkView, ...]:
    views = []
    for link in store.links_of(archive.connection, record):
        note = shown_values(store.fields_of(archive.connection, link.id)).get("note")
        known = archive.connection.value("SELECT 1 FROM record WHERE record = ?", (link.other,))
        other = store.row_of(archive.connection, link.other) if known else None
        views.append(
            LinkView(link.id, link.role, link.outgoing, note if isinstance(note, str) else "", link.other, other)
        )
    return tuple(views)


def _history_entry(
    type_name: str,
    entry: StoredEntry,
    body: Body,
    people: dict[LogId, Author],
    told: defaultdict[EntryId, dict[str, str]],
) -> HistoryEntry:
    author = people.get(entry.log, Author("", "", own=False))
    claims, custody = read_claims(body), read_custody(body)
    changes = []
    for claim in claims.claims if claims else ():
        field = field_of(type_name, claim.key)
        shown = show_value(field, claim.value) if not _is_machine_map(field) else ""
        told[entry.id][claim.key] = shown
        before = tuple(words for target in claim.replaces if (words := told[target].get(claim.key, "")))
        changes.append(Change(claim.key, field, claim.value, shown, before))
    return HistoryEntry(
        entry=entry.id,
        kind=body.kind,
        author=author.person,
        device=author.device,
        own=author.own,
        time_ms=entry.time_ms,
        zone_minutes=entry.zone_minutes,
        came_in=entry.arrival,
        changes=tuple(changes),
        event=custody.event if custody else "",
        purpose=custody.purpose if custody else "",
    )


def _is_machine_map(field: Field | None) -> bool:
    return field is not None and field.kind is FieldKind.MAP
