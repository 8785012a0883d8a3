"""Before the vault is open: welcome, the lock screen, wrong passphrases, the recovery phrase, making a vault."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.i18n import language, use_language
from fieldapp.services import vaults
from fieldapp.ui.opening.create import CreateScreen
from fieldapp.ui.opening.doors import Doors, NewVault
from fieldapp.ui.opening.recover import RecoverScreen
from fieldapp.ui.opening.restore import RestoreScreen
from fieldapp.ui.opening.steps import AskBackStep, PhraseStep
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.opening.welcome import WelcomeScreen
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.shell import Shell
from fieldapp.ui.workspace import Workspace

PASSPHRASE = "four quiet words here"
WAIT_MS = 20_000
OpenShell = Callable[[Path | None], Shell]


def type_secret(field: PassphraseField, text: str) -> None:
    for letter in text:
        event = QKeyEvent(QEvent.Type.KeyPress, ord(letter.upper()), Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(field.box, event)


def unlock_screen(shell: Shell) -> UnlockScreen:
    assert isinstance(shell.screen_shown, UnlockScreen)
    return shell.screen_shown


def tree(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_title_is_always_the_same(open_shell: OpenShell, vault: Path) -> None:
    assert open_shell(None).windowTitle() == open_shell(vault).windowTitle() == "Field App"


def test_enter_presses_the_button_that_has_the_focus(open_shell: OpenShell) -> None:
    shell = open_shell(None)
    welcome = shell.screen_shown
    assert isinstance(welcome, WelcomeScreen)
    welcome.create_button.setFocus()

    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(welcome.create_button, event)

    assert isinstance(shell.screen_shown, CreateScreen)


def test_with_nothing_there_it_welcomes_and_changes_its_language_at_once(open_shell: OpenShell) -> None:
    before = os.environ.get("LANGUAGE", "")
    shell = open_shell(None)
    assert isinstance(shell.screen_shown, WelcomeScreen)

    shell.screen_shown.language_chosen.emit("ru")

    assert language() == "ru"
    assert isinstance(shell.screen_shown, WelcomeScreen)
    use_language("en")
    os.environ["LANGUAGE"] = before


def test_the_right_passphrase_opens_the_vault(open_shell: OpenShell, vault: Path, qtbot: QtBot) -> None:
    shell = open_shell(vault)
    screen = unlock_screen(shell)

    type_secret(screen.passphrase, PASSPHRASE)
    screen.unlock_button.click()

    qtbot.waitUntil(lambda: isinstance(shell.screen_shown, Workspace), timeout=WAIT_MS)


def test_a_wrong_passphrase_loses_nothing_and_in_time_costs_a_wait(
    open_shell: OpenShell, vault: Path, qtbot: QtBot
) -> None:
    before = tree(vault)
    screen = unlock_screen(open_shell(vault))

    for tries in (1, 2, 3):
        type_secret(screen.passphrase, "not the words")
        screen.unlock_button.click()
        qtbot.waitUntil(lambda tries=tries: screen._tries.count == tries, timeout=WAIT_MS)  # type: ignore[misc]  # a default

    assert tree(vault) == before
    assert len(screen.passphrase) == 0
    assert not screen.unlock_button.isEnabled()
    assert "2 seconds" in screen.notice.words.text()
    screen._on_second()
    screen._on_second()
    assert screen.unlock_button.isEnabled()


def try_wrong(screen: UnlockScreen, qtbot: QtBot) -> int:
    """Try a wrong passphrase; gives the seconds to wait after it."""
    before = screen._tries.count
    type_secret(screen.passphrase, "not the words")
    screen.unlock_button.click()
    qtbot.waitUntil(lambda: screen._tries.count > before, timeout=WAIT_MS)
    return screen._tries.left_s


def test_each_further_wrong_passphrase_costs_twice_the_wait_up_to_half_a_minute(
    open_shell: OpenShell, vault: Path, qtbot: QtBot
) -> None:
    screen = unlock_screen(open_shell(vault))
    waits = []
    for _ in range(8):
        waits.append(try_wrong(screen, qtbot))
        assert screen.unlock_button.isEnabled() == (waits[-1] == 0)
        for _second in range(waits[-1]):
            assert not screen.unlock_button.isEnabled()
            screen._on_second()

    assert waits == [0, 0, 2, 4, 8, 16, 30, 30]
    assert screen.unlock_button.isEnabled()


def test_leaving_the_lock_screen_ends_no_wait_and_forgets_no_try(
    open_shell: OpenShell, vault: Path, qtbot: QtBot
) -> None:
    shell = open_shell(vault)
    for _ in range(3):
        try_wrong(unlock_screen(shell), qtbot)

    unlock_screen(shell).forgotten_button.click()
    recover = shell.screen_shown
    assert isinstance(recover, RecoverScreen)
    recover.left.emit()
    screen = unlock_screen(shell)
    assert not screen.unlock_button.isEnabled()
    assert "2 seconds" in screen.notice.words.text()
    screen._on_second()
    screen._on_second()

    assert try_wrong(screen, qtbot) == 4


def test_a_folder_without_a_vault_is_told_kindly(open_shell: OpenShell, tmp_path: Path) -> None:
    shell = open_shell(None)
    welcome = shell.screen_shown
    assert isinstance(welcome, WelcomeScreen)

    welcome.folder_chosen.emit(tmp_path)

    assert "no vault" in welcome.notice.words.text()


def test_the_recovery_phrase_opens_it_with_a_new_passphrase(
    open_shell: OpenShell, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "lost"
    made = vaults.create(folder, PASSPHRASE, person="A", device="B", parameters=KdfParameters(64, 1, 1), floor_kib=8)
    made.archive.close()
    shell = open_shell(folder)
    unlock_screen(shell).forgotten_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, RecoverScreen)

    type_secret(screen.phrase, made.recovery_phrase or "")
    screen.next_button.click()
    for field in (screen.passphrase.first, screen.passphrase.second):
        type_secret(field, "brand new words")
    screen.next_button.click()

    qtbot.waitUntil(lambda: isinstance(shell.screen_shown, Workspace), timeout=WAIT_MS)


@pytest.fixture
def create_screen(open_shell: OpenShell) -> CreateScreen:
    shell = open_shell(None)
    assert isinstance(shell.screen_shown, WelcomeScreen)
    shell.screen_shown.create_button.click()
    assert isinstance(shell.screen_shown, CreateScreen)
    return shell.screen_shown


def test_a_folder_that_holds_something_is_refused_before_anything_is_typed(
    create_screen: CreateScreen, home: Path
) -> None:
    (home / "Vault").mkdir()
    (home / "Vault" / "letter.txt").touch()
    create_screen.place.parent_folder = home

    create_screen.next_button.click()

    assert create_screen.step is create_screen.place
    assert "something in this folder" in create_screen.notice.words.text()


@pytest.mark.parametrize("name", ["", "..", "a/b", "con:"])
def test_a_name_that_is_no_name_of_a_folder_cannot_go_on(create_screen: CreateScreen, name: str) -> None:
    create_screen.place.name.setText(name)

    assert not create_screen.next_button.isEnabled()


def test_passphrases_must_be_long_enough_and_equal(create_screen: CreateScreen) -> None:
    step = create_screen.passphrase
    outcomes = []
    for first, second in (("short", "short"), ("long enough", "long enougH"), ("long enough", "long enough")):
        step.first.clear()
        step.second.clear()
        type_secret(step.first, first)
        type_secret(step.second, second)
        outcomes.append(step.is_complete())

    assert outcomes == [False, False, True]


def test_the_device_is_for_field_work_unless_coordination_is_chosen(create_screen: CreateScreen) -> None:
    purpose = create_screen.names.purpose
    assert (purpose.field.isChecked(), purpose.keeps_for_others) == (True, False)

    purpose.coordination.click()

    assert purpose.keeps_for_others
    asked: dict[str, object] = {}

    def make(_folder: Path, _passphrase: str, **facts: object) -> SimpleNamespace:
        asked.update(facts)
        return SimpleNamespace(archive=None, recovery_phrase="")

    Doors(make=make).create(NewVault(Path("x"), "Zarina", "laptop", purpose.keeps_for_others), PASSPHRASE)
    assert asked == {"person": "Zarina", "device": "laptop", "keeps_for_others": True, "phrase": True}


def test_words_are_asked_back_and_a_wrong_one_is_named(create_screen: CreateScreen, home: Path, qtbot: QtBot) -> None:
    create_screen.place.parent_folder = home
    create_screen.next_button.click()
    create_screen.names.person.setText("Zarina")
    create_screen.names.device.setText("laptop")
    create_screen.next_button.click()
    create_screen.next_button.click()
    for field in (create_screen.passphrase.first, create_screen.passphrase.second):
        type_secret(field, PASSPHRASE)
    create_screen.next_button.click()
    qtbot.waitUntil(lambda: isinstance(create_screen.step, PhraseStep), timeout=WAIT_MS)
    create_screen.next_button.click()
    step = create_screen.step
    assert isinstance(step, AskBackStep)

    assert step.findChildren(QLineEdit) == []  # Qt's line would leave copies of the words all over the memory
    for field in step.answers.values():
        type_secret(field, "zebra!")
    create_screen.next_button.click()

    assert f"Word {min(step.answers) + 1} is another one" in create_screen.notice.words.text()
    with qtbot.waitSignal(create_screen.created):
        for place, field in step.answers.items():
            field.clear()
            type_secret(field, step._words[place].upper())
        create_screen.next_button.click()
    assert [len(field) for field in step.answers.values()] == [0, 0, 0]


def test_going_on_with_a_copy_makes_another_vault_and_leaves_the_copy_as_it_is(
    open_shell: OpenShell, vault: Path, qtbot: QtBot, home: Path
) -> None:
    before = tree(vault)
    shell = open_shell(vault)
    unlock_screen(shell).copy_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, RestoreScreen)
    assert not screen.make_button.isEnabled()

    screen.place.parent_folder = home
    screen.name.device.setText("new laptop")
    type_secret(screen.passphrase, PASSPHRASE)
    screen.make_button.click()
    qtbot.waitUntil(lambda: isinstance(shell.screen_shown, Workspace), timeout=WAIT_MS)

    workspace = shell.screen_shown
    assert isinstance(workspace, Workspace)
    assert workspace.session.folder == home / "Vault"
    assert tree(vault) == before


def test_a_wrong_passphrase_of_a_copy_makes_nothing(
    open_shell: OpenShell, vault: Path, qtbot: QtBot, home: Path
) -> None:
    shell = open_shell(vault)
    unlock_screen(shell).copy_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, RestoreScreen)
    screen.place.parent_folder = home
    screen.name.device.setText("new laptop")
    type_secret(screen.passphrase, "something else")

    screen.make_button.click()
    qtbot.waitUntil(screen.notice.isVisible, timeout=WAIT_MS)

    assert list(home.iterdir()) == []
    assert len(screen.passphrase) == 0
    screen.back_button.click()
    assert isinstance(shell.screen_shown, UnlockScreen)
