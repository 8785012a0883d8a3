"""Copies that read ahead."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto.pump import pump

T = TypeVar("T")


class _Failing(io.BytesIO):
    """A source that fails after its first block, and remembers that nobody reads it any more."""

    def __init__(self) -> None:
        super().__init__(bytes(100))
        self.reads = 0

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        self.reads += 1
        if self.reads > 1:
            raise OSError("gone")
        return super().readinto(buffer)


@given(st.binary(max_size=2000), st.integers(1, 300))
def test_everything_arrives_in_order(content: bytes, block_bytes: int) -> None:
    out = bytearray()

    count = pump(io.BytesIO(content), out.extend, block_bytes=block_bytes)

    assert bytes(out) == content
    assert count == len(content)


def test_a_thread_beside_gives_the_same() -> None:
    content = bytes(range(256)) * 1000
    out = bytearray()
    with ThreadPoolExecutor(1) as pool:

        def beside(work: Callable[[], T], /) -> Callable[[], T]:
            return pool.submit(work).result

        pump(io.BytesIO(content), out.extend, beside, block_bytes=1000)

    assert bytes(out) == content


def test_an_error_of_the_source_comes_after_what_was_read_before_it() -> None:
    out = bytearray()

    with pytest.raises(OSError, match="gone"):
        pump(_Failing(), out.extend, block_bytes=10)

    assert bytes(out) == bytes(10)


def test_a_read_under_way_is_waited_for_when_taking_fails() -> None:
    ended: list[bool] = []

    def beside(work: Callable[[], T], /) -> Callable[[], T]:
        def wait() -> T:
            ended.append(True)
            return work()

        return wait

    def refuse(_block: memoryview) -> None:
        raise ValueError("full")

    with pytest.raises(ValueError, match="full"):
        pump(io.BytesIO(bytes(100)), refuse, beside, block_bytes=10)

    assert len(ended) == 2
