"""What is over leaves in the night too, where nobody locks."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from fieldapp.services import tasks
from fieldapp.services.archive import Archive, Changed
from fieldapp.ui.new_day import NewDay
from fieldapp.ui.workspace import Workspace
from tests.ui.test_records import wait_for


def test_a_new_day_is_told_once(qtbot: QtBot) -> None:
    shown = [date(2026, 11, 22)]
    parent, told = QObject(), list[bool]()
    day = NewDay(parent, lambda: shown[0])
    day.began.connect(lambda: told.append(True))
    day.look()
    assert told == []
    shown[0] = date(2026, 11, 24)
    day.look()
    day.look()

    assert told == [True]


def test_when_a_day_begins_what_is_over_leaves(
    workspace: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Archive] = []

    def expire(archive: Archive) -> Changed:
        asked.append(archive)
        return Changed()

    monkeypatch.setattr(tasks, "expire", expire)
    workspace.day.began.emit()

    wait_for(qtbot, lambda: len(asked) == 1)
