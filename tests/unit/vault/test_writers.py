"""Several people on one machine: each unlocks with their own passphrase, and writes in their own log."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from fieldapp.crypto import recovery
from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import (
    BugError,
    PassphraseTakenError,
    PlaceUnwritableError,
    RollbackError,
    SlotsFullError,
    WriterStaysError,
    WrongPassphraseError,
)
from fieldapp.values import LogId
from fieldapp.vault import header as headers
from fieldapp.vault import journal, slots, vault
from fieldapp.vault.slots import NewSlot
from fieldapp.vault.vault import NewVault, Vault
from tests.unit.vault.houses import CHEAP, MOMENT, PASSPHRASE, RECOVERY, House, identity_of, save, texts_in
from tests.unit.vault.test_journal import Writer as Elsewhere
from tests.unit.vault.test_journal import forks, receive

BAKHYT = b"the passphrase of Bakhyt"
NEW = b"another passphrase"
SHARES = bytes(recovery.shares_secret(bytes(16), bytes(range(16))))


def add(opened: Vault, name: str = "Bakhyt", secret: bytes = BAKHYT) -> int:
    return opened.add_writer(secret, identity_of(name), {"person": name, "device": "laptop"}, MOMENT)


@pytest.fixture
def shared_house(house: House) -> House:
    """A vault of Amina's in which Bakhyt writes too; each has written a note."""
    opened = house.open()
    add(opened)
    opened.close()
    opened = house.open(BAKHYT)
    save(opened, "by Bakhyt")
    opened.close()
    return house


def author_of_text(opened: Vault, text: str) -> LogId:
    entries = journal.stored_entries(opened.connection, kind="note")
    return next(entry.log for entry in entries if entry.body and entry.body.payload["text"] == text)


def opening_of(opened: Vault, log: LogId) -> dict[str, object]:
    opening = next(entry for entry in journal.stored_entries(opened.connection, kind="open") if entry.log == log)
    assert opening.body
    return dict(opening.body.payload)


def places(opened: Vault, *kinds: SlotKind) -> list[int]:
    return [slot.place for slot in opened.slots() if slot.kind in kinds]


def test_who_unlocked_is_who_writes_and_both_read_everything(shared_house: House) -> None:
    amina, bakhyt = shared_house.open().author.log, shared_house.open(BAKHYT).author.log

    opened = shared_house.open()
    assert opened.writer == 1
    assert author_of_text(opened, "first") == opened.author.log == amina
    assert author_of_text(opened, "by Bakhyt") == bakhyt != amina
    assert opened.own_logs == (amina, bakhyt)
    assert [keys.ed25519 for keys in opened.identities] == [identity_of(name).ed25519 for name in ("Amina", "Bakhyt")]
    assert opened.earlier_logs == ()
    assert [(each.id, each.log, each.removed_ms) for each in opened.writers()] == [(1, amina, None), (2, bakhyt, None)]
    opened.close()
    opened = shared_house.open(BAKHYT)
    assert opened.writer == 2
    assert opened.own_logs == (bakhyt, amina)
    assert opening_of(opened, bakhyt)["person"] == "Bakhyt"
    opened.close()


def test_each_changes_only_their_own_passphrase(shared_house: House) -> None:
    opened = shared_house.open(BAKHYT)
    opened.change_passphrase(NEW)
    opened.close()

    assert [shared_house.opens(secret) for secret in (PASSPHRASE, BAKHYT, NEW, RECOVERY)] == [True, False, True, True]
    opened = shared_house.open(NEW)
    assert opened.writer == 2
    opened.close()


def test_no_two_people_have_the_same_passphrase(shared_house: House) -> None:
    opened = shared_house.open()
    before = shared_house.tree()
    with pytest.raises(PassphraseTakenError):
        add(opened, "Chynara", BAKHYT)
    with pytest.raises(PassphraseTakenError):
        opened.change_passphrase(BAKHYT)
    with pytest.raises(PassphraseTakenError):
        opened.add_slot(NewSlot(SlotKind.SHARES, None, PASSPHRASE))
    assert shared_house.tree() == before
    opened.change_passphrase(PASSPHRASE)  # the same one again is no harm
    opened.close()
    assert shared_house.opens()


