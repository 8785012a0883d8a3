from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
import sqlcipher3  # type: ignore[import-untyped]  # it ships no types

from fieldapp.errors import (
    BugError,
    DiskFullError,
    PlaceUnwritableError,
    VaultDamagedError,
    VaultInUseError,
)
from fieldapp.vault import connection as database
from fieldapp.vault.address import uri_of
from fieldapp.vault.connection import PAGE_SIZE, Connection
from fieldapp.vault.rewriting import mend_free_pages

KEY = bytearray(range(48))
WORD = "келиншик"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Connection]:
    connection = database.create(tmp_path / "records.db", KEY)
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT")
    yield connection
    connection.close()


def count(connection: Connection) -> int:
    return int(connection.value("SELECT count(*) FROM note"))


def put(connection: Connection, text: str) -> None:
    connection.execute("INSERT INTO note (text) VALUES (?)", (text,))


def put_all(connection: Connection, *texts: str, stop: Exception | None = None) -> None:
    with connection.transaction():
        for text in texts:
            put(connection, text)
        if stop is not None:
            raise stop


def catch_inside(connection: Connection) -> None:
    with connection.transaction():
        put(connection, "one")
        with suppress(DiskFullError):
            put_all(connection, "two", stop=DiskFullError())


def filled(path: Path, rows: int = 200) -> bytes:
    connection = database.create(path, KEY)
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
    with connection.transaction():
        for row in range(rows):
            put(connection, f"{row} {WORD} " * (1500 if row % 50 == 0 else 10))
    connection.close()
    return path.read_bytes()


def read_all(path: Path) -> list[tuple[object, ...]]:
    connection = database.open_existing(path, KEY)
    try:
        connection.execute("SELECT * FROM sqlite_schema")
        return connection.execute("SELECT * FROM note")
    finally:
        connection.close()


def test_the_settings_that_promises_rest_on_hold(made: Connection) -> None:
    for name, value in (
        ("locking_mode", "exclusive"), ("journal_mode", "delete"), ("synchronous", 3), ("secure_delete", 1),
        ("temp_store", 2), ("trusted_schema", 0), ("foreign_keys", 1), ("cipher_page_size", "4096"),
        ("cipher_use_hmac", "1"), ("cipher_hmac_algorithm", "HMAC_SHA512"), ("cipher_plaintext_header_size", "0"),
    ):  # fmt: skip
        assert made.value(f"PRAGMA {name}") == value, name


def test_a_build_that_ignores_a_setting_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_SETTINGS", (("secure_delete", "OFF", 1),))
    with pytest.raises(BugError, match="secure_delete"):
        database.create(tmp_path / "records.db", KEY)


def test_the_database_is_readable_by_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o777)
    try:
        connection = database.create(tmp_path / "records.db", KEY)
        connection.execute("CREATE TABLE note (text)")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    connection.close()

    assert modes == {"records.db": 0o600, "records.db-journal": 0o600}


def test_a_transaction_is_all_or_nothing(made: Connection) -> None:
    with pytest.raises(DiskFullError):
        put_all(made, "one", stop=DiskFullError())
    assert count(made) == 0
    assert not made.in_transaction

    with made.transaction():
        put(made, "one")
        with made.transaction():
            put(made, "two")
    assert count(made) == 2


def test_a_failure_that_is_caught_inside_a_transaction_still_undoes_it(made: Connection) -> None:
    with pytest.raises(BugError):
        catch_inside(made)
    assert count(made) == 0
    with made.transaction():
        put(made, "three")
    assert count(made) == 1


def test_a_disk_that_is_full_at_commit_undoes_everything_and_lets_go_on(tmp_path: Path, made: Connection) -> None:
    made.execute(f"PRAGMA max_page_count = {made.value('PRAGMA page_count') + 2}")
    with pytest.raises(DiskFullError):
        put_all(made, "one", "x" * 50_000)
    assert count(made) == 0

    made.execute("PRAGMA max_page_count = 10000")
    with made.transaction():
        put(made, "x" * 50_000)
    assert count(made) == 1


