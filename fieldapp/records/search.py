"""Full text over testimonies, people and documents, in any script, also in forms of the word that were not typed.

The table holds folded text (`records.fold`): the title, everything searchable, and stems where they differ from the
words. A query is words, each of which may be the beginning of one, and "phrases in quotes"; all must be found. A word
is also found by its stem, and where nothing is found at all, by its beginning, cut shorter twice: we have no stemmer
for many languages.
Phone numbers are indexed by every ending of their digits, so that any part of one finds it, however it is grouped.

Rule 1: a record whose text is gone (hidden, shredded) leaves the index at once; FTS5 `secure-delete` overwrites the
        words.
Rule 2: indexing costs more than all else that is done with a record. Of many records at once it is only noted that they
        wait; `indexing.catch_up` puts them in later, in slices, also after a crash. Who searches meanwhile is told.
Rule 3: all that leaves the index goes before anything comes in, both in the order of rows: FTS5 writes its buffer out
        whenever that order is broken.
Rule 4: of a text only its beginning is indexed, far longer than people write: a hostile one must not slow searches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fieldapp.records.fold import WORD, fold_plain
from fieldapp.records.model import searchable_text, title_of
from fieldapp.records.stems import other_stems, shortened, stem_word
from fieldapp.values import RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain

AT_ONCE = 200
"""So many records are indexed where they are changed (`put_now`); of more it is noted that they wait (`put_later`)."""

MOST_OF_TEXT = 100_000
MOST_OF_RECORD = 400_000
"""Characters that are indexed of one text, and of all texts of a record."""

MAX_QUERY = 1000
MAX_TERMS = 20

_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]?")
_PHONE = re.compile(r"\+?\d(?:[ ().-]{0,3}\d){6,14}")
_SHORTEST_ENDING = 3
_CUTS = 2
_LINK = "link"
_LAST_ROW = 2**62
_BUFFER_BYTES = 16 * 1024 * 1024  # of FTS5, before it writes a segment
_RANK_FROM = 3  # shorter words match so much that the newest first is both quicker and more useful


@dataclass(frozen=True, slots=True)
class Query:
    """What a person asks for, folded: words of which each may be a beginning, and phrases as they stand."""

    words: tuple[str, ...]
    phrases: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """All single words, for marking them in a snippet."""
        return (*self.words, *(word for phrase in self.phrases for word in phrase.split()))


@dataclass(frozen=True, slots=True)
class Found:
    """The records that match, the best first, and the words by which they were found.

    `waiting`: how many records are not in the index yet, or not as they are now.
    """

    records: tuple[RecordId, ...]
    terms: tuple[str, ...]
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What the index should hold of the record in a row; no values: nothing."""

    rowid: int
    kind: str
    values: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the records found must also be. Dates are ordinals of days; `person` is linked to them, or is the record."""

    type: str | None = None
    earliest: int | None = None
    latest: int | None = None
    person: RecordId | None = None


def create(connection: Connection) -> None:
    """Make the empty index."""
    connection.execute(
        "CREATE VIRTUAL TABLE search USING fts5 (title, body, stems, prefix = '1 2 3',"
        " tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
    )
    connection.execute("INSERT INTO search (search, rank) VALUES ('secure-delete', 1)")
    connection.execute("INSERT INTO search (search, rank) VALUES ('hashsize', ?)", (_BUFFER_BYTES,))
    connection.execute("DROP TABLE IF EXISTS unindexed")
    connection.execute("CREATE TABLE unindexed (id INTEGER PRIMARY KEY) STRICT")


def put(connection: Connection, rowid: int, kind: str, values: Mapping[str, Plain]) -> None:
    """Index one record anew under its row; with no values it only leaves the index."""
    put_now(connection, [Content(rowid, kind, values)])


def put_later(connection: Connection, contents: Sequence[Content]) -> None:
    """Take out of the index what has nothing to be found by; note of the others that they wait for `put_now`."""
    put_now(connection, [each for each in contents if not each.values])
    waiting = ((each.rowid,) for each in contents if each.values and each.kind != _LINK)
    connection.execute_many("INSERT OR IGNORE INTO unindexed VALUES (?)", waiting)


def put_now(connection: Connection, contents: Iterable[Content]) -> None:
    """Index records anew, and wait no longer for them."""
    old: list[tuple[int]] = []
    new: list[tuple[int, str, str, str]] = []
    for each in sorted(contents, key=lambda content: content.rowid):
        wanted = _wanted(each)
        there = connection.execute("SELECT title, body, stems FROM search WHERE rowid = ?", (each.rowid,))
        if there != wanted:  # leaving the index without a trace costs far more than this look
            old += [(each.rowid,)] * len(there)
            new += [(each.rowid, *texts) for texts in wanted]
    connection.execute_many("DELETE FROM search WHERE rowid = ?", old)
    connection.execute_many("INSERT INTO search (rowid, title, body, stems) VALUES (?, ?, ?, ?)", new)
    connection.execute_many("DELETE FROM unindexed WHERE id = ?", ((each.rowid,) for each in contents))


def write_anew(connection: Connection) -> None:
    """Write the whole index in one piece: words at the borders of its pages outlive their records otherwise [m].

    The row that comes and goes makes it a second piece, since a single one is left as it is. Inside a transaction.
    """
    connection.execute("INSERT INTO search (rowid, title, body, stems) VALUES (?, '0', '', '')", (_LAST_ROW,))
    connection.execute("INSERT INTO search (search) VALUES ('optimize')")
    connection.execute("DELETE FROM search WHERE rowid = ?", (_LAST_ROW,))


def waiting(connection: Connection) -> int:
    """How many records are not in the index as they are now."""
    return int(connection.value("SELECT count(*) FROM unindexed"))


def phone_endings(folded: str) -> list[str]:
    """The digits of every phone number in the text, from each digit on, so that a prefix of one is any part of it."""
    numbers = ("".join(filter(str.isdigit, match)) for match in _PHONE.findall(folded))
    endings = (number[start:] for number in numbers for start in range(len(number) - _SHORTEST_ENDING + 1))
    return list(dict.fromkeys(endings))


def _wanted(content: Content) -> list[tuple[str, str, str]]:
    """Title, body and stems as they should stand in the index; nothing where nothing can be found."""
    texts = list(_bounded(text for _field, text in searchable_text(content.kind, content.values)))
    if not texts or content.kind == _LINK:
        return []
    body = fold_plain("\n".join(texts))
    title = fold_plain(title_of(content.kind, content.values))
    return [(title, "\n".join([body, *phone_endings(body)]), other_stems(body))]


def _bounded(texts: Iterable[str]) -> Iterator[str]:
    room = MOST_OF_RECORD
    for text in texts:
        yield text[: min(room, MOST_OF_TEXT)]
        room -= min(room, len(text), MOST_OF_TEXT)


def parse(text: str) -> Query:
    """What `text` asks for; at most 20 terms of its first 1,000 characters."""
    folded = fold_plain(text[:MAX_QUERY])
    phrases = [" ".join(WORD.findall(phrase)) for phrase in _QUOTED.findall(folded)]
    words = WORD.findall(_QUOTED.sub(" ", folded))
    return Query(tuple(words[:MAX_TERMS]), tuple(phrase for phrase in phrases if phrase)[:MAX_TERMS])


def find(connection: Connection, query: Query, filters: Filters, limit: int) -> Found:
    """The records that match."""
    if not query.terms:
        return Found((), ())
    for asked in (query, *_looser(query)):
        found = _match(connection, asked, filters, limit)
        if found:
            return Found(found, asked.terms, waiting(connection))
    return Found((), query.terms, waiting(connection))


def snapshot(connection: Connection) -> list[tuple[object, ...]]:
    """What the index holds, by record."""
    return connection.execute(
        "SELECT record.record, search.title, search.body, search.stems FROM search"
        " JOIN record ON record.id = search.rowid ORDER BY 1"
    )


def _looser(query: Query) -> Iterator[Query]:
    """The query with its words cut shorter and shorter: endings pile up in Uzbek, Kyrgyz, Tajik."""
    for _ in range(_CUTS):
        looser = Query(tuple(shortened(word) or word for word in query.words), query.phrases)
        if looser == query:
            return
        yield looser
        query = looser


def _expression(query: Query) -> str:
    """The query in the language of FTS5; every term is quoted, so nothing in it is an operator."""
    parts = [f'({{title body}} : "{word}" * OR {{body stems}} : "{stem_word(word)}")' for word in query.words]
    parts += [f'{{title body}} : "{phrase}"' for phrase in query.phrases]
    return " AND ".join(parts)


def _match(connection: Connection, query: Query, filters: Filters, limit: int) -> tuple[RecordId, ...]:
    values: list[object] = [_expression(query)]
    where = ["search MATCH ?"]
    for condition, value in (
        ("record.type = ?", filters.type),
        ("record.latest >= ?", filters.earliest),
        ("record.earliest <= ?", filters.latest),
    ):
        if value is not None:
            where.append(condition)
            values.append(value)
    if filters.person is not None:
        where.append(
            "record.record IN (SELECT origin FROM link JOIN record AS own ON own.record = link.record"
            " WHERE target = ? AND own.hidden = 0 UNION SELECT target FROM link"
            " JOIN record AS own ON own.record = link.record WHERE origin = ? AND own.hidden = 0 UNION SELECT ?)"
        )
        values += [filters.person] * 3
    long_enough = max(map(len, query.terms)) >= _RANK_FROM
    order = "bm25(search, 10.0, 2.0, 1.0), search.rowid DESC" if long_enough else "search.rowid DESC"
    rows = connection.execute(
        "SELECT record.record FROM search JOIN record ON record.id = search.rowid"  # noqa: S608 - fixed texts only
        f" WHERE {' AND '.join(where)} AND record.hidden = 0 ORDER BY {order} LIMIT ?",
        (*values, limit),
    )
    return tuple(RecordId(record) for (record,) in rows)
