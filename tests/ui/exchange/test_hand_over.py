"""Handing over in the window: chosen, looked at, sealed; and nothing left when it is stopped."""

from __future__ import annotations

import pytest

from fieldapp.services import arrivals, documents, drafts, handover, in_parts, parts, receipts, records, trust
from fieldapp.services.archive import Archive
from fieldapp.services.records import NewLink
from fieldapp.ui.exchange.hand_over import LOOK, WHAT, WHO, HandOverPart
from fieldapp.ui.session import Session
from fieldapp.values import RecordId
from tests.ui.rooms import Held, Rooms, listing, words_in


@pytest.fixture
def zarina(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


@pytest.fixture
def nodira(rooms: Rooms, zarina: Session) -> Session:
    nodira = rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    return nodira


@pytest.fixture
def part(rooms: Rooms, zarina: Session, nodira: Session) -> HandOverPart:
    part = HandOverPart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: part.recipients.boxes)
    return part


def look(rooms: Rooms, part: HandOverPart) -> None:
    part.go(LOOK)
    rooms.until(lambda: part.look.going or part.notice.isVisible())


def attach(rooms: Rooms, session: Session, owner: RecordId, size: int) -> None:
    path = rooms.folder / "photo.bin"
    path.write_bytes(bytes(size))

    def work(archive: Archive) -> None:
        from fieldapp.media.preview import DecoderProcess

        with DecoderProcess() as decoder:
            staged = documents.stage(archive.vault.objects, path, decoder)
        documents.attach(archive, [staged], owner=owner)

    rooms.do(session, work)
    path.unlink()


def departures(archive: Archive) -> int:
    return int(archive.connection.value("SELECT count(*) FROM departure"))


def test_without_anybody_trusted_the_way_leads_to_cards(rooms: Rooms, zarina: Session) -> None:
    part = HandOverPart(zarina)
    rooms.show(part)
    part.refresh()
    rooms.until(lambda: "trust nobody yet" in words_in(part))

    assert not part.seal_button.isVisible()
    with rooms.qtbot.waitSignal(part.add_asked):
        next(button for button in part.findChildren(type(part.next_button)) if "card" in button.text()).click()


def test_what_is_sealed_in_the_window_is_read_by_the_recipient(
    rooms: Rooms, part: HandOverPart, zarina: Session, nodira: Session
) -> None:
    testimony = rooms.testimony(zarina, "Twenty buses")
    path = rooms.folder / "9c41.bin"

    part.more_button.click()
    rooms.until(lambda: "1 testimony" in words_in(part.along))
    part.next_button.click()
    rooms.until(lambda: part.look.going)
    rooms.until(lambda: "Nodira" in words_in(part.look))
    with rooms.qtbot.waitSignal(part.ended):
        part.seal(path)

    assert part.look.is_done
    rooms.until(lambda: str(path) in words_in(part.look))
    assert "What is not in it" in words_in(part.look)
    outcome = rooms.do(nodira, lambda archive: arrivals.import_file(archive, path))
    assert [(record.id, record.title) for record in outcome.records] == [(testimony, "Twenty buses")]
    assert rooms.do(zarina, departures) == 1


def test_most_days_one_button_is_enough(rooms: Rooms, part: HandOverPart, zarina: Session, nodira: Session) -> None:
    rooms.testimony(zarina, "Twenty buses")
    part.refresh()
    rooms.until(lambda: "1 record is new for them." in words_in(part.recipients))
    rooms.until(part.seal_button.isEnabled)
    assert "1 testimony" in words_in(part.quick)

    with rooms.qtbot.waitSignal(part.ended):
        part.seal(rooms.folder / "a.bin")

    assert part.look.is_done
    rooms.until(lambda: "For Nodira it is bundle number 1" in words_in(part.look))
    outcome = rooms.do(nodira, lambda archive: arrivals.import_file(archive, rooms.folder / "a.bin"))
    assert [record.title for record in outcome.records] == ["Twenty buses"]


