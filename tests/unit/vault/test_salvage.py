from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import pytest

from fieldapp.crypto.pages import PAGE_SIZE
from fieldapp.errors import VaultDamagedError
from fieldapp.vault import connection as database
from fieldapp.vault import salvage, schema
from fieldapp.vault.connection import Connection

KEY = bytearray(range(48))
COUNT = 400
Rows = dict[str, set[tuple[object, ...]]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with trees of several levels, long rows, and tables with and without rowids."""
    path = tmp_path_factory.mktemp("whole") / "records.db"
    connection = database.create(path, KEY)
    schema.create(connection)
    with connection.transaction():
        _fill(connection)
    connection.close()
    return path


def _fill(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO log (id, log, key, head_seq, head) VALUES (1, ?, ?, 0, ?)",
        (bytes(16), bytes(32), bytes(32)),
    )
    for row in range(1, COUNT + 1):
        header, signature = secrets.token_bytes(190), secrets.token_bytes(64)
        connection.execute(
            "INSERT INTO entry (id, entry, log, seq, tick, time_ms, zone_minutes, header, signature)"
            " VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)",
            (row, hashlib.sha256(header + signature).digest(), row, -row, 2**41, 0, header, signature),
        )
        long = secrets.token_bytes((300, 2000, 5000, 20_000)[row % 4])
        connection.execute("INSERT INTO body VALUES (?, 'edit', ?)", (row, b"\xa5" + long))
        connection.execute(
            "INSERT INTO object VALUES (?, ?, ?, ?, NULL)",
            (secrets.token_bytes(32), 2**40, secrets.token_bytes(32), secrets.token_bytes(row * 10)),
        )


def _rows(path: Path) -> Rows:
    connection = database.open_existing(path, KEY)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: set(connection.execute(f"SELECT * FROM {name}")) for name in names}
    finally:
        connection.close()


def _damaged(whole: Path, tmp_path: Path, *numbers: int) -> Path:
    content = bytearray(whole.read_bytes())
    for number in numbers:
        content[(number - 1) * PAGE_SIZE + 777] ^= 1
    path = tmp_path / "damaged.db"
    path.write_bytes(content)
    return path


def test_of_a_whole_database_everything_comes_over(whole: Path, tmp_path: Path) -> None:
    salvaged = salvage.salvage(whole, tmp_path / "new.db", KEY)

    assert _rows(tmp_path / "new.db") == _rows(whole)
    assert salvaged.pages_lost == {}
    assert salvaged.rows["body"] == COUNT


def test_the_old_file_is_only_read(whole: Path, tmp_path: Path) -> None:
    before = (whole.read_bytes(), whole.stat().st_mtime_ns)

    salvage.salvage(whole, tmp_path / "new.db", KEY)

    assert (whole.read_bytes(), whole.stat().st_mtime_ns) == before


def test_inner_pages_cost_nothing_where_rows_are_told_by_their_shape(whole: Path, tmp_path: Path) -> None:
    connection = database.open_existing(whole, KEY)
    roots = [
        connection.value("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,))
        for name in ("entry", "body", "object")
    ]
    connection.close()

    salvaged = salvage.salvage(_damaged(whole, tmp_path, 1, *roots), tmp_path / "new.db", KEY)

    new, old = _rows(tmp_path / "new.db"), _rows(whole)
    assert {name: len(old[name] - new[name]) for name in ("entry", "body")} == {"entry": 0, "body": 0}
    assert len(old["object"] - new["object"]) < 10  # a root without rowids has rows of its own
    assert all(new[name] <= old[name] for name in new)
    assert sum(salvaged.pages_lost.values()) == 4


@pytest.mark.parametrize("step", [37, 41, 53])
def test_what_comes_over_of_a_database_with_many_holes_is_true(whole: Path, tmp_path: Path, step: int) -> None:
    pages = range(2, whole.stat().st_size // PAGE_SIZE, step)

    salvaged = salvage.salvage(_damaged(whole, tmp_path, *pages), tmp_path / "new.db", KEY)

    new, old = _rows(tmp_path / "new.db"), _rows(whole)
    assert all(new[name] <= old[name] for name in new)
    assert len(new["entry"]) > COUNT // 2
    assert sum(salvaged.pages_lost.values()) == len(pages)


def test_a_database_that_was_cut_off_gives_what_is_left(whole: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.db"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2 + 100])

    salvage.salvage(cut, tmp_path / "new.db", KEY)

    new = _rows(tmp_path / "new.db")
    assert COUNT // 4 < len(new["entry"]) < COUNT
    assert new["entry"] <= _rows(whole)["entry"]


def test_under_another_key_nothing_comes_over(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(VaultDamagedError):
        salvage.salvage(whole, tmp_path / "new.db", bytearray(48))


def test_damaged_pages_are_counted_by_the_table_they_belong_to(whole: Path, tmp_path: Path) -> None:
    connection = database.open_existing(whole, KEY)
    root = connection.value("SELECT rootpage FROM sqlite_schema WHERE name = 'entry_by_place'")
    connection.close()

    assert salvage.damaged_pages(_damaged(whole, tmp_path, 1, root), KEY)[1] == {"sqlite_schema": 1, "unknown": 1}
    assert salvage.damaged_pages(_damaged(whole, tmp_path, root), KEY)[1] == {"index": 1}
    assert salvage.damaged_pages(whole, KEY)[1] == {}
