"""Bundles in parts, in the window: they wait until all are here, say which are missing, and become one bundle."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from fieldapp.services import documents, handover, in_parts, parts, trust, views
from fieldapp.services.archive import Archive
from fieldapp.ui.exchange.number_words import number_words
from fieldapp.ui.exchange.take_in import TakeInPart
from fieldapp.ui.session import Session
from tests.ui.rooms import Rooms, sheets, words_in

SMALL = parts.LEAST_PART_BYTES


@pytest.fixture
def zarina(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


@pytest.fixture
def nodira(rooms: Rooms, zarina: Session) -> Session:
    nodira = rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    return nodira


@pytest.fixture
def part(rooms: Rooms, nodira: Session) -> TakeInPart:
    part = TakeInPart(nodira)
    rooms.show(part)
    return part


def pieces(rooms: Rooms, sender: Session, size: int = 2_600_000) -> list[Path]:
    """A bundle with a file of that size, in parts of a megabyte, in their order."""
    owner = rooms.testimony(sender, "Twenty buses")
    path = rooms.folder / "photo.bin"
    path.write_bytes(secrets.token_bytes(size))

    def work(archive: Archive) -> list[Path]:
        from fieldapp.media.preview import DecoderProcess

        with DecoderProcess() as decoder:
            staged = documents.stage(archive.vault.objects, path, decoder)
        documents.attach(archive, [staged], owner=owner)
        selection = handover.select(archive)
        place = rooms.folder / "parts"
        _made, written = in_parts.export(archive, trust.peers(archive), selection, place, part_bytes=SMALL)
        return list(written.paths)

    found = rooms.do(sender, work)
    path.unlink()
    return sorted(found, key=lambda each: parts.look(each).head.number)


def settle(rooms: Rooms, part: TakeInPart) -> None:
    rooms.until(lambda: not any(card.state in ("looking", "taking", "part") for card in part.cards))


def press(rooms: Rooms, part: TakeInPart, words: str) -> None:
    def found() -> list[QPushButton]:
        return [each for each in part.findChildren(QPushButton) if each.isVisible() and words in each.text()]

    rooms.until(found)
    found()[0].click()


def test_parts_wait_and_say_which_are_missing(rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session) -> None:
    first, _second, third = pieces(rooms, zarina)

    part.add_files([third, first])
    rooms.until(lambda: "2 are here" in words_in(part.parts) and not part.cards)

    assert "Still missing: part 2." in words_in(part)
    assert rooms.do(nodira, lambda archive: sum(views.counts(archive).values())) == 0


def test_when_the_last_part_comes_it_is_one_bundle_to_take_in(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    first, second, third = pieces(rooms, zarina)
    part.add_files([third, first, third])
    rooms.until(lambda: "2 are here" in words_in(part.parts) and not part.cards)

    part.add_files([second])
    rooms.until(lambda: len(part.cards) == 1 and part.cards[0].is_ready)
    rooms.until(lambda: not part.parts.isVisible())
    part.cards[0].take()
    settle(rooms, part)

    assert part.cards[0].state == "done"
    assert rooms.do(nodira, parts.waiting) == []
    assert rooms.do(nodira, lambda archive: [row.title for row in views.rows(archive, kind="testimony")]) == [
        "Twenty buses"
    ]


def test_a_damaged_part_is_told_and_those_that_wait_stay(rooms: Rooms, part: TakeInPart, zarina: Session) -> None:
    first, second, _third = pieces(rooms, zarina)
    content = bytearray(second.read_bytes())
    content[5000] ^= 1
    second.write_bytes(content)

    part.add_files([first, second])
    settle(rooms, part)
    rooms.until(lambda: "1 is here" in words_in(part) or "1 are here" in words_in(part))

    assert [card.state for card in part.cards] == ["failed"]
    assert "part 2" in words_in(part.cards[0])


def test_parts_are_removed_only_after_a_question(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    part.add_files(pieces(rooms, zarina)[:1])
    rooms.until(part.parts.isVisible)

    press(rooms, part, "Remove")
    sheets()[-1].reject()
    assert len(rooms.do(nodira, parts.waiting)) == 1
    press(rooms, part, "Remove")
    sheets()[-1].accept()
    rooms.until(lambda: not part.parts.isVisible())

    assert rooms.do(nodira, parts.waiting) == []


def test_parts_that_waited_when_the_program_ended_are_there_again(
    rooms: Rooms, part: TakeInPart, zarina: Session, nodira: Session
) -> None:
    everything = pieces(rooms, zarina)
    part.add_files(everything)
    rooms.until(lambda: len(part.cards) == 1 and part.cards[0].is_ready)

    later = TakeInPart(nodira)
    rooms.show(later)
    later.refresh()
    rooms.until(lambda: "All parts are here." in words_in(later))
    press(rooms, later, "Look into it")
    rooms.until(lambda: len(later.cards) == 1 and later.cards[0].is_ready)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((), ""),
        ((3,), "3"),
        ((7, 3, 8, 9), "3, 7–9"),
        (tuple(range(1, 40, 2)), "1, 3, 5, 7, 9, 11, 13, 15 and 12 more"),
    ],
)
def test_numbers_are_told_in_runs(numbers: tuple[int, ...], words: str) -> None:
    assert number_words(numbers) == words
