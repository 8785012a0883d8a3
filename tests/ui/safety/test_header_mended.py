"""A damaged copy of the header is mended at opening; the safety page says so, without an alarm."""

from __future__ import annotations

from fieldapp.services.safety import looking_after
from fieldapp.services.safety.findings import Report
from fieldapp.ui.safety.card import Standing
from fieldapp.ui.safety.page import SafetyPage
from tests.ui.rooms import Rooms, words_in
from tests.ui.safety.test_safety_page import refresh


def test_a_copy_of_the_header_that_was_mended_is_told_quietly_until_the_next_check(rooms: Rooms) -> None:
    made = rooms.new("Zarina")
    assert not rooms.do(made, looking_after.looked_after).header_mended
    rooms.do(made, lambda archive: archive.close())
    (made.folder / "header.a").write_bytes(b"")
    session = rooms.open(made.folder)
    page = SafetyPage(session)
    rooms.show(page)

    refresh(rooms, page)
    told = words_in(page.check)
    rooms.do(session, lambda archive: looking_after.note_check(archive, Report((), 1, 1, 1, 1)))
    refresh(rooms, page)

    assert "One of the two copies of the key file was damaged. It has been written anew" in told
    assert page.check.standing is not Standing.ATTENTION
    assert page.check.header.isHidden()
