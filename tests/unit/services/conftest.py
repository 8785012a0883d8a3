"""People for the scenes; their vaults are closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.services.people import Someone, someone


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Callable[[str], Someone]]:
    """Makes a person with a vault."""
    made: list[Someone] = []

    def make(name: str) -> Someone:
        made.append(someone(tmp_path, name))
        return made[-1]

    yield make
    for each in made:
        each.archive.close()


@pytest.fixture
def ainura(person: Callable[[str], Someone]) -> Someone:
    return person("Ainura")


@pytest.fixture
def bek(person: Callable[[str], Someone]) -> Someone:
    return person("Bek")


@pytest.fixture
def chinara(person: Callable[[str], Someone]) -> Someone:
    return person("Chinara")
