"""A decoder's process and the two pipes to it, with a time limit on every wait.

On Windows pipes cannot be waited for: there the time limits are the watchdog inside the decoder, and killing it.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from fieldapp.media import frames

_BOOT = "import sys; sys.path[:0] = sys.argv[1:]; from fieldapp.media.decoder import run; run()"


def decoder_command() -> list[str]:
    """The command that starts a decoder from where this program and its libraries are, and nothing else."""
    roots = [str(Path(__file__).resolve().parents[2])]
    for name in ("PIL", "pillow_heif"):
        found = find_spec(name)
        if found is not None and found.origin is not None:
            roots.append(str(Path(found.origin).resolve().parents[1]))
    return [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _BOOT, *dict.fromkeys(roots)]


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A decoder with an empty environment, no folder of ours, and nothing open but its two pipes."""
    system_root = os.environ.get("SYSTEMROOT")  # Windows: without it Python finds no randomness
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd=Path(sys.executable).anchor or os.sep,
            env={} if system_root is None else {"SYSTEMROOT": system_root},
            start_new_session=sys.platform != "win32",  # Ctrl+C in a terminal is for the program, not for this one
            creationflags=_creation_flags(),
        )
    except OSError as error:
        raise GoneError from error


class GoneError(Exception):
    """The decoder has ended, or speaks nonsense."""


class LateError(Exception):
    """The decoder did not answer in time."""


class Pipes:
    """The two pipes to a decoder, with a time limit on every wait."""

    def __init__(self, process: subprocess.Popen[bytes], write_ms: int) -> None:
        self._to = _opened(process.stdin)
        self._from = _opened(process.stdout)
        self._write_ms = write_ms
        self._due = 0.0

    def due_in(self, milliseconds: int) -> None:
        """What is read from now on must be here within this time."""
        self._due = time.monotonic() + milliseconds / 1000

    def write(self, body: bytes) -> None:
        """Send all of `body`; each part of it must be taken within the write time."""
        rest = memoryview(body)
        while rest:
            _await(self._to, writing=True, timeout_ms=self._write_ms)
            try:
                rest = rest[os.write(self._to, rest) :]
            except OSError as error:
                raise GoneError from error

    def read_frame(self, most_bytes: int) -> bytes:
        """The body of the next frame, of at most `most_bytes`."""
        (length,) = frames.LENGTH.unpack(self._read(frames.LENGTH.size))
        if length > most_bytes:
            raise GoneError
        return self._read(length)

    def _read(self, size_bytes: int) -> bytes:
        body = bytearray()
        while len(body) < size_bytes:
            _await(self._from, writing=False, timeout_ms=int((self._due - time.monotonic()) * 1000))
            try:
                part = os.read(self._from, min(size_bytes - len(body), frames.CHUNK_BYTES))
            except OSError as error:
                raise GoneError from error
            if not part:
                raise GoneError
            body += part
        return bytes(body)


def _await(pipe: int, *, writing: bool, timeout_ms: int) -> None:
    """Wait until `pipe` can be used, or its other end is gone."""
    if sys.platform == "win32":
        return  # pipes cannot be waited for there; see the head of this file
    waiting = select.poll()
    waiting.register(pipe, select.POLLOUT if writing else select.POLLIN)
    if timeout_ms <= 0 or not waiting.poll(timeout_ms):
        raise LateError


def _opened(pipe: IO[bytes] | None) -> int:
    if pipe is None or pipe.closed:
        raise GoneError
    if sys.platform != "win32":
        os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0
