"""The end of a vault, from inside and from the lock screen; and a damaged one that lives on in a copy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.errors import PlaceUnwritableError
from fieldapp.services import trust
from fieldapp.services.safety import destroying, rescue
from fieldapp.ui.opening.destroy import DestroyingScreen, DestroyScreen, destroying_word
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.opening.welcome import WelcomeScreen
from fieldapp.ui.safety.destroy import DestroySheet
from fieldapp.ui.safety.repair import RepairScreen
from fieldapp.ui.shell import Shell
from fieldapp.ui.starting_again import begin_with
from fieldapp.ui.workspace import Workspace
from tests.ui.conftest import PASSPHRASE, WAIT_MS, Exits, OpenShell
from tests.ui.rooms import Held, Rooms, words_in


@pytest.fixture(autouse=True)
def nothing_to_begin_with() -> Iterator[None]:
    yield
    os.environ.pop("FIELDAPP_FIRST", None)


def until(qtbot: QtBot, is_so: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(is_so()), timeout=WAIT_MS)


def unlocked(qtbot: QtBot, shell: Shell) -> Workspace:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    screen.passphrase.box._add(PASSPHRASE)
    QTest.keyClick(screen.passphrase.box, Qt.Key.Key_Return)
    until(qtbot, lambda: isinstance(shell.screen_shown, Workspace))
    workspace = shell.screen_shown
    assert isinstance(workspace, Workspace)
    return workspace


def destroy_screen(shell: Shell) -> DestroyScreen:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    screen.destroy_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, DestroyScreen)
    return screen


def repair_screen(shell: Shell) -> RepairScreen:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    screen.repair_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, RepairScreen)
    return screen


def damage(vault: Path) -> bytes:
    """A page of the database that holds something is damaged; gives what the file holds then."""
    content = bytearray((vault / "records.db").read_bytes())
    content[3 * 4096 + 100] ^= 1
    (vault / "records.db").write_bytes(content)
    return bytes(content)


def answer(screen: RepairScreen, passphrase: str = PASSPHRASE) -> None:
    screen.passphrase.box._add(passphrase)
    screen.name.device.setText("new laptop")
    screen.place.name.setText("Repaired")


# Destroying


def test_a_locked_vault_is_destroyed_with_the_keyboard_and_the_welcome_says_so(
    qtbot: QtBot, open_shell: OpenShell, vault: Path
) -> None:
    shell = open_shell(vault)
    screen = destroy_screen(shell)
    assert "cannot know what you handed over" in words_in(screen)
    assert "Backups" in words_in(screen)
    assert not screen.destroy_button.isEnabled()

    QTest.keyClicks(screen.word.line, destroying_word().upper())
    QTest.keyClick(screen.word.line, Qt.Key.Key_Return)
    until(qtbot, lambda: isinstance(shell.screen_shown, WelcomeScreen))

    assert not vault.exists()
    welcome = shell.screen_shown
    assert isinstance(welcome, WelcomeScreen)
    assert welcome.notice.words.text() == "The vault is destroyed."


def test_another_word_destroys_nothing_and_there_is_a_way_back(open_shell: OpenShell, vault: Path) -> None:
    shell = open_shell(vault)
    screen = destroy_screen(shell)
    before = sorted(vault.rglob("*"))

    QTest.keyClicks(screen.word.line, "yes")
    QTest.keyClick(screen.word.line, Qt.Key.Key_Return)
    assert not screen.destroy_button.isEnabled()
    screen.back_button.click()

    assert isinstance(shell.screen_shown, UnlockScreen)
    assert sorted(vault.rglob("*")) == before


def test_what_will_not_go_is_said_and_can_be_tried_again(
    qtbot: QtBot, open_shell: OpenShell, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path, _progress: object) -> None:
        raise PlaceUnwritableError

    shell = open_shell(vault)
    screen = destroy_screen(shell)
    QTest.keyClicks(screen.word.line, destroying_word())
    with monkeypatch.context() as patch:
        patch.setattr(destroying, "destroy", refuse)
        screen.destroy_button.click()
        until(qtbot, lambda: not screen.notice.isHidden())
    screen.destroy_button.click()
    until(qtbot, lambda: not vault.exists())
    until(qtbot, lambda: isinstance(shell.screen_shown, WelcomeScreen))


def test_a_panic_does_not_cut_the_destroying_short(
    qtbot: QtBot, open_shell: OpenShell, exits: Exits, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(destroying.destroy)
    monkeypatch.setattr(destroying, "destroy", held)
    shell = open_shell(vault)
    screen = destroy_screen(shell)
    QTest.keyClicks(screen.word.line, destroying_word())
    screen.destroy_button.click()
    until(qtbot, held.reached.is_set)

    QTest.keyClick(shell, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
    shell.panic()
    assert exits == []
    held.let_go.set()

    until(qtbot, lambda: not vault.exists())
    until(qtbot, lambda: isinstance(shell.screen_shown, WelcomeScreen))


def test_an_open_vault_says_what_would_be_lost_and_is_gone_before_the_program_begins_anew(
    qtbot: QtBot, open_shell: OpenShell, exits: Exits, vault: Path
) -> None:
    (vault / "notes.txt").write_text("mine")
    shell = open_shell(vault)
    workspace = unlocked(qtbot, shell)
    workspace.show_place("safety")
    sheet = workspace.safety.destroying.ask()
    assert not sheet.destroy_button.isEnabled()
    QTest.keyClicks(sheet.word.line, destroying_word())
    if sheet.lost.words.text() == "…":
        with qtbot.waitSignal(sheet.loaded):
            pass
    assert "There is no backup yet." in sheet.lost.words.text()
    assert "1 file in the folder is not the vault's" in sheet.lost.words.text()

    sheet.destroy_button.click()
    until(qtbot, lambda: exits)

    assert [path.name for path in vault.iterdir()] == ["notes.txt"]
    assert str(vault) not in exits[0]


def test_a_lock_while_it_is_destroyed_does_not_end_it(
    qtbot: QtBot, open_shell: OpenShell, exits: Exits, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(destroying.destroy)
    monkeypatch.setattr(destroying, "destroy", held)
    shell = open_shell(vault)
    unlocked(qtbot, shell).destroy_asked.emit()
    until(qtbot, held.reached.is_set)

    shell.lock()
    shell.panic()
    assert exits == []
    held.let_go.set()

    until(qtbot, lambda: exits)
    assert not vault.exists()


def test_where_it_would_not_go_the_lock_screen_comes_back(
    qtbot: QtBot, open_shell: OpenShell, exits: Exits, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path, _progress: object) -> None:
        raise PlaceUnwritableError

    monkeypatch.setattr(destroying, "destroy", refuse)
    shell = open_shell(vault)
    unlocked(qtbot, shell).destroy_asked.emit()
    until(qtbot, lambda: isinstance(shell.screen_shown, DestroyingScreen) and not shell.screen_shown.notice.isHidden())
    screen = shell.screen_shown
    assert isinstance(screen, DestroyingScreen)

    screen.lock_button.click()

    assert str(vault) in exits[0]


def test_the_sheet_tells_what_was_never_handed_over(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    rooms.testimony(zarina)
    rooms.bundle(zarina)
    rooms.testimony(zarina, "Another")
    room = QWidget()
    rooms.show(room)

    sheet = DestroySheet(zarina, room)
    with rooms.qtbot.waitSignal(sheet.loaded):
        sheet.open()

    told = sheet.lost.words.text()
    assert told.startswith("There are 2 records here. 1 of them has something that was never handed over. 1 was")
    assert not sheet.destroy_button.isEnabled()
    assert rooms.do(zarina, trust.peers)


def test_the_confirmation_is_no_field_for_secrets_and_names_itself(rooms: Rooms) -> None:
    sheet = DestroySheet(rooms.new("Zarina"), None)
    rooms.show(sheet)

    assert [line.accessibleName() for line in sheet.findChildren(QLineEdit)] == ["To go on, type the word: destroy"]
    assert all(button.text() for button in sheet.findChildren(QPushButton))


# Repairing


def test_a_damaged_vault_lives_on_in_a_copy_and_stays_as_it_is(
    qtbot: QtBot, open_shell: OpenShell, vault: Path
) -> None:
    before = damage(vault)
    shell = open_shell(vault)
    screen = repair_screen(shell)
    assert not screen.repair_button.isEnabled()
    answer(screen)

    with qtbot.waitSignal(screen.ended, timeout=WAIT_MS):
        QTest.keyClick(screen.passphrase.box, Qt.Key.Key_Return)
    QApplication.sendPostedEvents()  # what was put there just now comes to be seen
    told = words_in(screen)
    assert "The new vault is made" in told
    assert "Damaged places in the database: 1." in told
    assert "`damaged`" in told
    assert "until then it also keeps what you erase later" in told
    assert (vault / "records.db").read_bytes() == before

    screen.repair_button.click()
    locked = shell.screen_shown
    assert isinstance(locked, UnlockScreen)
    workspace = unlocked(qtbot, shell)
    assert workspace.session.folder.name == "Repaired"
    closed: list[bool] = []
    workspace.finish(lambda: closed.append(True))
    until(qtbot, lambda: closed)


def test_a_wrong_passphrase_makes_nothing_and_can_be_typed_again(
    qtbot: QtBot, open_shell: OpenShell, vault: Path
) -> None:
    screen = repair_screen(open_shell(vault))
    answer(screen, "not the right words")
    with qtbot.waitSignal(screen.ended, timeout=WAIT_MS):
        screen.repair_button.click()

    assert not screen.notice.isHidden()
    assert not screen.place.folder.exists()
    screen.passphrase.box._add(PASSPHRASE)
    assert screen.repair_button.isEnabled()


def test_a_repair_that_is_stopped_leaves_nothing(
    qtbot: QtBot, open_shell: OpenShell, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = rescue.repair
    held = Held(
        lambda folder, new, passphrase, device, progress: really(
            folder, new, passphrase, device=device, progress=progress
        )
    )
    monkeypatch.setattr(
        rescue,
        "repair",
        lambda folder, new, passphrase, *, device, progress: held(folder, new, passphrase, device, progress),
    )
    screen = repair_screen(open_shell(vault))
    answer(screen)
    screen.repair_button.click()
    until(qtbot, held.reached.is_set)

    with qtbot.waitSignal(screen.ended, timeout=WAIT_MS):
        screen.back_button.click()
        held.let_go.set()

    assert "Stopped" in screen.notice.words.text()
    assert not screen.place.folder.exists()


def test_from_inside_a_repair_begins_on_the_lock_screen_of_the_same_vault(
    qtbot: QtBot, open_shell: OpenShell, exits: Exits, vault: Path
) -> None:
    shell = open_shell(vault)
    workspace = unlocked(qtbot, shell)

    workspace.safety.repair_asked.emit()
    until(qtbot, lambda: exits)
    assert str(vault) in exits[0]

    again = open_shell(vault)
    assert isinstance(again.screen_shown, RepairScreen)
    assert isinstance(open_shell(vault).screen_shown, UnlockScreen)


def test_only_what_the_window_knows_is_begun_with(open_shell: OpenShell, vault: Path) -> None:
    begin_with("something else")

    assert isinstance(open_shell(vault).screen_shown, UnlockScreen)
