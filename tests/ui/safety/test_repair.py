"""A damaged vault lives on in a copy, made from the lock screen: with the passphrase, with paper, with two people."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.services import vaults, writers
from fieldapp.services.safety import rescue
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.safety.repair import RepairByScreen, RepairedScreen, RepairScreen
from fieldapp.ui.shell import Shell
from fieldapp.ui.starting_again import begin_with
from fieldapp.ui.workspace import Workspace
from tests.ui.conftest import PASSPHRASE, WAIT_MS, Exits, OpenShell, fill, make, unlocked, until
from tests.ui.rooms import Held, words_in

NEW = "brand new quiet words"


@pytest.fixture(autouse=True)
def nothing_to_begin_with() -> Iterator[None]:
    yield
    os.environ.pop("FIELDAPP_FIRST", None)


def closed(qtbot: QtBot, workspace: Workspace) -> None:
    ended: list[bool] = []
    workspace.finish(lambda: ended.append(True))
    until(qtbot, lambda: ended)


def repaired_screen(qtbot: QtBot, shell: Shell) -> RepairedScreen:
    until(qtbot, lambda: isinstance(shell.screen_shown, RepairedScreen))
    screen = shell.screen_shown
    assert isinstance(screen, RepairedScreen)
    return screen


def repair_screen(shell: Shell) -> RepairScreen:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    screen.repair_button.click()
    screen = shell.screen_shown
    assert isinstance(screen, RepairScreen)
    return screen


def by_words(shell: Shell) -> RepairByScreen:
    screen = shell.screen_shown
    assert isinstance(screen, RepairByScreen)
    return screen


def asked_folder(shell: Shell) -> Path:
    return Path(shell._around.home) / "Repaired"


def damage(vault: Path) -> bytes:
    """A page of the database that holds something is damaged; gives what the file holds then."""
    content = bytearray((vault / "records.db").read_bytes())
    content[3 * 4096 + 100] ^= 1
    (vault / "records.db").write_bytes(content)
    return bytes(content)


def answer(screen: RepairScreen, passphrase: str = PASSPHRASE) -> None:
    screen.passphrase.box._add(passphrase)
    screen.name.device.setText("new laptop")
    screen.place.parent_folder = Path(screen.window()._around.home)  # type: ignore[attr-defined]  # the shell
    screen.place.name.setText("Repaired")


def test_a_damaged_vault_lives_on_in_a_copy_and_stays_as_it_is(
    qtbot: QtBot, open_shell: OpenShell, vault: Path
) -> None:
    before = damage(vault)
    shell = open_shell(vault)
    screen = repair_screen(shell)
    assert not screen.make_button.isEnabled()
    answer(screen)

    QTest.keyClick(screen.passphrase.box, Qt.Key.Key_Return)
    done = repaired_screen(qtbot, shell)
    told = words_in(done)
    assert "The new vault is made" in told
    assert "Damaged places in the database: 1." in told
    assert "damaged" in told.partition("What to do now")[2]
    assert "until then it also keeps what you erase later" in told
    assert (vault / "records.db").read_bytes() == before

    assert QApplication.focusWidget() is done.open_button
    done.open_button.click()
    workspace = unlocked(qtbot, shell)
    assert workspace.session.folder.name == "Repaired"
    closed(qtbot, workspace)


def test_where_nothing_tells_whose_the_passphrase_is_the_person_is_asked(
    qtbot: QtBot, open_shell: OpenShell, tmp_path: Path
) -> None:
    folder = tmp_path / "of two"
    archive = make(folder, "Zarina").archive
    writers.add(archive, NEW, person="Chinara")
    with archive.connection.transaction():
        archive.connection.execute("DELETE FROM slot")
        archive.connection.execute("DELETE FROM setting WHERE name = 'ways'")
    archive.close()
    shell = open_shell(folder)
    screen = repair_screen(shell)
    answer(screen, NEW)
    screen.make_button.click()
    until(qtbot, lambda: screen.who is not None)
    assert screen.who is not None
    assert "Say which of them you are" in words_in(screen)
    screen.who.buttons["Chinara"].click()
    screen.passphrase.box._add(NEW)
    screen.make_button.click()

    done = repaired_screen(qtbot, shell)

    assert "Only what you typed opens the new vault for sure" in words_in(done)
    repaired = vaults.unlock(asked_folder(shell), NEW)
    assert [each.name for each in writers.active(repaired) if each.me] == ["Chinara"]
    repaired.close()


def test_words_on_paper_repair_it_too_and_a_new_passphrase_opens_the_new_vault(
    qtbot: QtBot, open_shell: OpenShell, tmp_path: Path
) -> None:
    folder = tmp_path / "on paper"
    made = make(folder, "Zarina")
    made.archive.close()
    damage(folder)
    shell = open_shell(folder)
    asked = repair_screen(shell)
    assert not asked.paper_button.isEnabled()
    answer(asked, "")
    asked.paper_button.click()
    screen = by_words(shell)
    fill(screen.words[0].field, made.recovery_phrase or "")
    screen.next_button.click()
    assert "still opens the old one" in words_in(screen)
    for field in (screen.passphrase.first, screen.passphrase.second):
        fill(field, NEW)
    assert screen.next_button.text() == "Repair in a copy"
    screen.next_button.click()

    repaired_screen(qtbot, shell).open_button.click()

    workspace = unlocked(qtbot, shell, NEW)
    assert workspace.session.folder == folder.parent / "home" / "Repaired"
    assert len(screen.words[0].field) == 0
    closed(qtbot, workspace)


def test_two_coordinators_repair_it_and_words_that_do_not_belong_to_it_stay_to_be_mended(
    qtbot: QtBot, open_shell: OpenShell, vault: Path, spoken: list[str]
) -> None:
    damage(vault)
    shell = open_shell(vault)
    asked = repair_screen(shell)
    answer(asked, "half a passphrase")
    asked.helpers_button.click()
    assert len(asked.passphrase) == 0
    screen = by_words(shell)
    for step, words in zip(screen.words, (spoken[0], spoken[0]), strict=True):
        fill(step.field, words)
        screen.next_button.click()
    for field in (screen.passphrase.first, screen.passphrase.second):
        fill(field, NEW)
    with qtbot.waitSignal(screen.refused, timeout=WAIT_MS):
        screen.next_button.click()
    assert screen.step is screen.words[0]
    assert not asked_folder(shell).exists()

    screen.next_button.click()
    fill(screen.words[1].field, spoken[1])
    screen.next_button.click()
    screen.next_button.click()
    done = repaired_screen(qtbot, shell)

    assert "The new vault is made" in words_in(done)
    vaults.unlock(asked_folder(shell), NEW).close()


def test_words_that_are_typed_and_left_alone_do_not_stay_on_the_screen(
    open_shell: OpenShell, vault: Path, exits: Exits
) -> None:
    shell = open_shell(vault)
    asked = repair_screen(shell)
    shell._threshold.left_alone.emit()
    while_empty = list(exits)
    answer(asked, "")
    asked.paper_button.click()

    shell._threshold.left_alone.emit()

    assert while_empty == []
    assert len(exits) == 1


def test_who_goes_back_from_the_words_answers_the_repair_again(open_shell: OpenShell, vault: Path) -> None:
    shell = open_shell(vault)
    asked = repair_screen(shell)
    answer(asked)
    asked.helpers_button.click()

    by_words(shell).back_button.click()

    assert isinstance(shell.screen_shown, RepairScreen)


def test_a_wrong_passphrase_makes_nothing_and_can_be_typed_again(
    qtbot: QtBot, open_shell: OpenShell, vault: Path
) -> None:
    screen = repair_screen(open_shell(vault))
    answer(screen, "not the right words")
    with qtbot.waitSignal(screen.refused, timeout=WAIT_MS):
        screen.make_button.click()

    assert not screen.notice.isHidden()
    assert not screen.place.folder.exists()
    screen.passphrase.box._add(PASSPHRASE)
    assert screen.make_button.isEnabled()


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
        lambda folder, new, passphrase, *, device, progress, **_who: held(folder, new, passphrase, device, progress),
    )
    screen = repair_screen(open_shell(vault))
    answer(screen)
    screen.make_button.click()
    until(qtbot, held.reached.is_set)

    with qtbot.waitSignal(screen.refused, timeout=WAIT_MS):
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
