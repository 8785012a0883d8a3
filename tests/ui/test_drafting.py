"""Typing is kept at once, never waits for the disk, and is tried again when the disk was full."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from fieldapp.errors import DiskFullError, FieldAppError
from fieldapp.records.ids import new_record_id
from fieldapp.services import drafts, views
from fieldapp.services.archive import Archive
from fieldapp.ui.drafting import Drafting, SaveState
from fieldapp.ui.session import Session
from fieldapp.ui.workspace import Workspace

WAIT_MS = 20_000


def read(qtbot: QtBot, session: Session, work: Callable[[Archive], object]) -> object:
    answers: list[object] = []
    session.ask(session, work, answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT_MS)
    return answers[0]


def test_what_is_typed_is_a_draft_and_then_an_entry(workspace: Workspace, qtbot: QtBot) -> None:
    session, record = workspace.session, new_record_id(workspace.session.own_log)
    drafting = Drafting(session, record, "testimony")

    drafting.put("title", "A call")
    drafting.put("place", "market")
    states = [drafting.state]
    drafting.keep()
    qtbot.waitUntil(lambda: drafting.state is SaveState.SAVED, timeout=WAIT_MS)

    assert states == [SaveState.TYPING]
    assert read(qtbot, session, lambda archive: drafts.kept(archive, record)) == {"title": "A call", "place": "market"}
    with qtbot.waitSignal(session.changed, timeout=WAIT_MS):
        drafting.finish()
    assert read(qtbot, session, lambda archive: drafts.kept(archive, record)) == {}
    assert read(qtbot, session, lambda archive: views.row(archive, record).title) == "A call"
    assert drafting.unfinished == frozenset()


def test_typing_goes_on_while_the_disk_is_slow(workspace: Workspace, qtbot: QtBot) -> None:
    session, record = workspace.session, new_record_id(workspace.session.own_log)
    drafting = Drafting(session, record, "testimony")
    disk = threading.Event()
    session.ask(session, lambda _archive: disk.wait(20))

    for end in range(1, 200):
        drafting.put("narrative", "word " * end)
        drafting.keep()
    still_typing = drafting.state
    disk.set()

    qtbot.waitUntil(lambda: drafting.state is SaveState.SAVED, timeout=WAIT_MS)
    assert still_typing is SaveState.TYPING
    kept = read(qtbot, session, lambda archive: drafts.kept(archive, record))
    assert kept == {"narrative": "word " * 199}


def test_a_keystroke_starts_the_clock_and_more_of_them_do_not_put_it_off(workspace: Workspace) -> None:
    drafting = Drafting(workspace.session, new_record_id(workspace.session.own_log), "testimony")
    drafting.put("title", "A")
    started = drafting._keep_timer.remainingTime()

    drafting.put("title", "AB")

    assert drafting._keep_timer.remainingTime() <= started <= 1000
    assert drafting._finish_timer.interval() == 10_000


def test_what_a_full_disk_refused_is_kept_the_next_time(
    workspace: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, record = workspace.session, new_record_id(workspace.session.own_log)
    drafting = Drafting(session, record, "testimony")
    problems: list[FieldAppError] = []
    drafting.keep_failed.connect(problems.append)

    def full(*_arguments: object) -> None:
        raise DiskFullError

    with monkeypatch.context() as patched:
        patched.setattr(drafts, "keep", full)
        drafting.put("title", "A call")
        drafting.keep()
        qtbot.waitUntil(lambda: drafting.state is SaveState.FAILED, timeout=WAIT_MS)
    drafting.put("place", "market")
    drafting.keep()

    qtbot.waitUntil(lambda: drafting.state is SaveState.SAVED, timeout=WAIT_MS)
    assert [type(problem) for problem in problems] == [DiskFullError]
    assert read(qtbot, session, lambda archive: drafts.kept(archive, record)) == {"title": "A call", "place": "market"}
