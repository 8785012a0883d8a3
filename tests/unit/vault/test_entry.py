from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto.padding import padded_body_size
from fieldapp.errors import BodyMismatchError, BugError, EntryMalformedError
from fieldapp.vault.encoding import Plain, decode_map, encode
from fieldapp.vault.entry import (
    MAX_BODY,
    MAX_HEADER,
    MAX_SEQ,
    MAX_TICK,
    Body,
    Entry,
    Header,
    log_of,
    parse_body,
    read_body,
    read_entry,
    write_body,
    write_header,
)

NONCE = bytes(range(16))
SIGNATURE = bytes(64)
FIRST: dict[str, Plain] = {
    "v": 1, "log": bytes(16), "seq": 0, "prev": bytes(32), "tick": 1, "time": 1_790_000_000_000, "zone": 300,
    "hash": b"h" * 32, "len": 512, "key": b"k" * 32,
}  # fmt: skip
LATER: dict[str, Plain] = {
    **{name: value for name, value in FIRST.items() if name != "key"},
    "log": b"l" * 16, "seq": 7, "prev": b"p" * 32,
}  # fmt: skip


def entry(fields: dict[str, Plain]) -> Entry:
    return read_entry(encode(fields), SIGNATURE)


def reason(fields: dict[str, Plain]) -> str:
    with pytest.raises(EntryMalformedError) as refused:
        entry(fields)
    return refused.value.reason


def body_of(text_bytes: int) -> Body:
    return Body("note", bytes(16), {"text": "a" * text_bytes})


def test_a_header_is_read_as_it_was_written() -> None:
    header = entry(LATER).header

    assert write_header(header) == encode(LATER)
    assert write_header(entry(FIRST).header) == encode(FIRST)


@pytest.mark.parametrize("fields", [FIRST, LATER], ids=["opening", "later"])
def test_every_field_of_a_header_must_be_there(fields: dict[str, Plain]) -> None:
    for name in fields:
        rest = {key: value for key, value in fields.items() if key != name}
        assert reason(rest) == ("opening" if name == "key" else "missing")


@pytest.mark.parametrize("name", list(FIRST))
@pytest.mark.parametrize("wrong", [None, True, "text", -(2**63), 2**63 - 1, b"", b"x" * 15, b"x" * 33, [], {}])
def test_every_field_of_a_header_is_checked_for_type_and_range(name: str, wrong: Plain) -> None:
    assert reason({**FIRST, name: wrong}) in {"type", "range", "version"}


def test_the_limits_of_a_header_are_where_the_format_says() -> None:
    for name, most in (("seq", MAX_SEQ), ("tick", MAX_TICK), ("time", 2**48), ("zone", 1440), ("len", MAX_BODY)):
        assert entry({**LATER, name: most})
        assert reason({**LATER, name: most + 1}) == "range"
    for name, least in (("tick", 0), ("time", -(2**48)), ("zone", -1440), ("len", 0)):
        assert entry({**LATER, name: least})
        assert reason({**LATER, name: least - 1}) == "range"
    assert reason({**LATER, "v": 2}) == "version"


@given(
    st.sampled_from(["seq", "tick", "time", "zone", "len"]),
    st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**53]),
    st.integers(0, 200),
    st.sampled_from([b"\0", b"\x18", b"\x19\0", b"\x1a\0\0", b"\x1b\0\0\0\0", b"\x20", b"\xf4"]),
    st.integers(0, 3),
)
def test_no_header_is_read_that_would_be_written_with_other_bytes(
    name: str, number: int, place: int, put: bytes, instead_of: int
) -> None:
    canonical = encode({**LATER, name: number})
    changed = canonical[:place] + put + canonical[place + instead_of :]

    for header_bytes in (canonical, changed):
        try:
            header = read_entry(header_bytes, SIGNATURE).header
        except EntryMalformedError:
            continue
        assert set(decode_map(header_bytes)) > set(LATER) or write_header(header) == header_bytes


@pytest.mark.parametrize("name", ["v", "seq", "tick", "time", "zone", "len"])
def test_a_number_of_a_header_has_one_spelling(name: str) -> None:
    number = 1 if name == "v" else 5
    at = encode({**LATER, name: number}).index(encode(name) + bytes([number])) + len(encode(name))
    canonical = encode({**LATER, name: number})

    assert write_header(read_entry(canonical, SIGNATURE).header) == canonical
    for size, head in ((1, 0x18), (2, 0x19), (4, 0x1A), (8, 0x1B)):
        longer = canonical[:at] + bytes([head]) + number.to_bytes(size, "big") + canonical[at + 1 :]
        with pytest.raises(EntryMalformedError) as refused:
            read_entry(longer, SIGNATURE)
        assert refused.value.reason == "encoding"


def test_only_the_opening_entry_has_a_key_and_names_no_log() -> None:
    wrong: list[dict[str, Plain]] = [
        {"key": b"k" * 32}, {"seq": 0}, {"log": bytes(16)}, {"prev": bytes(32)},
        {"seq": 0, "log": bytes(16), "prev": bytes(32)},
    ]  # fmt: skip
    for changes in wrong:
        assert reason({**LATER, **changes}) == "opening"
    wrong = [{"seq": 1}, {"log": b"l" * 16}, {"prev": b"p" * 32}]
    for changes in wrong:
        assert reason({**FIRST, **changes}) == "opening"


