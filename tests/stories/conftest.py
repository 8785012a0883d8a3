"""Stories go through the real window; what they need is what the tests of the window need."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.jobs import open_lanes
from fieldapp.services import vaults
from fieldapp.ui.application import make_application
from fieldapp.ui.hop import Hop
from fieldapp.ui.opening.doors import Doors
from fieldapp.ui.shell import Shell
from fieldapp.ui.surroundings import Surroundings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The platform without a screen says which of its tasks it does not do."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture(autouse=True)
def garbage_goes_in_this_thread() -> Iterator[None]:
    """As `ui.collecting` has it: nothing of Qt's is destroyed in a lane."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application as `run` makes it."""
    return make_application()


@pytest.fixture
def first_run(qtbot: QtBot, tmp_path: Path) -> Iterator[Shell]:
    """The window as somebody sees it who starts the program for the first time."""
    home = tmp_path / "home"
    home.mkdir()
    hop = Hop()
    lanes = open_lanes(hop)
    cheap = partial(vaults.create, parameters=KdfParameters(64, 1, 1), floor_kib=8)
    shell = Shell(lanes, Surroundings(doors=Doors(make=cheap), replace_process=lambda _: None, home=home), None)
    qtbot.addWidget(shell)
    with qtbot.waitExposed(shell):
        shell.show()
    yield shell
    hop.stop()
    assert lanes.close(20)
