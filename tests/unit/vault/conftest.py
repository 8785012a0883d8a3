from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import House, save


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