def test_a_header_may_say_more_and_is_passed_on_byte_for_byte() -> None:
    more = encode({**LATER, "colour": "green", "zz": [1, {"a": None}]})

    read = read_entry(more, SIGNATURE)

    assert read.header == entry(LATER).header
    assert read.header_bytes == more
    assert read.id == hashlib.sha256(more + SIGNATURE).digest()


def test_a_header_that_is_too_long_or_a_signature_of_another_size_is_refused() -> None:
    room = MAX_HEADER - len(encode({**LATER, "x": b""})) - 2
    assert read_entry(encode({**LATER, "x": bytes(room)}), SIGNATURE)
    for header, signature in (
        (encode({**LATER, "x": bytes(room + 1)}), SIGNATURE),
        (encode(LATER), SIGNATURE[:-1]),
        (encode(LATER), SIGNATURE + b"\0"),
    ):
        with pytest.raises(EntryMalformedError):
            read_entry(header, signature)


def test_the_log_is_named_by_its_opening_entry() -> None:
    opening, later = entry(FIRST), entry(LATER)

    assert log_of(opening, opening.id) == opening.id[:16]
    assert log_of(later, later.id) == b"l" * 16


def is_padded_size(size: int) -> bool:
    return padded_body_size(size) == size


@given(st.integers(0, 5000) | st.integers(64_000, 140_000))
def test_every_body_has_one_of_the_few_sizes(text_bytes: int) -> None:
    assert is_padded_size(len(write_body(body_of(text_bytes), NONCE)))


def test_every_size_of_text_around_the_longer_lengths_of_padding_gives_a_padded_size() -> None:
    for near in (512, 1024, 2048, 65536, 131072):
        for text_bytes in range(max(0, near - 700), near + 10):
            assert is_padded_size(len(write_body(body_of(text_bytes), NONCE))), text_bytes


def test_where_padding_grows_by_four_bytes_of_length_a_size_is_still_padded() -> None:
    for text_bytes in range(2**21 - 2**16 - 200, 2**21 - 2**16 + 200):
        assert is_padded_size(len(write_body(body_of(text_bytes), NONCE)))


def test_a_nonce_makes_equal_bodies_differ() -> None:
    one, other = write_body(body_of(5), NONCE), write_body(body_of(5), bytes(16))

    assert len(one) == len(other)
    assert hashlib.sha256(one).digest() != hashlib.sha256(other).digest()


def test_a_body_is_read_as_it_was_written_also_of_a_kind_nobody_knows() -> None:
    body = Body("омонат", b"s" * 16, {"later": [1, b"x", None, {"й": True}]})
    encoded = write_body(body, NONCE)

    assert parse_body(encoded) == body
    assert read_body(header_for(encoded), encoded) == body


def test_a_body_may_say_more() -> None:
    encoded = encode({**decode_map(write_body(body_of(5), NONCE)), "colour": "green"})

    assert parse_body(encoded) == body_of(5)


def test_a_body_that_the_header_does_not_name_is_refused() -> None:
    encoded = write_body(body_of(5), NONCE)
    header = header_for(encoded)
    for other in (write_body(body_of(5), bytes(16)), encoded + b"\0", encoded[:-1], b""):
        with pytest.raises(BodyMismatchError):
            read_body(header, other)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": bytes(15)}, {"nonce": "x" * 16}, {"kind": "k" * 33}, {"kind": b"note"}, {"kind": None},
        {"save": bytes(17)}, {"save": None}, {"payload": []}, {"payload": None}, {"pad": b"\0\1"}, {"pad": "\0"},
        {"pad": None},
    ],
)  # fmt: skip
def test_every_part_of_a_body_is_checked(change: dict[str, Any]) -> None:
    fields = decode_map(write_body(body_of(5), NONCE))
    with pytest.raises(EntryMalformedError):
        parse_body(encode({**fields, **change}))
    for name in change:
        with pytest.raises(EntryMalformedError):
            parse_body(encode({key: value for key, value in fields.items() if key != name}))


def test_a_body_that_no_reader_would_take_is_not_written() -> None:
    for body in (Body("k" * 33, bytes(16), {}), Body("note", b"", {}), Body("note", bytes(16), {"x": "\ud800"})):
        with pytest.raises(BugError):
            write_body(body, NONCE)
    with pytest.raises(BugError):
        write_body(body_of(1), b"short")


def test_a_body_of_half_the_limit_is_written_and_a_larger_one_is_refused_with_its_own_words() -> None:
    largest = MAX_BODY // 2 - len(write_body(body_of(0), NONCE)) + 300
    assert len(write_body(body_of(largest), NONCE)) <= MAX_BODY
    with pytest.raises(EntryMalformedError, match="size"):
        write_body(body_of(MAX_BODY // 2), NONCE)


def header_for(body: bytes) -> Header:
    digest = hashlib.sha256(body).digest()
    return entry({**LATER, "hash": digest, "len": len(body)}).header
