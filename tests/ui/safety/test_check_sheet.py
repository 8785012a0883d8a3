"""What a check found is on a sheet as high as it needs, and no higher than the screen."""

from __future__ import annotations

import pytest

from fieldapp.services.safety import checking
from fieldapp.services.safety.findings import Finding, Kind, Report
from fieldapp.ui.safety.page import SafetyPage
from tests.ui.rooms import Rooms
from tests.ui.safety.test_safety_page import checked


def test_a_check_that_found_little_is_a_small_sheet_and_one_that_found_much_scrolls(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = SafetyPage(rooms.new("Zarina"))
    rooms.show(page)
    little = Report((Finding(Kind.INDEX, 4),), 1, 1, 1, 1)
    much = Report(tuple(Finding(kind, 2) for kind in Kind), 1, 1, 1, 1)
    reports = iter([little, much])
    monkeypatch.setattr(checking, "check", lambda _archive, _progress: next(reports))

    small = checked(rooms, page)
    rooms.until(lambda: small.area.height() == small.area.maximumHeight())
    large = checked(rooms, page)
    rooms.until(lambda: large.area.verticalScrollBar().isVisible() and large.height() > small.height())

    assert not small.area.verticalScrollBar().isVisible()
    assert small.area.height() < 100
    assert large.height() <= 640
