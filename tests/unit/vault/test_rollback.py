"""Bits that are flipped are refused; old pages, files and headers put back are noticed, in every mixture."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from fieldapp.crypto import keyslots
from fieldapp.crypto.keyslots import SlotKind
from fieldapp.crypto.pages import PageOpener
from fieldapp.errors import (
    ExpectedError,
    PlaceUnwritableError,
    RollbackError,
    VaultDamagedError,
    VaultForeignError,
    VaultNewerError,
    WrongPassphraseError,
)
from fieldapp.vault import closing, kept_header, leaves, slots, vault
from fieldapp.vault import header as headers
from fieldapp.vault.connection import PAGE_SIZE
from fieldapp.vault.objects import StoredObject
from fieldapp.vault.reading import reading
from fieldapp.vault.slots import NewSlot
from fieldapp.vault.vault import Vault
from tests import figures
from tests.unit.vault.houses import CONTENT, MOMENT, PASSPHRASE, RECOVERY, House, attach, identity_of, save, texts_in
from tests.unit.vault.older import make_version_2

REFUSED = (VaultDamagedError, VaultForeignError, VaultNewerError, WrongPassphraseError)
NAMES = ("header.a", "header.b", "records.db")
NIGHTLY = bool(os.environ.get("FIELDAPP_NIGHTLY"))

Files = dict[str, bytes]


@dataclass(frozen=True)
class Stages:
    """One vault as it was at three times when it was closed, and the house to put files of those into."""

    house: House
    files: list[Files]
    texts: list[list[str]]


@pytest.fixture
def stages(house: House) -> Stages:
    files, texts = [], []
    for step in range(3):
        opened = house.open()
        if step:
            save(opened, *(f"step {step}, {number} " + "x" * 900 for number in range(4)))
            opened.connection.execute(
                "INSERT OR REPLACE INTO draft VALUES (x'01', 'person', 'notes', ?, 0, NULL)", (b"x" * step,)
            )
        texts.append(texts_in(opened))
        opened.close()
        files.append({name: (house.folder / name).read_bytes() for name in NAMES})
    return Stages(house, files, texts)


def put(house: House, files: Files) -> None:
    for name, content in files.items():
        (house.folder / name).write_bytes(content)


def read_all(opened: Vault) -> list[str]:
    if not opened.connection.is_whole():
        raise VaultDamagedError("database")
    return texts_in(opened)


def outcome(house: House) -> list[str] | type[ExpectedError]:
    """What is read, or what is said; anything else that is raised goes through."""
    try:
        opened = house.open()
    except ExpectedError as refused:
        return type(refused)
    try:
        return read_all(opened)
    except VaultDamagedError:
        return VaultDamagedError
    finally:
        opened.give_up()


def test_a_mixture_of_files_of_different_times_is_refused_or_shows_what_is_newest(stages: Stages) -> None:
    with figures.counted("tampering", "headers and database of three times, every mixture") as tried:
        for times in itertools.product(range(3), repeat=3):
            files = {name: stages.files[time][name] for name, time in zip(NAMES, times, strict=True)}
            put(stages.house, files)
            found = outcome(stages.house)
            newest_header, database = max(times[:2]), times[2]
            expected = stages.texts[database] if newest_header == database else RollbackError
            tried(found == expected, times)


def test_it_is_said_what_was_put_back(stages: Stages) -> None:
    old, _, new = stages.files
    for files, what in (
        ({**old, "records.db": new["records.db"]}, "header"),
        ({**new, "records.db": old["records.db"]}, "journal"),
    ):
        put(stages.house, files)
        before = stages.house.tree()
        with pytest.raises(RollbackError) as alarm:
            stages.house.open()
        assert alarm.value.what == what
        assert stages.house.tree() == before


def test_each_single_old_page_under_the_newer_rest_is_noticed(stages: Stages) -> None:
    with figures.counted("tampering", "single pages of an older database", at_least=11) as tried:
        for old in stages.files[:2]:
            new = stages.files[2]
            for start in range(0, min(len(old["records.db"]), len(new["records.db"])), PAGE_SIZE):
                page = old["records.db"][start : start + PAGE_SIZE]
                if page == new["records.db"][start : start + PAGE_SIZE]:
                    continue
                put(stages.house, new)
                mixed = new["records.db"][:start] + page + new["records.db"][start + PAGE_SIZE :]
                (stages.house.folder / "records.db").write_bytes(mixed)
                tried(outcome(stages.house) in {RollbackError, VaultDamagedError}, start // PAGE_SIZE)


OTHER = b"eight ripe quinces"
SHARES, SHARES_ANEW = b"shares of before", b"shares of now"


def change_passphrase(opened: Vault) -> None:
    opened.change_passphrase(OTHER)


def choose_shares_anew(opened: Vault) -> None:
    place = next(slot.place for slot in opened.slots() if slot.kind is SlotKind.SHARES)
    opened.drop_slots([place])
    add_in_place(opened, place, NewSlot(SlotKind.SHARES, None, SHARES_ANEW))


def put_another_in_the_place_of_a_writer(opened: Vault) -> None:
    place = next(slot.place for slot in opened.slots() if slot.writer == 2)
    opened.remove_writer(2, MOMENT)
    add_in_place(opened, place, NewSlot(SlotKind.PASSPHRASE, 1, OTHER))


def add_in_place(opened: Vault, place: int, new: NewSlot) -> None:
    while (made := opened.add_slot(new).place) != place:
        opened.drop_slots([made])


CHANGES: list[tuple[Callable[[Vault], None], bytes, bytes]] = [
    (change_passphrase, PASSPHRASE, OTHER),
    (choose_shares_anew, SHARES, SHARES_ANEW),
    (put_another_in_the_place_of_a_writer, b"nine dry plums", PASSPHRASE),
]


@pytest.mark.parametrize("name", headers.NAMES)
@pytest.mark.parametrize(("change", "before", "now"), CHANGES)
def test_one_old_header_put_back_lets_nobody_in_and_locks_nobody_out(
    house: House, name: str, change: Callable[[Vault], None], before: bytes, now: bytes
) -> None:
    opened = house.open()
    opened.add_slot(NewSlot(SlotKind.SHARES, None, SHARES))
    opened.add_writer(b"nine dry plums", identity_of("Bakhyt"), {"person": "Bakhyt", "device": "laptop"}, MOMENT)
    opened.close()
    old = (house.folder / name).read_bytes()
    opened = house.open()
    change(opened)
    save(opened, "after it")
    opened.close()
    (house.folder / name).write_bytes(old)
    files = house.tree()

    with pytest.raises(RollbackError) as alarm:
        house.open(before)
    assert alarm.value.what == "header"
    assert house.tree() == files
    with pytest.raises(WrongPassphraseError), reading(house.folder, before):
        pytest.fail("it opened what a repair would be made of")

    opened = vault.open_existing(house.folder, before, allow_rolled_back=True)
    opened.begin_log(identity_of("in spite of it"), {"person": "Amina", "device": "laptop"}, MOMENT)
    opened.close()
    with pytest.raises((RollbackError, WrongPassphraseError)):
        house.open(before)
    opened = house.open(now)
    assert texts_in(opened)[-1] == "after it"
    opened.close()


@pytest.mark.parametrize("secret", [PASSPHRASE, OTHER])
@pytest.mark.parametrize("noted", [True, False])
def test_a_new_passphrase_that_was_cut_short_is_settled_by_whichever_opens(
    house: House, secret: bytes, noted: bool
) -> None:
    opened = house.open()
    save(opened, "so that no copy says what the pages are")
    kept = opened._kept
    own = next(slot for slot in opened.slots() if slot.kind is SlotKind.PASSPHRASE)
    if noted:
        with opened.saving() as connection:
            slots.begin(connection)
    kept.header = headers.with_slot(kept.header, kept.master_key, own.place, own.kind, OTHER)
    kept.follow({})
    if noted:
        opened.give_up()
    else:
        make_version_2(opened)  # nothing was noted in those days

    house.open(secret).give_up()

    opens = [house.opens(each) for each in (PASSPHRASE, OTHER)]
    assert opens == [secret == PASSPHRASE, secret == OTHER]
    opened = house.open(secret)
    assert not slots.are_unfinished(opened.connection)
    opened.close()


@pytest.mark.parametrize("secret", [PASSPHRASE, OTHER])
def test_a_new_passphrase_that_was_cut_short_lets_in_where_nothing_can_be_written(
    house: House, secret: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = house.open()
    with opened.saving() as connection:
        slots.begin(connection)
    kept = opened._kept
    own = next(slot for slot in opened.slots() if slot.kind is SlotKind.PASSPHRASE)
    kept.header = headers.with_slot(kept.header, kept.master_key, own.place, own.kind, OTHER)
    kept.follow({})
    opened.give_up()
    before = house.tree()

    def refuse(*_anything: object) -> None:
        raise PlaceUnwritableError

    monkeypatch.setattr(kept_header.KeptHeader, "open_up", refuse)
    monkeypatch.setattr(headers, "write", refuse)
    opened = house.open(secret)

    assert texts_in(opened) == ["first"]
    opened.give_up()
    assert house.tree() == before


def closed_with_free_pages(house: House) -> tuple[bytes, set[int]]:
    """A database of which pages became free, and which of them (from 0)."""
    opened = house.open()
    opened.connection.execute("CREATE TABLE passing (content BLOB)")
    opened.connection.execute_many("INSERT INTO passing VALUES (zeroblob(3900))", [() for _ in range(12)])
    opened.connection.execute("DROP TABLE passing")
    save(opened, "after it")
    opened.close()
    path = house.folder / "records.db"
    with reading(house.folder, PASSPHRASE) as vault_read, path.open("rb", buffering=0) as file:
        pages = leaves.Pages(file, PageOpener(vault_read.database_key()), path.stat().st_size // PAGE_SIZE)
        return path.read_bytes(), {number - 1 for number in leaves.unused(pages)}


def test_what_rots_in_a_free_page_is_no_alarm(house: House) -> None:
    whole, free = closed_with_free_pages(house)
    assert len(free) > 8
    for number in sorted(free)[:4]:
        (house.folder / "records.db").write_bytes(flipped(whole, number * PAGE_SIZE + PAGE_SIZE - 1))
        before = house.tree()
        assert outcome(house) == ["first", "after it"]
        house.open().close()
        assert house.tree() == before
    opened = house.open()
    save(opened, "and goes on")
    opened.close()
    assert outcome(house) == ["first", "after it", "and goes on"]


def test_a_torn_free_page_hides_no_old_page_that_was_put_back(house: House) -> None:
    old, free = closed_with_free_pages(house)
    opened = house.open()
    opened.connection.execute("INSERT INTO draft VALUES (x'01', 'person', 'notes', x'02', 0, NULL)")
    opened.close()
    path = house.folder / "records.db"
    new = path.read_bytes()
    starts = range(0, min(len(old), len(new)), PAGE_SIZE)
    changed = [start for start in starts if old[start : start + PAGE_SIZE] != new[start : start + PAGE_SIZE]]
    torn = next(number for number in sorted(free) if number * PAGE_SIZE not in changed) * PAGE_SIZE + PAGE_SIZE - 1
    for start in changed:
        mixed = new[:start] + old[start : start + PAGE_SIZE] + new[start + PAGE_SIZE :]
        path.write_bytes(flipped(mixed, torn))
        assert outcome(house) in {RollbackError, VaultDamagedError}
    path.write_bytes(flipped(old, torn))
    with pytest.raises(RollbackError):
        house.open()


def test_an_old_draft_put_back_is_noticed_though_no_entry_is_missing(stages: Stages) -> None:
    put(stages.house, stages.files[2])
    before = (stages.house.folder / "records.db").read_bytes()
    opened = stages.house.open()
    opened.connection.execute("UPDATE draft SET value = x'ff'")
    opened.close()
    (stages.house.folder / "records.db").write_bytes(before)

    with pytest.raises(RollbackError) as alarm:
        stages.house.open()
    assert alarm.value.what == "pages"


def test_a_journal_that_would_put_old_pages_back_is_not_let_in(stages: Stages) -> None:
    put(stages.house, stages.files[2])
    (stages.house.folder / "records.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600))
    before = stages.house.tree()

    with pytest.raises(RollbackError):
        stages.house.open()
    assert stages.house.tree() == before


def killed_in_a_save(house: House) -> bytes:
    """Kill the program inside a save of which pages are on the disk already. Gives the journal that this leaves."""
    process = os.fork()
    if not process:
        opened = house.open()
        opened.connection.execute("PRAGMA cache_size = 5")
        with opened.saving():
            for number in range(40):
                opened.connection.execute("INSERT INTO setting VALUES (?, ?)", (f"cut {number}", b"x" * 3000))
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    return (house.folder / "records.db-journal").read_bytes()


@pytest.mark.parametrize("what", ["entries", "settings"])
def test_an_old_journal_is_not_let_in_beside_a_vault_that_was_cut_off_either(house: House, what: str) -> None:
    journal = killed_in_a_save(house)
    opened = house.open()
    for number in range(3):
        if what == "entries":
            save(opened, f"later {number}")
        else:
            with opened.saving() as connection:
                connection.execute("INSERT INTO setting VALUES (?, x'')", (f"later {number}",))
    opened.give_up()
    (house.folder / "records.db-journal").write_bytes(journal)
    before = house.tree()

    with pytest.raises(RollbackError) as alarm:
        house.open()

    assert alarm.value.what == "pages"
    assert house.tree() == before
    (house.folder / "records.db-journal").unlink()
    opened = house.open()
    assert opened.connection.value("SELECT count(*) FROM setting WHERE name LIKE 'later %'") == 3 * (what == "settings")
    opened.close()


@pytest.mark.parametrize("torn", [False, True])
def test_what_a_crash_left_half_done_is_undone_wherever_its_commit_had_come_to(house: House, torn: bool) -> None:
    opened = house.open()
    save(opened, "first")
    opened.close()
    journal = killed_in_a_save(house)
    if torn:
        database = bytearray((house.folder / "records.db").read_bytes())
        database[2000:4096] = bytes(2096)
        (house.folder / "records.db").write_bytes(database)

    for _twice in range(2):  # as it is, and once more, with what was undone already
        opened = house.open()
        assert texts_in(opened)[-1] == "first"
        assert opened.connection.value("SELECT count(*) FROM setting WHERE name LIKE 'cut %'") == 0
        opened.give_up()
        (house.folder / "records.db-journal").write_bytes(journal)


@pytest.mark.parametrize("emptied", [b"", bytes(600)])
def test_a_journal_that_was_emptied_and_not_removed_is_no_alarm(stages: Stages, emptied: bytes) -> None:
    put(stages.house, stages.files[2])
    (stages.house.folder / "records.db-journal").write_bytes(emptied)
    assert outcome(stages.house) == stages.texts[2]


def test_what_is_opened_in_spite_of_an_alarm_is_read_and_goes_on_in_a_new_log(stages: Stages) -> None:
    old, _, new = stages.files
    for files in ({**old, "records.db": new["records.db"]}, {**new, "records.db": old["records.db"]}):
        put(stages.house, files)
        with pytest.raises(RollbackError):
            stages.house.open()
        opened = vault.open_existing(stages.house.folder, PASSPHRASE, allow_rolled_back=True)
        assert opened.rolled_back
        assert texts_in(opened)[0] == "first"
        with pytest.raises(RollbackError):
            save(opened, "lost")
        opened.begin_log(identity_of("Amina, again"), {"person": "Amina", "device": "laptop"}, MOMENT)
        assert opened.rolled_back is None
        save(opened, "goes on")
        opened.close()

        opened = stages.house.open()
        assert texts_in(opened)[-1] == "goes on"
        opened.close()


def test_a_vault_that_was_killed_opens_as_always(stages: Stages) -> None:
    put(stages.house, stages.files[2])
    opened = stages.house.open()
    save(opened, "and killed")
    opened.give_up()
    assert outcome(stages.house) == [*stages.texts[2], "and killed"]


def test_who_only_reads_leaves_no_trace_in_the_headers(stages: Stages) -> None:
    put(stages.house, stages.files[2])
    before = stages.house.tree()
    opened = stages.house.open()
    with opened.saving() as connection:
        assert connection.value("SELECT count(*) FROM entry") > 0
    opened.close()
    assert stages.house.tree() == before


def test_a_large_database_is_closed_without_a_digest(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "MOST_BYTES", 4096)
    opened = stages.house.open()
    save(opened, "large")
    opened.close()
    opened = stages.house.open()
    assert opened._kept.state.closed is None
    opened.give_up()


# --- bits ------------------------------------------------------------------------------------------


def is_refused(errors: type[Exception] | tuple[type[Exception], ...], work: Callable[[], object]) -> bool:
    try:
        work()
    except errors:
        return True
    return False


def flipped(raw: bytes, place: int, change: int = 0x10) -> bytes:
    return raw[:place] + bytes([raw[place] ^ change]) + raw[place + 1 :]


def test_a_flipped_byte_of_either_header_is_survived_and_of_both_refused(house: House) -> None:
    whole = {name: (house.folder / name).read_bytes() for name in headers.NAMES}
    step = 1 if NIGHTLY else 23
    places = [*range(50), *range(50, headers.SIZE, step)]
    with figures.counted("tampering", "bytes of both headers") as tried:
        for place in places:
            change = 0x01 if 18 <= place < 30 else 0x10  # parameters stay such as cost no memory
            for name in headers.NAMES:
                (house.folder / name).write_bytes(flipped(whole[name], place, change))
            refused = is_refused(REFUSED, lambda: headers.open_copies(headers.read_copies(house.folder), PASSPHRASE))
            (house.folder / "header.b").write_bytes(whole["header.b"])
            opened = headers.open_copies(headers.read_copies(house.folder), PASSPHRASE)
            is_whole = opened.header.sealed_state == whole["header.b"][-len(opened.header.sealed_state) :]
            tried(refused and is_whole, place)


@pytest.mark.parametrize("closed", [True, False])
def test_a_flipped_byte_of_any_page_is_refused(stages: Stages, closed: bool) -> None:
    put(stages.house, stages.files[2])
    if not closed:
        opened = stages.house.open()
        save(opened, "killed")
        opened.give_up()
    path = stages.house.folder / "records.db"
    whole = path.read_bytes()
    with figures.counted("tampering", "pages of the database: data, vector, tag") as tried:
        for start in range(0, len(whole), PAGE_SIZE):
            for place in (start + 16, start + 2000, start + PAGE_SIZE - 70, start + PAGE_SIZE - 1):  # data, vector, tag
                path.write_bytes(flipped(whole, place))
                tried(outcome(stages.house) is VaultDamagedError, place)


def test_a_flipped_byte_of_any_chunk_of_an_object_is_refused(house: House) -> None:
    opened = house.open()
    stored = attach(opened)
    path = opened.objects.place_of(stored.sha256)
    whole = path.read_bytes()
    places = [*range(0, len(whole), 9973), *range(0, len(whole), 65552), len(whole) - 1]
    with figures.counted("tampering", "chunks of an object") as tried:
        for place in places:
            path.write_bytes(flipped(whole, place))
            tried(is_refused(VaultDamagedError, lambda: read_object(opened, stored)), place)
    path.write_bytes(whole)
    assert read_object(opened, stored) == CONTENT
    opened.close()


def read_object(opened: Vault, stored: StoredObject) -> bytes:
    with opened.objects.open(stored) as content:
        return content.read()


# --- wrong secrets ---------------------------------------------------------------------------------


def tree_with_times(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    found = {}
    for path in [folder, *folder.rglob("*")]:
        state = path.stat()
        found[str(path)] = (state.st_mode, state.st_mtime_ns, path.read_bytes() if path.is_file() else b"")
    return found


def wrong_secrets() -> Iterator[bytes]:
    yield from (b"", b"x", PASSPHRASE[:-1], PASSPHRASE + b" ", PASSPHRASE.upper(), RECOVERY[::-1], bytes(1024))
    for number in range(100_000 if NIGHTLY else 100):
        yield b"wrong passphrase %d" % number


def test_wrong_secrets_change_nothing_on_the_disk(house: House) -> None:
    before = tree_with_times(house.folder)
    with figures.counted("wrong secrets", "passphrase") as tried:
        for secret in wrong_secrets():
            tried(is_refused(WrongPassphraseError, partial(house.open, secret)), secret)
        tried(tree_with_times(house.folder) == before, "the folder")


def test_right_and_wrong_secrets_cost_the_same_work(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One derivation, and all eight slots of both copies tried with the seal opened each time, whichever matches."""
    work: list[str] = []

    def counted(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def run(*given: object, **named: object) -> object:
            work.append(name)
            return call(*given, **named)

        return run

    for name in ("derive_root", "_slot_keys", "_unseal"):
        monkeypatch.setattr(keyslots, name, counted(name, getattr(keyslots, name)))
    done = []
    for secret in (PASSPHRASE, RECOVERY, b"wrong", b""):
        work.clear()
        house.opens(secret)
        done.append((work.count("derive_root"), work.count("_slot_keys"), work.count("_unseal")))

    assert set(done) == {(1, 16, 16)}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps open files where they are")
def test_old_files_that_all_fit_together_are_not_noticed_and_this_is_said(stages: Stages, root: Path) -> None:
    shutil.copytree(stages.house.folder, stages.house.folder.with_name("kept"))
    put(stages.house, stages.files[0])
    assert outcome(stages.house) == stages.texts[0]
    assert "not noticed" in (root / "resources" / "docs" / "formats" / "vault.md").read_text(encoding="utf-8")


# --- one copy of the header is damaged ---------------------------------------------------------------


@pytest.mark.parametrize("name", headers.NAMES)
@pytest.mark.parametrize("content", [None, b"", b"garbage", "one bit"])
def test_a_damaged_copy_of_the_header_is_written_anew_and_the_vault_knows(
    house: House, name: str, content: bytes | str | None
) -> None:
    path = house.folder / name
    house.open().close()
    whole = path.read_bytes()
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content if isinstance(content, bytes) else whole[:-1] + bytes([whole[-1] ^ 1]))

    opened = house.open()
    assert kept_header.was_mended(opened.connection)
    opened.close()

    assert not headers.open_copies(headers.read_copies(house.folder), PASSPHRASE).alone
    again = house.open()
    assert kept_header.was_mended(again.connection)
    kept_header.forget_mended(again.connection)
    again.close()
    once_more = house.open()
    assert not kept_header.was_mended(once_more.connection)
    once_more.close()


def test_whole_copies_are_never_called_damaged(house: House) -> None:
    for _ in range(3):
        opened = house.open()
        save(opened, "words")
        assert not kept_header.was_mended(opened.connection)
        opened.close()
