from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.crypto import keyslots
from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import (
    BugError,
    EntryMalformedError,
    PlaceUnwritableError,
    VaultDamagedError,
    VaultForeignError,
    VaultNewerError,
    WrongPassphraseError,
)
from fieldapp.values import EntryId, LogId
from fieldapp.vault import header as headers
from fieldapp.vault.encoding import Plain, encode
from fieldapp.vault.header import MAGIC, MOST_HEADS, NAMES, SIZE, Head, Header, State
from fieldapp.vault.reading import reading
from tests.unit.vault.houses import CHEAP, PASSPHRASE, RECOVERY

MASTER = bytes(range(32))
HEADS = {LogId(b"l" * 16): Head(7, EntryId(b"e" * 32))}


def made() -> Header:
    return headers.make(MASTER, CHEAP, [(SlotKind.PASSPHRASE, PASSPHRASE), (SlotKind.RECOVERY, RECOVERY)])[0]


def write(folder: Path, header: Header, *, epoch: int, name: str, master: bytes = MASTER) -> None:
    headers.write(folder, name, header, master, State(epoch, HEADS))


def both(folder: Path) -> Header:
    header = made()
    for epoch, name in enumerate(NAMES, start=1):
        write(folder, header, epoch=epoch, name=name)
    return header


def raw_of_both(folder: Path) -> bytes:
    both(folder)
    return (folder / NAMES[0]).read_bytes()


def spoil(path: Path, place: int, change: int = 1) -> None:
    raw = bytearray(path.read_bytes())
    raw[place] ^= change
    path.write_bytes(raw)


def opened(folder: Path, secret: bytes = PASSPHRASE) -> headers.OpenedHeader:
    return headers.open_copies(headers.read_copies(folder), secret)


def test_a_header_gives_the_master_key_and_the_newest_state(tmp_path: Path) -> None:
    both(tmp_path)

    for secret in (PASSPHRASE, RECOVERY):
        assert opened(tmp_path, secret).slot.master_key == MASTER
    assert opened(tmp_path).state == State(2, HEADS)
    with pytest.raises(WrongPassphraseError):
        opened(tmp_path, b"another passphrase")


def test_a_header_has_one_size_whatever_is_in_it(tmp_path: Path) -> None:
    header = made()
    for count in range(MOST_HEADS + 1):
        heads = {LogId(bytes([n]) * 16): Head(2**40, EntryId(bytes([n]) * 32)) for n in range(count)}
        headers.write(tmp_path, NAMES[0], header, MASTER, State(2**62, heads))
        assert (tmp_path / NAMES[0]).stat().st_size == SIZE
        assert opened(tmp_path).state.heads == heads
    with pytest.raises(BugError):
        headers.write(
            tmp_path, NAMES[0], header, MASTER, State(1, {**heads, LogId(b"x" * 16): Head(0, EntryId(bytes(32)))})
        )


def test_nothing_in_a_header_repeats_when_it_is_written_again(tmp_path: Path) -> None:
    header = both(tmp_path)
    before = (tmp_path / NAMES[0]).read_bytes()
    write(tmp_path, header, epoch=1, name=NAMES[0])
    after = (tmp_path / NAMES[0]).read_bytes()

    assert before[: -headers._STATE_SIZE - 32] == after[: -headers._STATE_SIZE - 32]
    assert sum(a == b for a, b in zip(before[-1056:], after[-1056:], strict=True)) < 40


def test_every_flipped_byte_of_one_copy_leaves_the_other_to_open(tmp_path: Path) -> None:
    both(tmp_path)
    whole = (tmp_path / NAMES[1]).read_bytes()

    for place in range(SIZE):
        spoil(tmp_path / NAMES[1], place, 0x01 if 18 <= place < 30 else 0x41)
        found = opened(tmp_path)
        assert (found.state.epoch, bytes(found.slot.master_key)) == (1, MASTER), place
        (tmp_path / NAMES[1]).write_bytes(whole)


