"""Work beside the window: the only place that starts threads.

Three lanes, each a thread. In the *vault lane* the vault is unlocked, and its connection never leaves it: everything
that needs the database is done there, in the order in which it was asked for. The *files lane* reads and seals, the
*pictures lane* decodes what is looked at, so that no picture waits for a large file; neither sees the database.

Rule 1: a job ends exactly once: `done`, `failed` or `cancelled`; also when its lane is closed under it.
Rule 2: callbacks are handed to `hop`, which brings them to the thread of whoever asked; they never run in a lane.
Rule 3: what is not an `ExpectedError` is our mistake: it ends the job as `UnexpectedError` with a code that says where,
        and nothing of what was worked on. Tracebacks hold record content in their frames, so they are dropped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, NoReturn, TypeVar

from fieldapp import system
from fieldapp.errors import BugError, CancelledError, ExpectedError, FieldAppError
from fieldapp.system import asleep, watching_windows
from fieldapp.system.watching import Watcher, start_watcher
from fieldapp.values import Beside, Progress

T = TypeVar("T")

Hop = Callable[[Callable[[], None]], None]
"""Runs what it is given in another thread, later, in the order given."""

Work = Callable[[Progress], T]
StartWatcher = Callable[[], Watcher | None]
ReadClocks = Callable[[], asleep.Moment]

PROGRESS_EVERY_S = 0.05
_PACKAGE = "fieldapp"


class UnexpectedError(BugError):
    """A mistake of ours met in a job. `code` says which and where, in names of our code only."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def code_of(error: BaseException) -> str:
    """Class, module and line of a mistake: enough to find it, and no word of what was worked on."""
    place = ""
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] == _PACKAGE and module != __name__:
            place = f" {module.removeprefix(_PACKAGE + '.')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


@dataclass(frozen=True)
class Ends(Generic[T]):
    """Who is told how a job ended, and how far it is. Each is called through `hop`."""

    done: Callable[[T], None] | None = None
    failed: Callable[[FieldAppError], None] | None = None
    cancelled: Callable[[], None] | None = None
    progress: Callable[[int, int], None] | None = None


class Job(Generic[T]):
    """One piece of work. `cancel` may be called from any thread, any time."""

    def __init__(self, work: Work[T], ends: Ends[T], hop: Hop) -> None:
        self._work = work
        self._ends = ends
        self._hop = hop
        self._cancel = threading.Event()
        self._ending = threading.Lock()
        self._ended = False
        self._told_at = 0.0

    @property
    def ended(self) -> bool:
        """Whether its end has been told, or is on its way."""
        return self._ended

    def cancel(self) -> None:
        """Ask the work to stop at its next step. What has been done by then may still end as done."""
        self._cancel.set()

    def run(self) -> None:
        """Do the work, in the thread of a lane."""
        if self._cancel.is_set():
            self.end_cancelled()
            return
        try:
            value = self._work(self._progress)
        except CancelledError:
            self.end_cancelled()
        except FieldAppError as error:
            self._end_failed(error)
        except Exception as error:  # noqa: BLE001 - the job runner is where every mistake ends
            self._end_failed(error)
        else:
            self._end(None if self._ends.done is None else _bound(self._ends.done, value))

    def end_cancelled(self) -> None:
        """End it without doing it."""
        self._end(self._ends.cancelled)

    def _end_failed(self, error: Exception) -> None:
        told = error if isinstance(error, ExpectedError) else UnexpectedError(code_of(error))
        for each in (error, told):
            each.__traceback__ = each.__context__ = each.__cause__ = None
        self._end(None if self._ends.failed is None else _bound(self._ends.failed, told))

    def _end(self, tell: Callable[[], None] | None) -> None:
        with self._ending:
            first, self._ended = not self._ended, True
        if first and tell is not None:
            self._hop(tell)

    def _progress(self, done_bytes: int, total_bytes: int) -> None:
        if self._cancel.is_set():
            raise CancelledError
        if self._ends.progress is None:
            return
        now = time.monotonic()
        if now - self._told_at >= PROGRESS_EVERY_S or done_bytes >= total_bytes:
            self._told_at = now
            tell = self._ends.progress
            self._hop(lambda: tell(done_bytes, total_bytes))


