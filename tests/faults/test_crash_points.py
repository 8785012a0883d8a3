"""Every operation is killed, and its disk is full or fails, at each call that writes: nothing acknowledged is lost.

What must hold then stands in `oracle.py`, what may be left of each operation in `operations_*.py`. The quick run takes
a few faults of each operation, the nightly run all of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from fieldapp.errors import ExpectedError
from fieldapp.services import vaults
from tests.faults import oracle
from tests.faults.harness import Fault, Point, Told, Zygote
from tests.faults.judging import Trial, faults_at, spread
from tests.faults.operations import OPERATIONS
from tests.figures import note
from tests.unit.services.people import PASSPHRASE

QUICK = 3
EVERY = bool(os.environ.get("FIELDAPP_EVERY_FAULT"))
"""Before a release: also at every page each kind of fault, which takes twice as long."""
LEAST_OPERATIONS = 55

TrialOf = Callable[[str], Trial]


def try_all(trial: Trial, faults: list[Fault]) -> None:
    failures = [wrong for wrong in map(trial.try_one, faults) if wrong]
    note(
        "crash points",
        trial.operation.name,
        faults=len(faults),
        kills=sum(fault.kills for fault in faults),
        full=sum(fault.error == "ENOSPC" for fault in faults),
        errors=sum(fault.error == "EIO" for fault in faults),
        failures=len(failures),
    )
    assert not failures, f"{len(failures)} of {len(faults)}:\n" + "\n".join(failures[:10])


@pytest.mark.parametrize("what", list(OPERATIONS))
def test_nothing_acknowledged_is_lost_at_some_points(trial: TrialOf, what: str) -> None:
    made = trial(what)
    try_all(made, spread(faults_at(made.points), QUICK))


@pytest.mark.slow
@pytest.mark.parametrize("what", list(OPERATIONS))
def test_nothing_acknowledged_is_lost_at_any_point(trial: TrialOf, what: str) -> None:
    made = trial(what)
    try_all(made, faults_at(made.points, every=EVERY))


def test_there_are_as_many_operations_as_we_say() -> None:
    assert len(OPERATIONS) >= LEAST_OPERATIONS


def test_counting_begins_with_the_operation_and_a_kill_stops_before_the_call(trial: TrialOf, zygote: Zygote) -> None:
    made = trial("link")
    first = made.points[0]
    assert first.number == 1
    told = zygote.run("link", made.fresh(), Fault(first))
    assert told.was_killed and told.done == 0
    changing = "\n".join(line for line in told.log.splitlines() if "O_RDONLY" not in line)
    assert sum(changing.count(f"{point.call}(") for point in {Point(p.call, 0) for p in made.points}) == 1


def test_each_child_is_counted_anew(trial: TrialOf, zygote: Zygote) -> None:
    made = trial("link")
    logs = [zygote.run("link", made.fresh(), Fault(made.points[4], "EIO")).log for _ in range(2)]
    places = [[number for number, line in enumerate(log.splitlines()) if "INJECTED" in line] for log in logs]
    assert places[0] == places[1] and len(places[0]) == 1


def test_a_fault_that_never_happens_is_told(trial: TrialOf) -> None:
    assert "never happened" in trial("hide").try_one(Fault(Point("rename", 400)))


@pytest.fixture
def left_alone(trial: TrialOf) -> Trial:
    """A trial whose place holds what the operation left when nothing went wrong."""
    made = trial("edit")
    made.zygote.run("edit", made.fresh())
    return made


def test_the_oracle_notices_a_full_disk_that_is_told_as_damage(left_alone: Trial) -> None:
    full = Fault(left_alone.points[0], "ENOSPC")
    for told_as, is_right in (
        (["DiskFullError"], True), (["DiskFullError", "WrongPassphraseError"], True), (["WrongPassphraseError"], False),
        (["VaultDamagedError"], False), (["DiskFullError", "EntryMalformedError"], False),
    ):  # fmt: skip
        told = Told(refused=[(0, each, None) for each in told_as])
        with nullcontext() if is_right else pytest.raises(AssertionError, match=told_as[-1]):
            left_alone._check_refusals(told, full)


def told_of(made: Trial) -> Told:
    return Told(done=len(made.operation.steps))


def test_the_oracle_passes_what_nothing_happened_to(left_alone: Trial) -> None:
    left_alone.judge(told_of(left_alone), None)


def test_the_oracle_notices_what_was_told_and_is_not_there(trial: TrialOf) -> None:
    made = trial("edit")
    made.fresh()
    with pytest.raises(AssertionError, match="rows"):
        made.judge(told_of(made), None)


def test_the_oracle_notices_an_acknowledged_entry_that_is_lost(left_alone: Trial) -> None:
    with pytest.raises(AssertionError, match="acknowledged"):
        left_alone.judge(Told(done=2, heads=["00" * 32]), None)


def test_the_oracle_notices_a_foreign_file(left_alone: Trial) -> None:
    (left_alone.place / "vault of Ainura" / "foreign").write_bytes(b"x")
    with pytest.raises(AssertionError, match="foreign"):
        left_alone.judge(told_of(left_alone), None)


def test_the_oracle_notices_a_vault_that_does_not_open(left_alone: Trial) -> None:
    for name in ("header.a", "header.b"):
        (left_alone.place / "vault of Ainura" / name).unlink()
    with pytest.raises(ExpectedError):
        left_alone.judge(told_of(left_alone), None)


def test_the_oracle_notices_an_object_that_is_lost(left_alone: Trial) -> None:
    next(path for path in (left_alone.place / "vault of Ainura" / "objects").rglob("*") if path.is_file()).unlink()
    with pytest.raises((AssertionError, ExpectedError)):
        left_alone.judge(told_of(left_alone), None)


@pytest.mark.parametrize(
    "spoil",
    [
        "DELETE FROM touch WHERE entry = (SELECT max(entry) FROM touch)",
        "DELETE FROM body WHERE entry = (SELECT max(entry) FROM body)",
        "UPDATE claim SET value = x'6161' WHERE key = 'narrative'",
        "UPDATE entry SET signature = zeroblob(64) WHERE id = (SELECT max(id) FROM entry)",
        "INSERT INTO setting VALUES ('left over', x'00')",
    ],
)
def test_the_oracle_notices_what_only_the_database_shows(left_alone: Trial, spoil: str) -> None:
    archive = vaults.unlock(left_alone.place / "vault of Ainura", PASSPHRASE)

    archive.connection.execute(spoil)
    archive.close()
    with pytest.raises((AssertionError, ExpectedError)):
        left_alone.judge(told_of(left_alone), None)


def test_a_state_differs_where_a_word_does() -> None:
    one, other = (json.dumps({"records": [["person", name]]}) for name in ("P", "Q"))
    assert "P" in oracle.difference(one, other) and not oracle.difference(one, one)
