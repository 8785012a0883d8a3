"""A journal of SQLite that is not of the last commit is told before SQLite plays it back, and nothing is changed."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fieldapp.errors import RollbackError, VaultDamagedError
from fieldapp.vault import connection as database
from fieldapp.vault import leaves, old_journal, rewriting
from fieldapp.vault.connection import PAGE_SIZE
from fieldapp.vault.marks import MARKS
from fieldapp.vault.opening import database_key
from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import House, save, texts_in

NIGHTLY = bool(os.environ.get("FIELDAPP_NIGHTLY"))
RECORD_BYTES = PAGE_SIZE + 8
SECTOR = 512
MAGIC = bytes.fromhex("d9d505f920a163d7")


class GivenUpError(Exception):
    """A save that is undone."""


@dataclass
class History:
    """A vault that is open, the journal of each of its transactions as it lay there, and what was said to be kept."""

    house: House
    opened: Vault
    journals: list[bytes] = field(default_factory=list)
    kept: list[str] = field(default_factory=lambda: ["first"])

    @contextmanager
    def saving(self) -> Iterator[None]:
        """A save of many pages, of which most are on the disk before it ends, and its journal before them."""
        self.remember("5")
        with self.opened.saving() as connection:
            yield
            for number in range(20):
                connection.execute("INSERT OR REPLACE INTO setting VALUES (?, randomblob(3000))", (f"fill {number}",))
            self.journals.append(self.journal.read_bytes())

    def remember(self, pages: str) -> None:
        """How much SQLite keeps in memory before pages go to the disk; past the connection, which would note it."""
        self.opened.connection._inner.execute(f"PRAGMA cache_size = {pages}")

    @property
    def journal(self) -> Path:
        return self.house.folder / "records.db-journal"

    def save(self) -> None:
        text = f"entry {len(self.journals)}"
        with self.saving():
            save(self.opened, text)
        self.kept.append(text)

    def set(self) -> None:
        with self.saving():
            self.opened.connection.execute("INSERT OR REPLACE INTO setting VALUES ('other', randomblob(20000))")

    def give_up_a_save(self) -> None:
        with suppress(GivenUpError), self.saving():
            save(self.opened, "never said to be kept")
            self.opened.connection.execute("DELETE FROM setting WHERE name = 'other'")
            self.journals.append(self.journal.read_bytes())
            raise GivenUpError

    def forget(self) -> None:
        with self.saving():
            self.opened.connection.execute("DELETE FROM setting WHERE name LIKE 'fill %'")

    def write_anew(self) -> None:
        rewriting.write_anew(self.opened.connection)

    def change_a_table(self) -> None:
        with self.saving():
            self.opened.connection.execute(f"CREATE TABLE more_{len(self.journals)} (content BLOB)")

    def cut_off(self) -> None:
        """As if killed between two saves, and opened again."""
        self.opened.give_up()
        self.opened = self.house.open()

    def kill_in_a_save(self) -> None:
        """As if killed in a save, and opened again, which undoes it."""
        wreck = self.wrecked()
        self.opened.give_up()
        shutil.rmtree(self.house.folder)
        shutil.move(wreck, self.house.folder)
        self.opened = self.house.open()

    def wrecked(self) -> Path:
        """A copy of the folder as it is in the middle of a save."""
        place = self.house.folder.with_name(f"wreck {len(self.journals)}")
        with suppress(GivenUpError), self.saving():
            save(self.opened, "cut")
            for number in range(20):
                self.opened.connection.execute("INSERT INTO setting VALUES (?, randomblob(3000))", (f"cut {number}",))
            shutil.copytree(self.house.folder, place)
            raise GivenUpError
        self.journals.append((place / "records.db-journal").read_bytes())
        return place


@pytest.fixture
def history(house: House) -> Iterator[History]:
    history = History(house, house.open())
    yield history
    history.opened.give_up()


STEPS = [
    History.save, History.set, History.give_up_a_save, History.forget, History.write_anew, History.change_a_table,
    History.cut_off, History.kill_in_a_save,
]  # fmt: skip


def opened_or_as_it_was(house: House) -> list[str] | type[Exception]:
    """The texts in it; or how it was refused, and then every byte is as it was."""
    before = house.tree()
    try:
        opened = house.open()
    except (RollbackError, VaultDamagedError) as refused:
        assert house.tree() == before
        return type(refused)
    try:
        assert opened.connection.is_whole()
        return texts_in(opened)
    finally:
        opened.give_up()


def pieces(journal: bytes) -> list[bytes]:
    """A journal as it can lie there: whole, cut off in its copying, or not yet on the disk."""
    return [
        journal,
        journal[: SECTOR + RECORD_BYTES],
        journal[: SECTOR + 3 * RECORD_BYTES - 100],
        journal[:SECTOR],
        journal[:8] + bytes(4) + journal[12:],
        bytes(SECTOR) + journal[SECTOR:],
        bytes(100),
    ]


@pytest.mark.parametrize("seed", range(60 if NIGHTLY else 6))
@pytest.mark.parametrize("end", ["closed", "cut off", "killed in a save"])
def test_whichever_earlier_journal_is_put_back_nothing_that_was_kept_is_lost(
    history: History, tmp_path: Path, seed: int, end: str
) -> None:
    chance = random.Random(seed)
    for step in [History.save, *chance.choices(STEPS, k=4), chance.choice([History.save, History.set])]:
        step(history)
    earlier = list(history.journals)
    folder = history.house.folder
    own = b""
    if end == "killed in a save":
        folder = history.wrecked()
        own = (folder / "records.db-journal").read_bytes()
    if end == "closed":
        history.opened.close()
    else:
        history.opened.give_up()
    tried = 0
    for journal in {piece for each in earlier for piece in pieces(each)}:
        there = House(tmp_path / f"tried {tried}")
        shutil.copytree(folder, there.folder)
        (there.folder / "records.db-journal").write_bytes(journal)
        found = opened_or_as_it_was(there)
        assert found in (RollbackError, VaultDamagedError) or found == history.kept
        shutil.rmtree(there.folder)
        tried += 1
    assert tried > 5
    if own:
        assert opened_or_as_it_was(House(folder)) == history.kept


def put(history: History, journal: bytes) -> None:
    """Cut the vault off, and lay this journal beside it."""
    history.opened.give_up()
    history.journal.write_bytes(journal)


def refused(house: House) -> RollbackError:
    before = house.tree()
    with pytest.raises(RollbackError) as alarm:
        house.open()
    assert house.tree() == before
    return alarm.value


def test_every_journal_of_ours_begins_with_the_first_page(history: History) -> None:
    for step in STEPS:
        step(history)
    assert len(history.journals) >= 6
    assert {journal[:8] for journal in history.journals} == {MAGIC}
    assert {journal[SECTOR : SECTOR + 4] for journal in history.journals} == {(1).to_bytes(4, "big")}


def test_the_journal_of_the_last_commit_is_told_by_the_entry_that_the_header_knows(history: History) -> None:
    history.save()
    history.remember("-32768")
    with history.opened.saving():
        save(history.opened, "the last")
        journal = synced(history.journal.read_bytes())
    history.kept.append("the last")
    put(history, journal)

    assert refused(history.house).what == "journal"
    history.journal.unlink()
    assert opened_or_as_it_was(history.house) == history.kept


def synced(journal: bytes) -> bytes:
    """A journal of one piece as SQLite makes it when all of it is on the disk."""
    records = (len(journal) - SECTOR) // RECORD_BYTES
    return MAGIC + records.to_bytes(4, "big") + journal[12:]


def test_a_part_of_the_journal_of_the_last_commit_is_damage_and_mixes_nothing(history: History) -> None:
    history.save()
    history.remember("-32768")
    with history.opened.saving() as connection:
        connection.execute("DELETE FROM setting WHERE name LIKE 'fill %'")
        journal = synced(history.journal.read_bytes())
    history.opened.give_up()
    for end in (SECTOR + RECORD_BYTES, SECTOR + 3 * RECORD_BYTES - 100, len(journal) - 1):
        history.journal.write_bytes(journal[:end])
        assert opened_or_as_it_was(history.house) is VaultDamagedError
    history.journal.write_bytes(journal)
    assert opened_or_as_it_was(history.house) == history.kept


@pytest.mark.parametrize("step", [History.give_up_a_save, History.kill_in_a_save])
def test_a_save_that_was_undone_and_the_one_after_it_do_not_begin_at_one_mark(history: History, step: object) -> None:
    """Pages of the one in a database of the other would be a mixture, and no entry need be missing."""
    history.save()
    assert callable(step)
    step(history)
    undone = history.journals[-1]
    history.remember("-32768")
    with history.opened.saving() as connection:
        connection.execute("INSERT INTO setting VALUES ('after it', randomblob(9000))")
    put(history, undone)

    assert refused(history.house).what == "pages"


def test_what_was_written_anew_does_not_come_back(history: History) -> None:
    history.set()
    before = history.opened.connection.value("PRAGMA application_id")
    history.write_anew()
    assert history.opened.connection.value("PRAGMA application_id") == before + 2


def test_what_only_changes_tables_leaves_a_mark_too_and_who_only_reads_none(history: History) -> None:
    connection = history.opened.connection
    marks = [connection.value("PRAGMA application_id")]
    for statement in ("CREATE TABLE more (a)", "INSERT INTO more VALUES (1)", "DROP TABLE more", "SELECT 1"):
        with connection.transaction():
            connection.execute(statement)
        marks.append(connection.value("PRAGMA application_id"))
    connection.execute("INSERT INTO setting VALUES ('outside', x'')")
    marks.append(connection.value("PRAGMA application_id"))
    assert [mark - marks[0] for mark in marks] == [0, 1, 2, 3, 3, 4]


def test_marks_go_on_from_the_beginning_when_they_are_at_an_end(history: History) -> None:
    history.save()
    history.opened.connection.execute(f"PRAGMA application_id = {MARKS - 2}")
    history.save()
    assert history.opened.connection.value("PRAGMA application_id") == 0
    history.save()
    old = history.journals[-2]
    wreck = history.wrecked()
    put(history, old)
    assert refused(history.house).what == "pages"
    assert opened_or_as_it_was(House(wreck)) == history.kept


@pytest.mark.parametrize("torn", [False, True])
def test_a_journal_of_another_vault_is_not_let_in(history: History, tmp_path: Path, torn: bool) -> None:
    other = House(tmp_path / "other")
    other.make().close()
    theirs = History(other, other.open())
    theirs.set()
    theirs.opened.close()
    history.save()
    put(history, theirs.journals[0])
    if torn:
        tear_first_page(history.house)
    refused(history.house)


def tear_first_page(house: House) -> None:
    path = house.folder / "records.db"
    content = bytearray(path.read_bytes())
    content[2000:PAGE_SIZE] = bytes(PAGE_SIZE - 2000)
    path.write_bytes(content)


@pytest.mark.parametrize("torn", [False, True])
def test_what_the_power_cut_short_is_undone_also_where_the_first_page_is_torn(history: History, torn: bool) -> None:
    history.save()
    there = House(history.wrecked())
    if torn:
        tear_first_page(there)
    assert opened_or_as_it_was(there) == history.kept


def test_an_old_journal_beside_a_torn_first_page_is_told_by_what_it_would_lose(history: History) -> None:
    history.save()
    history.save()
    put(history, history.journals[0])
    tear_first_page(history.house)
    assert refused(history.house).what == "journal"


def test_a_journal_without_records_only_passes_where_the_database_has_the_size_of_then(history: History) -> None:
    history.save()
    header = history.journals[-1][:8] + bytes(4) + history.journals[-1][12:SECTOR]
    size = (history.house.folder / "records.db").stat().st_size
    history.set()
    history.set()
    assert (history.house.folder / "records.db").stat().st_size > size
    put(history, header)
    assert refused(history.house).what == "pages"

    now = (history.house.folder / "records.db").stat().st_size // PAGE_SIZE
    history.journal.write_bytes(header[:16] + now.to_bytes(4, "big") + header[20:])
    assert opened_or_as_it_was(history.house) == history.kept


def test_one_that_names_another_file_or_has_other_pages_is_not_ours(history: History) -> None:
    history.save()
    wreck = House(history.wrecked())
    journal = (wreck.folder / "records.db-journal").read_bytes()
    name = b"elsewhere"
    naming = name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + MAGIC
    for odd in (journal + naming, journal[:24] + (1024).to_bytes(4, "big") + journal[28:]):
        (wreck.folder / "records.db-journal").write_bytes(odd)
        assert refused(wreck).what == "pages"
    (wreck.folder / "records.db-journal").write_bytes(journal)
    assert opened_or_as_it_was(wreck) == history.kept


def test_a_damaged_page_in_a_journal_of_now_is_damage_and_brings_nothing_back(history: History) -> None:
    history.save()
    wreck = House(history.wrecked())
    path = wreck.folder / "records.db-journal"
    journal = bytearray(path.read_bytes())
    journal[SECTOR + 2 * RECORD_BYTES + 4 + 101] ^= 0x10  # where the sum does not look
    path.write_bytes(journal)
    assert opened_or_as_it_was(wreck) is VaultDamagedError


def test_records_behind_a_wrong_sum_count_as_little_as_they_do_for_sqlite(tmp_path: Path, history: History) -> None:
    """What is said to come back is what SQLite brings back: compared page by page."""
    history.save()
    wreck = history.wrecked()
    key = database_key_of(history)
    whole = (wreck / "records.db-journal").read_bytes()
    chance = random.Random(7)
    for number in range(40 if NIGHTLY else 8):
        journal = bytearray(whole)
        place = chance.choice(list(said_of(wreck).places.values())[1:]) + PAGE_SIZE - 200 * chance.randrange(1, 20)
        journal[place] ^= 1 + number
        there = tmp_path / f"tried {number}"
        shutil.copytree(wreck, there)
        before = (there / "records.db").read_bytes()
        (there / "records.db-journal").write_bytes(journal)
        said = said_of(there)
        assert not said.is_whole
        with suppress(VaultDamagedError):
            database.open_existing(there / "records.db", key).close()
        after = (there / "records.db").read_bytes()
        assert len(after) == said.pages * PAGE_SIZE
        for page in range(1, said.pages + 1):
            at = (page - 1) * PAGE_SIZE
            was = said.places.get(page)
            expected = before[at : at + PAGE_SIZE] if was is None else bytes(journal[was : was + PAGE_SIZE])
            assert hashlib.sha256(after[at : at + PAGE_SIZE]).digest() == hashlib.sha256(expected).digest(), page


def said_of(folder: Path) -> old_journal._Journal:
    with (folder / "records.db-journal").open("rb") as file:
        said = old_journal._read(file)
    assert said is not None
    return said


def database_key_of(history: History) -> bytearray:
    return database_key(history.opened._kept.master_key)


def test_a_journal_that_claims_a_database_of_any_size_costs_no_memory(
    full_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = full_house.open()
    history = History(full_house, opened)
    history.save()
    key = database_key(opened._kept.master_key)
    opened.give_up()
    forged = bytearray(history.journals[-1])
    forged[16:20] = b"\xff\xff\xff\xff"
    history.journal.write_bytes(forged)
    asked: list[int] = []
    made = leaves.Pages.__post_init__

    def noted(pages: leaves.Pages) -> None:
        asked.append(pages.count)
        made(pages)

    monkeypatch.setattr(leaves.Pages, "__post_init__", noted)

    old_journal.is_of_another_day(full_house.folder / "records.db", key)

    assert max(asked) < 1_000
