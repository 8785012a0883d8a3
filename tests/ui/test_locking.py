"""The lock: what is typed is finished first, then the process that knew the keys gives way to the lock screen."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.media.preview import DecoderProcess
from fieldapp.services import demonstration, records, vaults, views
from fieldapp.services.archive import Archive, system_clock
from fieldapp.ui.form.words import LineEditor
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.plain import Sheet
from fieldapp.ui.shell import Shell
from fieldapp.ui.short_copy import ShortCopy
from fieldapp.ui.workspace import Workspace
from fieldapp.values import Progress

PASSPHRASE = "four quiet words here"
WAIT_MS = 20_000
OpenShell = Callable[[Path | None], Shell]
Exits = list[list[str]]


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine keeps what is typed later than a person would wait for the lock."""
    monkeypatch.setattr("fieldapp.ui.shell._LOCK_AT_LATEST_MS", WAIT_MS)


def unlocked(shell: Shell, qtbot: QtBot) -> Workspace:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    screen.passphrase.box._add(PASSPHRASE)
    screen.unlock_button.click()
    qtbot.waitUntil(lambda: isinstance(shell.screen_shown, Workspace), timeout=WAIT_MS)
    workspace = shell.screen_shown
    assert isinstance(workspace, Workspace)
    return workspace


def type_a_title(workspace: Workspace, text: str) -> None:
    workspace.top.testimony_button.click()
    page = workspace.records.detail.page
    assert page is not None
    editor = page.form.cells["title"].editor
    assert isinstance(editor, LineEditor)
    editor.line.setText(text)
    editor.line.textEdited.emit(text)


def titles(folder: Path) -> list[str]:
    archive = vaults.unlock(folder, PASSPHRASE, clock=system_clock)
    try:
        return [row.title for row in views.rows(archive)]
    finally:
        archive.close()


@pytest.mark.usefixtures("unhurried")
def test_locking_finishes_what_is_typed_and_then_becomes_the_lock_screen(
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot)
    type_a_title(workspace, "Typed a moment ago")

    QApplication.sendEvent(
        workspace, QKeyEvent(QEvent.Type.KeyPress, ord("Д"), Qt.KeyboardModifier.ControlModifier, "д")
    )
    hidden = not workspace.isVisible()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)

    assert hidden
    ((program, *_options, folder),) = exits
    assert (program, folder) == (sys.executable, str(vault))
    assert titles(vault) == ["Typed a moment ago"]


def test_locking_twice_ends_once(open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot) -> None:
    shell = open_shell(vault)
    unlocked(shell, qtbot)

    shell.lock()
    shell.lock()
    shell._on_finished()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)
    shell._on_finished()

    assert len(exits) == 1


def test_a_lock_takes_back_what_was_copied(open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot) -> None:
    shell = open_shell(vault)
    unlocked(shell, qtbot)
    ShortCopy("names of people who must be told")

    shell.lock()

    assert QGuiApplication.clipboard().text() == ""
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)


def test_a_vault_lane_that_hangs_does_not_keep_the_window_open(
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot)
    hold = threading.Event()
    workspace.session.ask(workspace, lambda _archive: hold.wait(20))

    shell.lock()
    before = list(exits)
    shell._on_finished()  # what the clock does after less than half a second

    assert before == []
    assert len(exits) == 1
    hold.set()


def test_sheets_over_the_window_are_hidden_at_once(
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot)
    workspace._on_help()
    sheet = QApplication.activeModalWidget()
    assert sheet is not None

    shell.lock()

    assert not sheet.isVisible()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)


