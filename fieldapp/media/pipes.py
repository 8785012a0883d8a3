"""A decoder's process and the two pipes to it, with a time limit on every wait.

On Windows pipes cannot be waited for: there the time limits are the watchdog inside the decoder, and killing it.
"""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Sequence
from typing import IO

from fieldapp.media import frames
from fieldapp.system.child import Child, child_command, start_child

_DECODER = "fieldapp.media.decoder"
_LIBRARIES = ("PIL", "pillow_heif")


def decoder_command() -> list[str]:
    """The command that starts a decoder from where this program and its libraries are, and nothing else."""
    return child_command(_DECODER, _LIBRARIES)


def start(command: Sequence[str]) -> Child:
    """A decoder with an empty environment, no folder of ours, and nothing open but its two pipes."""
    try:
        return start_child(command, buffered=False)
    except OSError as error:
        raise GoneError from error


class GoneError(Exception):
    """The decoder has ended, or speaks nonsense."""


class LateError(Exception):
    """The decoder did not answer in time."""


class Pipes:
    """The two pipes to a decoder, with a time limit on every wait."""

    def __init__(self, process: Child, write_ms: int) -> None:
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
