"""A new file, written so that the disk works while the program does.

Left to itself a system gathers a large file in memory, and the sync at its end waits for the disk alone. Here the bytes
go out in even pieces, beside the work that makes them where there is a thread for it; every few of them the system is
asked to write, and to give the memory back.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from types import TracebackType
from typing import Final, Self

from fieldapp.system import send_to_disk
from fieldapp.values import Beside, in_turn

PIECE_BYTES: Final = 512 * 1024
SEND_EVERY_BYTES: Final = 8 * 1024 * 1024


class SteadyFile:
    """Takes the bytes of a new file in order; all of them are written when `finish` returns. Syncing is the caller's.

    Holds two pieces. Leaving its `with` waits for a write under way, so that the caller may close the file.
    """

    def __init__(self, file: FileIO, beside: Beside = in_turn, *, piece_bytes: int = PIECE_BYTES) -> None:
        self._file = file
        self._beside = beside
        self._filling = memoryview(bytearray(piece_bytes))
        self._spare = memoryview(bytearray(piece_bytes))
        self._filled_bytes = 0
        self._written_bytes = 0
        self._sent_bytes = 0
        self._wait: Callable[[], None] = _nothing

    def write(self, data: memoryview, /) -> int:
        """Take some of `data`, and give how many bytes. An error may come with a later call, or from `finish`.

        Raises:
            OSError: as the system says; what was written so far is no file.
        """
        if self._filled_bytes == len(self._filling):
            self._start()
        count = min(len(data), len(self._filling) - self._filled_bytes)
        self._filling[self._filled_bytes : self._filled_bytes + count] = data[:count]
        self._filled_bytes += count
        return count

    def room(self, size_bytes: int, /) -> memoryview:
        """The place of the next bytes, at most a piece, to be filled and then `put`. Raises OSError, as `write`."""
        if len(self._filling) - self._filled_bytes < size_bytes:
            self._start()
        return self._filling[self._filled_bytes : self._filled_bytes + size_bytes]

    def put(self, size_bytes: int, /) -> None:
        """Take what was made at the beginning of the room given last."""
        self._filled_bytes += size_bytes

    def finish(self) -> None:
        """Write what is held. Raises OSError."""
        self._start()
        self._join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(OSError):  # either `finish` has told it, or another error ended the work
            self._join()

    def _start(self) -> None:
        self._join()
        piece = self._filling[: self._filled_bytes]
        self._wait = self._beside(lambda: self._write(piece))
        self._filling, self._spare = self._spare, self._filling
        self._filled_bytes = 0

    def _join(self) -> None:
        wait, self._wait = self._wait, _nothing
        wait()

    def _write(self, piece: memoryview) -> None:
        while piece:
            count = self._file.write(piece)
            if not count:
                raise OSError("nothing was written")
            self._written_bytes += count
            piece = piece[count:]
        if self._written_bytes - self._sent_bytes >= SEND_EVERY_BYTES:
            # From before what was sent last: what reached the disk since then leaves the memory now.
            begin = max(0, self._sent_bytes - 2 * SEND_EVERY_BYTES)
            send_to_disk(self._file.fileno(), begin, self._written_bytes - begin)
            self._sent_bytes = self._written_bytes


def _nothing() -> None:
    """Nothing is under way."""
