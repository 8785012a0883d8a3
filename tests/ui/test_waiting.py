"""What is typed while the vault lane is busy for long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from fieldapp.errors import CancelledError
from fieldapp.services import drafts, vaults, views
from fieldapp.services.archive import Archive
from fieldapp.ui import waiting
from fieldapp.ui.workspace import Workspace
from fieldapp.values import Progress, RecordId
from fieldapp.vault.encoding import Plain
from tests.ui.conftest import PASSPHRASE, WAIT_MS

Work = Callable[[Archive, Progress], None]


class Long:
    """Work in the vault lane that ends when it is let, or is stopped."""

    def __init__(self) -> None:
        self.begun, self.let = threading.Event(), threading.Event()
        self.was_stopped = False

    def __call__(self, _archive: Archive, progress: Progress) -> None:
        self.begun.set()
        while not self.let.wait(0.01):
            try:
                progress(1, 1)
            except CancelledError:
                self.was_stopped = True
                raise


@pytest.fixture
def long_work(workspace: Workspace) -> Iterator[Long]:
    work = Long()
    yield work
    work.let.set()


@pytest.fixture
def account(workspace: Workspace) -> QPlainTextEdit:
    """Where an account is typed, in a new testimony."""
    workspace.records.begin_new("testimony")
    page = workspace.records.detail.page
    assert page is not None
    editor = page.form.cells["narrative"].editor.findChild(QPlainTextEdit)
    assert isinstance(editor, QPlainTextEdit)
    return editor


def begin(workspace: Workspace, work: Long) -> None:
    workspace.session.at_length(workspace, work)
    assert work.begun.wait(WAIT_MS / 1000)


def kept(workspace: Workspace, record: RecordId, qtbot: QtBot) -> dict[str, Plain]:
    answers: list[dict[str, Plain]] = []
    workspace.session.ask(workspace, lambda archive: drafts.kept(archive, record), answers.append)
    qtbot.waitUntil(partial(bool, answers), timeout=WAIT_MS)
    return answers[0]


def test_no_more_is_typed_than_a_second_of_it_while_it_cannot_be_kept(
    workspace: Workspace, account: QPlainTextEdit, long_work: Long, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "WAITS_AT_MOST_S", 0.1)
    record = workspace.records.detail.record
    assert record is not None
    begin(workspace, long_work)

    QTest.keyClicks(account, "They took")
    qtbot.waitUntil(account.isReadOnly, timeout=WAIT_MS)
    (note,) = workspace.findChildren(waiting.WaitingNote)
    assert note.isVisible()
    QTest.keyClicks(account, " his phone")
    assert account.toPlainText() == "They took"

    long_work.let.set()
    qtbot.waitUntil(lambda: not account.isReadOnly(), timeout=WAIT_MS)
    assert kept(workspace, record, qtbot) == {"narrative": "They took"}
    qtbot.waitUntil(lambda: not workspace.findChildren(waiting.WaitingNote), timeout=WAIT_MS)
    QTest.keyClicks(account, " his phone")
    assert account.toPlainText() == "They took his phone"


def test_what_is_short_stops_nobody(workspace: Workspace, account: QPlainTextEdit, qtbot: QtBot) -> None:
    record = workspace.records.detail.record
    assert record is not None

    QTest.keyClicks(account, "They took")
    qtbot.waitUntil(lambda: bool(kept(workspace, record, qtbot)), timeout=WAIT_MS)

    assert not account.isReadOnly()
    assert not workspace.session.waiting.is_on


def test_a_lock_stops_long_work_so_that_what_was_just_typed_is_kept(
    workspace: Workspace, account: QPlainTextEdit, long_work: Long, qtbot: QtBot
) -> None:
    begin(workspace, long_work)
    QTest.keyClicks(account, "They took")
    record = workspace.records.detail.record
    assert record is not None
    closed: list[bool] = []

    workspace.finish(partial(closed.append, True))
    qtbot.waitUntil(partial(bool, closed), timeout=WAIT_MS)

    assert long_work.was_stopped
    archive = vaults.unlock(workspace.session.folder, PASSPHRASE)
    assert views.view(archive, record).value("narrative") == "They took"
    archive.close()


def test_a_new_record_can_be_begun_after_something_was_undone(workspace: Workspace, qtbot: QtBot) -> None:
    def work(archive: Archive) -> None:
        with archive.vault.saving():
            raise CancelledError

    undone: list[bool] = []
    workspace.session.at_length(
        workspace, lambda archive, _progress: work(archive), cancelled=partial(undone.append, True)
    )
    qtbot.waitUntil(partial(bool, undone), timeout=WAIT_MS)

    workspace.records.begin_new("testimony")

    assert workspace.records.detail.record is not None
