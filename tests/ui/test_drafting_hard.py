"""Typing where the disk refuses, and where news arrive in the middle: no word is dropped, none is written over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from fieldapp.errors import DiskFullError
from fieldapp.records.ids import new_record_id
from fieldapp.services import drafts, views
from fieldapp.services.archive import Archive
from fieldapp.ui.drafting import Drafting, SaveState
from fieldapp.ui.plain import is_there
from fieldapp.ui.session import Session
from fieldapp.ui.workspace import Workspace

WAIT_MS = 20_000


def read(qtbot: QtBot, session: Session, work: Callable[[Archive], object]) -> object:
    answers: list[object] = []
    session.ask(session, work, answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT_MS)
    return answers[0]


def full(*_arguments: object) -> None:
    raise DiskFullError


def test_what_a_full_disk_refused_is_not_forgotten_with_the_record_that_was_left(
    workspace: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, record = workspace.session, new_record_id(workspace.session.own_log)
    drafting = Drafting(session, record, "testimony")
    with monkeypatch.context() as patched:
        patched.setattr(drafts, "keep", full)
        drafting.put("title", "A call")
        drafting.finish()
        drafting.retire()
        qtbot.waitUntil(lambda: drafting.state is SaveState.FAILED, timeout=WAIT_MS)
        read(qtbot, session, lambda _archive: None)
        waits_to_try_again = is_there(drafting) and drafting._again_timer.isActive()

    drafting.keep()

    qtbot.waitUntil(lambda: not is_there(drafting), timeout=WAIT_MS)
    assert waits_to_try_again
    assert read(qtbot, session, lambda archive: views.row(archive, record).title) == "A call"


def test_words_on_their_way_into_the_vault_are_still_unfinished(workspace: Workspace, qtbot: QtBot) -> None:
    """What was read before they arrive says the old words, and must not be shown over them."""
    session = workspace.session
    drafting = Drafting(session, new_record_id(session.own_log), "testimony")
    drafting.put("title", "A call")

    drafting.finish()
    on_the_way = drafting.unfinished
    drafting.put("place", "market")

    assert on_the_way == {"title"}
    qtbot.waitUntil(lambda: drafting.unfinished == {"place"}, timeout=WAIT_MS)
