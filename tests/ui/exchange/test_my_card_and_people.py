"""My card, the people I trust, and comparing words: nobody is trusted by a slip."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from fieldapp.bundles.card import Card, read_card
from fieldapp.services import arrivals, receipts, revoking, trust, views
from fieldapp.services.trust import Role
from fieldapp.ui.exchange.anew import show_go_on_anew
from fieldapp.ui.exchange.compare import CompareSheet
from fieldapp.ui.exchange.my_card import MyCardPart
from fieldapp.ui.exchange.people import PeoplePart
from tests.ui.rooms import Rooms, sheets, untouched, words_in


def card_file(rooms: Rooms, person: str, device: str = "laptop") -> Path:
    other = rooms.new(person, device)
    path = rooms.folder / f"{len(list(rooms.folder.iterdir()))}.card"
    rooms.do(other, lambda archive: trust.write_card_file(archive, path))
    return path


def compare_sheet() -> CompareSheet:
    sheet = sheets()[-1]
    assert isinstance(sheet, CompareSheet)
    return sheet


def test_my_card_shows_who_i_am_and_eight_words(rooms: Rooms) -> None:
    part = MyCardPart(rooms.new("Zarina", "old laptop"))
    rooms.show(part)

    part.refresh()
    rooms.until(lambda: part.card)

    assert part.card is not None
    rooms.until(lambda: "Zarina" in words_in(part))
    told = words_in(part)
    assert "old laptop" in told
    assert all(word in told for word in part.card.words)


def test_my_card_is_saved_as_others_can_read_it(rooms: Rooms) -> None:
    part = MyCardPart(rooms.new("Zarina"))
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.card)
    path = rooms.folder / "my.card"

    part.save_to(path)
    rooms.until(part.notice.isVisible)

    assert part.card is not None
    assert read_card(path.read_bytes()).fingerprint == part.card.fingerprint


def test_my_card_overwrites_nothing(rooms: Rooms) -> None:
    part = MyCardPart(rooms.new("Zarina"))
    rooms.show(part)
    path = rooms.folder / "letter.card"
    path.write_text("a letter")

    part.save_to(path)
    rooms.until(sheets)

    assert path.read_text() == "a letter"
    sheets()[0].reject()


def test_nobody_is_trusted_before_every_word_was_heard(rooms: Rooms) -> None:
    part = PeoplePart(rooms.new("Zarina"))
    rooms.show(part)

    part.add_card(card_file(rooms, "Nodira"))
    rooms.until(sheets)
    sheet = compare_sheet()
    sheet.role.buttons[Role.FIELD].setChecked(True)
    for button in sheet.words[:-1]:
        button.setChecked(True)
    assert not sheet.match_button.isEnabled()

    sheet.words[-1].setChecked(True)
    assert sheet.match_button.isEnabled()
    sheet.match_button.click()
    rooms.until(lambda: part.peers)

    assert [peer.name for peer in part.peers] == ["Nodira"]


@pytest.mark.parametrize("where", ["match", "name", "word"])
def test_enter_never_trusts(rooms: Rooms, where: str) -> None:
    part = PeoplePart(session := rooms.new("Zarina"))
    rooms.show(part)
    part.add_card(card_file(rooms, "Nodira"))
    rooms.until(sheets)
    sheet = compare_sheet()
    for button in sheet.words:
        button.setChecked(True)
    sheet.role.buttons[Role.FIELD].setChecked(True)

    widget = {"match": sheet.match_button, "name": sheet.name, "word": sheet.words[0]}[where]
    widget.setFocus()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        QTest.keyClick(widget, key)

    assert sheet.isVisible()
    assert rooms.do(session, trust.peers) == []
    sheet.reject()


def test_nobody_is_trusted_before_it_is_said_what_they_are(rooms: Rooms) -> None:
    part = PeoplePart(session := rooms.new("Zarina"))
    rooms.show(part)
    part.add_card(card_file(rooms, "Nodira"))
    rooms.until(sheets)
    sheet = compare_sheet()
    for button in sheet.words:
        button.setChecked(True)
    assert not sheet.match_button.isEnabled()

    sheet.role.buttons[Role.COORDINATOR].setChecked(True)
    sheet.match_button.click()
    rooms.until(lambda: part.peers)

    assert [peer.role for peer in rooms.do(session, trust.peers)] == [Role.COORDINATOR]
    assert "Coordinator" in words_in(part)


def test_a_role_is_changed_only_by_the_button_that_says_so(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    part = PeoplePart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.peers)

    sheet = part.show_person(part.peers[0])
    assert not sheet.save_button.isVisible()
    sheet.role.buttons[Role.COORDINATOR].setChecked(True)
    assert [peer.role for peer in rooms.do(zarina, trust.peers)] == [Role.FIELD]
    sheet.save_button.click()
    rooms.until(lambda: [peer.role for peer in part.peers] == [Role.COORDINATOR])

    assert [peer.role for peer in rooms.do(zarina, trust.peers)] == [Role.COORDINATOR]
    assert not sheet.save_button.isVisible()
    sheet.reject()


def test_who_was_trusted_before_is_again_what_they_were(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    card = rooms.do(nodira, trust.own_card)
    peer = rooms.do(zarina, lambda archive: trust.trust(archive, card, role=Role.COORDINATOR))
    rooms.do(zarina, lambda archive: trust.distrust(archive, peer))
    part = PeoplePart(zarina)
    rooms.show(part)

    sheet = part.compare(card)
    rooms.until(lambda: sheet.role.chosen is Role.COORDINATOR)

    sheet.reject()


def test_words_that_differ_trust_nobody_and_say_what_to_do(rooms: Rooms) -> None:
    part = PeoplePart(session := rooms.new("Zarina"))
    rooms.show(part)
    part.add_card(card_file(rooms, "Nodira"))
    rooms.until(sheets)

    compare_sheet().differ_button.click()

    assert "not added" in words_in(sheets()[-1])
    assert rooms.do(session, trust.peers) == []
    sheets()[-1].reject()


def test_a_person_can_be_called_otherwise_here_and_a_name_is_used_once(rooms: Rooms) -> None:
    part = PeoplePart(rooms.new("Zarina"))
    rooms.show(part)
    for count, wanted in enumerate(("Our Nodira", "Our Nodira")):
        part.add_card(card_file(rooms, "Nodira"))
        rooms.until(sheets)
        sheet = compare_sheet()
        sheet.name.setText(wanted)
        for button in sheet.words:
            button.setChecked(True)
        sheet.role.buttons[Role.FIELD].setChecked(True)
        sheet.match_button.click()
        rooms.until(lambda: not sheets() or compare_sheet().notice.isVisible())
        assert bool(sheets()) is bool(count)

    assert "already" in words_in(compare_sheet())
    compare_sheet().reject()
    rooms.until(lambda: [peer.name for peer in part.peers] == ["Our Nodira"])


def test_trust_is_taken_back_only_after_a_question(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    part = PeoplePart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.peers)

    part.distrust(part.peers[0]).reject()
    assert len(rooms.do(zarina, trust.peers)) == 1

    part.distrust(part.peers[0]).accept()
    rooms.until(lambda: not part.peers)
    assert rooms.do(zarina, trust.peers) == []


def test_a_lost_device_is_out_and_what_came_of_it_stays(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    testimony = rooms.testimony(nodira, "Twenty buses")
    bundle = rooms.bundle(nodira)
    rooms.do(zarina, lambda archive: arrivals.import_file(archive, bundle))
    part = PeoplePart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.peers)

    sheet = part.report_lost(part.peers[0])
    rooms.until(sheet.revoke_button.isEnabled)
    assert "Nothing that is here changes" in words_in(sheet)
    sheet.reason.setText("taken at a search")
    sheet.revoke_button.click()
    rooms.until(part.lost.isVisible)

    rooms.until(lambda: "You said so" in words_in(part.lost))
    assert "taken at a search" in words_in(part.lost)
    rooms.until(lambda: not part.peers)
    assert rooms.do(zarina, lambda archive: views.row(archive, testimony)).title == "Twenty buses"


def test_what_of_a_lost_device_stands_is_chosen_and_told_before(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    rooms.testimony(nodira, "Twenty buses")
    bundle = rooms.bundle(nodira)
    rooms.do(zarina, lambda archive: arrivals.import_file(archive, bundle))
    part = PeoplePart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.peers)

    sheet = part.report_lost(part.peers[0])
    sheet.day.setDate(sheet.day.date().addDays(-3))
    assert sheet.before_button.isChecked()
    rooms.until(lambda: "will wait aside" in words_in(sheet))
    rooms.until(sheet.revoke_button.isEnabled)
    sheet.revoke_button.click()
    rooms.until(lambda: "wait aside" in words_in(part.lost) or "waits aside" in words_in(part.lost))

    assert rooms.do(zarina, lambda archive: list(views.rows(archive, kind="testimony"))) == []


def test_enter_never_takes_a_device_out(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    part = PeoplePart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.peers)
    sheet = part.report_lost(part.peers[0])
    rooms.until(sheet.revoke_button.isEnabled)

    QTest.keyClick(sheet.reason, Qt.Key.Key_Return)
    rooms.do(zarina, lambda _archive: None)

    assert len(rooms.do(zarina, trust.peers)) == 1
    sheet.reject()


def test_who_was_lost_is_trusted_again_only_with_their_words(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    peer = rooms.do(zarina, trust.peers)[0]
    rooms.do(zarina, lambda archive: revoking.revoke(archive, peer))
    part = PeoplePart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(part.lost.isVisible)

    part.lost.again_asked.emit(peer)
    sheet = compare_sheet()
    rooms.until(lambda: sheet.role.chosen is Role.FIELD)
    for button in sheet.words:
        button.setChecked(True)
    sheet.match_button.click()
    rooms.until(lambda: part.peers and not part.lost.isVisible())

    assert [each.name for each in rooms.do(zarina, trust.peers)] == ["Nodira"]


def test_a_confirmation_file_tells_them_what_arrived(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    rooms.testimony(nodira, "Twenty buses")
    bundle = rooms.bundle(nodira)
    rooms.do(zarina, lambda archive: arrivals.import_file(archive, bundle))
    part = PeoplePart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.peers)
    path = rooms.folder / "x.receipt"

    part.write_confirmation(part.peers[0], path)
    rooms.until(part.notice.isVisible)

    assert str(path) in part.notice.words.text()
    assert rooms.do(nodira, lambda archive: receipts.import_file(archive, path)).is_news
    assert rooms.do(nodira, receipts.unacknowledged).sent == 0


def test_it_is_told_until_when_they_confirmed_what_arrived(rooms: Rooms) -> None:
    zarina, nodira = rooms.new("Zarina"), rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    part = PeoplePart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.peers)
    sheet = part.show_person(part.peers[0])
    rooms.until(lambda: "have not confirmed yet" in words_in(sheet))
    sheet.reject()

    peer, path = rooms.do(nodira, trust.peers)[0], rooms.folder / "x.receipt"
    rooms.do(nodira, lambda archive: receipts.write_file(archive, peer, path))
    rooms.do(zarina, lambda archive: receipts.import_file(archive, path))
    sheet = part.show_person(part.peers[0])
    rooms.until(lambda: "They told what had arrived there" in words_in(sheet))
    sheet.reject()


def test_going_on_anew_gives_a_new_card_and_tells_of_the_one_before(rooms: Rooms) -> None:
    session = rooms.new("Zarina", "old laptop")
    part = MyCardPart(session)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.card)
    before = part.card

    sheet = show_go_on_anew(session, part)
    assert not sheet.begin_button.isEnabled()
    sheet.device.setText("new laptop")
    sheet.begin_button.click()
    rooms.until(lambda: "new card" in "".join(words_in(each) for each in sheets()))
    sheets()[-1].reject()
    part.refresh()
    rooms.until(lambda: part.card != before)

    rooms.until(part.earlier.isVisible)
    assert "old laptop" in part.earlier.words.text()
    assert part.card is not None
    assert part.card.device == "new laptop"
    assert rooms.do(session, lambda archive: archive.own_log) == session.own_log


def test_a_file_that_is_no_card_is_refused_in_words(rooms: Rooms) -> None:
    part = PeoplePart(rooms.new("Zarina"))
    rooms.show(part)
    path = rooms.folder / "letter.card"
    path.write_text("a letter")

    part.add_card(path)
    rooms.until(sheets)

    assert not isinstance(sheets()[-1], CompareSheet)
    sheets()[-1].reject()


def test_a_name_that_is_markup_stays_words_and_opens_no_file(rooms: Rooms) -> None:
    secret = rooms.folder / "secret.png"
    secret.write_bytes(b"x")
    name = f"<img src=file:{secret}>"[:100]
    part = PeoplePart(session := rooms.new("Zarina"))
    rooms.show(part)
    path = card_file(rooms, name, name)
    card: Card = trust.read_card_file(path)

    with untouched(secret):
        part.add_card(path)
        rooms.until(sheets)
        sheet = compare_sheet()
        sheet.grab()
        assert all(
            label.textFormat() is Qt.TextFormat.PlainText for label in sheet.findChildren(QLabel) if label.text()
        )
        sheet.reject()
        rooms.do(session, lambda archive: trust.trust(archive, card))
        part.refresh()
        rooms.until(lambda: part.peers)
        rooms.until(lambda: "trusted since" in words_in(part) or "…" in words_in(part))
        part.grab()
