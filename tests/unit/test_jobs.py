"""Jobs: each ends exactly once, in order, on the asker's side; mistakes are told without content."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Never

import pytest

from fieldapp.errors import CancelledError, DiskFullError, FieldAppError
from fieldapp.jobs import Ends, Lane, UnexpectedError, open_lanes, thread_beside
from fieldapp.values import Progress, no_progress

SECRET = "what the narrator said"


class Desk:
    """Somebody who asks for work and runs what comes back, in their own thread."""

    def __init__(self) -> None:
        self.post: queue.Queue[Callable[[], None]] = queue.Queue()
        self.told: list[str] = []

    def hop(self, call: Callable[[], None]) -> None:
        self.post.put(call)

    def ends(self) -> Ends[object]:
        return Ends(
            done=lambda value: self.told.append(f"done {value}"),
            failed=lambda error: self.told.append(f"failed {type(error).__name__} {error}"),
            cancelled=lambda: self.told.append("cancelled"),
            progress=lambda done, total: self.told.append(f"{done}/{total}"),
        )

    def read(self, count: int) -> list[str]:
        """Run what comes back until so many ends and steps have been told."""
        wanted = len(self.told) + count
        while len(self.told) < wanted:
            self.post.get(timeout=10)()
        return self.told

    def take(self) -> None:
        """Run the next thing that comes back."""
        self.post.get(timeout=10)()

    def nothing_more(self) -> bool:
        before = len(self.told)
        while not self.post.empty():
            self.post.get_nowait()()
        return len(self.told) == before


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def lane(desk: Desk) -> Iterator[Lane]:
    lane = Lane("test", desk.hop)
    yield lane
    assert lane.close(10)


def raising(error: Exception) -> Callable[[Progress], Never]:
    def work(progress: Progress) -> Never:
        raise error

    return work


def test_work_is_done_in_one_other_thread_in_the_order_given(lane: Lane, desk: Desk) -> None:
    threads = []

    def work(progress: Progress) -> int:
        threads.append(threading.get_ident())
        return len(threads)

    for _ in range(3):
        lane.start(work, desk.ends())

    assert desk.read(3) == ["done 1", "done 2", "done 3"]
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


def test_what_the_world_does_ends_the_job_as_it_is(lane: Lane, desk: Desk) -> None:
    lane.start(raising(DiskFullError()), desk.ends())

    assert desk.read(1) == ["failed DiskFullError "]


def test_a_mistake_of_ours_is_told_with_its_class_and_none_of_its_words(lane: Lane, desk: Desk) -> None:
    errors: list[FieldAppError] = []

    lane.start(raising(ValueError(SECRET)), Ends(failed=errors.append))
    desk.take()

    assert isinstance(errors[0], UnexpectedError)
    assert errors[0].code == "ValueError"
    assert SECRET not in repr(errors[0])
    assert errors[0].__context__ is None and errors[0].__traceback__ is None


def test_a_mistake_in_our_own_code_is_told_with_its_place(lane: Lane, desk: Desk) -> None:
    from fieldapp.records.model import item_key

    errors: list[FieldAppError] = []
    lane.start(lambda _: item_key(SECRET, None), Ends(failed=errors.append))  # type: ignore[arg-type]
    desk.take()

    assert str(errors[0]).startswith("TypeError records.model:")
    assert SECRET not in "".join(map(str, errors))


def test_cancelled_before_it_began_it_is_never_done(lane: Lane, desk: Desk) -> None:
    hold = threading.Event()
    lane.start(lambda _: hold.wait(10), desk.ends())
    job = lane.start(raising(AssertionError()), desk.ends())

    job.cancel()
    hold.set()

    assert desk.read(2) == ["done True", "cancelled"]


def test_cancelled_while_it_works_it_stops_at_its_next_step_and_tidies_up(lane: Lane, desk: Desk) -> None:
    begun, go_on, tidied = threading.Event(), threading.Event(), []

    def work(progress: Progress) -> None:
        begun.set()
        go_on.wait(10)
        try:
            progress(1, 2)
        except CancelledError:
            tidied.append("tidy")
            raise

    job = lane.start(work, desk.ends())
    begun.wait(10)
    job.cancel()
    job.cancel()
    go_on.set()

    assert desk.read(1) == ["cancelled"]
    assert tidied == ["tidy"]
    assert job.ended


def test_what_was_done_before_the_cancel_was_seen_ends_as_done(lane: Lane, desk: Desk) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(progress: Progress) -> str:
        begun.set()
        go_on.wait(10)
        return "written"

    job = lane.start(work, desk.ends())
    begun.wait(10)
    job.cancel()
    go_on.set()

    assert desk.read(1) == ["done written"]


def test_progress_is_told_now_and_then_and_at_the_end(lane: Lane, desk: Desk) -> None:
    steps = 100_000

    def work(progress: Progress) -> str:
        for step in range(1, steps + 1):
            progress(step, steps)
        return "all"

    lane.start(work, desk.ends())
    while desk.told[-1:] != ["done all"]:
        desk.read(1)

    assert f"{steps}/{steps}" in desk.told
    assert len(desk.told) < steps / 10


def test_closing_a_lane_ends_what_waits_and_takes_nothing_more(desk: Desk) -> None:
    lane = Lane("test", desk.hop)
    begun, hold = threading.Event(), threading.Event()

    def work(progress: Progress) -> bool:
        begun.set()
        return hold.wait(10)

    lane.start(work, desk.ends())
    begun.wait(10)
    lane.start(raising(AssertionError()), desk.ends())

    assert not lane.close()
    lane.start(raising(AssertionError()), desk.ends())
    hold.set()

    assert lane.close(10)
    assert desk.read(3) == ["cancelled", "cancelled", "done True"]
    assert desk.nothing_more()


def test_the_lanes_do_not_wait_for_each_other(desk: Desk) -> None:
    lanes = open_lanes(desk.hop)
    hold = threading.Event()
    lanes.files.start(lambda _: hold.wait(10), desk.ends())

    lanes.vault.start(lambda _: "quick", desk.ends())
    first = list(desk.read(1))
    hold.set()

    assert first == ["done quick"]
    assert desk.read(1) == ["done quick", "done True"]
    assert lanes.close(10)


def test_work_beside_is_done_in_order_and_its_value_waited_for() -> None:
    order: list[int] = []

    def note(number: int) -> int:
        order.append(number)
        return number * 10

    with thread_beside() as beside:
        waits = [beside(partial(note, number)) for number in range(5)]
        assert [wait() for wait in reversed(waits)] == [40, 30, 20, 10, 0]

    assert order == [0, 1, 2, 3, 4]


def test_work_beside_runs_in_another_thread_that_is_gone_afterwards() -> None:
    with thread_beside() as beside:
        thread = beside(threading.current_thread)()
        assert thread is not threading.current_thread()

    assert not thread.is_alive()


def test_an_error_of_work_beside_is_met_by_who_waits_and_ends_nothing_else() -> None:
    with thread_beside() as beside:
        failing = beside(lambda: raising(DiskFullError())(no_progress))
        with pytest.raises(DiskFullError):
            failing()
        assert beside(lambda: "next")() == "next"


def test_the_thread_beside_ends_when_the_work_fails() -> None:
    def scene() -> None:
        with thread_beside() as beside:
            kept.append(beside(threading.current_thread)())
            raise CancelledError

    kept: list[threading.Thread] = []
    with pytest.raises(CancelledError):
        scene()
    assert not kept[0].is_alive()