def test_errors_say_nothing_of_what_was_written(made: Connection) -> None:
    put(made, WORD)
    for statement, values in (
        ("INSERT INTO note (text) VALUES (?)", (WORD,)),
        (f"SELECT {WORD} FROM nowhere", ()),
        (f"SELECT '{WORD}", ()),
    ):
        with pytest.raises(BugError) as bug:
            made.execute(statement, values)
        assert WORD not in str(bug.value)
        assert bug.value.__cause__ is None
        assert bug.value.__suppress_context__


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (5, VaultInUseError), (6, VaultInUseError), (261, VaultInUseError), (13, DiskFullError),
        (8, PlaceUnwritableError), (1544, PlaceUnwritableError), (3, PlaceUnwritableError), (14, PlaceUnwritableError),
        (10, PlaceUnwritableError), (778, PlaceUnwritableError), (1034, PlaceUnwritableError),
        (266, VaultDamagedError), (522, VaultDamagedError), (8202, VaultDamagedError), (8458, VaultDamagedError),
        (11, VaultDamagedError), (267, VaultDamagedError), (26, VaultDamagedError),
        (1, BugError), (19, BugError), (None, BugError),
    ],
)  # fmt: skip
def test_every_code_of_sqlcipher_has_its_own_class(code: int | None, error: type[Exception]) -> None:
    problem = sqlcipher3.DatabaseError(WORD)
    problem.sqlite_errorcode = code
    typed = database.typed(problem)

    assert type(typed) is error
    assert WORD not in str(typed)


