"""Thumbnails: fetched once, made where none was made, never more than there is room for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from shiboken6 import delete

from fieldapp.media.preview import DecoderProcess
from fieldapp.services import arrivals, documents
from fieldapp.services.archive import Archive
from fieldapp.services.documents import Thumbnail
from fieldapp.ui.session import Session
from fieldapp.ui.viewer.thumbnails import SIDE, Shown, Thumbnails, thumbnails_of
from fieldapp.values import RecordId
from tests.ui.rooms import Rooms


@pytest.fixture
def zarina(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


def attach(rooms: Rooms, session: Session, *paths: Path) -> list[RecordId]:
    testimony = rooms.testimony(session)

    def work(archive: Archive) -> list[RecordId]:
        with DecoderProcess() as decoder:
            staged = [documents.stage(archive.vault.objects, path, decoder) for path in paths]
        return [each.document for each in documents.attach(archive, staged, owner=testimony)[0]]

    return rooms.do(session, work)


def fetched(rooms: Rooms, thumbnails: Thumbnails, document: RecordId) -> Shown:
    shown: list[Shown] = []
    owner = QObject()
    thumbnails.fetch(owner, document, shown.append)
    rooms.until(lambda: shown)
    return shown[0]


def test_a_picture_comes_small_and_then_at_once(rooms: Rooms, zarina: Session, shared: Path) -> None:
    (document,) = attach(rooms, zarina, shared / "samples" / "photos" / "landscape_6.jpg")
    thumbnails = thumbnails_of(zarina)
    first = fetched(rooms, thumbnails, document)
    assert first.image is not None
    assert max(first.image.width(), first.image.height()) == SIDE

    again: list[Shown] = []
    thumbnails.fetch(thumbnails, document, again.append)

    assert again == [first]


def test_what_is_no_picture_says_so(rooms: Rooms, zarina: Session) -> None:
    path = rooms.folder / "letter.txt"
    path.write_text("a letter")
    (document,) = attach(rooms, zarina, path)

    assert fetched(rooms, thumbnails_of(zarina), document) == Shown(None, "No preview: this file is not a picture.")


def test_what_came_with_a_bundle_is_looked_at_once_and_kept(rooms: Rooms, zarina: Session, shared: Path) -> None:
    nodira = rooms.new("Nodira")
    rooms.meet(zarina, nodira)
    (document,) = attach(rooms, zarina, shared / "samples" / "photos" / "landscape_6.jpg")
    path = rooms.bundle(zarina)
    rooms.do(nodira, lambda archive: arrivals.import_file(archive, path))
    assert rooms.do(nodira, lambda archive: documents.thumbnail(archive, document)) == Thumbnail(None, None)

    shown = fetched(rooms, thumbnails_of(nodira), document)

    assert shown.image is not None
    assert rooms.do(nodira, lambda archive: documents.thumbnail(archive, document)).picture


def test_content_that_has_not_come_says_so_and_is_asked_for_again(rooms: Rooms, zarina: Session, shared: Path) -> None:
    (document,) = attach(rooms, zarina, shared / "samples" / "photos" / "landscape_6.jpg")
    rooms.do(zarina, lambda archive: archive.connection.execute("DELETE FROM object"))
    thumbnails = thumbnails_of(zarina)

    shown = fetched(rooms, thumbnails, document)

    assert shown.image is None
    assert "not come" in shown.words
    assert thumbnails.kept_bytes == 0


def test_memory_is_bounded_and_the_oldest_goes_first(rooms: Rooms, zarina: Session, shared: Path) -> None:
    photos = shared / "samples" / "photos"
    found = attach(rooms, zarina, *(photos / name for name in ("landscape_1.jpg", "landscape_6.jpg", "portrait_3.jpg")))
    most = 500_000
    thumbnails = Thumbnails(zarina, most)

    for document in found:
        assert fetched(rooms, thumbnails, document).image is not None
        assert thumbnails.kept_bytes <= most

    at_once: list[Shown] = []
    thumbnails.fetch(thumbnails, found[-1], at_once.append)
    assert at_once
    thumbnails.fetch(thumbnails, found[0], at_once.append)
    assert len(at_once) == 1
    rooms.until(lambda: len(at_once) == 2)


def test_who_is_gone_is_not_told(rooms: Rooms, zarina: Session, shared: Path) -> None:
    (document,) = attach(rooms, zarina, shared / "samples" / "photos" / "landscape_6.jpg")
    thumbnails, told = thumbnails_of(zarina), list[Shown]()
    owner = QObject()
    thumbnails.fetch(owner, document, told.append)
    delete(owner)  # type: ignore[no-untyped-call]  # shiboken6 says nothing of types

    fetched(rooms, thumbnails, document)

    assert told == []


def test_there_is_one_for_each_session(zarina: Session) -> None:
    assert thumbnails_of(zarina) is thumbnails_of(zarina)