class Lane:
    """A queue with a thread. Its jobs run one after another, in the order given."""

    def __init__(self, name: str, hop: Hop) -> None:
        self._hop = hop
        self._jobs: SimpleQueue[Job[object] | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def start(self, work: Work[T], ends: Ends[T] | None = None) -> Job[T]:
        """Queue work. After `close` it ends as cancelled at once."""
        job: Job[T] = Job(work, ends or Ends(), self._hop)
        if self._closed:
            job.end_cancelled()
        else:
            self._jobs.put(job)  # type: ignore[arg-type]  # the queue does not look at what a job gives
        return job

    def close(self, timeout_s: float = 0.0) -> bool:
        """Take no more work; what waits ends as cancelled. True if the thread ended within `timeout_s`."""
        if not self._closed:
            self._closed = True
            self._drop_waiting()
            self._jobs.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _drop_waiting(self) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is not None:
                job.end_cancelled()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            done = [job]
            del job
            self._hop(done.clear)  # what it holds, widgets among it, must go in the thread of whoever asked


@dataclass(frozen=True)
class Lanes:
    """The lanes of one window."""

    vault: Lane
    files: Lane
    pictures: Lane

    def close(self, timeout_s: float = 0.0) -> bool:
        """Close all lanes. True if each of their threads ended within `timeout_s`."""
        ended = [lane.close(timeout_s) for lane in (self.pictures, self.files, self.vault)]
        return all(ended)


def open_lanes(hop: Hop) -> Lanes:
    """Start the lanes. `hop` brings what they tell back to whoever asks."""
    return Lanes(Lane("vault", hop), Lane("files", hop), Lane("pictures", hop))


@contextmanager
def thread_beside() -> Iterator[Beside]:
    """A `Beside` with a thread of its own, for one long piece of work; the thread has ended when this ends."""
    waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def run() -> None:
        while (call := waiting.get()) is not None:
            call()

    def beside(work: Callable[[], T], /) -> Callable[[], T]:
        answer: SimpleQueue[Callable[[], T]] = SimpleQueue()
        waiting.put(lambda: answer.put(_outcome(work)))

        def wait() -> T:
            return answer.get()()

        return wait

    thread = threading.Thread(target=run, name="beside", daemon=True)
    thread.start()
    try:
        yield beside
    finally:
        waiting.put(None)
        thread.join()


def replace_process(arguments: Sequence[str]) -> NoReturn:
    """Become the program `arguments` names: the only lock there is, for the memory of this process goes with it."""
    system.replace_process(arguments)


def watch_machine() -> Watcher | None:
    """Begin to hear of sleep, lid and session, in a child process; None where this system has no such child."""
    return start_watcher()


def watch_window(window: int) -> bool:
    """Have Windows tell this window of locks of the session; False on other systems."""
    return watching_windows.ask_for_session(window)


def word_in_message(address: int) -> str:
    """The word that a listener would say for this native message of Windows; or none."""
    return watching_windows.word_at(address)


def moment() -> asleep.Moment:
    """Now, on a clock that stands while the machine sleeps, and on one that goes on."""
    return asleep.moment()


def harden_process() -> None:
    """No core dumps, no reading of this process by others."""
    system.harden_process()


def _outcome(work: Callable[[], T]) -> Callable[[], T]:
    """Do the work; gives what gives its value, or raises what it raised."""
    try:
        value = work()
    except BaseException as problem:  # noqa: BLE001 - whoever waits for it meets it
        error = problem

        def fail() -> NoReturn:
            raise error

        return fail
    return lambda: value


def _bound(call: Callable[[T], None], value: T) -> Callable[[], None]:
    return lambda: call(value)
