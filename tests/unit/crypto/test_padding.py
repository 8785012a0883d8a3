"""Padded sizes: never smaller, little larger, and many sizes become one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto.padding import padded_body_size, padded_object_size, padme
from fieldapp.errors import BugError


@given(st.integers(min_value=0, max_value=2**63))
def test_padme_never_shrinks_never_adds_more_than_12_percent_and_is_stable(size: int) -> None:
    padded = padme(size)

    assert size <= padded <= size * 1.12
    assert padme(padded) == padded


@given(st.integers(min_value=2, max_value=2**63))
def test_padme_leaves_only_as_many_bits_as_the_exponent_needs(size: int) -> None:
    padded = padme(size)
    significant = padded.bit_length() - ((padded & -padded).bit_length() - 1)

    assert significant <= (padded.bit_length() - 1).bit_length() + 1


@given(st.integers(min_value=0, max_value=2**40), st.integers(min_value=0, max_value=2**20))
def test_a_larger_file_never_looks_smaller(size: int, more: int) -> None:
    assert padme(size) <= padme(size + more)
    assert padded_object_size(size) <= padded_object_size(size + more)
    assert padded_body_size(size) <= padded_body_size(size + more)


def test_small_attachments_all_look_alike() -> None:
    assert {padded_object_size(size) for size in (0, 1, 1000, 65535, 65536)} == {65536}
    assert padded_object_size(65537) == 67584


@pytest.mark.parametrize(
    ("size", "padded"),
    [
        (0, 512), (1, 512), (512, 512), (513, 1024), (1024, 1024), (1025, 2048),
        (32769, 65536), (65536, 65536), (65537, 67584),
    ],
)  # fmt: skip
def test_journal_bodies_grow_in_powers_of_two_and_then_by_padme(size: int, padded: int) -> None:
    assert padded_body_size(size) == padded


def test_a_size_below_zero_is_our_mistake() -> None:
    for padded in (padme, padded_object_size, padded_body_size):
        with pytest.raises(BugError):
            padded(-1)
