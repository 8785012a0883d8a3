"""What is said of a machine: good news without advice, bad news with it, and what is not known as not known."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from fieldapp.services.safety import machine
from fieldapp.services.safety.machine import Level, Topic
from fieldapp.system.machine_state import Kept, MachineState
from fieldapp.system.network import NetworkLock

ALL = frozenset(NetworkLock)
GOOD = MachineState(Kept.NOT, Kept.NOT, Kept.NOT, Kept.ENCRYPTED, ALL)


def test_a_good_machine_is_told_without_advice() -> None:
    found = machine.findings_of(GOOD)

    assert [each.topic for each in found] == list(Topic)
    assert {each.level for each in found} == {Level.GOOD}
    assert {each.do for each in found} == {""}
    assert machine.warnings(found) == []


@pytest.mark.parametrize(
    ("place", "kept"), list(product(("disk", "swap", "hibernation", "dumps"), (Kept.PLAIN, Kept.UNKNOWN)))
)
def test_whatever_is_not_good_comes_with_what_to_do(place: str, kept: Kept) -> None:
    changed: Any = {place: kept}
    found = machine.findings_of(replace(GOOD, **changed))

    (told,) = [each for each in found if each.level is not Level.GOOD]
    assert told.state == kept.value
    assert told.level is (Level.WARNING if kept is Kept.PLAIN else Level.UNKNOWN)
    assert told.what
    assert told.do
    assert (told in machine.warnings(found)) == (kept is Kept.PLAIN)


@pytest.mark.parametrize(
    ("locks", "state", "level"),
    [
        (ALL, "namespace filter hook", Level.GOOD),
        ({NetworkLock.FILTER, NetworkLock.HOOK}, "filter hook", Level.GOOD),
        ({NetworkLock.HOOK}, "hook", Level.UNKNOWN),
        (set(), "", Level.UNKNOWN),
    ],
)
def test_the_network_is_as_the_locks_that_hold(locks: set[NetworkLock], state: str, level: Level) -> None:
    told = machine.findings_of(MachineState(Kept.NOT, Kept.NOT, Kept.NOT, Kept.NOT, frozenset(locks)))[-1]

    assert (told.topic, told.state, told.level) == (Topic.NETWORK, state, level)


def test_the_disk_is_told_only_where_a_folder_is_named(tmp_path: Path) -> None:
    assert Topic.DISK not in [each.topic for each in machine.look()]
    assert machine.look(tmp_path)[0].topic is Topic.DISK