def test_who_is_removed_opens_nothing_and_what_they_wrote_stays(shared_house: House) -> None:
    opened = shared_house.open()
    before = [slot for slot in opened.slots() if slot.writer == 2]
    old = (shared_house.folder / "header.a").read_bytes()
    opened.remove_writer(2, MOMENT)

    assert [each.removed_ms for each in opened.writers()] == [None, MOMENT.time_ms]
    assert not set(before) & set(opened.slots())
    for name in headers.NAMES:  # before it is told: neither copy has the slot any more
        raw = (shared_house.folder / name).read_bytes()
        start = 46 + 192 * before[0].place
        assert raw[start : start + 192] != old[start : start + 192]
    with pytest.raises(WriterStaysError) as refused:
        opened.remove_writer(2, MOMENT)
    assert refused.value.reason == "removed"
    with pytest.raises(WriterStaysError):
        opened.remove_writer(1, MOMENT)
    with pytest.raises(BugError):
        opened.remove_writer(9, MOMENT)
    save(opened, "goes on")
    opened.close()

    with pytest.raises(WrongPassphraseError):
        shared_house.open(BAKHYT)
    opened = shared_house.open()
    assert texts_in(opened) == ["first", "by Bakhyt", "goes on"]
    opened.close()


def test_an_old_header_does_not_let_in_who_was_removed(shared_house: House) -> None:
    old = {name: (shared_house.folder / name).read_bytes() for name in headers.NAMES}
    opened = shared_house.open()
    opened.remove_writer(2, MOMENT)
    opened.close()
    for name, content in old.items():
        (shared_house.folder / name).write_bytes(content)

    for secret in (BAKHYT, PASSPHRASE):
        with pytest.raises(RollbackError) as alarm:
            shared_house.open(secret)
        assert alarm.value.what == "header"


def test_a_slot_without_a_row_opens_nothing_even_where_the_epoch_fits(shared_house: House) -> None:
    opened = shared_house.open()
    opened.connection.execute("DELETE FROM slot WHERE writer = 2")
    opened.close()

    with pytest.raises(RollbackError) as alarm:
        shared_house.open(BAKHYT)
    assert alarm.value.what == "header"
    assert shared_house.opens()


def test_there_are_eight_slots_and_no_more(house: House) -> None:
    opened = house.open()
    for number in range(6):
        add(opened, f"person {number}", f"passphrase {number}".encode())
    before = house.tree()
    with pytest.raises(SlotsFullError):
        add(opened)
    with pytest.raises(SlotsFullError):
        opened.add_slot(NewSlot(SlotKind.SHARES, None, SHARES))
    assert house.tree() == before
    assert sorted(slot.place for slot in opened.slots()) == list(range(8))
    opened.close()
    assert all(house.opens(f"passphrase {number}".encode()) for number in range(6))
    opened = house.open()
    assert len(opened._kept.state.heads) == 7
    opened.close()


def test_a_pair_of_shares_opens_it_until_it_is_dropped(house: House) -> None:
    opened = house.open()
    slot = opened.add_slot(NewSlot(SlotKind.SHARES, None, SHARES))
    opened.close()
    other_order = bytes(recovery.shares_secret(bytes(range(16)), bytes(16)))
    opened = house.open(other_order)
    assert (opened.writer, opened.opened_with) == (1, SlotKind.SHARES)
    opened.close()
    opened = house.open()
    opened.drop_slots([slot.place])
    opened.close()

    with pytest.raises(WrongPassphraseError):
        house.open(SHARES)
    assert house.opens()


def test_the_last_passphrase_is_not_dropped(house: House) -> None:
    opened = house.open()
    with pytest.raises(BugError):
        opened.drop_slots(places(opened, SlotKind.PASSPHRASE))
    opened.drop_slots(places(opened, SlotKind.RECOVERY))
    opened.close()
    assert (house.opens(), house.opens(RECOVERY)) == (True, False)


def test_who_comes_in_with_the_phrase_says_who_they_are(shared_house: House) -> None:
    opened = shared_house.open(RECOVERY)
    opened.come_in_as(2)
    opened.change_passphrase(NEW)
    save(opened, "by Bakhyt again")
    assert author_of_text(opened, "by Bakhyt again") == author_of_text(opened, "by Bakhyt")
    opened.close()

    assert [shared_house.opens(secret) for secret in (PASSPHRASE, BAKHYT, NEW)] == [True, False, True]
    opened = shared_house.open()
    with pytest.raises(BugError):
        opened.come_in_as(2)
    opened.close()


@pytest.mark.parametrize("older", [True, False])
def test_the_phrase_is_the_vault_s_and_outlasts_whoever_made_the_vault(shared_house: House, older: bool) -> None:
    opened = shared_house.open(BAKHYT)
    if older:  # a row of an older version names the first writer
        opened.connection.execute("UPDATE slot SET writer = 1 WHERE kind = 'recovery'")
    assert [slot.writer for slot in opened.slots() if slot.kind is SlotKind.RECOVERY] == [None]
    opened.remove_writer(1, MOMENT)
    opened.close()

    assert not shared_house.opens(PASSPHRASE)
    opened = shared_house.open(RECOVERY)
    assert opened.writer == 2
    opened.close()


