"""What is thrown away is destroyed in the window's thread, whoever threw it away."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from fieldapp.jobs import Ends, Lane
from fieldapp.ui.collecting import Collector
from fieldapp.ui.hop import Hop


class Watched(QObject):
    """Tells in which thread it went."""

    def __init__(self, told: list[bool]) -> None:
        super().__init__()
        self._told = told

    def __del__(self) -> None:
        self._told.append(threading.current_thread() is threading.main_thread())


def test_what_a_job_held_goes_in_the_windows_thread(hop: Hop, qtbot: QtBot) -> None:
    told: list[bool] = []
    lane = Lane("work", hop)

    def work_of(watched: Watched) -> Callable[[object], int]:
        return lambda _progress: watched.thread() is QThread.currentThread()

    for _ in range(50):
        lane.start(work_of(Watched(told)), Ends())
    qtbot.waitUntil(lambda: len(told) == 50)

    assert all(told)
    assert lane.close(5)


def test_cycles_are_collected_by_the_collector_and_by_nobody_else(hop: Hop) -> None:
    told: list[bool] = []
    gc.enable()
    collector = Collector(hop)

    for _ in range(3000):
        watched = Watched(told)
        watched.myself = watched  # type: ignore[attr-defined]  # a cycle, as widgets with slots are
        del watched
    before = list(told)
    collector.collect()

    assert before == []
    assert len(told) > 0
    assert all(told)