def test_every_flipped_byte_of_the_only_copy_is_noticed(tmp_path: Path) -> None:
    header = made()
    write(tmp_path, header, epoch=1, name=NAMES[0])
    whole = (tmp_path / NAMES[0]).read_bytes()

    for place in range(SIZE):
        spoil(tmp_path / NAMES[0], place)
        with pytest.raises((VaultDamagedError, VaultForeignError, VaultNewerError, WrongPassphraseError)):
            opened(tmp_path)
        (tmp_path / NAMES[0]).write_bytes(whole)


def test_a_copy_whose_other_slot_is_damaged_is_not_gone_on_with(tmp_path: Path) -> None:
    header, places = headers.make(MASTER, CHEAP, [(SlotKind.PASSPHRASE, PASSPHRASE), (SlotKind.RECOVERY, RECOVERY)])
    for epoch, name in enumerate(NAMES, start=1):
        write(tmp_path, header, epoch=epoch, name=name)
    spoil(tmp_path / NAMES[0], 46 + places[1] * 192 + 100)

    carried = opened(tmp_path).header
    write(tmp_path, carried, epoch=3, name=NAMES[0])
    write(tmp_path, carried, epoch=4, name=NAMES[1])

    assert opened(tmp_path, RECOVERY).slot.master_key == MASTER


def test_of_two_copies_that_open_the_newer_is_gone_on_with(tmp_path: Path) -> None:
    old = made()
    new = headers.with_slot(old, MASTER, opened_place(old), SlotKind.PASSPHRASE, b"new passphrase")
    write(tmp_path, old, epoch=1, name=NAMES[0])
    write(tmp_path, new, epoch=2, name=NAMES[1])

    assert opened(tmp_path, RECOVERY).header.slots == new.slots
    assert opened(tmp_path, b"new passphrase").header.slots == new.slots
    assert opened(tmp_path, PASSPHRASE).header.slots == old.slots
    assert opened(tmp_path, PASSPHRASE).state.epoch == 2


def opened_place(header: Header) -> int:
    root = keyslots.derive_root(PASSPHRASE, header.salt, header.parameters)
    slot = keyslots.open_slots(root, header.slots, header.context)
    assert slot is not None
    return slot.index


def test_a_copy_under_another_master_key_says_nothing_about_this_one(tmp_path: Path) -> None:
    write(tmp_path, made(), epoch=1, name=NAMES[0])
    other = headers.make(bytes(32), CHEAP, [(SlotKind.PASSPHRASE, b"another passphrase")])[0]
    write(tmp_path, other, epoch=9, name=NAMES[1], master=bytes(32))

    assert opened(tmp_path).state.epoch == 1
    assert opened(tmp_path, b"another passphrase").state.epoch == 9


def test_what_is_no_header_is_told_apart(tmp_path: Path) -> None:
    raw = raw_of_both(tmp_path)
    for content, error in (
        (b"", VaultDamagedError),
        (MAGIC[:5], VaultDamagedError),
        (raw[:30], VaultDamagedError),
        (raw[:-1], VaultDamagedError),
        (raw + b"\0", VaultDamagedError),
        (b"SQLite format 3\0" + bytes(SIZE), VaultForeignError),
        (os.urandom(SIZE), VaultForeignError),
        (raw[:16] + b"\0\2" + raw[18:], VaultNewerError),
        (raw[:16] + b"\0\2", VaultDamagedError),
        (raw[:16] + b"\0\2" + bytes(40), VaultNewerError),
        (raw[:16] + b"\0\0" + raw[18:], VaultDamagedError),
        (raw[:18] + b"\xff\xff\xff\xff" + raw[22:], VaultDamagedError),
        (raw[:22] + b"\0\0\0\0" + raw[26:], VaultDamagedError),
        (raw[:26] + b"\0\0\0\x11" + raw[30:], VaultDamagedError),
    ):
        with pytest.raises(error):
            headers.parse(content)