def test_what_was_reckoned_before_is_not_sealed_when_the_page_is_shown_again(
    rooms: Rooms, part: HandOverPart, zarina: Session, nodira: Session
) -> None:
    rooms.testimony(zarina, "Twenty buses")
    part.refresh()
    rooms.until(part.seal_button.isEnabled)
    rooms.testimony(zarina, "A ward")

    part.refresh()
    assert not part.seal_button.isEnabled()
    rooms.until(part.seal_button.isEnabled)
    with rooms.qtbot.waitSignal(part.ended):
        part.seal(rooms.folder / "a.bin")

    outcome = rooms.do(nodira, lambda archive: arrivals.import_file(archive, rooms.folder / "a.bin"))
    assert {record.title for record in outcome.records} == {"Twenty buses", "A ward"}


def test_what_was_sent_and_not_confirmed_is_told_and_goes_once_more(
    rooms: Rooms, part: HandOverPart, zarina: Session
) -> None:
    rooms.testimony(zarina, "Twenty buses")
    rooms.bundle(zarina)
    rooms.testimony(zarina, "A ward")

    part.refresh()
    rooms.until(lambda: "1 record is new for them. 1 record was sent" in words_in(part.recipients))
    rooms.until(lambda: "2 testimonies" in words_in(part.quick))

    part.go(WHAT)
    part.choosing.unsent_button.setChecked(True)
    rooms.until(lambda: "1 testimony" in words_in(part.along))


def test_what_they_have_confirmed_is_new_no_more_and_everything_is_there_to_choose(
    rooms: Rooms, part: HandOverPart, zarina: Session, nodira: Session
) -> None:
    rooms.testimony(zarina, "Twenty buses")
    bundle = rooms.bundle(zarina)
    rooms.do(nodira, lambda archive: arrivals.import_file(archive, bundle))
    peer = rooms.do(nodira, trust.peers)[0]
    receipt = rooms.folder / "back.receipt"
    rooms.do(nodira, lambda archive: receipts.write_file(archive, peer, receipt))
    rooms.do(zarina, lambda archive: receipts.import_file(archive, receipt))

    part.refresh()
    rooms.until(lambda: "everything has arrived there" in words_in(part.recipients))

    part.go(WHAT)
    part.choosing.all_button.setChecked(True)
    rooms.until(lambda: "1 testimony" in words_in(part.along))


def test_phone_numbers_are_asked_about_only_where_a_field_worker_is_among_them(
    rooms: Rooms, part: HandOverPart, zarina: Session
) -> None:
    rooms.testimony(zarina)
    part.go(WHAT)
    part.extras.button.setChecked(True)
    assert part.extras.contact.isVisible()
    rooms.until(lambda: "Phone numbers stay here" in words_in(part.along))
    part.extras.contact.box.setChecked(True)
    rooms.until(lambda: "Phone numbers go with their safety line" in words_in(part.along))

    peer = rooms.do(zarina, trust.peers)[0]
    rooms.do(zarina, lambda archive: trust.set_role(archive, peer, trust.Role.COORDINATOR))
    part.refresh()
    rooms.until(lambda: not part.extras.contact.isVisible())

    assert not part.choice.contact


def test_a_record_that_is_left_out_stays(rooms: Rooms, part: HandOverPart, zarina: Session, nodira: Session) -> None:
    rooms.testimony(zarina, "Twenty buses")
    secret = rooms.testimony(zarina, "A ward")
    part.go(WHAT)
    sheet = part.extras.choose_left_out()
    sheet.ticks.model.tick([secret])
    sheet.keep_button.click()
    rooms.until(lambda: "1 record that you left out stays here" in words_in(part.along))
    part.go(LOOK)
    rooms.until(lambda: part.look.going)

    with rooms.qtbot.waitSignal(part.ended):
        part.seal(rooms.folder / "a.bin")

    outcome = rooms.do(nodira, lambda archive: arrivals.import_file(archive, rooms.folder / "a.bin"))
    assert [record.title for record in outcome.records] == ["Twenty buses"]
    assert part.choice.withhold == frozenset()


