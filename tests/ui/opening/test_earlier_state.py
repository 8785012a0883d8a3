"""A backup whose newest state is damaged: the window gives an earlier one, and says so before and after."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldapp.services import records, vaults
from fieldapp.services.safety import backups
from fieldapp.ui.opening.restore import RestoreScreen
from fieldapp.ui.opening.welcome import WelcomeScreen
from fieldapp.ui.shell import Shell
from fieldapp.ui.workspace import Workspace
from tests.ui.conftest import PASSPHRASE, WAIT_MS, OpenShell, fill
from tests.ui.rooms import sheets, words_in


@pytest.fixture
def backup(vault: Path, tmp_path: Path) -> Path:
    """A backup of three states."""
    path = tmp_path / "6d01.tar"
    archive = vaults.unlock(vault, PASSPHRASE)
    for name in ("Amina", "Bek", "Chinara"):
        records.save(archive, "person", {"name": name})
        backups.back_up(archive, path)
    archive.close()
    return path


def flip(backup: Path, name: str, *, in_content: bool) -> None:
    """One bit of a member, or of the block before it."""
    with tarfile.open(backup) as tar:
        member = tar.getmember(name)
    place = member.offset_data + member.size // 2 if in_content else member.offset + 1
    with backup.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)
        file.seek(place)
        file.write(bytes([byte[0] ^ 1]))


def restore_screen(shell: Shell, backup: Path, home: Path, qtbot: QtBot) -> RestoreScreen:
    welcome = shell.screen_shown
    assert isinstance(welcome, WelcomeScreen)
    welcome.backup_chosen.emit(backup)
    screen = shell.screen_shown
    assert isinstance(screen, RestoreScreen)
    qtbot.waitUntil(lambda: screen.states.isVisible() or screen.notice.isVisible(), timeout=WAIT_MS)
    screen.place.parent_folder = home
    screen.name.device.setText("new laptop")
    fill(screen.passphrase, PASSPHRASE)
    return screen


def test_an_earlier_state_is_told_before_the_passphrase_and_with_the_vault(
    open_shell: OpenShell, backup: Path, home: Path, qtbot: QtBot
) -> None:
    flip(backup, "g0003/records.db", in_content=True)
    shell = open_shell(None)

    screen = restore_screen(shell, backup, home, qtbot)
    assert "An earlier one is taken, number 2" in screen.states.text()
    assert not screen.salvage_button.isVisible()
    screen.make_button.click()
    qtbot.waitUntil(lambda: isinstance(shell.screen_shown, Workspace) and bool(sheets()), timeout=WAIT_MS)

    said = words_in(sheets()[-1])
    assert "as it was at an earlier backup, on " in said and "what was written since is not in it" in said
    sheets()[-1].accept()


def test_where_newer_states_may_stand_behind_the_damage_the_button_looks_for_them(
    open_shell: OpenShell, backup: Path, home: Path, qtbot: QtBot
) -> None:
    flip(backup, "g0002/id", in_content=False)
    shell = open_shell(None)

    screen = restore_screen(shell, backup, home, qtbot)
    assert "number 1" in screen.states.text() and screen.salvage_button.isVisible()
    assert "Newer ones may stand behind what is damaged" in screen.states.text()
    screen.salvage_button.click()
    fill(screen.passphrase, PASSPHRASE)
    screen.make_button.click()
    qtbot.waitUntil(lambda: isinstance(shell.screen_shown, Workspace), timeout=WAIT_MS)

    assert sheets() == []  # the third is the newest, and whole


def test_where_no_database_is_whole_no_button_promises_anything(
    open_shell: OpenShell, backup: Path, home: Path, qtbot: QtBot
) -> None:
    for state in (1, 2, 3):
        flip(backup, f"g000{state}/records.db", in_content=True)

    screen = restore_screen(open_shell(None), backup, home, qtbot)

    assert "Nothing can be restored" in screen.notice.words.text()
    assert not screen.salvage_button.isVisible()
