"""A vault with something in it, to be damaged: made once for a module, and copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.services.safety.wrecks import Wreck, wreck_of


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Wreck:
    return wreck_of(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def wreck(whole: Wreck, tmp_path: Path) -> Wreck:
    return whole.copy(tmp_path / "vault")
