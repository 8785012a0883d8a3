from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import House, attach, save


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A vault with one note in it."""
    house = House(tmp_path / "vault")
    opened = house.make()
    save(opened, "first")
    opened.close()
    return house


@pytest.fixture
def make_house(tmp_path: Path) -> Callable[[str], House]:
    """A place for a vault of that name."""
    return lambda name: House(tmp_path / name)


@pytest.fixture
def opened(house: House) -> Iterator[Vault]:
    vault = house.open()
    yield vault
    vault.close()


SET = "ab" * 32


@pytest.fixture
def full_house(house: House) -> House:
    """A vault with a note, an object, a bundle in quarantine, parts that wait, and things that do not belong."""
    opened = house.open()
    attach(opened)
    opened.close()
    inbox = house.folder / "inbox"
    (inbox / ("cd" * 32)).write_bytes(b"sealed bundle")
    (inbox / SET).mkdir()
    (inbox / SET / "0003").write_bytes(b"part 3")
    (house.folder / "outbox" / "0123456789abcdef").write_bytes(b"going")
    return house
