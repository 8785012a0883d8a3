from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto.stream import (
    CHUNK_BYTES,
    SEALED_CHUNK_BYTES,
    TAG_BYTES,
    SealedFile,
    SealedReader,
    SealedWriter,
    plain_size,
    sealed_size,
)
from fieldapp.errors import (
    ArmorError,
    BugError,
    PayloadError,
    PayloadTamperedError,
    PayloadTrailingError,
    PayloadTruncatedError,
)

KEY = bytes(range(32))
EDGES = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 1)
sizes_near_edges = st.builds(
    lambda chunks, rest: max(0, chunks * CHUNK_BYTES + rest), st.integers(0, 3), st.integers(-20, 20)
)


def _content(size: int) -> bytes:
    return (b"0123456789abcdefghijklmnopqrstuvwxyz" * (size // 36 + 1))[:size]


def _sealed(content: bytes) -> bytes:
    out = io.BytesIO()
    with SealedWriter(out, KEY) as writer:
        writer.write(content)
    return out.getvalue()


def _read_in_order(sealed: bytes) -> bytes:
    return SealedReader(io.BytesIO(sealed), KEY).read()


def _read_at_random(sealed: bytes) -> bytes:
    with SealedFile(io.BytesIO(sealed), KEY) as opened:
        return opened.read()


class _Stingy(io.BytesIO):
    """A raw file that takes and gives at most 1,000 bytes at a time, as a pipe may."""

    def write(self, data: object, /) -> int:
        assert isinstance(data, memoryview)
        return super().write(data[:1000])

    def readinto(self, buffer: object, /) -> int:
        assert isinstance(buffer, memoryview)
        return super().readinto(buffer[:1000])


class _Full(io.BytesIO):
    """A disk that is full after the first chunk."""

    def write(self, data: object, /) -> int:
        assert isinstance(data, memoryview)
        if self.tell():
            raise OSError(28, "no room")
        return super().write(data)


@given(size=sizes_near_edges, cuts=st.lists(st.integers(0, 3 * CHUNK_BYTES), max_size=6))
def test_any_split_of_the_writes_gives_the_same_bytes(size: int, cuts: list[int]) -> None:
    content = _content(size)
    places = [0, *sorted(min(cut, size) for cut in cuts), size]
    out = io.BytesIO()

    with SealedWriter(out, KEY) as writer:
        for start, end in itertools.pairwise(places):
            assert writer.write(content[start:end]) == end - start

    assert out.getvalue() == _sealed(content)
    assert _read_in_order(out.getvalue()) == content
    assert _read_at_random(out.getvalue()) == content


@given(size=sizes_near_edges)
def test_the_two_sizes_are_known_from_each_other(size: int) -> None:
    assert len(_sealed(_content(size))) == sealed_size(size)
    assert plain_size(sealed_size(size)) == size


@pytest.mark.parametrize(
    "size",
    [-1, 0, 1, TAG_BYTES - 1, SEALED_CHUNK_BYTES + 1, SEALED_CHUNK_BYTES + TAG_BYTES, 2 * SEALED_CHUNK_BYTES + 3],
)
def test_a_size_that_no_whole_stream_has_is_truncated(size: int) -> None:
    with pytest.raises(PayloadTruncatedError):
        plain_size(size)


@given(size=sizes_near_edges, start=st.integers(0, 3 * CHUNK_BYTES + 30), length=st.integers(0, 2 * CHUNK_BYTES))
def test_any_part_can_be_read_alone(size: int, start: int, length: int) -> None:
    content = _content(size)

    with SealedFile(io.BytesIO(_sealed(content)), KEY) as opened:
        opened.seek(start)
        part = opened.read(length)

        assert part == content[start : start + length]
        assert opened.tell() == start + len(part)
        assert opened.size == size


def test_seeking_counts_from_the_beginning_here_and_the_end() -> None:
    content = _content(CHUNK_BYTES + 100)
    with SealedFile(io.BytesIO(_sealed(content)), KEY) as opened:
        assert opened.seek(-10, io.SEEK_END) == CHUNK_BYTES + 90
        assert opened.read(4) == content[-10:-6]
        assert opened.seek(-6, io.SEEK_CUR) == CHUNK_BYTES + 88
        assert opened.read() == content[-12:]
        with pytest.raises(ValueError, match="before the beginning"):
            opened.seek(-1)


def test_a_stream_can_stand_inside_a_larger_file() -> None:
    content = _content(CHUNK_BYTES + 5)
    sealed = _sealed(content)
    file = io.BytesIO(b"before" + sealed + b"after")

    with SealedFile(file, KEY, offset=6, size=len(sealed)) as opened:
        assert opened.read() == content


def test_a_real_file_is_closed_with_the_stream_and_left_open_when_it_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "object"
    path.write_bytes(_sealed(b"words"))
    file = path.open("rb")

    with pytest.raises(PayloadTamperedError):
        SealedFile(file, bytes(32))
    assert not file.closed

    opened = SealedFile(file, KEY)
    assert opened.read() == b"words"
    opened.close()
    opened.close()
    assert file.closed
    with pytest.raises(ValueError, match="closed"):
        opened.read()


def test_pipes_that_take_and_give_a_little_at_a_time_are_enough() -> None:
    content = _content(2 * CHUNK_BYTES + 77)
    out = _Stingy()

    with SealedWriter(out, KEY) as writer:
        writer.write(content)

    assert out.getvalue() == _sealed(content)
    assert SealedReader(_Stingy(out.getvalue()), KEY).read() == content
    with SealedFile(_Stingy(out.getvalue()), KEY) as opened:
        assert opened.read() == content


def test_reads_can_be_small_and_through_a_buffer() -> None:
    content = _content(CHUNK_BYTES + 1000)
    reader = io.BufferedReader(SealedReader(io.BytesIO(_sealed(content)), KEY))

    assert reader.read(CHUNK_BYTES - 5) == content[: CHUNK_BYTES - 5]
    assert reader.read(10) == content[CHUNK_BYTES - 5 : CHUNK_BYTES + 5]
    assert reader.read() == content[CHUNK_BYTES + 5 :]
    assert reader.read(1) == b""


@pytest.mark.parametrize("read", [_read_in_order, _read_at_random])
@pytest.mark.parametrize("size", [0, 1, 40])
def test_each_flipped_bit_is_tampering(read: Callable[[bytes], bytes], size: int) -> None:
    sealed = _sealed(_content(size))
    for place in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(PayloadTamperedError) as caught:
            read(bytes(changed))
        assert (caught.value.chunk, caught.value.last) == (0, True)


@pytest.mark.parametrize("read", [_read_in_order, _read_at_random])
@pytest.mark.parametrize("chunk", [0, 1, 2])
def test_a_change_is_named_by_its_chunk(read: Callable[[bytes], bytes], chunk: int) -> None:
    changed = bytearray(_sealed(_content(2 * CHUNK_BYTES + 9)))
    changed[chunk * SEALED_CHUNK_BYTES + 3] ^= 0x80

    with pytest.raises(PayloadTamperedError) as caught:
        read(bytes(changed))

    assert (caught.value.chunk, caught.value.last) == (chunk, chunk == 2)


@pytest.mark.parametrize("read", [_read_in_order, _read_at_random])
def test_swapped_chunks_are_tampering(read: Callable[[bytes], bytes]) -> None:
    sealed = _sealed(_content(3 * CHUNK_BYTES))
    first, second, third = (
        sealed[start : start + SEALED_CHUNK_BYTES] for start in range(0, len(sealed), len(sealed) // 3)
    )

    with pytest.raises(PayloadTamperedError):
        read(second + first + third)


@pytest.mark.parametrize("read", [_read_in_order, _read_at_random])
@pytest.mark.parametrize("kept", [0, 5, SEALED_CHUNK_BYTES, SEALED_CHUNK_BYTES + 10, 2 * SEALED_CHUNK_BYTES])
def test_a_cut_where_no_chunk_can_be_is_truncation(read: Callable[[bytes], bytes], kept: int) -> None:
    sealed = _sealed(_content(3 * CHUNK_BYTES))

    with pytest.raises(PayloadTruncatedError):
        read(sealed[:kept])


@pytest.mark.parametrize("read", [_read_in_order, _read_at_random])
def test_a_cut_inside_a_chunk_is_told_from_a_change_in_the_middle(read: Callable[[bytes], bytes]) -> None:
    sealed = _sealed(_content(3 * CHUNK_BYTES))

    with pytest.raises(PayloadTamperedError) as caught:
        read(sealed[: SEALED_CHUNK_BYTES + 1000])

    assert caught.value.last


def test_bytes_after_a_full_final_chunk_are_trailing() -> None:
    sealed = _sealed(_content(CHUNK_BYTES))

    with pytest.raises(PayloadTrailingError):
        _read_in_order(sealed + b"x")
    with pytest.raises(PayloadTrailingError):
        _read_in_order(sealed + sealed)


def test_every_cut_and_every_addition_of_a_stream_is_a_payload_error() -> None:
    sealed = _sealed(_content(50))
    for kept in range(len(sealed)):
        for read in (_read_in_order, _read_at_random):
            with pytest.raises(PayloadError):
                read(sealed[:kept])
    for added in (b"\x00", bytes(16), bytes(SEALED_CHUNK_BYTES)):
        for read in (_read_in_order, _read_at_random):
            with pytest.raises(PayloadError):
                read(sealed + added)


def test_nothing_of_a_chunk_is_given_out_before_its_tag_is_verified() -> None:
    content = _content(2 * CHUNK_BYTES)
    changed = bytearray(_sealed(content))
    changed[-1] ^= 1
    reader = SealedReader(io.BytesIO(changed), KEY)
    buffer = bytearray(b"?" * CHUNK_BYTES)

    assert reader.readinto(buffer) == CHUNK_BYTES
    assert buffer == content[:CHUNK_BYTES]
    buffer[:] = b"?" * CHUNK_BYTES
    with pytest.raises(PayloadTamperedError):
        reader.readinto(buffer)

    assert buffer == b"?" * CHUNK_BYTES
    assert not any(reader._plain)  # nor does it stay in our own buffer


def test_after_an_error_every_read_fails_again() -> None:
    content = _content(2 * CHUNK_BYTES)
    changed = bytearray(_sealed(content))
    changed[0] ^= 1
    reader = SealedReader(io.BytesIO(changed), KEY)

    for _ in range(2):
        with pytest.raises(PayloadTamperedError) as caught:
            reader.read(10)
        assert caught.value.chunk == 0
        assert not caught.value.last


@pytest.mark.parametrize("error", [ArmorError("cut off"), OSError(5, "the stick was pulled")])
def test_an_error_of_the_source_goes_through_and_stays(error: Exception) -> None:
    class FailsOnce(io.BytesIO):
        failed = False

        def readinto(self, buffer: object, /) -> int:
            if not self.failed:
                self.failed = True
                raise error
            return super().readinto(buffer)  # type: ignore[arg-type]  # handed on as it came

    reader = SealedReader(FailsOnce(_sealed(b"words")), KEY)

    for _ in range(2):
        with pytest.raises(type(error)):
            reader.read(10)


def test_random_access_goes_on_after_a_bad_chunk() -> None:
    content = _content(2 * CHUNK_BYTES + 5)
    changed = bytearray(_sealed(content))
    changed[0] ^= 1

    with SealedFile(io.BytesIO(changed), KEY) as opened:
        with pytest.raises(PayloadTamperedError):
            opened.read(1)
        opened.seek(CHUNK_BYTES)
        assert opened.read() == content[CHUNK_BYTES:]
        opened.seek(0)
        with pytest.raises(PayloadTamperedError):
            opened.read(1)
        opened.seek(2 * CHUNK_BYTES)
        assert opened.read() == content[2 * CHUNK_BYTES :]


def test_a_file_that_shrinks_while_it_is_open_is_truncated() -> None:
    file = io.BytesIO(_sealed(_content(3 * CHUNK_BYTES)))
    with SealedFile(file, KEY) as opened:
        file.truncate(SEALED_CHUNK_BYTES + 5)
        opened.seek(CHUNK_BYTES)
        with pytest.raises(PayloadTruncatedError):
            opened.read(1)


def test_leaving_by_an_exception_never_makes_a_whole_stream() -> None:
    out = io.BytesIO()

    def interrupted(writer: SealedWriter) -> None:
        with writer:
            writer.write(_content(CHUNK_BYTES + 1))
            raise KeyError

    writer = SealedWriter(out, KEY)
    with pytest.raises(KeyError):
        interrupted(writer)

    with pytest.raises(PayloadTruncatedError):
        _read_in_order(out.getvalue())
    with pytest.raises(BugError):
        writer.write(b"more")


def test_after_a_full_disk_the_writer_writes_nothing_more() -> None:
    out = _Full()
    writer = SealedWriter(out, KEY)

    with pytest.raises(OSError, match="no room"):
        writer.write(_content(3 * CHUNK_BYTES))
    writer.close()

    assert len(out.getvalue()) == SEALED_CHUNK_BYTES
    with pytest.raises(BugError):
        writer.write(b"more")


def test_closing_twice_writes_one_final_chunk() -> None:
    out = io.BytesIO()
    writer = SealedWriter(out, KEY)
    writer.close()
    writer.close()

    assert len(out.getvalue()) == TAG_BYTES
    assert not out.closed


def test_another_key_opens_nothing() -> None:
    with pytest.raises(PayloadTamperedError):
        SealedReader(io.BytesIO(_sealed(b"words")), bytes(32)).read()


def test_a_full_chunk_then_an_empty_final_one_is_refused() -> None:
    first = _sealed(_content(CHUNK_BYTES + 1))[:SEALED_CHUNK_BYTES]
    out = io.BytesIO()
    with SealedWriter(out, KEY) as writer:
        writer._counter = 1

    forged = first + out.getvalue()

    for read in (_read_in_order, _read_at_random):
        with pytest.raises(PayloadTruncatedError):
            read(forged)
