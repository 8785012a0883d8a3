"""After many records changed at once, the index for search is brought up to date in slices."""

from __future__ import annotations

import pytest

from fieldapp.errors import CancelledError
from fieldapp.records import indexing as slices
from fieldapp.records import search
from fieldapp.services import indexing, vaults, views
from tests.unit.services.people import Someone


@pytest.fixture
def waiting(ainura: Someone, monkeypatch: pytest.MonkeyPatch) -> Someone:
    """Five testimonies that wait, of which two make a slice."""
    for number in range(5):
        ainura.new("testimony", narrative=f"canary {number}")
    monkeypatch.setattr(search, "AT_ONCE", 0)
    vaults.rebuild(ainura.archive)
    monkeypatch.setattr(slices.catch_up, "__defaults__", (2,))
    return ainura


def test_slices_go_on_until_all_can_be_found(waiting: Someone) -> None:
    assert views.find(waiting.archive, "canary") == []
    assert views.look_up(waiting.archive, "canary").waiting == 5

    assert indexing.continue_indexing(waiting.archive) == 3
    indexing.finish_indexing(waiting.archive)

    assert indexing.waiting(waiting.archive) == 0
    assert len(views.find(waiting.archive, "canary")) == 5


def test_what_was_indexed_before_it_was_stopped_stays_and_the_rest_goes_on_waiting(waiting: Someone) -> None:
    def stop(done_bytes: int, total_bytes: int) -> None:
        assert total_bytes == 5
        if done_bytes:
            raise CancelledError

    with pytest.raises(CancelledError):
        indexing.finish_indexing(waiting.archive, stop)

    assert indexing.waiting(waiting.archive) == 3