def test_closing_the_window_finishes_what_is_typed(
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    type_a_title(unlocked(shell, qtbot), "Before closing")

    shell.close()
    qtbot.waitUntil(lambda: not shell.isVisible(), timeout=WAIT_MS)

    assert exits == []
    assert titles(vault) == ["Before closing"]


def test_a_practice_vault_is_known_again_by_its_passphrase(open_shell: OpenShell, tmp_path: Path, qtbot: QtBot) -> None:
    from fieldapp.crypto.keyslots import KdfParameters

    folder = tmp_path / "practice"
    vaults.create(
        folder,
        demonstration.PRACTICE_PASSPHRASE,
        person="A",
        device="B",
        parameters=KdfParameters(64, 1, 1),
        floor_kib=8,
    ).archive.close()
    shell = open_shell(folder)
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)

    screen.passphrase.box._add(demonstration.PRACTICE_PASSPHRASE)
    screen.unlock_button.click()

    qtbot.waitUntil(lambda: isinstance(shell.screen_shown, Workspace), timeout=WAIT_MS)
    assert isinstance(shell.screen_shown, Workspace)
    assert shell.screen_shown.session.practice


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("what", ["forget_copies", "Page", "Alone"])
def test_whatever_fails_while_hiding_the_lock_comes(  # noqa: PLR0917 - each is a fixture
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot)
    type_a_title(workspace, "Typed a moment ago")

    def fail(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(f"fieldapp.ui.shell.{what}", fail)
        with pytest.raises(ZeroDivisionError):
            shell.lock()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)

    assert titles(vault) == ["Typed a moment ago"]


def test_whatever_fails_while_finishing_the_lock_comes_in_time(
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot)

    def fail(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    finish = workspace.finish
    monkeypatch.setattr(workspace, "finish", fail)
    with pytest.raises(ZeroDivisionError):
        shell.lock()
    qtbot.waitUntil(lambda: bool(exits), timeout=2000)

    assert not workspace.isVisible()
    closed: list[bool] = []
    finish(lambda: closed.append(True))
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT_MS)


def test_a_sheet_that_an_answer_opens_while_it_locks_never_comes_to_the_screen(
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot)
    go_on = threading.Event()
    on_screen: list[bool] = []
    sheets: list[Sheet] = []

    def answer(_waited: bool) -> None:
        sheet = Sheet("words of a record", workspace)
        sheets.append(sheet)
        sheet.open()
        on_screen.append(sheet.windowHandle() is not None and sheet.windowHandle().isVisible())

    workspace.session.ask(workspace, lambda _archive: go_on.wait(WAIT_MS), answer)
    shell.lock()
    go_on.set()
    qtbot.waitUntil(lambda: bool(sheets) and bool(exits), timeout=WAIT_MS)

    qtbot.waitUntil(lambda: not sheets[0].isVisible(), timeout=WAIT_MS)
    assert on_screen == [False]


def test_the_idle_lock_is_a_lock(open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot)

    workspace.idle.ran_out.emit()

    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)


def busy_with_a_file(workspace: Workspace, qtbot: QtBot) -> None:
    """Work with a file that goes on until it is cancelled, and then has something left to write down."""
    begun = threading.Event()

    def work(_archive: Archive, _decoder: DecoderProcess, progress: Progress) -> None:
        begun.set()
        while not threading.Event().wait(0.01):
            progress(0, 1)

    def cancelled() -> None:
        workspace.session.write(
            workspace,
            lambda archive: records.save(archive, "testimony", {"title": "Taken back"}),
            lambda _changed: None,
        )

    workspace.session.on_files(workspace, work, cancelled=cancelled)
    qtbot.waitUntil(begun.is_set, timeout=WAIT_MS)


@pytest.mark.usefixtures("unhurried")
def test_locking_cancels_work_with_files_and_waits_for_what_follows(
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    busy_with_a_file(unlocked(shell, qtbot), qtbot)

    shell.lock()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)

    assert titles(vault) == ["Taken back"]


def test_nobody_touching_anything_does_not_cut_off_work_with_files(
    open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot)
    busy_with_a_file(workspace, qtbot)

    workspace.idle.ran_out.emit()
    kept_on = not exits and shell.screen_shown is workspace
    shell.lock()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)

    assert kept_on


def test_the_language_waits_for_work_with_files(open_shell: OpenShell, vault: Path, exits: Exits, qtbot: QtBot) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot)
    busy_with_a_file(workspace, qtbot)

    workspace.settings.language_chosen.emit("ru")

    assert shell.screen_shown is workspace
    shell.lock()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)
