"""A new key, and files of the one before it that come back: in every mixture they are refused, or noticed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import RollbackError
from fieldapp.vault import header as headers
from fieldapp.vault import kept_header, vault
from fieldapp.vault.slots import NewSlot
from tests.unit.vault.houses import PASSPHRASE, House, save, texts_in

NAMES = ("header.a", "header.b", "records.db")
AFTER = b"eleven new pears"

OTHER = b"eight ripe quinces"
Files = dict[str, bytes]


@dataclass(frozen=True)
class Rekeyed:
    """A vault that has a new key, and its files as they were under the old one and are under the new."""

    house: House
    old: Files
    new: Files


@pytest.fixture(params=["looked into", "as it was left", "the first"])
def rekeyed(house: House, request: pytest.FixtureRequest) -> Rekeyed:
    """Where the key before was not the first, its files look as those of a change of the key do."""
    if request.param != "the first":
        house.open().rekey([NewSlot(SlotKind.PASSPHRASE, 1, PASSPHRASE)])
    if request.param == "looked into":
        opened = house.open()
        save(opened, "old")
        opened.close()
    old = {name: (house.folder / name).read_bytes() for name in NAMES}
    house.open().rekey([NewSlot(SlotKind.PASSPHRASE, 1, AFTER)])
    if request.param == "looked into":
        opened = house.open(AFTER)
        save(opened, "new")
        opened.close()
    return Rekeyed(house, old, {name: (house.folder / name).read_bytes() for name in NAMES})


def put(house: House, files: Files) -> None:
    for name, content in files.items():
        (house.folder / name).write_bytes(content)


def refuses(house: House, secret: bytes) -> bool:
    """Whether it is refused, and not a byte is other than before."""
    before = house.tree()
    opens = house.opens(secret)
    return not opens and house.tree() == before


@pytest.mark.parametrize("laid", ["", "old", "new"])
def test_files_of_the_key_before_are_never_taken_for_a_change_that_was_cut_short(rekeyed: Rekeyed, laid: str) -> None:
    house, beside = rekeyed.house, rekeyed.house.folder / "records.db.next"
    sets = {"old": rekeyed.old, "new": rekeyed.new}
    for ages in itertools.product(sets, repeat=3):
        for secret in (PASSPHRASE, AFTER):
            put(house, {name: sets[age][name] for name, age in zip(NAMES, ages, strict=True)})
            beside.unlink(missing_ok=True)
            if laid:
                beside.write_bytes(sets[laid]["records.db"])
            owns = "old" if secret == PASSPHRASE else "new"
            fits = ages[2] == owns and owns in ages[:2]
            is_mixed = ages[0] != ages[1]
            if fits and (not is_mixed or owns == "new" or laid):  # or what a change that was cut short leaves
                opened = house.open(secret)
                assert texts_in(opened)[-1] in {owns, "first"}
                assert kept_header.was_mended(opened.connection) == (is_mixed and not laid)
                opened.close()
            elif laid == owns == "new" in ages[:2]:  # what a change that was cut short leaves, too: it is finished
                assert house.opens(secret)
                assert (house.folder / "records.db").read_bytes() == rekeyed.new["records.db"]
            else:
                assert refuses(house, secret), (ages, secret)
                put(house, rekeyed.new)
                assert house.opens(AFTER)


def test_who_opens_with_an_old_header_and_database_beside_a_new_header_is_told(rekeyed: Rekeyed) -> None:
    put(rekeyed.house, {**rekeyed.old, "header.b": rekeyed.new["header.b"]})
    with pytest.raises(RollbackError) as alarm:
        rekeyed.house.open()
    assert alarm.value.what == "header"
    opened = vault.open_existing(rekeyed.house.folder, PASSPHRASE, allow_rolled_back=True)
    opened.give_up()
    assert (rekeyed.house.folder / "header.b").read_bytes() == rekeyed.new["header.b"]


def test_an_old_database_laid_beside_the_new_one_does_not_take_its_place(rekeyed: Rekeyed) -> None:
    put(rekeyed.house, {"header.a": rekeyed.old["header.a"]})
    (rekeyed.house.folder / "records.db.next").write_bytes(rekeyed.old["records.db"])
    with pytest.raises(RollbackError):
        rekeyed.house.open()
    assert (rekeyed.house.folder / "records.db").read_bytes() == rekeyed.new["records.db"]
    assert rekeyed.house.opens(AFTER)


@pytest.mark.parametrize("name", headers.NAMES)
def test_an_older_copy_put_back_beside_the_newer_is_written_anew_and_the_vault_knows(house: House, name: str) -> None:
    old = (house.folder / name).read_bytes()
    opened = house.open()
    opened.change_passphrase(OTHER)
    opened.close()
    (house.folder / name).write_bytes(old)

    opened = house.open(OTHER)
    assert kept_header.was_mended(opened.connection)
    opened.close()
    copies = headers.read_copies(house.folder)
    assert len(copies) == 2 and copies[0].slots == copies[1].slots
