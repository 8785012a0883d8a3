"""The end of a vault, from inside and from the lock screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.errors import HeaderBytesLeftError, PlaceUnwritableError
from fieldapp.services import trust
from fieldapp.services.safety import destroying
from fieldapp.ui.opening.destroy import DestroyingScreen, DestroyScreen, destroying_word
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.opening.welcome import WelcomeScreen
from fieldapp.ui.safety.destroy import DestroySheet
from fieldapp.ui.shell import Shell
from fieldapp.values import Progress
from fieldapp.vault.place import Place
from tests.ui.conftest import Exits, OpenShell, unlocked, until
from tests.ui.rooms import Held, Rooms, words_in


def destroy_screen(shell: Shell) -> DestroyScreen:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    screen.destroy_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, DestroyScreen)
    return screen


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
    def refuse(_folder: Path, _progress: object, *, place: object) -> None:
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
    def refuse(_folder: Path, _progress: object, *, place: object) -> None:
        raise PlaceUnwritableError

    monkeypatch.setattr(destroying, "destroy", refuse)
    shell = open_shell(vault)
    unlocked(qtbot, shell).destroy_asked.emit()
    until(qtbot, lambda: isinstance(shell.screen_shown, DestroyingScreen) and not shell.screen_shown.notice.isHidden())
    screen = shell.screen_shown
    assert isinstance(screen, DestroyingScreen)

    screen.lock_button.click()

    assert str(vault) in exits[0]


def cut_short(folder: Path) -> None:
    """A destruction that is stopped when the first files are gone."""

    def stop(done_bytes: int, total_bytes: int) -> None:
        if 0 < done_bytes < total_bytes:
            raise KeyboardInterrupt

    (folder / "inbox" / ("ab" * 32)).write_bytes(b"a bundle that waits")
    with pytest.raises(KeyboardInterrupt):
        destroying.destroy(folder, stop)
    assert any(path.is_file() for path in folder.rglob("*"))


def test_what_a_destruction_that_was_cut_off_left_is_told_and_removed_with_one_button(
    qtbot: QtBot, open_shell: OpenShell, vault: Path
) -> None:
    cut_short(vault)
    shell = open_shell(vault)
    screen = shell.screen_shown
    assert isinstance(screen, DestroyScreen)
    assert "A vault was being destroyed here" in words_in(screen)
    assert not screen.findChildren(QLineEdit)

    screen.destroy_button.click()
    until(qtbot, lambda: isinstance(shell.screen_shown, WelcomeScreen))
    assert not vault.exists()


def test_what_is_left_can_wait(open_shell: OpenShell, vault: Path) -> None:
    cut_short(vault)
    shell = open_shell(vault)
    screen = shell.screen_shown
    assert isinstance(screen, DestroyScreen)

    screen.back_button.click()

    assert isinstance(shell.screen_shown, WelcomeScreen)
    assert vault.exists()


def test_headers_that_could_not_be_overwritten_are_told(
    qtbot: QtBot, open_shell: OpenShell, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = destroying.destroy

    def destroy(folder: Path, progress: Progress, *, place: Place | None) -> None:
        real(folder, progress, place=place)
        raise HeaderBytesLeftError(2)

    monkeypatch.setattr(destroying, "destroy", destroy)
    shell = open_shell(vault)
    screen = destroy_screen(shell)
    QTest.keyClicks(screen.word.line, destroying_word())
    screen.destroy_button.click()
    until(qtbot, lambda: isinstance(shell.screen_shown, WelcomeScreen))
    assert "could not be overwritten" in words_in(shell.screen_shown)


def test_a_vault_that_was_pulled_out_is_not_destroyed_in_the_place_of_another(
    qtbot: QtBot, open_shell: OpenShell, exits: Exits, vault: Path
) -> None:
    shell = open_shell(vault)
    unlocked(qtbot, shell)
    vault.rename(vault.with_name("pulled out"))
    vault.mkdir()
    for name in ("header.a", "records.db"):
        (vault / name).write_bytes(b"another vault")

    shell.destroy_vault()
    until(qtbot, lambda: isinstance(shell.screen_shown, DestroyingScreen) and not shell.screen_shown.notice.isHidden())

    assert sorted(path.name for path in vault.iterdir()) == ["header.a", "records.db"]
    assert "not at its place any more" in words_in(shell.screen_shown)
    assert exits == []


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
