"""An operation, and one fault in it, at one call: the harness of every test here.

Rule 1: a fault is one call that writes: its name, and the how many-th of that name it is since the operation began.
Rule 2: a run is judged only if its fault fired. One that did not is told, never counted as passed.
Rule 3: a refusal is typed, a kill leaves no word, and anything else is a failure whatever the vault looks like.

strace is attached to a child that is ready and waits (`zygote.py` says why); decision 0044.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

WRITING = (
    "write", "pwrite64", "fsync", "fdatasync", "syncfs", "sync_file_range", "rename", "renameat", "renameat2", "unlink",
    "unlinkat", "link", "ftruncate", "truncate", "fallocate", "mkdir", "rmdir", "chmod", "fchmod", "utimensat",
    "sendfile", "copy_file_range", "openat",
)  # fmt: skip
REMOVING = frozenset({"unlink", "unlinkat", "rmdir"})
_CALL = re.compile(r"^(\w+)\((.*)$", re.MULTILINE)
_MAKES = "O_CREAT"
_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Point:
    """One call: `call` is its name, `number` counts the calls of that name."""

    call: str
    number: int


@dataclass(frozen=True)
class Fault:
    """What happens at a point: a kill, or an error, once or from then on."""

    point: Point
    error: str = ""
    onwards: bool = False

    @property
    def kills(self) -> bool:
        return not self.error

    @property
    def asked(self) -> str:
        """As strace is told."""
        what = f"error={self.error}" if self.error else "signal=SIGKILL"
        return f"inject={self.point.call}:{what}:when={self.point.number}{'+' if self.onwards else ''}"

    def __str__(self) -> str:
        how = f"{self.error}{' from then on' if self.onwards else ''}" if self.error else "killed"
        return f"{how} at {self.point.call} {self.point.number}"


@dataclass
class Told:
    """What a run said: how many steps were acknowledged, with which heads, what was refused; and how it ended."""

    done: int = 0
    heads: list[str] = field(default_factory=list)
    refused: list[tuple[int, str, str | None]] = field(default_factory=list)
    broke: str = ""
    states: list[tuple[int, str]] = field(default_factory=list)
    status: int = 0
    log: str = ""

    @property
    def was_killed(self) -> bool:
        return os.WIFSIGNALED(self.status) and os.WTERMSIG(self.status) == signal.SIGKILL

    def fired(self, fault: Fault) -> bool:
        """Whether the fault really happened in this run."""
        return self.was_killed if fault.kills else "(INJECTED)" in self.log

    def take(self, line: dict[str, Any]) -> None:
        if "done" in line:
            self.done, self.heads = line["done"], line["heads"]
        elif "refused" in line:
            self.refused.append((self.done, line["refused"], line["state"]))
        elif "broke" in line:
            self.broke += line["broke"]
        elif "states" in line:
            self.states = [(done, state) for done, state in line["states"]]

    def points(self) -> list[Point]:
        """Every call that writes, in order. Opening a file counts where it may make one."""
        counts: Counter[str] = Counter()
        points = []
        for call, rest in _CALL.findall(self.log):
            counts[call] += 1
            if call != "openat" or _MAKES in rest:
                points.append(Point(call, counts[call]))
        return points


class Zygote:
    """The process that forks, and has built `world`; end it with `close`."""

    def __init__(self, root: Path, ground: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        self._log = ground / "strace.log"
        self.world = ground / "world"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote", str(self.world)], cwd=root, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._line() == {"up": True}

    def close(self) -> None:
        self._into.close()
        self._process.wait(_PATIENCE_SECONDS)
        self._out.close()

    def states(self, what: str, place: Path) -> Told:
        """Run an operation undisturbed, and be told the states in between."""
        self._ask(what, place, watch=True)
        return self._listen(Told())

    def run(self, what: str, place: Path, fault: Fault | None = None, more: Sequence[str] = ()) -> Told:
        """Run an operation, with one fault or none, under strace; `more` are further words for strace."""
        self._ask(what, place, watch=False)
        told = Told()
        first = self._line()
        if "ready" not in first:
            told.take(first)
            return self._listen(told)
        trace = attach(first["ready"], self._log, [*more, *(["-e", fault.asked] if fault else [])])
        self._into.write(b"g")
        self._into.flush()
        self._listen(told)
        trace.wait(_PATIENCE_SECONDS)
        assert trace.stderr
        trace.stderr.close()
        told.log = self._log.read_text(errors="replace")
        return told

    def run_and_kill(self, what: str, place: Path, after_s: float | None) -> Told:
        """Run an operation without strace, and kill it after a while; None lets it end."""
        self._ask(what, place, watch=False, kill_after_s=after_s)
        told = Told()
        if "ended" in (line := self._line()):
            told.status = line["ended"]
            return told
        assert "ready" in line, line
        self._into.write(b"g")
        self._into.flush()
        return self._listen(told)

    @property
    def _into(self) -> IO[bytes]:
        assert self._process.stdin
        return self._process.stdin

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout
        return self._process.stdout

    def _ask(self, what: str, place: Path, *, watch: bool, kill_after_s: float | None = None) -> None:
        request = {"what": what, "place": str(place), "watch": watch, "kill_after_s": kill_after_s}
        self._into.write(json.dumps(request).encode() + b"\n")
        self._into.flush()

    def _line(self) -> dict[str, Any]:
        line = self._out.readline()
        assert line, "the zygote ended"
        said = json.loads(line)
        assert isinstance(said, dict)
        return said

    def _listen(self, told: Told) -> Told:
        while "ended" not in (line := self._line()):
            told.take(line)
        told.status = line["ended"]
        return told


def attach(pid: int, log: Path, asked: Sequence[str]) -> subprocess.Popen[bytes]:
    """strace on a process, attached when this returns."""
    command = ["strace", "-p", str(pid), "-o", str(log), "-e", f"trace={','.join(WRITING)}", *asked]
    trace = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert trace.stderr
    said = trace.stderr.readline()
    assert b"attached" in said, said
    return trace
