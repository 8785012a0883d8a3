"""Coming in without the passphrase: paper, coordinators who read aloud, a backup file; and a vault without paper."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldapp.errors import VaultInUseError, WrongPassphraseError
from fieldapp.media.preview import DecoderProcess
from fieldapp.services import documents, vaults, writers
from fieldapp.services.safety import backups, escrow
from fieldapp.services.safety.escrow import Help
from fieldapp.ui.opening.create import CreateScreen
from fieldapp.ui.opening.helpers import HelpersScreen
from fieldapp.ui.opening.recover import RecoverScreen
from fieldapp.ui.opening.restore import RestoreScreen
from fieldapp.ui.opening.restore_by import RestoreByScreen
from fieldapp.ui.opening.steps import NobodyYetStep
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.opening.welcome import WelcomeScreen
from fieldapp.ui.shell import Shell
from fieldapp.ui.workspace import Workspace
from tests.ui.conftest import PASSPHRASE, WAIT_MS, Exits, OpenShell, fill, make
from tests.ui.rooms import sheets, words_in

NEW = "brand new quiet words"


def choose_new(screen: RecoverScreen | HelpersScreen, passphrase: str = NEW) -> None:
    for field in (screen.passphrase.first, screen.passphrase.second):
        fill(field, passphrase)


def opens(folder: Path, passphrase: str) -> bool:
    try:
        vaults.unlock(folder, passphrase).close()
    except (VaultInUseError, WrongPassphraseError):
        return False
    return True


def helpers_screen(shell: Shell) -> HelpersScreen:
    locked = shell.screen_shown
    assert isinstance(locked, UnlockScreen)
    locked.helpers_button.click()
    assert isinstance(shell.screen_shown, HelpersScreen)
    return shell.screen_shown


def is_inside(shell: Shell) -> bool:
    return isinstance(shell.screen_shown, Workspace)


def test_two_coordinators_read_aloud_and_the_new_passphrase_opens_it(
    open_shell: OpenShell, vault: Path, spoken: list[str], qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    screen = helpers_screen(shell)
    for step, words in zip(screen.words, spoken, strict=True):
        assert not screen.next_button.isEnabled()
        fill(step.field, words)
        screen.next_button.click()
    choose_new(screen)
    screen.next_button.click()
    qtbot.waitUntil(lambda: is_inside(shell), timeout=WAIT_MS)

    workspace = shell.screen_shown
    assert isinstance(workspace, Workspace)
    told: list[escrow.Escrow] = []
    workspace.session.ask(workspace, escrow.state, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert told[0].spoken_ms is not None
    assert all(len(step.field) == 0 for step in screen.words)


def test_words_of_one_person_twice_open_nothing_and_stay_to_be_mended(
    open_shell: OpenShell, vault: Path, spoken: list[str], qtbot: QtBot
) -> None:
    screen = helpers_screen(open_shell(vault))
    for step in screen.words:
        fill(step.field, spoken[0])
        screen.next_button.click()
    choose_new(screen)

    with qtbot.waitSignal(screen.refused, timeout=WAIT_MS):
        screen.next_button.click()

    assert "same words twice" in screen.notice.words.text()
    assert screen.step is screen.words[0]
    assert screen.words[0].field.peek().strip() == spoken[0]
    assert (opens(vault, PASSPHRASE), opens(vault, NEW)) == (True, False)


def test_whoever_goes_back_leaves_no_words_behind(open_shell: OpenShell, vault: Path, spoken: list[str]) -> None:
    shell = open_shell(vault)
    screen = helpers_screen(shell)
    fill(screen.words[0].field, spoken[0])

    screen.back_button.click()

    assert isinstance(shell.screen_shown, UnlockScreen)
    assert len(screen.words[0].field) == 0


def test_where_several_write_it_asks_who_is_coming_in_and_asks_for_no_word_twice(
    open_shell: OpenShell, tmp_path: Path, qtbot: QtBot, exits: Exits
) -> None:
    folder = tmp_path / "shared"
    made = make(folder, "Zarina")
    writers.add(made.archive, "her own quiet words", person="Madina")
    made.archive.close()
    shell = open_shell(folder)
    locked = shell.screen_shown
    assert isinstance(locked, UnlockScreen)
    locked.forgotten_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, RecoverScreen)
    fill(screen.phrase, made.recovery_phrase or "")
    screen.next_button.click()
    choose_new(screen)
    with qtbot.waitSignal(screen.refused, timeout=WAIT_MS):
        screen.next_button.click()
    assert screen.who is not None and screen.step is screen.who

    screen.who.buttons["Madina"].click()
    screen.next_button.click()
    qtbot.waitUntil(lambda: is_inside(shell), timeout=WAIT_MS)

    shell.lock()
    qtbot.waitUntil(lambda: bool(exits) and opens(folder, PASSPHRASE), timeout=WAIT_MS)  # the process lives on here
    assert [opens(folder, each) for each in (PASSPHRASE, "her own quiet words", NEW)] == [True, False, True]


def test_a_passphrase_of_somebody_else_leads_back_to_its_field(
    open_shell: OpenShell, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "shared"
    made = make(folder, "Zarina")
    writers.add(made.archive, "her own quiet words", person="Madina")
    made.archive.close()
    shell = open_shell(folder)
    shell.screen_shown.forgotten_button.click()  # type: ignore[attr-defined]  # the lock screen
    screen = shell.screen_shown
    assert isinstance(screen, RecoverScreen)
    fill(screen.phrase, made.recovery_phrase or "")
    screen.next_button.click()
    choose_new(screen, "her own quiet words")
    with qtbot.waitSignal(screen.refused, timeout=WAIT_MS):
        screen.next_button.click()
    assert screen.who is not None
    screen.who.buttons["Zarina"].click()

    with qtbot.waitSignal(screen.refused, timeout=WAIT_MS):
        screen.next_button.click()

    assert screen.step is screen.passphrase
    assert "opens the vault already" in screen.notice.words.text()


def test_a_vault_without_paper_says_that_nobody_can_help_yet(open_shell: OpenShell, home: Path, qtbot: QtBot) -> None:
    shell = open_shell(None)
    shell.screen_shown.create_button.click()  # type: ignore[attr-defined]  # the welcome
    screen = shell.screen_shown
    assert isinstance(screen, CreateScreen)
    screen.place.parent_folder = home
    screen.next_button.click()
    screen.names.person.setText("Zarina")
    screen.names.device.setText("laptop")
    screen.next_button.click()
    screen.help.people.click()
    screen.next_button.click()
    for field in (screen.passphrase.first, screen.passphrase.second):
        fill(field, PASSPHRASE)
    screen.next_button.click()
    qtbot.waitUntil(lambda: isinstance(screen.step, NobodyYetStep), timeout=WAIT_MS)
    assert not screen.back_button.isVisible()

    screen.next_button.click()
    qtbot.waitUntil(lambda: is_inside(shell), timeout=WAIT_MS)

    workspace = shell.screen_shown
    assert isinstance(workspace, Workspace)
    told: list[escrow.Escrow] = []
    workspace.session.ask(workspace, escrow.state, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert told[0].help is Help.NOBODY


@pytest.fixture
def backup(vault: Path, tmp_path: Path) -> Path:
    """A backup of the vault, with a file in it; the vault itself is lost."""
    path = tmp_path / "6d01.tar"
    paper = tmp_path / "paper.txt"
    paper.write_bytes(b"a paper " * 500)
    archive = vaults.unlock(vault, PASSPHRASE)
    with DecoderProcess() as decoder:
        documents.attach(archive, [documents.stage(archive.vault.objects, paper, decoder)])
    backups.back_up(archive, path)
    archive.close()
    shutil.rmtree(vault)
    return path


def restore_screen(shell: Shell, backup: Path, home: Path, qtbot: QtBot) -> RestoreScreen:
    welcome = shell.screen_shown
    assert isinstance(welcome, WelcomeScreen)
    welcome.backup_chosen.emit(backup)
    screen = shell.screen_shown
    assert isinstance(screen, RestoreScreen)
    qtbot.waitUntil(lambda: screen.states.isVisible() or screen.notice.isVisible(), timeout=WAIT_MS)
    screen.place.parent_folder = home
    screen.name.device.setText("new laptop")
    return screen


def test_a_backup_becomes_a_vault_on_a_new_computer(
    open_shell: OpenShell, backup: Path, home: Path, qtbot: QtBot
) -> None:
    shell = open_shell(None)
    screen = restore_screen(shell, backup, home, qtbot)
    assert "on 1 day" in screen.states.text()
    fill(screen.passphrase, PASSPHRASE)

    screen.make_button.click()
    qtbot.waitUntil(lambda: is_inside(shell), timeout=WAIT_MS)

    assert (home / "Vault" / "records.db").is_file()
    assert sheets() == []


def restored_by(shell: Shell, spoken: list[str], backup: Path, home: Path, qtbot: QtBot) -> RestoreByScreen:
    """The words of both and the new passphrase are typed."""
    restore_screen(shell, backup, home, qtbot).helpers_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, RestoreByScreen)
    for step, words in zip(screen.words, spoken, strict=True):
        fill(step.field, words)
        screen.next_button.click()
    for field in (screen.passphrase.first, screen.passphrase.second):
        fill(field, NEW)
    return screen


def test_a_backup_opens_with_the_words_of_two_coordinators_and_gets_a_new_passphrase(
    open_shell: OpenShell, spoken: list[str], backup: Path, home: Path, qtbot: QtBot
) -> None:
    shell = open_shell(None)
    screen = restored_by(shell, spoken, backup, home, qtbot)

    screen.next_button.click()
    qtbot.waitUntil(lambda: is_inside(shell), timeout=WAIT_MS)

    workspace = shell.screen_shown
    assert isinstance(workspace, Workspace)
    told: list[bool] = []
    workspace.session.ask(workspace, lambda each: writers.is_passphrase_of(each, NEW, each.vault.writer), told.append)
    qtbot.waitUntil(lambda: told == [True], timeout=WAIT_MS)


def test_a_damaged_backup_goes_without_what_is_damaged_when_tried_again_with_words(
    open_shell: OpenShell, spoken: list[str], backup: Path, home: Path, qtbot: QtBot
) -> None:
    _damage_an_object(backup)
    shell = open_shell(None)
    screen = restored_by(shell, spoken, backup, home, qtbot)
    with qtbot.waitSignal(screen.refused, timeout=WAIT_MS):
        screen.next_button.click()
    assert "left out" in screen.notice.words.text()

    screen.next_button.click()
    qtbot.waitUntil(lambda: is_inside(shell) and bool(sheets()), timeout=WAIT_MS)

    assert "1 attached file was damaged" in words_in(sheets()[-1])
    sheets()[-1].accept()


def test_what_is_no_backup_is_told_before_anything_is_typed(
    open_shell: OpenShell, tmp_path: Path, home: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"a letter")

    screen = restore_screen(open_shell(None), path, home, qtbot)

    assert screen.notice.isVisible()
    assert not screen.states.isVisible()


def test_a_damaged_file_in_a_backup_can_be_left_out_and_is_counted(
    open_shell: OpenShell, backup: Path, home: Path, qtbot: QtBot
) -> None:
    _damage_an_object(backup)
    shell = open_shell(None)
    screen = restore_screen(shell, backup, home, qtbot)
    fill(screen.passphrase, PASSPHRASE)
    screen.make_button.click()
    qtbot.waitUntil(screen.salvage_button.isVisible, timeout=WAIT_MS)
    assert list(home.iterdir()) == []

    screen.salvage_button.click()
    fill(screen.passphrase, PASSPHRASE)
    screen.make_button.click()
    qtbot.waitUntil(lambda: is_inside(shell) and bool(sheets()), timeout=WAIT_MS)

    assert "1 attached file was damaged" in words_in(sheets()[-1])
    sheets()[-1].accept()


def test_a_backup_that_cannot_be_looked_at_offers_at_once_what_is_whole_in_it(
    open_shell: OpenShell, backup: Path, home: Path, qtbot: QtBot
) -> None:
    _damage_the_name_of_a_document(backup)
    shell = open_shell(None)

    screen = restore_screen(shell, backup, home, qtbot)
    assert screen.notice.isVisible()
    screen.salvage_button.click()
    assert not screen.salvage_button.isVisible()
    fill(screen.passphrase, PASSPHRASE)
    screen.make_button.click()

    qtbot.waitUntil(lambda: is_inside(shell), timeout=WAIT_MS)


def _damage_the_name_of_a_document(backup: Path) -> None:
    with tarfile.open(backup) as tar:
        place = next(member.offset for member in tar if member.name.endswith("formats/receipt.md"))
    _change_a_byte(backup, place + 1)


def _damage_an_object(backup: Path) -> None:
    with tarfile.open(backup) as tar:
        place = next(member.offset_data for member in tar if "/objects/" in f"/{member.name}" and member.isfile())
    _change_a_byte(backup, place + 100)


def _change_a_byte(backup: Path, place: int) -> None:
    with backup.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)
        file.seek(place)
        file.write(bytes([byte[0] ^ 1]))
