"""Moments in words, whatever a foreign clock says."""

from __future__ import annotations

import pytest

from fieldapp.ui.times import moment_words


@pytest.mark.parametrize("time_ms", [2**48, -(2**48), -62_135_596_800_001])
def test_a_time_that_no_calendar_has_is_shown_as_it_is(time_ms: int) -> None:
    assert moment_words(time_ms) == f"@{time_ms}"


def test_the_first_and_the_last_moments_of_the_calendar_have_words() -> None:
    assert "9999" in moment_words(253_402_200_000_000)
    assert "1970" in moment_words(86_400_000)
