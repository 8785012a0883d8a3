"""Files written in even pieces, in turn and beside."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto.stream import write_full
from fieldapp.system.steady import SEND_EVERY_BYTES, SteadyFile

T = TypeVar("T")


class Recorded(FileIO):
    """A file that takes at most a few bytes at a time, as a pipe or a full disk may, or none from some point on."""

    def __init__(self, *, most: int = 2**20, room: int = 2**40) -> None:
        self.taken = bytearray()
        self._most = most
        self._room = room

    def write(self, data: memoryview, /) -> int:  # type: ignore[override]
        if len(self.taken) >= self._room:
            raise OSError(28, "no space")
        count = min(len(data), self._most)
        self.taken += data[:count]
        return count

    def close(self) -> None:
        """There is nothing to close."""


def cancelled_after_a_piece(steady: SteadyFile) -> None:
    with steady:
        write_full(steady, memoryview(bytes(11)))
        raise ValueError("cancelled")


@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(1, 30), st.integers(1, 50))
def test_what_goes_in_is_in_the_file(parts: list[bytes], piece_bytes: int, most: int) -> None:
    file = Recorded(most=most)

    with SteadyFile(file, piece_bytes=piece_bytes) as steady:
        for part in parts:
            write_full(steady, memoryview(part))
        steady.finish()

    assert bytes(file.taken) == b"".join(parts)


@given(st.lists(st.tuples(st.binary(max_size=10), st.booleans()), max_size=30), st.integers(10, 30))
def test_what_is_made_in_its_room_stands_in_order_with_what_is_written(
    parts: list[tuple[bytes, bool]], piece_bytes: int
) -> None:
    file = Recorded()

    with SteadyFile(file, piece_bytes=piece_bytes) as steady:
        for part, made_there in parts:
            if made_there:
                steady.room(len(part))[:] = part
                steady.put(len(part))
            else:
                write_full(steady, memoryview(part))
        steady.finish()

    assert bytes(file.taken) == b"".join(part for part, _ in parts)


def test_a_large_file_written_beside_is_the_same(tmp_path: Path) -> None:
    content = bytes(range(256)) * (3 * SEND_EVERY_BYTES // 256) + b"end"
    path = tmp_path / "file"
    with ThreadPoolExecutor(1) as pool:

        def beside(work: Callable[[], T], /) -> Callable[[], T]:
            return pool.submit(work).result

        with path.open("wb", buffering=0) as file, SteadyFile(file, beside) as steady:
            write_full(steady, memoryview(content))
            steady.finish()

    assert path.read_bytes() == content


def test_a_full_disk_is_told_at_the_latest_by_finish() -> None:
    with SteadyFile(Recorded(room=10), piece_bytes=10) as steady:
        write_full(steady, memoryview(bytes(15)))
        with pytest.raises(OSError, match="no space"):
            steady.finish()


def test_a_write_under_way_is_waited_for_when_the_work_fails() -> None:
    waited: list[str] = []

    def beside(work: Callable[[], T], /) -> Callable[[], T]:
        def wait() -> T:
            waited.append("once")
            return work()

        return wait

    with pytest.raises(ValueError, match="cancelled"):
        cancelled_after_a_piece(SteadyFile(Recorded(), beside, piece_bytes=10))

    assert waited == ["once"]


def test_an_error_of_the_work_is_not_hidden_by_one_of_the_disk() -> None:
    with pytest.raises(ValueError, match="cancelled"):
        cancelled_after_a_piece(SteadyFile(Recorded(room=0), piece_bytes=10))


def test_nothing_is_taken_from_a_file_that_takes_nothing() -> None:
    class Deaf(Recorded):
        def write(self, _data: memoryview, /) -> int:  # type: ignore[override]
            return 0

    with SteadyFile(Deaf(), piece_bytes=10) as steady:
        write_full(steady, memoryview(bytes(5)))
        with pytest.raises(OSError, match="nothing"):
            steady.finish()


def test_what_it_takes_is_copied_before_the_caller_uses_its_buffer_again() -> None:
    file, buffer = Recorded(), io.BytesIO(b"first")

    with SteadyFile(file, piece_bytes=100) as steady:
        view = buffer.getbuffer()
        steady.write(view)
        view[:] = b"other"
        steady.finish()

    assert bytes(file.taken) == b"first"
