"""Entries as they travel: one spelling, and every other is refused."""

from __future__ import annotations

from dataclasses import replace

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fieldapp.bundles.journal import MAX_SEGMENT_BYTES, read_segment, write_segments
from fieldapp.errors import BugError, BundleDamagedError
from fieldapp.vault.entry import MAX_BODY, MAX_HEADER
from fieldapp.vault.journal import SealedEntry
from tests.unit.bundles.peers import peer

OPENING = peer("Ainura").opening
ENTRY = SealedEntry(b"h" * 200, b"s" * 64, b"b" * 700)

entries = st.builds(
    SealedEntry,
    st.binary(max_size=MAX_HEADER),
    st.binary(min_size=64, max_size=64),
    st.none() | st.binary(max_size=2000) | st.integers(0, 70_000).map(bytes),
)


@given(st.lists(entries, min_size=1, max_size=6), st.integers(1, 5000))
def test_entries_come_back_as_they_were(given_entries: list[SealedEntry], limit: int) -> None:
    segments = list(write_segments(given_entries, limit))

    assert [entry for segment in segments for entry in read_segment(segment)] == given_entries


def test_a_segment_is_a_sequence_of_cbor() -> None:
    (segment,) = write_segments([ENTRY, replace(ENTRY, body_bytes=None)])

    expected = [[ENTRY.header_bytes, ENTRY.signature, ENTRY.body_bytes], [ENTRY.header_bytes, ENTRY.signature, None]]
    assert segment == b"".join(cbor2.dumps(item) for item in expected)


def test_the_largest_entry_fits_into_a_segment() -> None:
    largest = SealedEntry(bytes(MAX_HEADER), bytes(64), bytes(MAX_BODY))

    segments = list(write_segments([ENTRY, largest, ENTRY]))

    assert len(segments) == 3
    assert len(segments[1]) < MAX_SEGMENT_BYTES
    assert list(read_segment(segments[1])) == [largest]


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRY, header_bytes=bytes(MAX_HEADER + 1)),
        replace(ENTRY, signature=bytes(63)),
        replace(ENTRY, body_bytes=bytes(MAX_BODY + 1)),
    ],
)
def test_an_entry_that_the_journal_would_not_hold_is_not_written(entry: SealedEntry) -> None:
    with pytest.raises(BugError):
        list(write_segments([entry]))


@given(st.binary(max_size=200))
@example(b"")
@example(b"\x83")
@example(cbor2.dumps([b"h", b"s" * 63, None]))
@example(cbor2.dumps([b"h", b"s" * 64]))
@example(cbor2.dumps([b"h", b"s" * 64, None, None]))
@example(cbor2.dumps([b"h", b"s" * 64, "text"]))
@example(cbor2.dumps([b"h", b"s" * 64, 1]))
@example(cbor2.dumps([b"h", b"s" * 64, None]) + b"\0")
@example(b"\x9f\x41h\x58\x40" + b"s" * 64 + b"\xf6\xff")
@example(cbor2.dumps([b"h" * (MAX_HEADER + 1), b"s" * 64, None]))
@example(cbor2.dumps([b"h", b"s" * 65, None]))
@example(b"\x83\x58\x01h\x58\x40" + b"s" * 64 + b"\xf6")
@example(b"\x83\x41h\x59\x00\x40" + b"s" * 64 + b"\xf6")
@example(b"\x83\x41h\x5b" + bytes(7) + b"\x40" + b"s" * 64 + b"\xf6")
@example(b"\x83\x41h\x58\x40" + b"s" * 64 + b"\x5a\xff\xff\xff\xff")
@example(b"\x83\x5f\x41h\xff\x58\x40" + b"s" * 64 + b"\xf6")
@example(b"\xc1\x83\x41h\x58\x40" + b"s" * 64 + b"\xf6")
def test_any_other_bytes_are_refused_with_our_own_error(content: bytes) -> None:
    with pytest.raises(BundleDamagedError):
        list(read_segment(content))


def test_a_cut_segment_is_refused_wherever_it_is_cut() -> None:
    (segment,) = write_segments([OPENING])

    for place in range(len(segment)):
        with pytest.raises(BundleDamagedError):
            list(read_segment(segment[:place]))
