"""The count towards the lock: touches, the long phone call, and a clock that jumps."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.system.asleep import Moment
from fieldapp.ui.idle import SLEPT_S, IdleClock


class Clock:
    """Clocks that are set by hand: time that goes by awake, and time that is slept."""

    def __init__(self) -> None:
        self.awake_s, self.slept_s = 1000.0, 70.0

    def __call__(self) -> Moment:
        return Moment(self.awake_s + self.slept_s, self.awake_s)


class Count:
    """A count of so many seconds, and what it said."""

    def __init__(self, qtbot: QtBot, after_s: int) -> None:
        self.window, self.clock = QWidget(), Clock()
        qtbot.addWidget(self.window)
        self.idle = IdleClock(self.window, after_s, self.clock)
        self.left: list[int] = []
        self.said: list[str] = []
        self.idle.ticked.connect(self.left.append)
        for name in ("put_off", "ran_out", "slept"):
            getattr(self.idle, name).connect(lambda name=name: self.said.append(name))
        self.idle.start()

    def seconds(self, count: int) -> None:
        for _ in range(count):
            self.clock.awake_s += 1
            self.idle.tick()

    def touch(self) -> None:
        key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.window, key)


def test_the_count_runs_out_and_a_key_puts_it_off(qtbot: QtBot) -> None:
    count = Count(qtbot, 3)

    count.seconds(2)
    count.touch()
    count.seconds(3)

    assert count.left == [3, 2, 1, 3, 2, 1, 0]
    assert count.said == ["put_off", "ran_out"]


def test_a_touch_long_before_the_lock_is_no_news(qtbot: QtBot) -> None:
    count = Count(qtbot, 300)

    count.seconds(5)
    count.touch()

    assert count.idle.left_s == 300
    assert count.said == []


@pytest.mark.parametrize("jump_s", [SLEPT_S, 3600, -SLEPT_S, -40_000_000])
def test_a_clock_that_jumped_means_that_the_machine_slept(qtbot: QtBot, jump_s: float) -> None:
    count = Count(qtbot, 1200)

    count.clock.slept_s += jump_s
    count.idle.tick()

    assert count.said == ["slept"]


@pytest.mark.parametrize("stalled_s", [14, 40, 1100])
def test_a_machine_that_swaps_or_a_window_that_was_stopped_did_not_sleep(qtbot: QtBot, stalled_s: int) -> None:
    count = Count(qtbot, 1200)

    count.clock.awake_s += stalled_s
    count.idle.tick()

    assert count.said == []
    assert count.idle.left_s == 1200 - stalled_s


def test_a_window_that_was_stopped_for_longer_than_the_count_locks(qtbot: QtBot) -> None:
    count = Count(qtbot, 1200)

    count.clock.awake_s += 7000
    count.idle.tick()

    assert count.said == ["ran_out"]


def test_on_the_phone_it_stays_open_and_then_counts_as_usual(qtbot: QtBot) -> None:
    count = Count(qtbot, 60)

    count.idle.stay(300)
    count.seconds(299)
    still_open = not count.said
    count.seconds(1)

    assert still_open
    assert count.said == ["ran_out"]


def test_a_touch_near_the_end_of_the_call_gives_the_usual_time_again(qtbot: QtBot) -> None:
    count = Count(qtbot, 60)

    count.idle.stay(300)
    count.seconds(290)
    count.touch()

    assert count.idle.left_s == 60


def test_a_machine_that_sleeps_during_the_call_is_locked(qtbot: QtBot) -> None:
    count = Count(qtbot, 60)
    count.idle.stay(1800)

    count.clock.slept_s += 600
    count.idle.tick()

    assert count.said == ["slept"]


def test_where_touches_do_not_count_the_lock_comes(qtbot: QtBot) -> None:
    count = Count(qtbot, 3)
    count.idle.sees_touches = False

    count.seconds(2)
    count.touch()
    count.seconds(1)

    assert count.said == ["ran_out"]
