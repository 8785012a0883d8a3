from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.errors import BugError, EntryMalformedError
from fieldapp.vault.encoding import MAX_DEPTH, Plain, decode, decode_map, encode, take_bytes, take_int, take_text

plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def nested(levels: int) -> Plain:
    value: Plain = []
    for _ in range(levels - 1):
        value = [value]
    return value


@given(plain_values)
def test_what_is_written_is_read_as_it_was_and_written_the_same_again(value: Plain) -> None:
    encoded = encode(value)

    assert decode(encoded) == value
    assert encode(decode(encoded)) == encoded


@given(st.binary(max_size=40))
def test_any_bytes_are_either_the_one_spelling_of_a_value_or_refused(raw: bytes) -> None:
    try:
        value = decode(raw)
    except EntryMalformedError:
        return
    assert encode(value) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x18\x05", b"\x19\x00\x05", b"\x9f\x01\xff", b"\x5f\x41a\xff", b"\xf9\x3c\x00", b"\xfb" + bytes(8),
        b"\xf7", b"\xe0", b"\xc0\x60", b"\xc2\x41\x05", b"\xc2\x49" + b"\xff" * 9, b"\x3b" + b"\xff" * 8,
        b"\x1b\x80" + bytes(7), b"\xa2\x61a\x01\x61a\x02", b"\xa2\x61b\x01\x61a\x02", b"\xa2\x62aa\x01\x61b\x02",
        b"\xa1\x01\x02", b"\xa1\x41a\x02", b"\x61\xff", b"\x63\xed\xa0\x80", b"\x05\x05", b"\x82\x05",
        b"\xd9\xd9\xf7\x05",        b"\xbf\x61a\x01\xff", b"\x9b" + b"\xff" * 8, b"\x5b" + b"\xff" * 8, b"\x81" * 5000,
    ],
)  # fmt: skip
def test_every_other_spelling_is_refused(raw: bytes) -> None:
    with pytest.raises(EntryMalformedError):
        decode(raw)


def test_what_the_reader_would_not_take_is_never_written() -> None:
    never: list[Any] = [1.5, 2**63, -(2**63) - 1, {1: 2}, {b"a": 1}, (1,), object(), [set()], "\ud800", {"\udcff": 1}]
    for value in [*never, nested(MAX_DEPTH + 1), {"a": nested(MAX_DEPTH)}]:
        with pytest.raises(BugError):
            encode(value)


def test_depth_is_the_same_for_the_writer_and_the_reader() -> None:
    assert decode(encode(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(EntryMalformedError):
        decode(cbor2.dumps(nested(MAX_DEPTH + 1), canonical=True))


def test_takers_refuse_other_types_sizes_and_ranges() -> None:
    assert (take_bytes(b"ab", 1, 2), take_int(5, 5, 5), take_text("абв", 3)) == (b"ab", 5, "абв")
    for take in (
        lambda: take_bytes(b"abc", 1, 2),
        lambda: take_bytes("ab"),
        lambda: take_int(4, 5, 6),
        lambda: take_int(7, 5, 6),
        lambda: take_int(True, 0, 1),
        lambda: take_int(None, 0, 1),
        lambda: take_text("abcd", 3),
        lambda: take_text(b"ab", 3),
        lambda: decode_map(encode([])),
    ):
        with pytest.raises(EntryMalformedError):
            take()