def test_only_a_vault_without_a_copy_of_this_version_is_newer(tmp_path: Path) -> None:
    both(tmp_path)
    spoil(tmp_path / NAMES[0], 17, 0x06)
    assert opened(tmp_path).state.epoch == 2

    (tmp_path / NAMES[1]).unlink()
    with pytest.raises(VaultNewerError) as newer:
        headers.read_copies(tmp_path)
    assert (newer.value.found, newer.value.known) == (7, 1)


def test_parameters_that_would_exhaust_the_machine_cost_nothing(tmp_path: Path) -> None:
    raw = raw_of_both(tmp_path)
    for place in (18, 22, 26):
        with pytest.raises(VaultDamagedError):
            headers.parse(raw[:place] + b"\x7f\xff\xff\xff" + raw[place + 4 :])


@pytest.mark.parametrize("altered", NAMES)
def test_an_altered_copy_does_not_say_what_opening_costs_while_the_other_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, altered: str
) -> None:
    asked: list[int] = []

    def derive(secret: keyslots.Secret, salt: bytes, parameters: keyslots.KdfParameters) -> bytearray:
        asked.append(parameters.memory_kib)
        return derive_root(secret, salt, replace(parameters, memory_kib=CHEAP.memory_kib))

    derive_root = keyslots.derive_root
    both(tmp_path)
    path = tmp_path / altered
    dear = keyslots.CEILING_KIB
    raw = bytearray(path.read_bytes())
    raw[18:22] = dear.to_bytes(4, "big")
    path.write_bytes(raw)
    monkeypatch.setattr(keyslots, "derive_root", derive)

    with reading(tmp_path, PASSPHRASE) as vault:
        assert vault.damaged == (altered,)
    assert asked == [CHEAP.memory_kib]
    asked.clear()
    assert opened(tmp_path).slot.master_key == MASTER
    assert asked == [CHEAP.memory_kib]
    with pytest.raises(WrongPassphraseError):
        opened(tmp_path, b"another passphrase")
    assert asked == [CHEAP.memory_kib, CHEAP.memory_kib, dear]


def test_a_pipe_a_folder_and_a_device_in_place_of_a_header_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / NAMES[0])
    (tmp_path / NAMES[1]).symlink_to("/dev/zero")
    with pytest.raises(VaultDamagedError):
        headers.read_copies(tmp_path)
    (tmp_path / NAMES[1]).unlink()
    (tmp_path / NAMES[1]).mkdir()
    with pytest.raises(VaultDamagedError):
        headers.read_copies(tmp_path)


def test_a_header_that_cannot_be_written_leaves_the_copy_as_it_was(tmp_path: Path) -> None:
    header = both(tmp_path)
    before = (tmp_path / NAMES[0]).read_bytes()
    (tmp_path / f"{NAMES[0]}.new").mkdir()

    with pytest.raises(PlaceUnwritableError):
        write(tmp_path, header, epoch=3, name=NAMES[0])

    assert (tmp_path / NAMES[0]).read_bytes() == before


def test_what_an_interrupted_write_left_is_no_obstacle_and_is_removed(tmp_path: Path) -> None:
    header = both(tmp_path)
    (tmp_path / f"{NAMES[0]}.new").write_bytes(b"half")
    write(tmp_path, header, epoch=3, name=NAMES[0])
    assert opened(tmp_path).state.epoch == 3

    (tmp_path / f"{NAMES[1]}.new").write_bytes(b"half")
    headers.remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == list(NAMES)


def test_a_state_that_is_sealed_and_malformed_is_damage(tmp_path: Path) -> None:
    wrong: list[Plain] = [
        {"zz" * 16: [1, bytes(32)]},
        {"00": [1, bytes(32)]},
        {"00" * 16: [1]},
        {"00" * 16: [1, b""]},
        [],
    ]
    for heads in wrong:
        with pytest.raises(EntryMalformedError):
            headers._decode_state(encode({"epoch": 1, "heads": heads, "pad": b""}))
