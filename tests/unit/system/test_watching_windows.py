"""What Windows tells a window, as the words that the listener on other systems says."""

from __future__ import annotations

import ctypes

import pytest

from fieldapp.system.watching_windows import _Message, word_at, word_of


@pytest.mark.parametrize(
    ("message", "first", "word"),
    [
        (0x0218, 4, "sleep"),
        (0x0218, 18, ""),
        (0x02B1, 7, "lock"),
        (0x02B1, 2, "lock"),
        (0x02B1, 8, ""),
        (0x0010, 4, ""),
    ],
)
def test_windows_says_the_same_words(message: int, first: int, word: str) -> None:
    assert word_of(message, first) == word


def test_a_message_is_read_where_it_stands() -> None:
    message = _Message(0, 0x02B1, 7, 0)

    assert word_at(ctypes.addressof(message)) == "lock"
