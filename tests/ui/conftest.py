"""A window like the person's own: real vaults with cheap keys, real lanes, and nothing executed at the lock."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.jobs import Lanes, open_lanes
from fieldapp.services import trust, vaults
from fieldapp.services.safety import escrow
from fieldapp.services.trust import Role
from fieldapp.ui.application import make_application
from fieldapp.ui.hop import Hop
from fieldapp.ui.opening.doors import Doors
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import is_there
from fieldapp.ui.session import Session
from fieldapp.ui.shell import Shell
from fieldapp.ui.surroundings import Surroundings
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
        shell.begin()  # as after its first paint
        shells.append(shell)
        return shell

    yield open_shell
    for shell in shells:
        if shell._kept is not None and is_there(shell._kept):
            shell._kept.deleteLater()  # a lock leaves it to the end of the process, and each one slows all that follow
    shells.clear()


@pytest.fixture(scope="session")
def fresh_vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault that nothing was written in yet, made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("fresh") / "vault"
    made = vaults.create(folder, PASSPHRASE, person="Zarina", device="old laptop", **CHEAP)  # type: ignore[arg-type]  # see above
    made.archive.close()
    return folder


@pytest.fixture
def vault(tmp_path: Path, fresh_vault: Path) -> Path:
    """An empty vault, closed."""
    return shutil.copytree(fresh_vault, tmp_path / "vault")


def make(folder: Path, person: str) -> vaults.Created:
    """A vault of somebody, with cheap keys."""
    return vaults.create(folder, PASSPHRASE, person=person, device=f"laptop of {person}", **CHEAP)  # type: ignore[arg-type]  # two kinds of values in one map


@pytest.fixture
def spoken(vault: Path, tmp_path: Path) -> list[str]:
    """The words of two coordinators who keep shares of the vault."""
    archive = vaults.unlock(vault, PASSPHRASE)
    keepers = [make(tmp_path / name, name).archive for name in ("Nodira", "Timur")]
    for keeper in keepers:
        trust.trust(archive, trust.own_card(keeper), role=Role.COORDINATOR)
        trust.trust(keeper, trust.own_card(archive))
    found = []
    made = escrow.choose(archive, escrow.candidates(archive))
    for holder in made.holders:
        keeper = next(each for each in keepers if trust.own_card(each).fingerprint == holder.fingerprint)
        path = tmp_path / f"{holder.name}.share"
        escrow.write(archive, holder.fingerprint, path)
        escrow.import_file(keeper, path)
        found.append(escrow.words(keeper, escrow.held(keeper)[0].owner))
    for each in (archive, *keepers):
        each.close()
    return found


def fill(field: PassphraseField, text: str) -> None:
    """Type it, with keys."""
    field.clear()
    for letter in text:
        event = QKeyEvent(QEvent.Type.KeyPress, ord(letter.upper()), Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(field.box, event)


def until(qtbot: QtBot, is_so: Callable[[], object]) -> None:
    """Let events happen until it is so."""
    qtbot.waitUntil(lambda: bool(is_so()), timeout=WAIT_MS)


def unlocked(qtbot: QtBot, shell: Shell, passphrase: str = PASSPHRASE) -> Workspace:
    """The vault of this lock screen is opened with the keyboard."""
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    screen.passphrase.box._add(passphrase)
    QTest.keyClick(screen.passphrase.box, Qt.Key.Key_Return)
    until(qtbot, lambda: isinstance(shell.screen_shown, Workspace))
    workspace = shell.screen_shown
    assert isinstance(workspace, Workspace)
    return workspace


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
