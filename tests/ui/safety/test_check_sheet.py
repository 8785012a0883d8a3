"""What a check found is on a sheet as high as it needs, and no higher than the screen."""

from __future__ import annotations

import pytest

from fieldapp.services.safety import checking
from fieldapp.services.safety.findings import Finding, Kind, Report
from fieldapp.ui.safety.page import SafetyPage
from tests.ui.rooms import Rooms
from tests.ui.safety.test_safety_page import checked, told_by


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


def test_where_not_all_could_be_checked_nothing_is_called_whole_and_it_says_what_to_do(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = SafetyPage(rooms.new("Zarina"))
    rooms.show(page)
    report = Report((Finding(Kind.NOT_CHECKED, where="objects"),), 1, 1, 0, 0, is_complete=False)
    monkeypatch.setattr(checking, "check", lambda _archive, _progress: report)

    sheet = checked(rooms, page)

    told = told_by(sheet)
    assert "whole" not in told.partition("Nobody knows whether the rest is whole.")[0]
    assert "Not all could be checked" in told
    assert "check again; else repair it in a copy" in told
    assert not sheet.repair_button.isHidden()
