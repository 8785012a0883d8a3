"""Somebody starts the program for the first time and writes down what they were told, with the keyboard alone."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.services import paper, vaults, views
from fieldapp.ui.opening.create import CreateScreen
from fieldapp.ui.opening.steps import AskBackStep, PhraseStep
from fieldapp.ui.opening.welcome import WelcomeScreen
from fieldapp.ui.plain import PlainLabel
from fieldapp.ui.shell import Shell
from fieldapp.ui.workspace import Workspace

PASSPHRASE = "green kettle quiet river"
WAIT_MS = 20_000


def focused(window: QWidget, qtbot: QtBot) -> QWidget:
    qtbot.waitUntil(lambda: window.focusWidget() is not None, timeout=WAIT_MS)
    widget = window.focusWidget()
    assert widget is not None
    return widget


def write(window: QWidget, qtbot: QtBot, text: str, key: Qt.Key = Qt.Key.Key_Tab) -> None:
    """Type into whatever has the focus, then press a key that leads on."""
    for letter in text:
        QTest.keyClicks(focused(window, qtbot), letter)
    before = focused(window, qtbot)
    qtbot.waitUntil(before.isVisible, timeout=WAIT_MS)
    QTest.keyClick(before, key)
    qtbot.waitUntil(lambda: window.focusWidget() is not before, timeout=WAIT_MS)


def test_from_nothing_to_the_first_saved_testimony(first_run: Shell, qtbot: QtBot, tmp_path: Path) -> None:
    assert isinstance(first_run.screen_shown, WelcomeScreen)
    QTest.keyClick(focused(first_run, qtbot), Qt.Key.Key_Space)
    wizard = first_run.screen_shown
    assert isinstance(wizard, CreateScreen)

    assert wizard.place.folder == tmp_path / "home" / "Vault"
    write(first_run, qtbot, "", Qt.Key.Key_Return)
    write(first_run, qtbot, "Zarina")
    write(first_run, qtbot, "old laptop", Qt.Key.Key_Return)
    write(first_run, qtbot, "", Qt.Key.Key_Return)  # with paper
    write(first_run, qtbot, PASSPHRASE)
    write(first_run, qtbot, "", Qt.Key.Key_Tab)  # past the button that reveals
    write(first_run, qtbot, PASSPHRASE, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(wizard.step, PhraseStep), timeout=WAIT_MS)
    words = [label.text().split()[-1] for label in wizard.step.findChildren(PlainLabel)]
    wizard.next_button.click()

    assert isinstance(wizard.step, AskBackStep)
    for place, edit in wizard.step.answers.items():
        edit.box._add(words[place])
    wizard.next_button.click()
    qtbot.waitUntil(lambda: isinstance(first_run.screen_shown, Workspace), timeout=WAIT_MS)
    workspace = first_run.screen_shown
    assert isinstance(workspace, Workspace)

    page = workspace.records.detail.page
    assert page is not None and not page.hint.isHidden()
    write(first_run, qtbot, "A call at night")
    qtbot.waitUntil(lambda: workspace.records.detail.head.state.text() == "Saved", timeout=WAIT_MS)
    closed: list[bool] = []
    workspace.finish(lambda: closed.append(True))
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT_MS)

    archive = vaults.unlock(tmp_path / "home" / "Vault", PASSPHRASE)
    assert not paper.is_unsure(archive.connection)
    assert [row.title for row in views.rows(archive)] == ["A call at night"]
    archive.close()
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["Vault"]
    assert QApplication.activeModalWidget() is None
