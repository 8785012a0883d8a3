"""A window like the person's own: real vaults with cheap keys, real lanes, and nothing executed at the lock."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.jobs import Lanes, open_lanes
from fieldapp.services import vaults
from fieldapp.ui.application import make_application
from fieldapp.ui.hop import Hop
from fieldapp.ui.opening.doors import Doors
from fieldapp.ui.session import Session, is_there
from fieldapp.ui.shell import Shell, Surroundings
from fieldapp.ui.workspace import Workspace


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The platform without a screen says which of its tasks it does not do."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))
    # to change the look is slow while windows of other tests are about: those tests come first
    items.sort(key=lambda item: item.path.name != "test_theme.py")


PASSPHRASE = "four quiet words here"
CHEAP = {"parameters": KdfParameters(64, 1, 1), "floor_kib": 8}
WAIT_MS = 20_000


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
def hop(qapp: QApplication) -> Iterator[Hop]:
    hop = Hop()
    yield hop
    hop.stop()


@pytest.fixture
def lanes(hop: Hop) -> Iterator[Lanes]:
    lanes = open_lanes(hop)
    yield lanes
    assert lanes.close(20)


class Exits(list[Sequence[str]]):
    """What the window wanted to become."""

    def __call__(self, arguments: Sequence[str]) -> None:
        self.append(arguments)


@pytest.fixture
def exits() -> Exits:
    return Exits()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


OpenShell = Callable[[Path | None], Shell]


@pytest.fixture
def open_shell(qtbot: QtBot, lanes: Lanes, exits: Exits, home: Path) -> Iterator[OpenShell]:
    """The window, as it is at its start."""
    shells = []  # Qt's parent is no owner in Python's eyes
    doors = Doors(make=partial(vaults.create, **CHEAP))  # type: ignore[arg-type]  # two kinds of values in one map

    def open_shell(folder: Path | None) -> Shell:
        shell = Shell(lanes, Surroundings(doors=doors, replace_process=exits, home=home), folder)
        qtbot.addWidget(shell)
        with qtbot.waitExposed(shell):
            shell.show()
        shells.append(shell)
        return shell

    yield open_shell
    for shell in shells:
        if shell._kept is not None and is_there(shell._kept):
            shell._kept.deleteLater()  # a lock leaves it to the end of the process, and each one slows all that follow
    shells.clear()


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """An empty vault, closed."""
    folder = tmp_path / "vault"
    made = vaults.create(folder, PASSPHRASE, person="Zarina", device="old laptop", **CHEAP)  # type: ignore[arg-type]  # see above
    made.archive.close()
    return folder


OpenWorkspace = Callable[[], Workspace]


@pytest.fixture
def workspace(qtbot: QtBot, lanes: Lanes, vault: Path) -> Iterator[Workspace]:
    """The screen of the open vault, without the window around it."""
    opened: list[Session] = []

    def done(archive: object) -> None:
        opened.append(Session(lanes, archive))  # type: ignore[arg-type]  # an Archive

    from fieldapp.jobs import Ends

    lanes.vault.start(lambda _: vaults.unlock(vault, PASSPHRASE), Ends(done))
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT_MS)
    workspace = Workspace(opened[0], lock_after_s=300)
    qtbot.addWidget(workspace)
    workspace.resize(1366, 768)
    with qtbot.waitExposed(workspace):
        workspace.show()
    workspace.begin()
    workspace.show_place("testimony")
    qtbot.waitUntil(lambda: workspace.records.list.model.total is not None, timeout=WAIT_MS)
    yield workspace
    closed: list[bool] = []
    workspace.finish(lambda: closed.append(True))
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT_MS)
