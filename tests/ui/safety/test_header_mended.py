"""What the safety page says of the last check, and of a damaged copy of the header that was mended at opening."""

from __future__ import annotations

from fieldapp.services.archive import Archive
from fieldapp.services.safety import looking_after
from fieldapp.services.safety.findings import Report
from fieldapp.ui.safety.card import Standing
from fieldapp.ui.safety.page import SafetyPage
from fieldapp.vault.journal import Moment
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

    assert "One of the two copies of the key file was damaged or old. It has been written anew" in told
    assert page.check.standing is not Standing.ATTENTION
    assert page.check.header.isHidden()


def test_a_check_of_a_day_that_has_not_come_yet_is_no_good_news(rooms: Rooms) -> None:
    session = rooms.new("Zarina")
    page = SafetyPage(session)
    rooms.show(page)

    def note(archive: Archive) -> None:
        ahead = Moment(archive.clock().time_ms + 400 * 24 * 60 * 60 * 1000, 300)
        looking_after.note_check(Archive(archive.vault, lambda: ahead), Report((), 1, 1, 1, 1))

    rooms.do(session, note)
    refresh(rooms, page)

    assert "When it was checked last is not known" in words_in(page.check)
    assert page.check.standing is Standing.ATTENTION
