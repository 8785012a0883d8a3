"""Documents are looked at inside the program: every sample photograph, broken ones too; no file appears anywhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from fieldapp.media.preview import DecoderProcess
from fieldapp.services import documents, views
from fieldapp.services.archive import Archive
from fieldapp.ui.session import Session
from fieldapp.ui.viewer.copy_out import CopyOutSheet
from fieldapp.ui.viewer.sheet import PictureView, show_document
from fieldapp.values import RecordId
from tests.ui.rooms import Held, Rooms, listing, sheets, untouched, words_in

WITHOUT_PICTURE = {"nothing.jpg", "cut.jpg", "letter.jpg"}


@pytest.fixture
def zarina(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


@pytest.fixture
def screen(rooms: Rooms) -> QWidget:
    screen = QWidget()
    rooms.show(screen)
    return screen


def attach(rooms: Rooms, session: Session, *paths: Path) -> list[RecordId]:
    """The files, on one testimony."""
    testimony = rooms.testimony(session)

    def work(archive: Archive) -> list[RecordId]:
        with DecoderProcess() as decoder:
            staged = [documents.stage(archive.vault.objects, path, decoder) for path in paths]
        return [each.document for each in documents.attach(archive, staged, owner=testimony)[0]]

    return rooms.do(session, work)


def broken(folder: Path, shared: Path) -> list[Path]:
    """A picture of no bytes, one cut off in its head, and a letter that says it is one."""
    whole = shared.joinpath("samples", "photos", "landscape_1.jpg").read_bytes()
    contents = {"nothing.jpg": b"", "cut.jpg": whole[:300], "letter.jpg": b"a letter"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def look(rooms: Rooms, session: Session, document: RecordId, screen: QWidget) -> PictureView:
    view = show_document(session, document, screen)
    arrived(rooms, view)
    return view


def arrived(rooms: Rooms, view: PictureView) -> None:
    rooms.until(lambda: view.facts and (view.shows_picture or "moment" not in view.message.text()))


def events(document: RecordId) -> Callable[[Archive], list[str]]:
    return lambda archive: [entry.event for entry in views.history(archive, document) if entry.event]


def test_every_sample_is_shown_or_told_why_not_and_nothing_appears_outside(
    rooms: Rooms, zarina: Session, screen: QWidget, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = rooms.folder / "temporary"
    fresh.mkdir()
    monkeypatch.setenv("TMPDIR", str(fresh))
    monkeypatch.setattr(tempfile, "tempdir", None)
    samples = sorted(shared.joinpath("samples", "photos").iterdir()) + broken(rooms.folder, shared)
    found = attach(rooms, zarina, *samples)
    outside = (Path(os.environ["HOME"]), fresh)
    before, vault = listing(*outside), listing(zarina.folder)
    view = look(rooms, zarina, found[0], screen)

    for document, sample in zip(found, samples, strict=True):
        view.open(document)
        arrived(rooms, view)
        assert view.facts is not None
        assert view.facts.file_name == sample.name
        assert view.facts.size_bytes == sample.stat().st_size
        if view.shows_picture:
            assert not view.canvas.image.isNull()
            assert view.tools.larger_button.isEnabled()
        else:
            assert view.message.text().startswith("No preview"), sample.name
            assert not view.tools.larger_button.isEnabled()
        assert view.shows_picture is (sample.name not in WITHOUT_PICTURE), sample.name

    assert listing(*outside) == before
    assert listing(zarina.folder) == vault


def test_the_facts_are_all_there(rooms: Rooms, zarina: Session, screen: QWidget, shared: Path) -> None:
    (document,) = attach(rooms, zarina, shared / "samples" / "photos" / "DSCN0010.jpg")

    view = look(rooms, zarina, document, screen)
    rooms.until(lambda: "SHA-256" in words_in(view.panel))

    told = words_in(view.panel).replace("\u200b", "")
    assert "DSCN0010.jpg" in told
    assert "image/jpeg" in told
    assert "COOLPIX P6000" in told
    assert "Came into the vault" in told
    assert view.facts is not None
    assert len(view.facts.sha256.split()) == 8


def test_neighbours_are_a_key_away_and_escape_goes_back(
    rooms: Rooms, zarina: Session, screen: QWidget, shared: Path
) -> None:
    photos = shared / "samples" / "photos"
    first, second = attach(rooms, zarina, photos / "landscape_1.jpg", photos / "portrait_3.jpg")
    view = look(rooms, zarina, first, screen)
    assert view.facts is not None
    siblings = view.facts.siblings
    assert sorted(siblings) == sorted((first, second))

    view.open(siblings[0])
    arrived(rooms, view)
    QTest.keyClick(view.canvas, Qt.Key.Key_Right)
    assert view.document == siblings[1]
    arrived(rooms, view)
    assert "2 of 2" in words_in(view.tools)
    QTest.keyClick(view.canvas, Qt.Key.Key_Right)
    assert view.document == siblings[1]
    QTest.keyClick(view.canvas, Qt.Key.Key_Left)
    assert view.document == siblings[0]

    with rooms.qtbot.waitSignal(view.destroyed):
        QTest.keyClick(view, Qt.Key.Key_Escape)


def test_the_view_goes_with_the_screen_it_lies_upon(
    rooms: Rooms, zarina: Session, screen: QWidget, shared: Path
) -> None:
    (document,) = attach(rooms, zarina, shared / "samples" / "photos" / "landscape_1.jpg")
    inside = QWidget(screen)
    view = show_document(zarina, document, inside)
    arrived(rooms, view)
    assert view.size() == screen.size()

    screen.resize(1200, 700)
    assert view.size() == screen.size()
    screen.hide()

    assert not view.isVisible()


def test_tab_stays_within_the_view(rooms: Rooms, zarina: Session, screen: QWidget, shared: Path) -> None:
    from PySide6.QtWidgets import QPushButton

    under = QPushButton("under", screen)
    under.show()
    (document,) = attach(rooms, zarina, shared / "samples" / "photos" / "landscape_1.jpg")
    view = look(rooms, zarina, document, screen)

    for _ in range(30):
        QTest.keyClick(screen.focusWidget() or view, Qt.Key.Key_Tab)
        assert view.isAncestorOf(screen.focusWidget())


def test_a_document_whose_content_has_not_come_shows_its_facts(
    rooms: Rooms, zarina: Session, screen: QWidget, shared: Path
) -> None:
    (document,) = attach(rooms, zarina, shared / "samples" / "photos" / "landscape_1.jpg")
    rooms.do(zarina, lambda archive: archive.connection.execute("DELETE FROM object"))

    view = look(rooms, zarina, document, screen)
    rooms.until(lambda: "landscape_1" in words_in(view.panel).replace("\u200b", ""))

    assert "not come here" in view.message.text()


def test_names_in_facts_are_words_and_open_nothing(rooms: Rooms, zarina: Session, screen: QWidget) -> None:
    secret = rooms.folder / "secret.png"
    secret.write_bytes(b"x")
    photo = rooms.folder / "<img src='secret.png'>\u202egpj.exe"
    photo.write_bytes(b"not a picture")
    (document,) = attach(rooms, zarina, photo)

    with untouched(secret):
        view = look(rooms, zarina, document, screen)
        rooms.until(lambda: "SHA-256" in words_in(view.panel))
        view.grab()

    labels = [label for label in view.findChildren(QLabel) if label.text()]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)
    assert "\u202e" not in "".join(label.text() for label in labels)


def copy_sheet(rooms: Rooms, view: PictureView) -> CopyOutSheet:
    sheet = view.save_copy()
    assert sheet is not None
    assert not sheet.save_button.isEnabled()
    sheet.purpose.setText("for the lawyer")
    assert sheet.save_button.isEnabled()
    return sheet


def test_a_copy_is_warned_of_written_down_and_equal(
    rooms: Rooms, zarina: Session, screen: QWidget, shared: Path
) -> None:
    original = shared / "samples" / "photos" / "landscape_1.jpg"
    (document,) = attach(rooms, zarina, original)
    view = look(rooms, zarina, document, screen)
    sheet = copy_sheet(rooms, view)
    assert "not protected" in words_in(sheet)

    with rooms.qtbot.waitSignal(sheet.written):
        sheet.save_to(rooms.folder / "copy.jpg")

    assert (rooms.folder / "copy.jpg").read_bytes() == original.read_bytes()
    assert rooms.do(zarina, events(document)) == ["ingest", "access"]
    for each in sheets():
        each.reject()


def test_a_copy_over_another_file_is_refused(rooms: Rooms, zarina: Session, screen: QWidget, shared: Path) -> None:
    (document,) = attach(rooms, zarina, shared / "samples" / "photos" / "landscape_1.jpg")
    sheet = copy_sheet(rooms, look(rooms, zarina, document, screen))
    path = rooms.folder / "letter.jpg"
    path.write_text("a letter")

    sheet.save_to(path)
    rooms.until(sheet.notice.isVisible)

    assert path.read_text() == "a letter"
    sheet.reject()


def test_a_copy_that_is_stopped_leaves_no_file(
    rooms: Rooms, zarina: Session, screen: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = rooms.folder / "big.bin"
    big.write_bytes(bytes(3_000_000))
    (document,) = attach(rooms, zarina, big)
    sheet = copy_sheet(rooms, look(rooms, zarina, document, screen))
    path = rooms.folder / "copy.bin"
    held = Held(documents.write_copy)
    monkeypatch.setattr(documents, "write_copy", held)

    sheet.save_to(path)
    rooms.until(held.reached.is_set)
    assert sheet.cancel_button.text() == "Stop"
    sheet.cancel_button.click()
    held.let_go.set()
    rooms.until(sheet.save_button.isVisible)

    assert not path.exists()
    sheet.reject()
    assert not sheet.isVisible()
