"""A process that has imported everything, and forks a child for each operation that is asked of it.

`python -m tests.faults.zygote WORLD`: it first builds the world that operations begin in, so that everything that is
loaded on first use (vocabularies, stemmers, what SQLCipher and OpenSSL set up) is loaded once and not in each child.
A line of JSON comes in (`what`, `place`, `watch`, `kill_after_s`), lines of JSON go out. The child makes itself ready,
says so with its number, and waits for one byte, so that strace can be attached meanwhile: what is counted begins with
the operation.
What it tells goes out by `writev`, into which no fault is injected. The zygote has the last line: how it ended.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fieldapp.errors import ExpectedError, FieldAppError
from fieldapp.vault import journal
from fieldapp.vault.connection import Connection
from tests.faults import worlds
from tests.faults.operations import KNOWN
from tests.faults.oracle import state_of
from tests.faults.scene import Operation, Scene

_PR_SET_PTRACER = 0x59616D61
_ANYBODY = ctypes.c_ulong(-1)
ATTEMPTS = 2
"""A person who is refused tries once more."""


def tell(**facts: object) -> None:
    os.writev(1, [json.dumps(facts).encode() + b"\n"])


def heads_of(scene: Scene) -> list[str]:
    """The newest entry of each own log, which names all before it; none where a disk that goes on failing says none."""
    with suppress(FieldAppError):
        if scene.opened is not None and scene.opened.connection.is_open:
            return [head.id.hex() for head in journal.heads(scene.opened.connection, own_only=True).values()]
    return []


def state_now(scene: Scene) -> str | None:
    """The state the open vault is in; None where it cannot be asked any more."""
    with suppress(FieldAppError):
        if scene.opened is not None and scene.opened.connection.is_open:
            return state_of(scene.opened.connection)
    return None


def run(operation: Operation, place: Path) -> None:
    scene = operation.begin(place)
    tell(ready=os.getpid())
    os.read(0, 1)
    try:
        for number, step in enumerate(operation.steps):
            for _attempt in range(ATTEMPTS):
                try:
                    step(scene)
                except ExpectedError as refused:
                    tell(refused=type(refused).__name__, state=state_now(scene))
                else:
                    tell(done=number + 1, heads=heads_of(scene))
                    break
            else:
                return
    finally:
        scene.close()


def watched(operation: Operation, place: Path) -> list[tuple[int, str]]:
    """Every state in which something was committed, with the number of steps that were done before it."""
    states: list[tuple[int, str]] = []
    done = 0
    inner = Connection.transaction

    @contextmanager
    def transaction(self: Connection) -> Iterator[None]:
        outermost = not self.in_transaction
        with inner(self):
            yield
        if outermost:
            states.append((done, state_of(self)))

    scene = operation.begin(place)
    if scene.opened is not None:
        states.append((0, state_of(scene.opened.connection)))
    Connection.transaction = transaction  # type: ignore[method-assign]
    for number, step in enumerate(operation.steps):
        step(scene)
        done = number + 1
        if scene.opened is not None and scene.opened.connection.is_open:
            states.append((done, state_of(scene.opened.connection)))
    scene.close()
    return states


def child(what: str, place: Path, *, watch: bool) -> None:
    """Never returns."""
    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYBODY, 0, 0, 0)
        if watch:
            tell(states=watched(KNOWN[what], place))
        else:
            run(KNOWN[what], place)
    except BaseException:  # noqa: BLE001 - told to whoever judges
        tell(broke=traceback.format_exc())
    os._exit(0)


def main() -> None:
    worlds.build(Path(sys.argv[1]))
    gc.collect()
    gc.freeze()
    asked = os.fdopen(os.dup(0), "rb", buffering=0)
    tell(up=True)
    while line := asked.readline():
        request = json.loads(line.lstrip(b"g"))  # the byte that a child was killed before it could read
        pid = os.fork()
        if pid == 0:
            child(request["what"], Path(request["place"]), watch=request["watch"])
        if request["kill_after_s"] is not None:
            threading.Event().wait(request["kill_after_s"])  # any moment will do: that it is any is what is tried
            os.kill(pid, signal.SIGKILL)  # it was not waited for, so the number is still its own
        _pid, status = os.waitpid(pid, 0)
        tell(ended=status)


if __name__ == "__main__":
    main()
