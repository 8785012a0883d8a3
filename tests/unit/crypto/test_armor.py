from __future__ import annotations

import base64
import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto.armor import ArmorReader, ArmorWriter
from fieldapp.errors import ArmorError, BugError

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----\n"
END = b"-----END AGE ENCRYPTED FILE-----\n"


def _armored(content: bytes) -> bytes:
    out = io.BytesIO()
    with ArmorWriter(out) as writer:
        writer.write(content)
    return out.getvalue()


def _read(text: bytes) -> bytes:
    return ArmorReader(io.BytesIO(text)).read()


@given(content=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_armor_is_strict_pem_whatever_the_splits(content: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    out = io.BytesIO()
    with ArmorWriter(out) as writer:
        for start, end in itertools.pairwise(places):
            assert writer.write(memoryview(content)[start:end]) == end - start

    lines = base64.b64encode(content)
    wrapped = b"".join(lines[start : start + 64] + b"\n" for start in range(0, len(lines), 64))
    assert out.getvalue() == BEGIN + wrapped + END
    assert _read(out.getvalue()) == content


@pytest.mark.parametrize("content", [b"", bytes(48), bytes(50)])
def test_line_ends_may_be_crlf_and_the_last_may_be_missing(content: bytes) -> None:
    text = _armored(content)

    assert _read(text.replace(b"\n", b"\r\n")) == content
    assert _read(text[:-1]) == content


def test_white_space_around_is_allowed_up_to_a_limit() -> None:
    text = _armored(b"words")

    assert _read(b" \n\t\n" * 200 + text + b"\n " * 512) == b"words"
    with pytest.raises(ArmorError):
        _read(b"\n" * 1025 + text)
    with pytest.raises(ArmorError):
        _read(text + b"\n" * 1025)


def test_every_cut_is_refused() -> None:
    text = _armored(bytes(range(100)))

    for kept in range(len(text) - 1):
        with pytest.raises(ArmorError):
            _read(text[:kept])


def test_every_flipped_bit_is_refused_or_changes_the_content() -> None:
    content = bytes(range(100))
    text = _armored(content)
    body = range(len(BEGIN), len(text) - len(END))

    for place in range(len(text) * 8):
        changed = bytearray(text)
        changed[place // 8] ^= 1 << place % 8
        try:
            read = _read(bytes(changed))
        except ArmorError:
            continue
        last = place // 8 == len(text) - 1  # the line end of the last line; other white space may take its place
        assert last or (place // 8 in body and read != content)


def test_an_endless_line_is_refused_after_little_memory() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def readinto(self, buffer: object, /) -> int:
            assert isinstance(buffer, memoryview)
            buffer[:] = b"A" * len(buffer)
            self.taken += len(buffer)
            return len(buffer)

    source = Endless()

    with pytest.raises(ArmorError):
        ArmorReader(source).read(1)

    assert source.taken <= 8192


def test_after_an_error_every_read_fails_again() -> None:
    reader = ArmorReader(io.BytesIO(BEGIN + b"AAAA\nAAAA\n" + END))

    for _ in range(2):
        with pytest.raises(ArmorError):
            reader.read(1)


def test_dropped_armor_has_no_end() -> None:
    def interrupted(writer: ArmorWriter) -> None:
        with writer:
            writer.write(bytes(100))
            raise KeyError

    out = io.BytesIO()
    writer = ArmorWriter(out)
    with pytest.raises(KeyError):
        interrupted(writer)

    with pytest.raises(ArmorError):
        _read(out.getvalue())
    with pytest.raises(BugError):
        writer.write(b"more")
