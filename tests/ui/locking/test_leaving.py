"""Going: the way back after a lock, the time it takes, and a window that is closed in the middle of something."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fieldapp.ui.locking.keys import LockKeys
from fieldapp.ui.opening.destroy import DestroyScreen
from fieldapp.ui.opening.doors import Doors
from fieldapp.ui.opening.restore import RestoreScreen
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.shell import Shell
from tests.ui.conftest import WAIT_MS, Exits, OpenShell, unlocked


@pytest.fixture(autouse=True)
def usual_turns() -> Iterator[None]:
    before_s = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before_s)


@pytest.mark.parametrize("name", ["backup", "-x"])
def test_a_vault_that_is_called_like_a_command_has_a_lock_screen_after_a_lock(
    open_shell: OpenShell, vault: Path, exits: Exits, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = vault.rename(vault.parent / name)
    monkeypatch.chdir(folder.parent)
    shell = open_shell(Path(name))
    assert isinstance(shell.screen_shown, UnlockScreen)
    shell.screen_shown.passphrase.box._add("half a pass")

    shell.panic()

    assert exits[0][-1] == str(folder)


def test_the_time_it_takes_to_hide_everything_counts(
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = open_shell(vault)
    unlocked(qtbot, shell)
    given: list[int] = []

    class Slow(QWidget):
        """What is on the screen, as on a slow machine."""

        def finish(self, _done: object, *, returns: bool) -> None:
            given.append(shell._at_latest.interval() if returns else -1)

    monkeypatch.setattr(shell, "_hide_everything", lambda: setattr(shell, "_left_s", shell._left_s - 0.2))
    workspace, shell._workspace = shell._workspace, Slow()

    shell.lock()

    assert 150 <= given[0] <= 200
    assert sys.getswitchinterval() < 0.001  # threads that read and seal give way
    shell._at_latest.stop()
    assert workspace is not None
    closed: list[bool] = []
    workspace.finish(lambda: closed.append(True))  # type: ignore[attr-defined]  # a Workspace
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT_MS)
    shell._kept = workspace


def test_a_window_in_which_a_vault_is_destroyed_does_not_close(open_shell: OpenShell, vault: Path) -> None:
    shell = open_shell(vault)
    shell.ways_in.show_destroy()
    screen = shell.screen_shown
    assert isinstance(screen, DestroyScreen)
    screen.is_busy = True

    shell.close()
    while_busy = shell.isVisible()
    screen.is_busy = False
    shell.close()

    assert while_busy
    assert not shell.isVisible()


class Work:
    """A job that ends when it is let."""

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


def test_a_vault_that_is_being_made_is_stopped_before_its_window_closes(
    open_shell: OpenShell, vault: Path, qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    locked = shell.screen_shown
    assert isinstance(locked, UnlockScreen)
    locked.copy_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, RestoreScreen)
    work = Work()
    screen._job = work  # type: ignore[assignment]  # it stops as a job does

    shell.close()
    while_stopping = shell.isVisible()
    screen._on_stopped()
    qtbot.waitUntil(lambda: not shell.isVisible(), timeout=WAIT_MS)

    assert work.cancelled
    assert while_stopping


def test_a_window_is_seen_before_it_hears_and_before_the_code_of_an_open_vault_is_read(
    open_shell: OpenShell, vault: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_shell(vault)
    began: list[str] = []
    monkeypatch.setattr(Doors, "warm", lambda _doors, _progress: began.append("reads"))
    monkeypatch.setattr(LockKeys, "come_first", lambda _keys: began.append("hears"))
    shell = Shell(first._lanes, first._around, vault)
    qtbot.addWidget(shell)
    before = list(began)
    with qtbot.waitExposed(shell):
        shell.show()

    qtbot.waitUntil(lambda: len(began) == 2, timeout=WAIT_MS)

    assert before == []
    assert began == ["hears", "reads"]
