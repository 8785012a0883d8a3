"""The power fails: what no sync has kept is lost, torn or out of order, and still nothing acknowledged is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.errors import ExpectedError
from tests.faults import replay
from tests.faults.judging import Trial
from tests.faults.operations import OPERATIONS
from tests.faults.replay import Cut, Disk, Found, Naming, Recording, Sync, Write
from tests.figures import note

QUICK, ALL = 4, 50

TrialOf = Callable[[str], Trial]


def record(trial: Trial) -> Recording:
    """What the operation does to the disk, undisturbed."""
    before = Disk.of(trial.fresh())
    told = trial.zygote.run(trial.operation.name, trial.place, more=replay.WORDS)
    assert told.done == len(trial.operation.steps), told.broke
    recording = Recording(before, told.log)
    now = replay.Disk.of(trial.place)
    assert dict(recording.after().files()) == dict(now.files()), "the log does not tell all that happened"
    return recording


def wrong_with(trial: Trial, found: Found, before: dict[str, bytes | None]) -> str:
    found.write(trial.fresh(), before)
    try:
        trial.judge(found.told, None)
    except (AssertionError, ExpectedError, OSError) as problem:
        return f"{type(problem).__name__} {str(problem)[:500]}"
    return ""


def try_some(trial: Trial, most: int) -> None:
    recording = record(trial)
    before = dict(recording.before.files())
    found = list(replay.disks(recording, most, trial.operation.name))
    failures = [wrong for each in found if (wrong := wrong_with(trial, each, before))]
    note("lost writes", trial.operation.name, states=len(found), failures=len(failures))
    assert not failures, f"{len(failures)} of {len(found)}:\n" + "\n".join(failures[:10])


@pytest.mark.parametrize("what", list(OPERATIONS)[::4])
def test_nothing_acknowledged_is_lost_on_some_disks(trial: TrialOf, what: str) -> None:
    try_some(trial(what), QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("what", list(OPERATIONS))
def test_nothing_acknowledged_is_lost_on_any_disk(trial: TrialOf, what: str) -> None:
    try_some(trial(what), ALL)


def test_a_program_that_did_not_sync_would_be_found_out(trial: TrialOf) -> None:
    made = trial("edit")
    recording = record(made)
    before = dict(recording.before.files())
    recording.events = [event for event in recording.events if not isinstance(event, Sync)]
    assert any(wrong_with(made, each, before) for each in replay.disks(recording, 30, "unsynced"))


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """One file, "old", of ten bytes."""
    (tmp_path / "old").write_bytes(b"0123456789")
    return Disk.of(tmp_path)


def recorded(disk: Disk, *events: replay.Event) -> Recording:
    recording = Recording(disk, "")
    recording.events = list(events)
    return recording


def contents(recording: Recording) -> list[dict[str, bytes | None]]:
    return [each.files for each in replay.disks(recording, 100, "any")]


def test_what_was_synced_is_on_every_disk_from_then_on(disk: Disk) -> None:
    found = contents(recorded(disk, Write(1, 0, b"X"), Sync(1), Write(1, 1, b"Y")))
    texts = [each["old"] for each in found]
    assert {b"0123456789", b"X123456789", b"XY23456789"} <= set(texts)
    assert b"0Y23456789" not in texts


def test_a_length_may_be_there_without_its_bytes(disk: Disk) -> None:
    texts = [each["old"] for each in contents(recorded(disk, Write(1, 10, b"XY")))]
    assert b"0123456789\0\0" in texts and b"0123456789" in texts


def test_a_rename_may_be_lost_until_its_folder_is_synced(disk: Disk) -> None:
    renamed = Naming(((0, "old", None), (0, "new", 1)))
    assert {frozenset(each) for each in contents(recorded(disk, renamed))} == {frozenset({"old"}), frozenset({"new"})}
    synced = contents(recorded(disk, renamed, Sync(0)))
    assert {"new": b"0123456789"} in synced


def test_of_two_names_the_later_is_never_there_alone(disk: Disk) -> None:
    two = (Naming(((0, "first", 1),)), Naming(((0, "second", 1),)))
    assert not any("second" in each and "first" not in each for each in contents(recorded(disk, *two)))


def test_a_file_may_keep_the_length_that_it_was_cut_from(disk: Disk) -> None:
    texts = {each["old"] for each in contents(recorded(disk, Cut(1, 2)))}
    assert b"0123456789" in texts
