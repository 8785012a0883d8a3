"""Killed whenever, without strace and its counting: nothing acknowledged is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from fieldapp.errors import ExpectedError
from tests.faults.judging import Trial
from tests.faults.operations import WORK
from tests.figures import note

QUICK, NIGHTLY = 8, 500
AGAIN = 25
"""The machine has other things to do: how long the work takes is measured anew after so many."""

TrialOf = Callable[[str], Trial]


def duration_s(trial: Trial) -> float:
    """How long the work takes on this machine, now."""
    trial.fresh()
    began = time.monotonic()
    trial.zygote.run_and_kill(WORK.name, trial.place, None)
    return time.monotonic() - began


def kill_whenever(trial: Trial, times: int) -> None:
    chance = random.Random(times)
    killed, tried, longest_s, failures = 0, 0, 0.0, []
    while killed < times:
        if tried % AGAIN == 0:
            longest_s = duration_s(trial)
        tried += 1
        told = trial.zygote.run_and_kill(WORK.name, trial.fresh(), chance.uniform(0, longest_s))
        killed += told.was_killed
        try:
            trial.judge(told, None)
        except (AssertionError, ExpectedError, OSError) as problem:
            failures.append(f"{type(problem).__name__} {str(problem)[:500]}")
    note("random kills", WORK.name, kills=killed, failures=len(failures))
    assert not failures, f"{len(failures)} of {killed}:\n" + "\n".join(failures[:10])


def test_some_kills_at_any_moment_lose_nothing_acknowledged(trial: TrialOf) -> None:
    kill_whenever(trial(WORK.name), QUICK)


@pytest.mark.slow
def test_many_kills_at_any_moment_lose_nothing_acknowledged(trial: TrialOf) -> None:
    kill_whenever(trial(WORK.name), NIGHTLY)
