"""Headers of the archive: the same bytes as from the standard library, and no others are read."""

from __future__ import annotations

import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.bundles.tar import MAX_FILE_BYTES, Header, filler_bytes, read_header, write_header
from fieldapp.errors import BugError, BundleDamagedError

LONG = "fieldapp-" + "0" * 32 + "/data/objects/" + "a" * 64


@pytest.mark.parametrize("name", ["a", "x" * 100, LONG, "x" * 155 + "/" + "y" * 100])
@pytest.mark.parametrize("size", [0, 1, 511, 512, MAX_FILE_BYTES])
def test_a_header_is_read_back_and_is_that_of_the_standard_library(name: str, size: int) -> None:
    theirs = tarfile.TarInfo(name)
    theirs.size, theirs.mode = size, 0o600

    block = write_header(Header(name, size))

    assert read_header(block) == Header(name, size)
    assert tarfile.TarInfo.frombuf(block, "ascii", "strict").name == name
    if name != LONG:  # two slashes to cut it at: the standard library takes the first
        assert block == theirs.tobuf(tarfile.USTAR_FORMAT)


@pytest.mark.parametrize(
    ("name", "size"), [("", 0), ("a b", 0), ("й", 0), ("x" * 101, 0), ("a", -1), ("a", MAX_FILE_BYTES + 1)]
)
def test_what_ustar_cannot_say_is_our_own_mistake(name: str, size: int) -> None:
    with pytest.raises(BugError):
        write_header(Header(name, size))


@pytest.mark.parametrize(("size", "filler"), [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)])
def test_content_is_filled_to_whole_blocks(size: int, filler: int) -> None:
    assert filler_bytes(size) == filler


@given(st.integers(0, 4095))
def test_no_changed_bit_of_a_header_is_read(bit: int) -> None:
    changed = bytearray(write_header(Header(LONG, 12345)))
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(BundleDamagedError):
        read_header(bytes(changed))


@given(st.binary(max_size=600))
def test_any_bytes_are_refused_with_our_own_error(block: bytes) -> None:
    with pytest.raises(BundleDamagedError):
        read_header(block)
