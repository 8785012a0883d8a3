from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp.errors import PlaceUnwritableError
from fieldapp.vault import connection as database
from fieldapp.vault.connection import KEY_SIZE, Connection


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Connection]:
    connection = database.create(tmp_path / "records.db", bytearray(range(KEY_SIZE)))
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT")
    yield connection
    connection.close()


def test_before_anything_is_written_somebody_is_told(made: Connection) -> None:
    told: list[bool] = []
    made.before_writing = told.append
    made.execute("SELECT * FROM note")
    made.execute(" SELECT 1")
    made.execute("PRAGMA user_version")
    made.value("SELECT count(*) FROM note")
    assert made.is_whole()
    with made.transaction():
        made.execute("SELECT 1")
    assert told == []

    for write in (
        lambda: made.execute("INSERT INTO note (text) VALUES ('a')"),
        lambda: made.insert("INSERT INTO note (text) VALUES ('b')"),
        lambda: made.execute_many("INSERT INTO note (text) VALUES (?)", [("c",)]),
        lambda: made.execute("WITH x AS (SELECT 1) UPDATE note SET text = 'd' WHERE text = 'a'"),
        lambda: made.execute("PRAGMA user_version = 3"),
        lambda: made.execute("VACUUM"),
    ):
        before = len(told)
        write()
        assert len(told) > before
        assert told[-1]

    told.clear()
    with made.transaction():
        made.execute("INSERT INTO note (text) VALUES ('e')")
        made.execute("INSERT INTO note (text) VALUES ('f')")
        made.execute("DELETE FROM note WHERE text = 'f'")
    assert told[0] and not any(told[1:])


def test_what_is_told_before_writing_may_refuse_it(made: Connection) -> None:
    def refuse(_first: bool) -> None:
        raise PlaceUnwritableError

    made.before_writing = refuse
    with pytest.raises(PlaceUnwritableError), made.transaction():
        made.execute("INSERT INTO note (text) VALUES ('a')")
    assert made.execute("SELECT * FROM note") == []
