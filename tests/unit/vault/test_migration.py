from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.errors import BugError, DiskFullError, PlaceUnwritableError, RollbackError, VaultDamagedError
from fieldapp.vault import connection as database
from fieldapp.vault import journal, migration, schema
from fieldapp.vault.connection import Connection
from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import House, save, texts_in
from tests.unit.vault.older import house_of_version_1, make_version_1
from tests.unit.vault.test_journal import Writer, id_of, receive, without_body

MUSEUM = Path(__file__).parents[2] / "museum" / "v1" / "vault"


@pytest.fixture
def old_house(house: House) -> House:
    """A vault of version 1 with one note in it."""
    return house_of_version_1(house)


def shape(connection: Connection) -> dict[str, object]:
    """Columns and indexes of every table that is not made from the journal, however they came to be."""
    names = ["writer", "slot", "share", "holder", "setting", "log", "entry", "body", "lacking", "shredded", "fork",
             "object", "draft", "arrival", "departure", "quarantine", "removed", "receipt", "acknowledged"]  # fmt: skip
    found: dict[str, object] = {}
    for name in names:
        if connection.value("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,)):
            indexes = connection.execute(f"PRAGMA index_list({name})")
            strict = connection.execute(f"PRAGMA table_list({name})")[0][4:]
            keys = connection.execute(f"PRAGMA foreign_key_list({name})")
            columns = connection.execute(f"PRAGMA table_info({name})")
            found[name] = (columns, sorted(index[1:] for index in indexes), strict, keys)
    return found


def snapshots(house: House) -> list[str]:
    return [path.name for path in house.folder.iterdir() if "before" in path.name]


def row_of(opened: Vault, entry: bytes) -> int:
    return int(opened.connection.value("SELECT id FROM entry WHERE entry = ?", (entry,)))


def test_what_these_tests_call_version_1_is_what_the_program_made_then(
    old_house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    monkeypatch.setattr(
        migration, "_MIGRATIONS", (lambda connection: seen.append(shape(connection)), *migration._MIGRATIONS)
    )
    old_house.open().close()
    shutil.copytree(MUSEUM, tmp_path / "old")
    House(tmp_path / "old").open("seven dry apricots, ёлка".encode()).close()

    assert len(seen) == 2
    assert seen[0] == seen[1]


def test_a_migrated_vault_has_the_tables_of_a_new_one(old_house: House, make_house: Callable[[str], House]) -> None:
    migrated, new = old_house.open(), make_house("new").make()

    assert shape(migrated.connection) == shape(new.connection)
    assert migrated.connection.value("PRAGMA user_version") == schema.VERSION == 3
    assert texts_in(migrated) == ["first"]
    new.close()
    migrated.close()


def test_what_was_shredded_stays_so_and_what_never_came_may_still_come(house: House) -> None:
    opened = house.open()
    entries = Writer("Bakhyt").chain("shredded", "withheld", "here")
    receive(opened, [entries[0], entries[1], without_body(entries[2]), entries[3]])
    with opened.connection.transaction():
        journal.shred(opened.connection, row_of(opened, id_of(entries[1])))
    make_version_1(opened)

    opened = house.open()

    found = opened.connection.execute("SELECT seq, why FROM lacking ORDER BY seq")
    assert found == [(1, "shredded"), (2, "withheld")]
    assert receive(opened, entries) == 1
    assert texts_in(opened) == ["first", "withheld", "here"]
    opened.close()


def test_a_snapshot_of_the_older_version_lies_beside_it_while_it_is_migrated(
    old_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[bytearray] = []
    copied: list[bytes] = []
    copy_to = Connection.copy_to

    def copy_and_remember(self: Connection, path: Path, key: bytearray) -> None:
        copy_to(self, path, key)
        keys.append(key)

    def look(connection: Connection) -> None:
        assert snapshots(old_house) == ["records.db.before"]
        copied.append((old_house.folder / "records.db.before").read_bytes())
        migration._from_1_to_2(connection)

    monkeypatch.setattr(Connection, "copy_to", copy_and_remember)
    monkeypatch.setattr(migration, "_MIGRATIONS", (look, *migration._MIGRATIONS[1:]))
    old_house.open().close()

    assert snapshots(old_house) == []
    assert b"SQLite" not in copied[0]
    assert b"CREATE" not in copied[0]
    place = old_house.folder.parent / "copy.db"
    place.write_bytes(copied[0])
    snapshot = database.open_existing(place, keys[0])
    assert snapshot.value("PRAGMA user_version") == 1
    assert snapshot.value("SELECT count(*) FROM body") == 2
    assert snapshot.is_whole()
    snapshot.close()


@pytest.mark.parametrize("error", [DiskFullError, KeyError, BugError])
def test_a_migration_that_fails_leaves_the_older_version(
    old_house: House, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def half(connection: Connection) -> None:
        connection.execute("DROP TABLE shredded")
        connection.execute("DELETE FROM body")
        raise error

    before = old_house.tree()
    with monkeypatch.context() as patched:
        patched.setattr(migration, "_MIGRATIONS", (half,))
        with pytest.raises(error):
            old_house.open()

    assert old_house.tree() == before
    opened = old_house.open()
    assert texts_in(opened) == ["first"]
    opened.close()


def test_where_no_snapshot_can_be_taken_nothing_is_changed(old_house: House) -> None:
    (old_house.folder / "records.db.before").mkdir()
    before = old_house.tree()
    with pytest.raises(PlaceUnwritableError):
        old_house.open()
    assert old_house.tree() == before

    (old_house.folder / "records.db.before").rmdir()
    assert old_house.opens()


def test_a_half_written_snapshot_of_a_killed_process_is_written_anew(old_house: House) -> None:
    (old_house.folder / "records.db.before").write_bytes(b"half")
    opened = old_house.open()
    assert texts_in(opened) == ["first"]
    assert snapshots(old_house) == []
    opened.close()


def test_a_migrated_database_that_is_not_whole_gives_way_to_the_snapshot(
    old_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [True, False]
    with monkeypatch.context() as patched:
        patched.setattr(Connection, "is_whole", lambda _self: answers.pop(0))
        with pytest.raises(VaultDamagedError):
            old_house.open()
    assert snapshots(old_house) == []
    assert answers == []

    opened = old_house.open()
    assert texts_in(opened) == ["first"]
    save(opened, "second")
    opened.close()


def test_a_snapshot_that_a_killed_process_left_goes_at_the_next_opening_and_never_replaces_what_came_after(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (house.folder / "records.db.before").write_bytes(b"old")
    with monkeypatch.context() as patched:
        patched.setattr(Connection, "is_whole", lambda _self: False)
        with pytest.raises(VaultDamagedError):
            house.open()
    assert snapshots(house) == ["records.db.before"]

    opened = house.open()
    assert texts_in(opened) == ["first"]
    assert snapshots(house) == []
    opened.close()


def test_an_older_vault_that_was_put_back_is_refused_before_anything_is_written(old_house: House) -> None:
    old = (old_house.folder / "records.db").read_bytes()
    opened = old_house.open()
    save(opened, "second")
    opened.close()
    (old_house.folder / "records.db").write_bytes(old)
    before = old_house.tree()

    with pytest.raises(RollbackError):
        old_house.open()
    assert old_house.tree() == before


def test_migrations_are_frozen_and_know_nothing_of_the_tables_of_today() -> None:
    text = Path(migration.__file__).read_text(encoding="utf-8")
    imported = re.findall(r"^from (fieldapp\.\S+) import (.+)$", text, re.MULTILINE)

    assert ("fieldapp.vault", "schema") in imported
    assert not {name for name, _what in imported if "records" in name or "journal" in name or "stored" in name}
    assert len(migration._MIGRATIONS) == 2