def test_in_parts_each_file_is_small_and_all_together_are_the_bundle(
    rooms: Rooms, part: HandOverPart, zarina: Session, nodira: Session
) -> None:
    attach(rooms, zarina, rooms.testimony(zarina), 9_000_000)
    part.go(WHAT)
    part.extras.sizes.setCurrentIndex(1)
    look(rooms, part)
    assert part.seal_button.text() == "Seal into parts…"

    with rooms.qtbot.waitSignal(part.ended):
        part.seal(rooms.folder / "parts")

    pieces = sorted((rooms.folder / "parts").iterdir())
    assert len(pieces) == 2
    assert max(each.stat().st_size for each in pieces) <= 8 * 1024 * 1024
    rooms.until(lambda: "2 parts in the folder" in words_in(part.look))
    kept = [parts.keep(nodira.folder / "inbox", piece) for piece in pieces]
    outcome = rooms.do(nodira, lambda archive: arrivals.import_file(archive, kept[-1].waiting))
    assert outcome.new_objects == 1


def test_stopped_in_the_middle_of_parts_it_leaves_nothing(
    rooms: Rooms, part: HandOverPart, zarina: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(rooms, zarina, rooms.testimony(zarina), 9_000_000)
    part.extras.sizes.setCurrentIndex(1)
    look(rooms, part)
    before = listing(rooms.folder)
    held = Held(in_parts.write)
    monkeypatch.setattr(in_parts, "write", held)

    part.seal(rooms.folder / "parts")
    rooms.until(held.reached.is_set)
    part.stop_button.click()
    with rooms.qtbot.waitSignal(part.ended):
        held.let_go.set()
    rooms.do(zarina, lambda _archive: None)

    assert listing(rooms.folder) == before
    assert rooms.do(zarina, departures) == 0


def test_only_what_is_ticked_goes_and_what_is_linked_is_named(
    rooms: Rooms, part: HandOverPart, zarina: Session
) -> None:
    def write(archive: Archive) -> RecordId:
        person = records.save(archive, "person", {"name": "Marufjon"}).created
        assert person is not None
        testimony = records.save(archive, "testimony", {"title": "A call"}, links=[NewLink(person, "victim")]).created
        assert testimony is not None
        return testimony

    testimony = rooms.do(zarina, write)
    rooms.testimony(zarina, "Another")
    part.go(WHAT)
    part.choosing.some_button.setChecked(True)
    assert not part.next_button.isEnabled()

    part.choosing.model.tick([testimony])
    rooms.until(lambda: "1 testimony" in words_in(part.along))
    assert "Marufjon" in words_in(part.along)
    assert part.next_button.isEnabled()

    part.along.more_button.click()
    rooms.until(lambda: "1 person" in words_in(part.along))
    assert "Marufjon" not in words_in(part.along)


def test_a_search_narrows_the_list_and_keeps_the_ticks(rooms: Rooms, part: HandOverPart, zarina: Session) -> None:
    first, second = rooms.testimony(zarina, "Twenty buses"), rooms.testimony(zarina, "A ward")
    part.go(WHAT)
    part.choosing.some_button.setChecked(True)
    part.choosing.refresh()
    rooms.until(lambda: set(part.choosing.model.shown) == {first, second})
    part.choosing.model.tick([first])

    part.choosing.ticks.search.setText("ward")
    rooms.until(lambda: part.choosing.model.shown == [second])
    part.choosing.model.tick(part.choosing.model.shown)

    assert part.choosing.records == tuple(sorted((first, second)))
    part.choosing.ticks.search.clear()
    part.choosing.ticks.chips["person"].click()
    rooms.until(lambda: part.choosing.model.shown == [])


def test_code_words_need_their_own_tick_each_time(rooms: Rooms, part: HandOverPart, zarina: Session) -> None:
    rooms.testimony(zarina)
    assert not part.choice.codes
    part.go(WHAT)
    part.extras.codes.box.setChecked(True)
    assert part.extras.codes.warning.isVisibleTo(part.extras.codes)
    look(rooms, part)
    rooms.until(lambda: "Code words are in this bundle" in words_in(part.look))

    with rooms.qtbot.waitSignal(part.ended):
        part.seal(rooms.folder / "a.bin")

    assert not part.choice.codes


def test_what_is_being_typed_is_in_the_last_look(rooms: Rooms, part: HandOverPart, zarina: Session) -> None:
    testimony = rooms.testimony(zarina)
    rooms.do(zarina, lambda archive: drafts.keep(archive, testimony, "testimony", {"needs": "a lawyer"}))
    changed: list[object] = []
    zarina.changed.connect(changed.append)

    look(rooms, part)
    rooms.until(lambda: changed)

    assert rooms.do(zarina, lambda archive: drafts.kept(archive, testimony)) == {}


def test_nothing_to_hand_over_is_said_and_nothing_is_sealed(rooms: Rooms, part: HandOverPart) -> None:
    look(rooms, part)

    part.seal(rooms.folder / "a.bin")
    rooms.until(part.notice.isVisible)

    assert not (rooms.folder / "a.bin").exists()


def test_a_file_that_is_there_is_left_and_it_can_be_tried_again(
    rooms: Rooms, part: HandOverPart, zarina: Session
) -> None:
    rooms.testimony(zarina)
    path = rooms.folder / "letter.bin"
    path.write_text("a letter")
    look(rooms, part)

    with rooms.qtbot.waitSignal(part.ended):
        part.seal(path)

    assert path.read_text() == "a letter"
    assert "already" in part.notice.words.text()
    assert rooms.do(zarina, departures) == 0
    with rooms.qtbot.waitSignal(part.ended):
        part.seal(rooms.folder / "b.bin")
    assert part.look.is_done


def test_stopped_in_the_middle_it_leaves_nothing(
    rooms: Rooms, part: HandOverPart, zarina: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(rooms, zarina, rooms.testimony(zarina), 3_000_000)
    look(rooms, part)
    before, pending = listing(rooms.folder), rooms.do(zarina, handover.pending)
    held = Held(handover.write)
    monkeypatch.setattr(handover, "write", held)

    part.seal(rooms.folder / "a.bin")
    rooms.until(held.reached.is_set)
    assert (part.stop_button.isVisible(), part.seal_button.isVisible()) == (True, False)
    part.stop_button.click()
    with rooms.qtbot.waitSignal(part.ended):
        held.let_go.set()
    rooms.do(zarina, lambda _archive: None)

    assert listing(rooms.folder) == before
    assert rooms.do(zarina, departures) == 0
    assert rooms.do(zarina, handover.pending) == pending
    assert "No file was left behind" in part.notice.words.text()
    assert part.seal_button.isVisible()


def test_a_bundle_that_cannot_be_remembered_is_removed(
    rooms: Rooms, part: HandOverPart, zarina: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fieldapp.errors import DiskFullError

    def refuse(*_arguments: object) -> None:
        raise DiskFullError

    rooms.testimony(zarina)
    look(rooms, part)
    monkeypatch.setattr(handover, "record", refuse)

    with rooms.qtbot.waitSignal(part.ended):
        part.seal(rooms.folder / "a.bin")

    assert not (rooms.folder / "a.bin").exists()
    assert "disk is full" in part.notice.words.text()


def test_after_a_bundle_the_next_begins_with_nothing_ticked(rooms: Rooms, part: HandOverPart, zarina: Session) -> None:
    testimony = rooms.testimony(zarina)
    part.go(WHAT)
    part.choosing.some_button.setChecked(True)
    part.choosing.model.tick([testimony])
    look(rooms, part)
    with rooms.qtbot.waitSignal(part.ended):
        part.seal(rooms.folder / "a.bin")

    part.start_over()

    assert part.step == WHO
    assert part.choice.records is None
    assert part.choosing.model.ticked == set()


def test_somebody_who_is_trusted_while_it_is_open_can_be_ticked(
    rooms: Rooms, part: HandOverPart, zarina: Session
) -> None:
    card = rooms.do(rooms.new("Timur"), trust.own_card)
    rooms.do(zarina, lambda archive: trust.trust(archive, card))

    part.refresh()
    rooms.until(lambda: len(part.recipients.boxes) == 2)

    assert [peer.name for peer in part.recipients.chosen] == ["Nodira"]
