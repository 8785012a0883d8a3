"""Every way in for bytes from outside, with a few hundred changed inputs each; `packaging/dev fuzz` tries longer.

And the watcher itself: a target that does what none may do is caught.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable

import pytest

from fieldapp.errors import CardDamagedError
from tests import figures
from tests.fuzz import corpus, watching
from tests.fuzz.mutations import mutated
from tests.fuzz.places import scratch
from tests.fuzz.registry import examples, targets
from tests.fuzz.target import Target

TARGETS = {target.name: target for target in targets()}

NIGHTLY = 40
"""So many times more inputs at night."""


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not end is broken off; no byte code is written while somebody watches for writing."""
    scratch()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    watching.prepare()


@pytest.mark.parametrize("name", TARGETS)
def test_changed_inputs_are_refused_with_an_error_of_ours(name: str) -> None:
    target = TARGETS[name]
    inputs = examples(target)
    assert inputs
    chance = random.Random(name if os.environ.get("CI") else None)
    changes = target.quick * (NIGHTLY if os.environ.get("FIELDAPP_NIGHTLY") else 1)

    with watching.bounded_memory():
        tries = [watching.tried(target, each) for each in inputs]
        tries += [watching.tried(target, mutated(chance, inputs, target.words)) for _ in range(changes)]

    found = {each.what: each for each in tries if each is not None}
    figures.note("fuzzing", name, executions=len(tries), failures=len(found))
    assert [f"{each.what}: {each.content!r}\n{each.trace}" for each in found.values()] == []


@pytest.mark.parametrize("name", TARGETS)
def test_an_example_is_small_and_some_are_read_to_the_end(name: str) -> None:
    target = TARGETS[name]

    assert all(len(each) <= 1 << 17 for each in target.seeds())
    assert all(len(each) <= corpus.MOST_BYTES for each in corpus.kept(name))
    assert len(corpus.kept(name)) <= corpus.MOST_INPUTS
    assert any(_is_read(target, each) for each in examples(target))


def test_every_corpus_belongs_to_a_target() -> None:
    assert {path.name for path in corpus.FOLDER.glob("*")} <= {corpus.place_of(name).name for name in TARGETS}


def _raises(error: Exception) -> Callable[[bytes], object]:
    def read(_content: bytes) -> None:
        raise error

    return read


def _writes(_content: bytes) -> None:
    (scratch() / "left behind").write_bytes(b"plain")


def _makes_a_folder(_content: bytes) -> None:
    (scratch() / "folder").mkdir()


def _starts(_content: bytes) -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def _loops(_content: bytes) -> None:
    while True:
        pass


def _grows(_content: bytes) -> None:
    bytes(2 * watching.MOST_BYTES)


def _is_read(target: Target, content: bytes) -> bool:
    try:
        target.read(content)
    except target.allowed:
        return False
    return True


def _made_up(read: Callable[[bytes], object]) -> Target:
    return Target("made up", read, list)


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (_raises(ValueError()), "ValueError"),
        (_raises(AssertionError()), "AssertionError"),
        (_raises(MemoryError()), "MemoryError"),
        (_raises(RecursionError()), "RecursionError"),
        (_writes, "did: open for writing (w)"),
        (_starts, "did: os.posix_spawn, subprocess.Popen"),
        (_makes_a_folder, "did: os.mkdir"),
    ],
)
def test_what_no_target_may_do_is_caught(read: Callable[[bytes], object], what: str) -> None:
    found = watching.tried(_made_up(read), b"x")

    assert found is not None
    assert found.content == b"x"
    assert set(found.what.removeprefix("did: ").split(", ")) & set(what.removeprefix("did: ").split(", "))


def test_what_is_refused_with_an_error_of_ours_is_no_finding() -> None:
    assert watching.tried(_made_up(_raises(CardDamagedError("magic"))), b"x") is None


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")
def test_asking_for_too_much_memory_is_caught() -> None:
    with watching.bounded_memory():
        found = watching.tried(_made_up(_grows), b"x")

    assert found is not None
    assert found.what == "MemoryError"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such timers on Windows")
def test_what_does_not_end_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "BROKEN_OFF_AFTER_S", 0.05)

    found = watching.tried(_made_up(_loops), b"x")

    assert found is not None
    assert found.what == "did not end"


def test_what_takes_long_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_SECONDS", -1.0)

    found = watching.tried(_made_up(bytes), b"x")

    assert found is not None
    assert found.what.startswith("took more than")


def test_a_laid_file_is_no_finding_and_goes_again() -> None:
    place = scratch() / "laid"

    def reads(content: bytes) -> None:
        with watching.laid(place, content) as path:
            assert path.read_bytes() == content

    assert watching.tried(_made_up(reads), b"x") is None
    assert not place.exists()
