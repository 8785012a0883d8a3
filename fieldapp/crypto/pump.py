"""Copies a source block by block, reading the next block beside what is done with this one.

Rule: when an error ends the copy, the read under way is waited for first: who closes the source afterwards may rely on
nobody using it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from fieldapp.crypto.stream import ByteSource
from fieldapp.errors import ExpectedError
from fieldapp.values import Beside, in_turn

BLOCK_BYTES = 1024 * 1024


def pump(
    source: ByteSource,
    take: Callable[[memoryview], object],
    beside: Beside = in_turn,
    *,
    block_bytes: int = BLOCK_BYTES,
) -> int:
    """Give everything that `source` has to `take`, in order; returns how many bytes that were. Holds two blocks.

    Raises:
        Whatever `source` and `take` raise.
    """
    reading, taking = memoryview(bytearray(block_bytes)), memoryview(bytearray(block_bytes))
    wait = _start(source, reading, beside)
    total = 0
    while count := wait():
        reading, taking = taking, reading
        wait = _start(source, reading, beside)
        try:
            take(taking[:count])
        except BaseException:
            _finish(wait)
            raise
        total += count
    return total


def _start(source: ByteSource, block: memoryview, beside: Beside) -> Callable[[], int | None]:
    return beside(lambda: source.readinto(block))


def _finish(wait: Callable[[], object]) -> None:
    """Let a read end whose bytes nobody wants any more, whether it succeeds or not."""
    with suppress(ExpectedError, OSError):  # the error that ended the copy is what counts
        wait()