def test_a_vault_without_a_phrase_opens_with_its_passphrase_only(make_house: Callable[[str], House]) -> None:
    place = make_house("bare")
    new = NewVault(PASSPHRASE, None, identity_of("Amina"), {"person": "Amina", "device": "laptop"}, CHEAP)
    opened = vault.create(place.folder, new, MOMENT, floor_kib=0)
    assert [slot.kind for slot in opened.slots()] == [SlotKind.PASSPHRASE]
    opened.close()
    assert (place.opens(), place.opens(RECOVERY)) == (True, False)


def test_in_a_copy_nobody_goes_on_in_a_log_of_before(shared_house: House, make_house: Callable[[str], House]) -> None:
    copy = make_house("copy")
    shutil.copytree(shared_house.folder, copy.folder)
    opened = copy.open()
    before = opened.own_logs
    log = opened.begin_log(identity_of("Amina, copy"), {"person": "Amina", "device": "copy"}, MOMENT)
    assert opened.earlier_logs == (before[0],)
    theirs = opened.writers()[1].log
    assert opened.own_logs == (log, before[0], theirs, before[1])
    opened.close()

    opened = copy.open(BAKHYT)
    save(opened, "in the copy")
    assert opened.author.log == theirs not in before
    assert author_of_text(opened, "in the copy") == theirs
    assert opening_of(opened, theirs)["device"] == "copy"
    assert opening_of(opened, theirs)["person"] == "Bakhyt"
    assert journal.continuations(opened.connection) == {log: before[0], theirs: before[1]}
    opened.close()


def test_the_log_of_every_writer_takes_no_continuation_from_elsewhere(shared_house: House) -> None:
    opened = shared_house.open()
    for name, log in (("Amina", opened.own_logs[0]), ("Bakhyt", opened.own_logs[1])):
        thief = Elsewhere(name)
        thief.log = log
        newest = [sealed for _row, sealed in journal.sealed_entries(opened.connection, log)][-1]
        head = journal.heads(opened.connection)[log]
        receive(opened, thief.chain("stolen", after=newest))
        assert journal.heads(opened.connection)[log] == head
    assert len(forks(opened)) == 2
    opened.close()
    assert shared_house.opens()


@pytest.mark.parametrize("blocked", headers.NAMES)
def test_somebody_who_could_not_be_added_is_not_there_at_all(house: House, blocked: str) -> None:
    opened = house.open()
    save(opened, "second")
    (house.folder / f"{blocked}.new").mkdir()
    with pytest.raises(PlaceUnwritableError):
        add(opened)
    (house.folder / f"{blocked}.new").rmdir()
    assert len(opened.writers()) == 1
    save(opened, "third", "fourth")
    save(opened, "fifth")
    opened.close()

    assert not house.opens(BAKHYT)
    opened = house.open()
    assert not slots.are_unfinished(opened.connection)
    add(opened)
    opened.close()
    assert house.opens(BAKHYT)


@pytest.mark.parametrize("blocked", headers.NAMES)
def test_a_removal_that_was_cut_short_is_finished(shared_house: House, blocked: str) -> None:
    opened = shared_house.open()
    save(opened, "second")
    (shared_house.folder / f"{blocked}.new").mkdir()
    with pytest.raises(PlaceUnwritableError):
        opened.remove_writer(2, MOMENT)
    opened.give_up()
    (shared_house.folder / f"{blocked}.new").rmdir()

    before = shared_house.tree()
    with pytest.raises(WrongPassphraseError):  # refused, also while a copy of the header still has the slot
        shared_house.open(BAKHYT)
    assert shared_house.tree() == before
    shared_house.open().close()
    for copy in headers.NAMES:
        alone = House(shared_house.folder.parent / f"only {copy}")
        shutil.copytree(shared_house.folder, alone.folder)
        (alone.folder / copy).unlink()
        with pytest.raises(WrongPassphraseError):
            alone.open(BAKHYT)


def test_asked_again_a_removal_that_failed_is_finished(shared_house: House) -> None:
    opened = shared_house.open()
    save(opened, "second")
    (shared_house.folder / "header.a.new").mkdir()
    with pytest.raises(PlaceUnwritableError):
        opened.remove_writer(2, MOMENT)
    (shared_house.folder / "header.a.new").rmdir()
    opened.remove_writer(2, MOMENT)
    opened.close()
    with pytest.raises(WrongPassphraseError):
        shared_house.open(BAKHYT)