def test_another_key_a_missing_an_empty_and_a_cut_off_file_are_damage_and_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    whole = filled(path)
    with pytest.raises(VaultDamagedError):
        database.open_existing(path, bytearray(48))
    assert path.read_bytes() == whole
    for raw in (b"", b"x", whole[:4095], whole[:4096], whole[:-1], whole[: len(whole) // 2], whole[:-PAGE_SIZE],
                bytes(len(whole)), os.urandom(len(whole)), b"SQLite format 3\0" + bytes(len(whole) - 16)):  # fmt: skip
        path.write_bytes(raw)
        with pytest.raises(VaultDamagedError):
            database.open_existing(path, KEY)
        assert path.read_bytes() == raw
        assert [each.name for each in tmp_path.iterdir()] == ["records.db"]
    path.unlink()
    with pytest.raises(VaultDamagedError):
        database.open_existing(path, KEY)
    path.mkdir()
    with pytest.raises(VaultDamagedError):
        database.open_existing(path, KEY)


def test_a_cut_off_database_beside_a_journal_is_damage_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    whole = filled(path)
    (tmp_path / "records.db-journal").write_bytes(bytes(512))
    for raw in (b"", whole[:100], whole[:5000], whole[:-100]):
        path.write_bytes(raw)
        with pytest.raises(VaultDamagedError):
            database.open_existing(path, KEY)
        assert path.read_bytes() == raw


def test_a_flipped_bit_is_noticed_on_every_page(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    whole = filled(path)
    good = read_all(path)
    pages = range(0, len(whole), PAGE_SIZE)
    assert len(pages) > 20

    for start in pages:
        for place in (start + 17, start + 2000, start + PAGE_SIZE - 1):
            spoiled = bytearray(whole)
            spoiled[place] ^= 0x10
            path.write_bytes(spoiled)
            with pytest.raises(VaultDamagedError):
                read_all(path)
    path.write_bytes(bytes(16) + whole[16:])  # the salt stands there for other readers; ours knows it from the header
    assert read_all(path) == good


def test_zeros_are_noticed_on_every_page_at_the_latest_when_all_of_it_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    whole = filled(path)
    silent = 0
    for start in range(PAGE_SIZE, len(whole), PAGE_SIZE):
        path.write_bytes(whole[:start] + bytes(PAGE_SIZE) + whole[start + PAGE_SIZE :])
        connection = database.open_existing(path, KEY)
        silent += is_silent(connection)
        assert not connection.is_whole()
        connection.close()
    path.write_bytes(whole)
    connection = database.open_existing(path, KEY)

    assert silent == 0
    assert connection.is_whole()
    connection.close()


@pytest.mark.parametrize("size", [3000, 6000, 20_000, 200_000])
def test_the_end_of_the_last_long_value_is_never_given_out_as_zeros(tmp_path: Path, size: int) -> None:
    path = tmp_path / "records.db"
    connection = database.create(path, KEY)
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text BLOB)")
    connection.execute("INSERT INTO note (text) VALUES (?)", (b"A" * size,))
    connection.close()
    spoiled = bytearray(path.read_bytes())
    spoiled[-2000] ^= 1
    path.write_bytes(spoiled)

    for read in (lambda c: c.execute("SELECT * FROM note"), lambda c: list(c.rows("SELECT * FROM note")),
                 lambda c: c.value("SELECT text FROM note")):  # fmt: skip
        connection = database.open_existing(path, KEY)
        with pytest.raises(VaultDamagedError):
            read(connection)
        connection.close()


def is_silent(connection: Connection) -> bool:
    try:
        connection.execute("SELECT * FROM note")
    except VaultDamagedError:
        return False
    return True


def test_pages_that_changed_places_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    whole = filled(path)
    one, two = whole[PAGE_SIZE : 2 * PAGE_SIZE], whole[2 * PAGE_SIZE : 3 * PAGE_SIZE]
    path.write_bytes(whole[:PAGE_SIZE] + two + one + whole[3 * PAGE_SIZE :])
    with pytest.raises(VaultDamagedError):
        read_all(path)


def test_after_damage_was_met_every_further_statement_is_typed_too(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    whole = filled(path)
    path.write_bytes(whole[:-PAGE_SIZE] + bytes(PAGE_SIZE))
    connection = database.open_existing(path, KEY)
    for _ in range(3):
        with pytest.raises(VaultDamagedError):
            connection.execute("SELECT * FROM note")
        with pytest.raises(VaultDamagedError), connection.transaction():
            connection.execute("DELETE FROM note")
    connection.close()


CHILD = """
import sys
from pathlib import Path
from fieldapp.vault import connection
from fieldapp.errors import VaultInUseError
try:
    connection.open_existing(Path(sys.argv[1]), bytearray(range(48)))
except VaultInUseError:
    print("in use")
"""


def test_a_second_process_is_refused_as_soon_as_the_first_has_opened(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "records.db"
    filled(path)
    first = database.open_existing(path, KEY)
    said = [
        subprocess.run([sys.executable, "-c", CHILD, path], cwd=root, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    first.close()
    again = subprocess.run([sys.executable, "-c", CHILD, path], cwd=root, capture_output=True, text=True, check=True)

    assert said == ["in use\n"] * 2
    assert again.stdout == ""


def test_one_process_cannot_open_it_twice_either(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    filled(path)
    first = database.open_existing(path, KEY)
    with pytest.raises(VaultInUseError):
        database.open_existing(path, KEY)
    first.close()


def test_what_a_crash_left_half_written_is_undone(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "records.db"
    filled(path)
    good = read_all(path)
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom fieldapp.vault import connection\n"
        "c = connection.open_existing(Path(sys.argv[1]), bytearray(range(48)))\n"
        "c.execute('PRAGMA cache_size = 2')\nc.execute('PRAGMA cache_spill = 1')\nc.execute('BEGIN IMMEDIATE')\n"
        "c.execute(\"UPDATE note SET text = 'gone' || text\")\n"
        'c.execute("INSERT INTO note (text) VALUES (hex(zeroblob(100000)))")\nos._exit(0)\n'
    )
    subprocess.run([sys.executable, "-c", script, path], cwd=root, check=True)
    half = path.read_bytes()
    journal = (tmp_path / "records.db-journal").read_bytes()
    path.write_bytes(half + b"a page cut off by a full disk")
    assert journal[:8] == bytes.fromhex("d9d505f920a163d7")

    assert read_all(path) == good
    assert [each.name for each in tmp_path.iterdir()] == ["records.db"]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PurePosixPath("/a b/#1?x=%41/й.db"), "file:///a%20b/%231%3Fx%3D%2541/%D0%B9.db?mode=rw"),
        (PureWindowsPath(r"C:\a b\records.db"), "file:///C:/a%20b/records.db?mode=rw"),
        (PureWindowsPath(r"\\server\share\v\records.db"), "file:////server/share/v/records.db?mode=rw"),
        (PurePosixPath("/tmp/\udcff.db"), "file:///tmp/%FF.db?mode=rw"),
    ],
)
def test_a_path_becomes_an_address_that_sqlite_reads(path: PurePosixPath, uri: str) -> None:
    assert uri_of(path) == uri


def test_a_folder_with_signs_of_an_address_in_its_name_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / "a b#c?mode=ro&x=%41;й'\""
    folder.mkdir()
    filled(folder / "records.db")
    assert read_all(folder / "records.db")


def test_helpers_give_rows_values_and_ids(made: Connection) -> None:
    assert made.insert("INSERT INTO note (text) VALUES ('a')") == 1
    made.execute_many("INSERT INTO note (text) VALUES (?)", [("b",), ("c",)])
    assert list(made.rows("SELECT text FROM note ORDER BY id")) == [("a",), ("b",), ("c",)]
    assert made.value("SELECT text FROM note WHERE id = 99") is None
    for call in (
        lambda: list(made.rows("SELECT nothing")),
        lambda: made.execute_many("INSERT INTO note (text) VALUES (?)", [("b",)]),
        lambda: made.insert("INSERT INTO note (text) VALUES ('a')"),
    ):
        with pytest.raises(BugError):
            call()


def test_a_single_value_costs_one_row_however_many_there_are(made: Connection) -> None:
    """Who forks a log stores thousands of entries at one place; to ask whether one is there must not read them all."""
    numbers = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 9)"
    ninth_fails = "SELECT CASE n WHEN 9 THEN abs(-9223372036854775807 - 1) ELSE n END FROM number"

    assert made.value(f"{numbers} {ninth_fails}") == 1


def torn_where_free(path: Path) -> int:
    """Tear every free page, as a failing power may; gives how many."""
    content = path.read_bytes()
    torn = bytearray(content)
    count = 0
    for start in range(PAGE_SIZE, len(content), PAGE_SIZE):
        one = bytearray(content)
        one[start + 512 : start + 1024] = os.urandom(512)
        path.write_bytes(one)
        opened = database.open_existing(path, KEY)
        if opened.is_whole():
            torn[start : start + PAGE_SIZE] = one[start : start + PAGE_SIZE]
            count += 1
        opened.close()
    path.write_bytes(torn)
    return count


def test_free_pages_that_the_power_left_torn_are_no_damage_and_are_mended_before_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    made = database.create(path, KEY)
    with made.transaction():
        made.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        for number in range(40):
            put(made, f"{number} {WORD * 100}")
    with made.transaction():
        made.execute("DELETE FROM note WHERE id > 20")
    free = int(made.value("PRAGMA freelist_count"))
    made.close()
    assert 0 < torn_where_free(path) < free  # what lists the free pages is in use

    opened = database.open_existing(path, KEY)
    assert opened.execute("PRAGMA cipher_integrity_check") and opened.is_whole()
    mend_free_pages(opened)
    opened.copy_to(tmp_path / "copy.db", KEY)
    assert opened.execute("PRAGMA cipher_integrity_check") == []
    assert (count(opened), opened.value("SELECT count(*) FROM sqlite_schema")) == (20, 1)
    opened.close()
    copied = database.open_existing(tmp_path / "copy.db", KEY)
    assert count(copied) == 20
    copied.close()


def test_a_page_in_use_that_is_torn_is_damage(tmp_path: Path) -> None:
    content = filled(tmp_path / "records.db")
    torn = bytearray(content)
    torn[PAGE_SIZE + 512 : PAGE_SIZE + 1024] = os.urandom(512)
    (tmp_path / "records.db").write_bytes(torn)
    opened = database.open_existing(tmp_path / "records.db", KEY)
    assert not opened.is_whole()
    mend_free_pages(opened)
    with pytest.raises(VaultDamagedError):
        opened.copy_to(tmp_path / "copy.db", KEY)
    opened.close()


def copy_from(path: Path, copy: Path) -> None:
    opened = database.open_existing(path, KEY)
    try:
        opened.copy_to(copy, KEY)
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("mode", "limit", "error"), [("rw", 20, DiskFullError), ("ro", 10_000, PlaceUnwritableError)], ids=["full", "ro"]
)
def test_a_place_that_takes_no_copy_is_not_told_as_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, limit: int, error: type[Exception]
) -> None:
    filled(tmp_path / "records.db")
    keyed = database._keyed

    def keyed_there(path: Path, key: bytearray, _mode: str = "rw") -> sqlcipher3.Connection:
        inner = keyed(path, key, mode if path.name == "copy.db" else "rw")
        if path.name == "copy.db":
            inner.execute(f"PRAGMA max_page_count = {limit}")
        return inner

    monkeypatch.setattr(database, "_keyed", keyed_there)
    with pytest.raises(error) as refusal:
        copy_from(tmp_path / "records.db", tmp_path / "copy.db")
    assert type(refusal.value) is error


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_a_disk_that_fails_under_a_copy_is_not_told_as_damage(tmp_path: Path) -> None:
    import resource

    size = len(filled(tmp_path / "records.db"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, hard))
    try:
        with pytest.raises(PlaceUnwritableError):
            copy_from(tmp_path / "records.db", tmp_path / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Unreadable:
    """A database of which SQLCipher could not read a page while it was copied: it says so in the words for any disk."""

    def backup(self, _copy: object) -> None:
        raise sqlcipher3.OperationalError("disk I/O error")

    def execute(self, asked: str) -> Unreadable:
        assert asked == "PRAGMA cipher_status"
        return self

    def fetchone(self) -> tuple[str]:
        return ("0",)


def test_a_page_that_cannot_be_read_is_damage_though_a_copy_calls_it_a_failing_disk(tmp_path: Path) -> None:
    opened = Connection(Unreadable())
    with pytest.raises(VaultDamagedError):
        opened.copy_to(tmp_path / "copy.db", KEY)
    assert opened.met_damage
