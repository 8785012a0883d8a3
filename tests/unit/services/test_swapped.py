"""The stick is pulled out while its vault is open, and another one comes to the same place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import ExpectedError, VaultGoneError
from fieldapp.services import arrivals, drafts, parts, preferences, vaults, waiting, writers
from fieldapp.services.preferences import Preferences
from fieldapp.services.safety import backups, destroying
from fieldapp.values import RecordId
from fieldapp.vault.place import Place
from fieldapp.vault.slots import NewSlot
from tests.unit.services.people import CHEAP, PASSPHRASE, Someone, someone

OTHERS = "the passphrase of the other stick"
NEW = "something new that opens it"
SECOND = "what Sol types to come in"

Doing = Callable[[Someone], object]
Tree = dict[str, bytes]


def close(who: Someone) -> None:
    who.archive.close()
    raise VaultGoneError  # it does not tell: what was saved is safe


def receive(who: Someone) -> None:
    taken = arrivals.take(arrivals.receiving(who.archive), who.vault.objects, who.folder / "strange.bundle")
    arrivals.commit(who.archive, taken)


def part(who: Someone) -> None:
    parts.keep(arrivals.receiving(who.archive).inbox, who.folder / "part")


def drop_set(who: Someone) -> None:
    inbox = who.vault.folder / "inbox"
    parts.drop(who.archive, parts.WaitingSet(bytes(32), 1, 1, (1,), 1, inbox / bytes(32).hex()))


def clear(who: Someone) -> None:
    waiting.remove_unspoken(who.archive)


DOINGS: dict[str, Doing] = {
    "close": close,
    "save": lambda who: who.new("testimony", narrative="after"),
    "draft": lambda who: drafts.keep(who.archive, RecordId(bytes(16)), "testimony", {"narrative": "typed"}),
    "setting": lambda who: preferences.store(who.archive, Preferences(lock_after_s=60)),
    "attach": lambda who: who.attach(None, b"another photo"),
    "remove a file": lambda who: who.vault.objects.remove([row[0] for row in objects_of(who)]),
    "new passphrase": lambda who: who.vault.change_passphrase(NEW.encode()),
    "one more writer": lambda who: writers.add(who.archive, "what Tan types to come in", person="Tan"),
    "one writer less": lambda who: writers.remove(who.archive, writers.find(who.archive, "Sol").id),
    "no phrase": lambda who: who.vault.drop_slots(
        [slot.place for slot in who.vault.slots() if slot.kind is SlotKind.RECOVERY]
    ),
    "new key": lambda who: who.vault.rekey([NewSlot(SlotKind.PASSPHRASE, who.vault.writer, NEW.encode())]),
    "sealed anew": lambda who: who.vault.continue_rekey(),
    "receive": receive,
    "keep a part": part,
    "drop parts": drop_set,
    "look into the inbox": lambda who: parts.waiting(who.archive),
    "clear the inbox": clear,
    "clear what was cut off": lambda who: arrivals.remove_leftovers(who.archive),
    "back up": lambda who: backups.back_up(who.archive, who.folder / "backup"),
    "copy the database": lambda who: who.vault.snapshot(who.vault.folder / "objects" / "new" / "copy"),
}


def objects_of(who: Someone) -> list[tuple[bytes]]:
    return who.archive.connection.execute("SELECT sha256 FROM object")


def all_bytes(folder: Path) -> Tree:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"a folder"
        for path in sorted(folder.rglob("*"))
    }


def open_in_the_middle_of_a_new_key(tmp_path: Path) -> Someone:
    """A vault with a second writer, whose files are sealed anew; whether anything was written is said by the scene."""
    who = someone(tmp_path, "Ainura")
    who.attach(who.new("testimony", narrative="x"), *[bytes([number]) * 2000 for number in range(3)])
    sol = writers.add(who.archive, SECOND, person="Sol")
    keys = {who.vault.writer: PASSPHRASE, sol.id: SECOND}
    opening = [NewSlot(SlotKind.PASSPHRASE, writer, secret.encode()) for writer, secret in keys.items()]
    who.vault.rekey([*opening, NewSlot(SlotKind.RECOVERY, None, bytes(16))])
    who.reopen()
    return who


def other_at_its_place(who: Someone, kind: str) -> Path:
    """Pull the vault out, and put another folder where it was. Gives where the vault is now."""
    folder = who.vault.folder
    pulled, other = folder.with_name("pulled out"), folder.with_name("spare")
    if kind == "another vault":
        made = vaults.create(other, OTHERS, person="B", device="b", parameters=CHEAP, floor_kib=0)
        made.archive.close()
    if kind == "nothing":
        other.mkdir()
    else:
        (other / "inbox" / bytes(32).hex()).mkdir(exist_ok=True)
        (other / "inbox" / bytes(32).hex() / "0001").write_bytes(b"a part")
        (other / "inbox" / ("ab" * 32)).write_bytes(b"a bundle that waits")
        (other / "inbox" / ("cd" * 16 + ".part")).write_bytes(b"being copied")
        for name in ("records.db-journal", "records.db.next"):
            (other / name).write_bytes(b"a save that was cut off")
    folder.rename(pulled)
    other.rename(folder)
    return pulled


@pytest.mark.parametrize("wrote", [False, True])
@pytest.mark.parametrize("kind", ["another vault", "a spare copy", "nothing"])
@pytest.mark.parametrize("doing", DOINGS)
def test_whatever_is_done_then_nothing_of_the_other_one_changes(
    tmp_path: Path, doing: str, kind: str, wrote: bool
) -> None:
    who = open_in_the_middle_of_a_new_key(tmp_path)
    if kind == "a spare copy":
        folder, clock = who.vault.folder, who.archive.clock
        who.archive.close()
        shutil.copytree(folder, folder.with_name("spare"))
        who.archive = vaults.unlock(folder, PASSPHRASE, clock=clock)
    for name in ("part", "strange.bundle"):
        (tmp_path / name).write_bytes(b"x")
    if wrote:
        who.new("testimony", narrative="before it was pulled out")
    entries = who.archive.connection.value("SELECT count(*) FROM entry")
    pulled = other_at_its_place(who, kind)
    before = all_bytes(who.vault.folder)

    with pytest.raises(ExpectedError) as told:
        DOINGS[doing](who)
    with suppress(ExpectedError):
        who.archive.close()

    assert all_bytes(who.vault.folder) == before
    if doing not in {"receive", "keep a part"}:  # those are refused before, being none
        assert isinstance(told.value, VaultGoneError)
    assert not (tmp_path / "backup").exists()
    again = vaults.unlock(pulled, PASSPHRASE)
    assert again.connection.value("SELECT count(*) FROM entry") == entries
    assert again.vault.continue_rekey() == 0
    again.close()


def test_a_vault_that_was_open_is_destroyed_only_where_it_is(tmp_path: Path) -> None:
    who = open_in_the_middle_of_a_new_key(tmp_path)
    place = who.vault.place
    who.archive.close()
    pulled = other_at_its_place(who, "another vault")
    before = all_bytes(who.vault.folder)

    with pytest.raises(VaultGoneError):
        destroying.destroy(who.vault.folder, place=place)
    assert all_bytes(who.vault.folder) == before

    shutil.rmtree(who.vault.folder)
    pulled.rename(who.vault.folder)
    destroying.destroy(who.vault.folder, place=place)
    assert not who.vault.folder.exists()


def test_a_vault_that_comes_back_to_its_place_goes_on(tmp_path: Path) -> None:
    who = open_in_the_middle_of_a_new_key(tmp_path)
    who.new("testimony", narrative="before")
    pulled = other_at_its_place(who, "another vault")
    with pytest.raises(VaultGoneError):
        who.new("testimony", narrative="meanwhile")

    who.vault.folder.rename(tmp_path / "the other one")
    pulled.rename(who.vault.folder)
    who.new("testimony", narrative="after")
    assert who.vault.continue_rekey() == 0
    who.reopen()
    assert who.archive.connection.value("SELECT count(*) FROM record WHERE type = 'testimony'") == 3
    who.archive.close()


def test_where_the_disk_numbers_its_files_anew_saving_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    who = open_in_the_middle_of_a_new_key(tmp_path)
    device, number = who.vault.folder.stat().st_dev, [7]

    def numbered_anew(_place: Place) -> tuple[int, int]:
        number[0] += 1
        return device, number[0]

    monkeypatch.setattr(Place, "_found", numbered_anew)
    who.new("testimony", narrative="after")
    who.attach(None, b"another photo")
    who.vault.change_passphrase(NEW.encode())
    who.archive.close()
    vaults.unlock(who.vault.folder, NEW).close()


def test_an_exact_copy_of_a_stick_numbers_and_all_keeps_its_headers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = open_in_the_middle_of_a_new_key(tmp_path)
    folder = who.vault.folder
    who.archive.close()
    shutil.copytree(folder, folder.with_name("spare"))
    who.archive = vaults.unlock(folder, PASSPHRASE)
    who.new("testimony", narrative="x")
    other_at_its_place(who, "a spare copy")
    before = all_bytes(folder)

    monkeypatch.setattr(Place, "is_ours", lambda _place: True)
    with pytest.raises(VaultGoneError):
        who.vault.change_passphrase(NEW.encode())

    headers = ("header.a", "header.b")
    assert {name: all_bytes(folder)[name] for name in headers} == {name: before[name] for name in headers}
