"""Reading: lists, one record, its history, and search. Everything comes as frozen values, ready to be shown.

Text in them comes from many hands and is display data: whoever shows it shows it as plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fieldapp.records import past, search, store
from fieldapp.records.fold import fold_plain
from fieldapp.records.merge import Claim, FieldState, is_hidden, shown_values, without_twins
from fieldapp.records.model import TYPES, Field, date_of, field_of, searchable_text, show_value, split_key, title_of
from fieldapp.records.payload import HIDDEN
from fieldapp.records.search import Filters, Found
from fieldapp.records.snippets import ELLIPSIS, Snippet, snippet
from fieldapp.records.store import RecordRow
from fieldapp.services.archive import Archive
from fieldapp.services.history import Author, Bundle, Change, HistoryEntry, Origins, history, origins
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.journal import stored_entry

_BEGINNING = 4  # letters by which forms of one word are alike
_LONG, _NEAR, _TRIES = 600, 120, 8
_LOOKED_AT, _LOOKED_AT_IN_ALL = 40_000, 100_000
"""Characters of one text, and of all texts of a record, in which a hit looks for a place to show: hostile ones are
longer. What stands behind them is found all the same, and shown with the beginning of a text."""
_ONE = RecordId(b"")

__all__ = [
    "Account",
    "Author",
    "Bundle",
    "Change",
    "FieldView",
    "Filters",
    "HistoryEntry",
    "Hit",
    "LinkView",
    "RecordRow",
    "RecordView",
    "authors",
    "counts",
    "find",
    "find_id",
    "history",
    "row",
    "rows",
    "view",
    "view_at",
]


@dataclass(frozen=True, slots=True)
class Account:
    """One value that was claimed for a field: by whom, when, from what source. `told` is how it is shown.

    `through`: who handed the claim over, where its author is not known here; else empty. `device`: of the author.
    `bundle`: what brought it, None where it was written here.
    """

    entry: EntryId
    value: Plain
    told: str
    author: str
    time_ms: int
    source: str
    reliability: str
    note: str
    through: str
    device: str = ""
    bundle: Bundle | None = None


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
    """A whole record. `author` wrote its first entry; `through` handed that over, where it is not their own."""

    row: RecordRow
    fields: tuple[FieldView, ...]
    links: tuple[LinkView, ...]
    author: str
    through: str

    def value(self, name: str) -> Plain:
        """The shown value of a field, None where there is none; for a field of several items the first."""
        return next((field.value for field in self.fields if field.name == name), None)

    def values(self, name: str) -> list[Plain]:
        """All items of a field."""
        return [field.value for field in self.fields if field.name == name and field.value is not None]


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that a search found, with the place where it was found."""

    row: RecordRow
    snippet: Snippet


def authors(archive: Archive) -> dict[LogId, Author]:
    """Who writes each log whose opening entry is here with its body."""
    return dict(origins(archive).authors)


def rows(
    archive: Archive, *, kind: str | None = None, hidden: bool = False, limit: int = -1, offset: int = 0
) -> list[RecordRow]:
    """Records, the latest changed first; of one type, if asked."""
    return store.rows(archive.connection, kind=kind, hidden=hidden, limit=limit, offset=offset)


def removed(archive: Archive, *, limit: int = 500) -> list[RecordRow]:
    """Records that were taken out of the lists, the latest first; `records.hide` brings them back."""
    return store.removed_rows(archive.connection, limit)


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
    return _view(archive, shown, store.fields_of(archive.connection, record), _links(archive, record))


def view_at(archive: Archive, record: RecordId, entry: EntryId) -> RecordView:
    """A whole record as it was just after an entry of its history, with those of today's links that were there then.

    Raises:
        RecordNotFoundError: the entry does not speak of this record.
    """
    connection = archive.connection
    now = store.row_of(connection, record)
    fields = past.fields_at(connection, record, entry)
    values = shown_values(fields)
    earliest, latest = date_of(now.type, values) or (None, None)
    ((tick, time_ms),) = connection.execute("SELECT tick, time_ms FROM entry WHERE entry = ?", (entry,))
    then = replace(
        now,
        title=title_of(now.type, values),
        earliest=earliest,
        latest=latest,
        changed_ms=time_ms,
        hidden=is_hidden(fields),
        contested=any(state.contested for state in fields.values()),
        withdrawn=False,
        urgent=None,
    )
    links = tuple(each for each in _links(archive, record) if past.began_by(connection, each.id, tick))
    return _view(archive, then, fields, links)


def _view(
    archive: Archive, shown: RecordRow, fields: Mapping[str, FieldState], links: tuple[LinkView, ...]
) -> RecordView:
    record = shown.id
    behind = origins(archive)
    first = stored_entry(archive.connection, store.first_entry(archive.connection, record))
    return RecordView(
        shown,
        field_views(archive, shown.type, fields),
        links,
        behind.author(first.log).person,
        behind.through(first.log, first.arrival),
    )


def field_views(archive: Archive, type_name: str, fields: Mapping[str, FieldState]) -> tuple[FieldView, ...]:
    """The fields that say something or disagree, in the order of the form."""
    return fields_of_several(archive, {_ONE: (type_name, fields)})[_ONE]


def fields_of_several(
    archive: Archive, several: Mapping[RecordId, tuple[str, Mapping[str, FieldState]]]
) -> dict[RecordId, tuple[FieldView, ...]]:
    """`field_views` of several records, each with its type and its fields."""
    behind = origins(archive)
    states = [state for _type, fields in several.values() for state in fields.values()]
    came = _came_with(archive, [claim.place for state in states for claim in state.claims if claim.foreign])
    return {
        record: tuple(
            _field_view(type_name, state, behind, came)
            for state in without_twins(_in_order(type_name, fields))
            if state.contested or (state.key != HIDDEN and any(claim.value is not None for claim in state.claims))
        )
        for record, (type_name, fields) in several.items()
    }


