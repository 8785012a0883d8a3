"""Hearing that the machine is about to sleep, that its lid is closed, or that its owner locked the session.

A child without keys (`watching_bus`) listens on the two message buses of a Linux desktop and writes one word a line
into a pipe: `sleep`, `lid` or `lock`; first of all `ready` and what it found. Nothing is ever said to it but, at its
start, where the buses are, and after a word whether this process stays. It ends when this process does, also when this
process becomes another program.

Other systems have no such child: Windows tells the window itself (`watching_windows`); elsewhere a jump of the clock
says afterwards that the machine has slept.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from fieldapp.system.child import Child, child_command, start_child

_LISTENER = "fieldapp.system.watching_bus"
_LIBRARIES = ("jeepney",)
_STAYS, _FINISHES = b"s", b"f"
_MOST_BYTES = 4096
_USUAL_SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"


class Watcher:
    """The child that listens. Belongs to one thread."""

    def __init__(self, child: Child) -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        self._child = child
        self._to, self._from = child.stdin, child.stdout
        self._rest = b""

    @property
    def handle(self) -> int:
        """The end of the pipe, to wait on."""
        return self._from.fileno()

    def read(self) -> list[str]:
        """The words that came, once there is something to read; none at all: the child has ended."""
        read = os.read(self.handle, _MOST_BYTES)
        *lines, self._rest = (self._rest + read).split(b"\n")
        return [line.decode("ascii", "replace") for line in lines]

    def stay(self) -> None:
        """After a word: there is nothing to hide here, and the machine may sleep."""
        self._answer(_STAYS)

    def finish(self) -> None:
        """After a word: something is brought to its end first. The sleep waits as long as the system lets it."""
        self._answer(_FINISHES)

    def _answer(self, said: bytes) -> None:
        with suppress(OSError):  # it has ended, which `read` tells
            self._to.write(said)

    def close(self) -> None:
        """End the child. Closing twice does nothing."""
        self._to.close()
        self._from.close()
        self._child.kill()
        self._child.wait()


def start_watcher(
    variables: Mapping[str, str] | None = None, *, ends_process: bool = True, command: Sequence[str] | None = None
) -> Watcher | None:
    """Begin to listen on the buses that `variables` (those of this process) name. None: this system has none.

    Where `ends_process`, a process that three seconds after a word has neither gone nor answered is killed: its window
    hangs, and the machine must not sleep with the keys in its memory.
    """
    if sys.platform != "linux":
        return None
    told = os.environ if variables is None else variables
    asked = {
        "parent": os.getpid() if ends_process else 0,
        "session_bus": told.get("DBUS_SESSION_BUS_ADDRESS") or _bus_of_user(told),
        "system_bus": told.get("DBUS_SYSTEM_BUS_ADDRESS") or _USUAL_SYSTEM_BUS,
        "session": told.get("XDG_SESSION_ID", ""),
    }
    try:
        child = start_child(command or child_command(_LISTENER, _LIBRARIES), buffered=False)
    except OSError:
        return None
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # it has ended, which `read` tells
        child.stdin.write(json.dumps(asked).encode("ascii") + b"\n")
    return Watcher(child)


def _bus_of_user(variables: Mapping[str, str]) -> str:
    folder = variables.get("XDG_RUNTIME_DIR", "")
    return f"unix:path={folder}/bus" if folder and (Path(folder) / "bus").exists() else ""
