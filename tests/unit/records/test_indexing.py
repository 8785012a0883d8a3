"""Of many records changed at once it is noted that they wait to be indexed; search says so; slices bring them in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp.crypto.identity import ed25519_public, sign_ed25519
from fieldapp.records import indexing, projection, search
from fieldapp.records.payload import Claims, NewClaim, claims_body
from fieldapp.records.search import AT_ONCE, MOST_OF_RECORD, MOST_OF_TEXT, Content, Filters, Found, parse
from fieldapp.values import RecordId
from fieldapp.vault import connection as database
from fieldapp.vault import journal, schema
from fieldapp.vault.connection import Connection
from fieldapp.vault.journal import Moment

MANY = AT_ONCE + 50


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A database with many testimonies, of which none is indexed."""
    made = database.create(tmp_path / "records.db", bytearray(secrets.token_bytes(database.KEY_SIZE)))
    schema.create(made)
    projection.create(made)
    write_testimonies(made)
    made.execute("DELETE FROM search")
    made.execute("DELETE FROM unindexed")
    yield made
    made.close()


def write_testimonies(connection: Connection) -> None:
    seed = secrets.token_bytes(32)
    author = journal.open_log(
        connection,
        key=ed25519_public(seed),
        kept_secrets=b"",
        sign=lambda message: sign_ed25519(seed, message),
        payload={},
        moment=Moment(0, 0),
    )
    bodies = [
        claims_body(
            Claims(RecordId(secrets.token_bytes(16)), "testimony", "ordinary", (NewClaim("narrative", f"canary {n}"),)),
            kind="edit",
            save=bytes(16),
        )
        for n in range(MANY)
    ]
    with connection.transaction():
        entries = journal.append(connection, author, bodies, Moment(0, 0))
        projection.refresh(connection, {each for entry in entries for each in projection.apply(connection, entry)})


def contents(connection: Connection) -> list[Content]:
    rows = connection.execute("SELECT id FROM record ORDER BY id")
    return [Content(row, "testimony", {"narrative": "canary"}) for (row,) in rows]


def found(connection: Connection, word: str = "canary") -> Found:
    return search.find(connection, parse(word), Filters(), 1000)


def test_few_records_are_indexed_at_once(connection: Connection) -> None:
    few = [row for (row,) in connection.execute("SELECT record FROM record LIMIT ?", (AT_ONCE,))]
    projection.refresh(connection, few)

    assert len(found(connection).records) == AT_ONCE
    assert found(connection).waiting == 0


def test_of_many_it_is_noted_that_they_wait_and_every_search_says_so(connection: Connection) -> None:
    projection.refresh(connection, [row for (row,) in connection.execute("SELECT record FROM record")])

    assert found(connection).records == ()
    assert found(connection).waiting == MANY
    assert found(connection, "nowhere").waiting == MANY


def test_slices_bring_in_what_waits_until_nothing_does(connection: Connection) -> None:
    search.put_later(connection, contents(connection))

    assert indexing.catch_up(connection, MANY - 1) == 1
    assert len(found(connection).records) == MANY - 1
    assert indexing.catch_up(connection) == 0
    assert indexing.catch_up(connection) == 0
    assert len(found(connection).records) == MANY
    assert found(connection, "249").waiting == 0


def test_what_is_gone_leaves_at_once_also_among_many(connection: Connection) -> None:
    all_of_them = contents(connection)
    search.put_now(connection, all_of_them)
    search.put_later(connection, [Content(each.rowid, each.kind, {}) for each in all_of_them])

    assert search.snapshot(connection) == []
    assert found(connection).waiting == 0


def test_what_is_gone_while_it_waits_does_not_come_in(connection: Connection) -> None:
    all_of_them = contents(connection)
    search.put_later(connection, all_of_them)
    search.put(connection, all_of_them[0].rowid, "testimony", {})

    assert found(connection).waiting == MANY - 1


def test_a_record_that_was_hidden_while_it_waited_is_not_indexed(connection: Connection) -> None:
    search.put_later(connection, contents(connection))
    connection.execute("UPDATE claim SET key = 'hidden', value = ?", (b"\xf5",))

    assert indexing.catch_up(connection, MANY) == 0
    assert search.snapshot(connection) == []


def test_a_row_that_waits_and_has_no_record_any_more_is_forgotten(connection: Connection) -> None:
    connection.execute("INSERT INTO unindexed VALUES (999999)")

    assert indexing.catch_up(connection) == 0


def test_of_a_text_without_measure_only_the_beginning_is_indexed(connection: Connection) -> None:
    row = contents(connection)[0].rowid
    text = "alpha " * (MOST_OF_TEXT // 6) + " beyond"
    search.put(connection, row, "testimony", {"narrative": text, "notes": "near"})
    search.put(connection, row + 1, "testimony", {f"referral#{n:08x}": "x" * MOST_OF_TEXT for n in range(9)})

    assert len(found(connection, "alpha near").records) == 1
    assert found(connection, "beyond").records == ()
    bodies = connection.execute("SELECT length(body) FROM search")
    assert all(length <= MOST_OF_RECORD + 10 for (length,) in bodies)