def find(archive: Archive, text: str, filters: Filters | None = None, *, limit: int = 100) -> list[Hit]:
    """Search; the best first. An empty query finds nothing."""
    return hits(archive, look_up(archive, text, filters, limit=limit))


def look_up(archive: Archive, text: str, filters: Filters | None = None, *, limit: int = 100) -> Found:
    """Search as `find` does, without looking at what was found: `hits` does that, for as many as are wanted."""
    return search.find(archive.connection, search.parse(text), filters or Filters(), limit)


def hits(archive: Archive, found: Found, offset: int = 0, count: int | None = None) -> list[Hit]:
    """What a list shows of records found. What has gone since then is left out."""
    end = None if count is None else offset + count
    there = (store.row_if_there(archive.connection, record) for record in found.records[offset:end])
    return [_hit(archive, row, found.terms) for row in there if row is not None]


def _hit(archive: Archive, row: RecordRow, terms: tuple[str, ...]) -> Hit:
    values = shown_values(store.fields_of(archive.connection, row.id))
    texts = _looked_at(text for _name, text in searchable_text(row.type, values))
    best = max(texts, key=lambda text: _answers(text, terms), default="")
    return Hit(row, _cut(best, terms))


def _looked_at(texts: Iterable[str]) -> Iterator[str]:
    """The texts, each and together cut where nobody looks further."""
    left = _LOOKED_AT_IN_ALL
    for text in texts:
        if not left:
            return
        part = text[: min(left, _LOOKED_AT)]
        left -= len(part)
        yield part


def _answers(text: str, terms: tuple[str, ...]) -> int:
    """How many of the words a text holds in some form; the first of the best is the one to cut a snippet from."""
    folded = fold_plain(text)
    return sum((term in folded) + (term[:_BEGINNING] in folded) for term in terms)


def _cut(text: str, terms: tuple[str, ...]) -> Snippet:
    """The snippet of a text; of a long one only the part around the best place is looked at closely."""
    if len(text) <= _LONG:
        return snippet(text, terms)
    folded = fold_plain(text)
    place = max(
        _places(folded, terms), key=lambda at: sum(term in folded[at : at + _NEAR] for term in terms), default=0
    )
    middle = place * len(text) // max(len(folded), 1)
    start, end = max(0, middle - _LONG // 2), min(len(text), middle + _LONG // 2)
    start = text.find(" ", start, middle) + 1 or start if start else 0
    end = text.rfind(" ", middle + 1, end) if end < len(text) and " " in text[middle + 1 : end] else end
    part = snippet(text[start:end], terms)
    lead = ELLIPSIS if start and not part.text.startswith(ELLIPSIS) else ""
    tail = ELLIPSIS if end < len(text) and not part.text.endswith(ELLIPSIS) else ""
    shift = len(lead)
    return Snippet(f"{lead}{part.text}{tail}", tuple((begin + shift, finish + shift) for begin, finish in part.marks))


def _places(folded: str, terms: tuple[str, ...]) -> list[int]:
    """The first few places of each word, or of its beginning where it stands in another form."""
    places = []
    for term in terms:
        wanted = term if term in folded else term[:_BEGINNING]
        at = folded.find(wanted)
        for _ in range(_TRIES):
            if at < 0:
                break
            places.append(at)
            at = folded.find(wanted, at + _NEAR)
    return sorted(places)


def _in_order(type_name: str, fields: Mapping[str, FieldState]) -> list[FieldState]:
    """The fields as the form has them, items of one field as they were first told, unknown fields at the end."""
    kind = TYPES.get(type_name)
    places = {field.name: place for place, field in enumerate(kind.fields if kind else ())}
    return sorted(
        fields.values(),
        key=lambda state: (places.get(split_key(state.key)[0], len(places)), state.first_tick, state.key),
    )


def _came_with(archive: Archive, places: Sequence[int]) -> dict[int, int]:
    """Which arrival brought the entries in these rows."""
    return dict(archive.connection.among("SELECT id, arrival FROM entry WHERE id IN (?*)", places))


def _field_view(type_name: str, state: FieldState, behind: Origins, came: Mapping[int, int]) -> FieldView:
    field = field_of(type_name, state.key)
    return FieldView(
        state.key,
        split_key(state.key)[0],
        field,
        state.value,
        show_value(field, state.value),
        tuple(_account(field, claim, behind, came.get(claim.place)) for claim in state.accounts),
        state.contested,
    )


def _account(field: Field | None, claim: Claim, behind: Origins, arrival: int | None) -> Account:
    author = behind.author(claim.log)
    return Account(
        claim.entry,
        claim.value,
        show_value(field, claim.value),
        author.person,
        claim.time_ms,
        claim.source,
        claim.reliability,
        claim.note,
        behind.vouched(claim.log),
        author.device,
        behind.bundles.get(arrival) if arrival is not None else None,
    )


def _links(archive: Archive, record: RecordId) -> tuple[LinkView, ...]:
    views = []
    for link in store.links_of(archive.connection, record):
        note = shown_values(store.fields_of(archive.connection, link.id)).get("note")
        other = store.row_if_there(archive.connection, link.other)
        views.append(
            LinkView(link.id, link.role, link.outgoing, note if isinstance(note, str) else "", link.other, other)
        )
    return tuple(views)
