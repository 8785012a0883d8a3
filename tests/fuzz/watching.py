"""What a target must not do beside raising: take long, take much memory, write a file, start a process, open a socket.

Rule 1: time is processor time, so that a busy machine is no finding; what loops without end is broken off.
Rule 2: memory is the address space of the process, bounded while a target reads (not on Windows): what asks for more
        gets a MemoryError, which is a finding like any other.
Rule 3: files are watched by Python's audit events. What SQLCipher writes inside the vault of a target is not seen.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.target import Target

MOST_SECONDS = 2.0
MOST_BYTES = 300 * 1024 * 1024
BROKEN_OFF_AFTER_S = 10

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = frozenset({
    "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.utime", "os.setxattr", "os.removexattr",
})  # fmt: skip
_STARTS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn"})


@dataclass(frozen=True, slots=True)
class Finding:
    """What a target did that it must not do, and with which bytes. `what` tells apart, so that each is shown once."""

    target: str
    what: str
    content: bytes
    trace: str = ""


class _TooLong(BaseException):
    """Breaks off what would not end."""


class _Watch:
    """The one audit hook of this process, which can never be taken away again: it looks only while `watched` is set."""

    def __init__(self) -> None:
        self.watched: Target | None = None
        self.seen: list[str] = []
        self._is_hooked = False

    def hook(self) -> None:
        if not self._is_hooked:
            self._is_hooked = True
            sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        watched = self.watched
        if watched is None:
            return
        if event == "open":
            self._on_open(*arguments)
        elif event in _CHANGES or event.startswith("socket.") or (event in _STARTS and not watched.starts_processes):
            self.seen.append(event)

    def _on_open(self, path: object, mode: object, flags: object) -> None:
        writes = isinstance(flags, int) and flags & _WRITING
        if writes and str(path) != os.devnull and not isinstance(path, int):
            self.seen.append(f"open for writing ({mode})")


_WATCH = _Watch()


@contextmanager
def laid(path: Path, content: bytes) -> Iterator[Path]:
    """A file with the input, for what reads files: made and removed while nobody watches."""
    watched, _WATCH.watched = _WATCH.watched, None
    path.write_bytes(content)
    _WATCH.watched = watched
    try:
        yield path
    finally:
        watched, _WATCH.watched = _WATCH.watched, None
        path.unlink()
        _WATCH.watched = watched


def tried(target: Target, content: bytes) -> Finding | None:
    """Let the target read these bytes."""
    _WATCH.hook()
    _WATCH.seen.clear()
    trace = ""
    begun = time.process_time()
    try:
        with _broken_off():
            _WATCH.watched = target
            try:
                target.read(content)
            finally:
                _WATCH.watched = None
        what = ""
    except target.allowed:
        what = ""
    except _TooLong:
        what = "did not end"
    except Exception as error:  # noqa: BLE001 - this is where everything that is not ours shows
        what, trace = _named(error), traceback.format_exc()
    if not what and time.process_time() - begun > MOST_SECONDS:
        what = f"took more than {MOST_SECONDS:.0f} s"
    if not what and _WATCH.seen:
        what = f"did: {', '.join(sorted(set(_WATCH.seen)))}"
    return Finding(target.name, what, content, trace) if what else None


@contextmanager
def bounded_memory(most_bytes: int = MOST_BYTES) -> Iterator[None]:
    """Let this process have only so much more memory than it has now."""
    if sys.platform != "linux":
        yield
        return
    import resource  # there is no such module on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def _broken_off() -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, BROKEN_OFF_AFTER_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def prepare() -> None:
    """Have what does not end broken off, in the main thread of this process."""
    sys.dont_write_bytecode = True
    if sys.platform != "win32":
        signal.signal(signal.SIGPROF, _on_too_long)


def _on_too_long(_number: int, _frame: FrameType | None) -> None:
    raise _TooLong


def _named(error: Exception) -> str:
    """The class, and the last line of ours that it came through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "fieldapp" in Path(frame.filename).parts]
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-1:]]
    return " ".join([type(error).__name__, *places])
