"""Zarina looks at a photograph in her window: closely, beside its facts, and it is gone with the lock."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fieldapp.media.preview import DecoderProcess
from fieldapp.services import documents, records, views
from fieldapp.services.archive import Archive
from fieldapp.ui.viewer.sheet import PictureView
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId
from tests.stories.windows import Windows, windows, words_in


def document_on_a_testimony(people: Windows, workspace: Workspace, photo: Path) -> RecordId:
    """A photograph attached to the record that is then open."""
    made: list[RecordId] = []

    def work(archive: Archive) -> RecordId:
        testimony = records.save(archive, "testimony", {"title": "Twenty buses"}).created
        assert testimony is not None
        with DecoderProcess() as decoder:
            staged = documents.stage(archive.vault.objects, photo, decoder)
        return documents.attach(archive, [staged], owner=testimony)[0][0].document

    workspace.session.ask(workspace, work, made.append)
    people.until(lambda: made)
    return made[0]


def look(people: Windows, workspace: Workspace, document: RecordId) -> PictureView:
    rows: list[views.RecordRow] = []
    workspace.session.ask(workspace, lambda archive: views.row(archive, document), rows.append)
    people.until(lambda: rows)
    workspace.records.open(rows[0])
    people.until(lambda: workspace.records.detail.record == document)
    workspace.records.detail.look_asked.emit(rows[0])
    view = workspace.findChild(PictureView)
    assert isinstance(view, PictureView)
    people.until(lambda: view.facts and view.shows_picture)
    return view


def test_a_photograph_is_looked_at_closely_and_left_again(qtbot: QtBot, tmp_path: Path, shared: Path) -> None:
    with windows(qtbot, tmp_path) as people, people.unlocked(people.vault("Zarina", "laptop")) as zarina:
        document = document_on_a_testimony(people, zarina, shared / "samples" / "photos" / "DSCN0010.jpg")
        view = look(people, zarina, document)
        people.until(lambda: "COOLPIX" in words_in(view.panel).replace("\u200b", ""))
        fitted = view.canvas.scale

        QTest.keyClick(view.canvas, Qt.Key.Key_Plus)
        assert view.canvas.scale > fitted
        QTest.keyClick(view.canvas, Qt.Key.Key_0)
        assert view.canvas.scale == fitted

        with qtbot.waitSignal(view.destroyed):
            QTest.keyClick(view.canvas, Qt.Key.Key_Escape)


def test_keys_do_nothing_to_what_lies_under_a_photograph(qtbot: QtBot, tmp_path: Path, shared: Path) -> None:
    with windows(qtbot, tmp_path) as people, people.unlocked(people.vault("Zarina", "laptop")) as zarina:
        document = document_on_a_testimony(people, zarina, shared / "samples" / "photos" / "DSCN0010.jpg")
        view = look(people, zarina, document)

        QTest.keyClick(view.canvas, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(view.canvas, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)

        assert zarina.records.detail.record == document
        view.close_view()


def test_the_lock_takes_the_photograph_off_the_screen(qtbot: QtBot, tmp_path: Path, shared: Path) -> None:
    with windows(qtbot, tmp_path) as people, people.unlocked(people.vault("Zarina", "laptop")) as zarina:
        document = document_on_a_testimony(people, zarina, shared / "samples" / "photos" / "DSCN0010.jpg")
        view = look(people, zarina, document)
        shell = zarina.window()

        QTest.keyClick(view.canvas, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)

        assert not view.isVisible()
        assert shell.findChildren(PictureView) == [] or not shell.findChildren(PictureView)[0].isVisible()
        people.until(lambda: people.became)
