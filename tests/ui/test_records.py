"""Records in the window: typed, found, linked, attached, hidden and brought back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.records.snippets import Snippet
from fieldapp.records.store import RecordRow
from fieldapp.services import records, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.views import RecordView
from fieldapp.ui.form.choice import ChoiceEditor
from fieldapp.ui.form.date import DateEditor
from fieldapp.ui.form.several import SeveralEditor
from fieldapp.ui.form.words import LineEditor, LongEditor
from fieldapp.ui.records.detail import Detail
from fieldapp.ui.records.list_model import HITS_PAGE, PAGE, ROW_ROLE, SNIPPET_ROLE
from fieldapp.ui.records.type_page import TypePage
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId

PASSPHRASE = "four quiet words here"
WAIT_MS = 20_000
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c6360f8cf500f0003860180"
    "5a347d6b0000000049454e44ae426082"
)  # fmt: skip


def page_of(detail: Detail) -> TypePage:
    assert detail.page is not None
    return detail.page


def line(detail: Detail, name: str) -> LineEditor:
    editor = page_of(detail).form.cells[name].editor
    assert isinstance(editor, LineEditor)
    return editor


def type_into(detail: Detail, name: str, text: str) -> None:
    editor = page_of(detail).form.cells[name].editor
    if isinstance(editor, LongEditor):
        editor.text.insertPlainText(text)
    elif isinstance(editor, LineEditor | DateEditor):
        editor.line.setText(text)
        editor.line.textEdited.emit(text)


def save(workspace: Workspace, qtbot: QtBot, type_name: str, **values: object) -> RecordId:
    made: list[Changed] = []
    workspace.session.write(workspace, lambda archive: records.save(archive, type_name, values), made.append)
    qtbot.waitUntil(lambda: bool(made), timeout=WAIT_MS)
    assert made[0].created is not None
    return made[0].created


def read(workspace: Workspace, qtbot: QtBot, record: RecordId) -> RecordView:
    answers: list[RecordView] = []
    workspace.session.ask(workspace, lambda archive: views.view(archive, record), answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT_MS)
    return answers[0]


def titles(workspace: Workspace) -> list[str]:
    model = workspace.records.list.model
    rows = [model.index(place).data(ROW_ROLE) for place in range(model.rowCount())]
    return [row.title for row in rows if isinstance(row, RecordRow)]


def open_record(workspace: Workspace, qtbot: QtBot, record: RecordId, type_name: str) -> Detail:
    detail = workspace.records.detail
    workspace.show_place(type_name)
    detail.show_record(record, type_name)
    qtbot.waitUntil(lambda: detail._shown is not None, timeout=WAIT_MS)
    return detail


def begin(workspace: Workspace) -> Detail:
    workspace.top.testimony_button.click()
    return workspace.records.detail


def wait_for(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=WAIT_MS)


def test_a_new_record_comes_to_be_with_its_first_words_and_stands_in_the_list(
    workspace: Workspace, qtbot: QtBot
) -> None:
    detail = begin(workspace)
    type_into(detail, "title", "A call at night")
    type_into(detail, "narrative", "He said:\nthey took us by bus.")
    type_into(detail, "date", "three days after Nowruz")

    detail.finish()

    wait_for(qtbot, lambda: titles(workspace) == ["A call at night"])
    assert detail.record is not None
    view = read(workspace, qtbot, detail.record)
    assert view.value("narrative") == "He said:\nthey took us by bus."
    assert view.value("date") == {"edtf": "XXXX", "told": "three days after Nowruz"}


def test_nothing_typed_makes_nothing(workspace: Workspace, qtbot: QtBot) -> None:
    detail = begin(workspace)

    detail.finish()
    detail.show_nothing()
    save(workspace, qtbot, "testimony", title="Another")

    wait_for(qtbot, lambda: titles(workspace) == ["Another"])


def test_what_is_typed_survives_the_end_of_the_program(workspace: Workspace, qtbot: QtBot, vault: Path) -> None:
    """The window vanishes with a draft in the vault; the next unlocking makes an entry of it."""
    detail = begin(workspace)
    type_into(detail, "title", "Half a sen")
    assert detail._drafting is not None
    detail._drafting.keep()
    wait_for(qtbot, lambda: detail.head.state.text() == "Saved")
    closed: list[bool] = []
    workspace.session.close(lambda: closed.append(True))
    wait_for(qtbot, lambda: bool(closed))

    from fieldapp.ui.opening.doors import Doors

    archive, practice = Doors().unlock(vault, PASSPHRASE)

    assert [row.title for row in views.rows(archive)] == ["Half a sen"]
    assert not practice
    archive.close()


def test_leaving_a_record_finishes_it(workspace: Workspace, qtbot: QtBot) -> None:
    detail = begin(workspace)
    type_into(detail, "title", "First")

    begin(workspace)

    wait_for(qtbot, lambda: titles(workspace) == ["First"])


def test_a_date_shows_what_was_understood_and_what_was_not(workspace: Workspace) -> None:
    detail = begin(workspace)
    editor = page_of(detail).form.cells["date"].editor
    assert isinstance(editor, DateEditor)

    told = []
    for words in ("about March 2026", "after the feast", ""):
        type_into(detail, "date", words)
        told.append(editor.meaning.text() if not editor.meaning.isHidden() else "")

    assert told == ["Understood as: about March 2026", "Kept in these words", ""]


def test_a_choice_is_made_by_typing_a_part_of_a_term_in_either_language(workspace: Workspace) -> None:
    detail = begin(workspace)
    editor = page_of(detail).form.cells["language"].editor
    assert isinstance(editor, ChoiceEditor)

    codes = []
    for typed in ("Uzbek", "узбекский", "no such language", ""):
        editor.box.setEditText(typed)
        editor.box.settle()
        codes.append(editor.value())

    assert codes == ["uz", "uz", "uz", None]
    assert detail._drafting is not None and "language" in detail._drafting.unfinished


def test_several_items_are_added_and_taken_away(workspace: Workspace, qtbot: QtBot) -> None:
    detail = begin(workspace)
    editor = page_of(detail).form.cells["person_present"].editor
    assert isinstance(editor, SeveralEditor)

    for name in ("Ali", "Vali"):
        row = editor.rows[-1]
        assert isinstance(row, LineEditor)
        row.line.setText(name)
        row.line.textEdited.emit(name)
        editor.add_button.click()
    editor._on_remove(editor.rows[0])
    detail.finish()

    wait_for(qtbot, lambda: detail._shown is not None)
    assert detail.record is not None
    assert read(workspace, qtbot, detail.record).values("person_present") == ["Vali"]


def test_what_somebody_is_typing_is_not_written_over_by_news(workspace: Workspace, qtbot: QtBot) -> None:
    record = save(workspace, qtbot, "testimony", title="Old", place="market")
    detail = open_record(workspace, qtbot, record, "testimony")
    type_into(detail, "title", "New, and not yet an entry")

    with qtbot.waitSignal(workspace.session.changed, timeout=WAIT_MS):
        workspace.session.write(
            workspace, lambda archive: records.save(archive, "testimony", {"place": "station"}, record=record)
        )

    wait_for(qtbot, lambda: line(detail, "place").value() == "station")
    assert line(detail, "title").value() == "New, and not yet an entry"


def test_a_field_that_has_the_cursor_shows_the_record_that_is_opened(workspace: Workspace, qtbot: QtBot) -> None:
    record = save(workspace, qtbot, "testimony", title="A contract on two sheets")
    detail = workspace.records.detail
    workspace.show_place("testimony")
    detail.begin_new("testimony")
    assert line(detail, "title").is_being_edited()

    detail.show_record(record, "testimony")
    qtbot.waitUntil(lambda: detail._shown is not None, timeout=WAIT_MS)

    assert line(detail, "title").is_being_edited()
    assert line(detail, "title").value() == "A contract on two sheets"


def test_a_person_is_made_and_linked_in_one_save_without_leaving(workspace: Workspace, qtbot: QtBot) -> None:
    detail = begin(workspace)
    type_into(detail, "title", "A call")
    links = page_of(detail).links
    links.begin()
    links.role.choose("victim")

    links.picker.new_wanted.emit("Маруфжон")

    wait_for(qtbot, lambda: bool(detail._shown and detail._shown.links))
    assert detail.record is not None
    link = read(workspace, qtbot, detail.record).links[0]
    assert (link.role, link.outgoing, link.other.title if link.other else "") == ("victim", True, "Маруфжон")


def test_a_known_person_is_suggested_in_any_script(workspace: Workspace, qtbot: QtBot) -> None:
    save(workspace, qtbot, "person", name="Маъруфжон Ҳасанов")
    detail = begin(workspace)
    links = page_of(detail).links
    links.begin()
    wait_for(qtbot, links.picker.line.hasFocus)

    links.picker.line.setText("хасанов")
    links.picker._ask()

    wait_for(qtbot, lambda: links.picker.list.count() == 2)
    offered = [item.text() for place in range(2) if (item := links.picker.list.item(place)) is not None]
    assert offered == ["Маъруфжон Ҳасанов", "New person “хасанов”"]
    QApplication.sendEvent(
        links.picker.line, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    )
    wait_for(qtbot, lambda: bool(detail._shown and detail._shown.links))


def test_the_line_for_a_person_is_in_view_however_long_the_account_is(workspace: Workspace, qtbot: QtBot) -> None:
    record = save(workspace, qtbot, "testimony", title="A call", narrative="He said:\n" * 40)
    detail = open_record(workspace, qtbot, record, "testimony")
    links = page_of(detail).links

    workspace._on_add_person()

    wait_for(qtbot, lambda: is_wholly_seen(links.picker.line))
    assert links.picker.line.hasFocus()
    place = links.mapTo(page_of(detail), QPoint())
    page_of(detail).form.cells["narrative"].note.say("x\n" * 40)  # what stands above it grows
    wait_for(qtbot, lambda: links.mapTo(page_of(detail), QPoint()).y() > place.y() + 300)
    wait_for(qtbot, lambda: is_wholly_seen(links.picker.line))


def is_wholly_seen(widget: QWidget) -> bool:
    return widget.visibleRegion().boundingRect() == widget.rect()


def test_a_name_half_typed_stays_with_its_record_until_it_is_added_or_not(workspace: Workspace, qtbot: QtBot) -> None:
    one, other = (save(workspace, qtbot, "testimony", title=title) for title in ("One", "Other"))
    detail = open_record(workspace, qtbot, one, "testimony")
    links = page_of(detail).links
    links.begin()
    links.picker.line.setText("Maru")
    links.picker.line.textEdited.emit("Maru")
    links.begin()
    assert links.half_typed[0] == "Maru"

    open_record(workspace, qtbot, other, "testimony")
    assert links.half_typed == ("", "")
    open_record(workspace, qtbot, one, "testimony")
    wait_for(qtbot, lambda: links.half_typed[0] == "Maru")
    links.picker.new_wanted.emit("Maru")
    wait_for(qtbot, lambda: bool(detail._shown and detail._shown.links))

    open_record(workspace, qtbot, other, "testimony")
    open_record(workspace, qtbot, one, "testimony")
    read(workspace, qtbot, one)
    assert links.half_typed == ("", "")


def test_who_comes_back_to_a_field_writes_on_behind_its_last_word(workspace: Workspace, qtbot: QtBot) -> None:
    record = save(workspace, qtbot, "testimony", title="A call", narrative="He said:\n" * 40 + "and then")
    detail = open_record(workspace, qtbot, record, "testimony")

    for name in ("narrative", "title"):
        detail.focus_field(name)
        QApplication.sendEvent(
            detail.window().focusWidget(),
            QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Exclam, Qt.KeyboardModifier.NoModifier, "!"),
        )

    assert str(page_of(detail).form.value_of("narrative")).endswith("and then!")
    assert page_of(detail).form.value_of("title") == "A call!"


def test_files_that_are_dropped_are_sealed_and_hang_on_the_record(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = [tmp_path / "паспорт.png", tmp_path / "note.txt", tmp_path / "gone.jpg"]
    paths[0].write_bytes(PIXEL)
    paths[1].write_text("words", encoding="utf-8")
    detail = begin(workspace)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )

    detail.dropEvent(drop)

    wait_for(qtbot, lambda: len(page_of(detail).documents._tiles) == 2)
    section = page_of(detail).documents
    assert not section.notice.isHidden()
    assert workspace.toast.words.text() == "2 files are attached. Not all of them: see below."
    workspace.toast.button.click()
    wait_for(qtbot, lambda: is_wholly_seen(section.notice))
    assert detail.record is not None
    view = read(workspace, qtbot, detail.record)
    assert [link.other.title for link in view.links if link.other] == ["паспорт.png", "note.txt"]
    wait_for(qtbot, lambda: any("not a picture" in tile.toolTip() for tile in section._tiles))


def test_sealing_can_be_cancelled_and_leaves_nothing(workspace: Workspace, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(40 << 20))
    detail = begin(workspace)
    section = page_of(detail).documents

    section.attach([path])
    wait_for(qtbot, lambda: section._job is not None)
    section.cancel_button.click()

    wait_for(qtbot, section._bar.isHidden)
    assert section._tiles == []
    assert not list((workspace.session.folder / "objects").rglob("*.*"))


def test_a_record_that_was_removed_can_be_brought_back(workspace: Workspace, qtbot: QtBot) -> None:
    record = save(workspace, qtbot, "testimony", title="A mistake?")
    detail = open_record(workspace, qtbot, record, "testimony")
    wait_for(qtbot, lambda: titles(workspace) == ["A mistake?"])

    detail.head.remove_button.click()
    wait_for(qtbot, lambda: titles(workspace) == [])
    wait_for(qtbot, workspace.toast.isVisible)
    words = workspace.toast.words.text()
    workspace.toast.button.click()

    wait_for(qtbot, lambda: titles(workspace) == ["A mistake?"])
    assert words == "Removed from lists"


def test_undo_takes_back_the_last_change_and_redo_brings_it_again(workspace: Workspace, qtbot: QtBot) -> None:
    record = save(workspace, qtbot, "testimony", title="Before")
    detail = open_record(workspace, qtbot, record, "testimony")
    type_into(detail, "title", "After")
    detail.finish()
    wait_for(qtbot, lambda: titles(workspace) == ["After"])

    workspace.setFocus()
    QApplication.sendEvent(
        workspace, QKeyEvent(QEvent.Type.KeyPress, ord("Я"), Qt.KeyboardModifier.ControlModifier, "я")
    )
    wait_for(qtbot, lambda: titles(workspace) == ["Before"])
    wait_for(qtbot, lambda: line(detail, "title").value() == "Before")
    wait_for(qtbot, workspace.toast.isVisible)
    workspace.toast.button.click()

    wait_for(qtbot, lambda: titles(workspace) == ["After"])


def test_search_finds_a_form_of_the_word_and_marks_it(workspace: Workspace, qtbot: QtBot) -> None:
    save(workspace, qtbot, "testimony", title="Звонок", narrative="Его заставили подписать контракты ночью.")

    workspace.top.search.setText("контрактом")

    model = workspace.records.list.model
    wait_for(qtbot, lambda: bool(model._snippets))
    snippet = next(iter(model._snippets.values()))
    start, end = snippet.marks[0]
    assert snippet.text[start:end] == "контракты"
    workspace.grab()
    workspace.top.search.clear()
    wait_for(qtbot, lambda: titles(workspace) == ["Звонок"])


def test_a_search_with_many_answers_gives_the_first_soon_and_the_rest_when_they_are_scrolled_to(
    workspace: Workspace, qtbot: QtBot
) -> None:
    for number in range(HITS_PAGE + 3):
        save(workspace, qtbot, "testimony", title=f"A bus, {number}", narrative="They came by bus.")
    model = workspace.records.list.model

    workspace.top.search.setText("came by bus")
    wait_for(qtbot, lambda: model.query.is_search and model.rowCount() == HITS_PAGE)
    assert model.total == HITS_PAGE + 3
    assert model.canFetchMore(QModelIndex())
    model.fetchMore(QModelIndex())

    wait_for(qtbot, lambda: model.rowCount() == HITS_PAGE + 3)
    assert len(set(titles(workspace))) == HITS_PAGE + 3
    last = model.index(HITS_PAGE + 2).data(SNIPPET_ROLE)
    assert isinstance(last, Snippet) and last.text == "They came by bus."
    assert not model.canFetchMore(QModelIndex())


def test_a_search_is_narrowed_by_kind_and_time(workspace: Workspace, qtbot: QtBot) -> None:
    save(workspace, qtbot, "testimony", title="bus in March", date="2026-03-05")
    save(workspace, qtbot, "testimony", title="bus in May", date="2026-05")
    save(workspace, qtbot, "person", name="bus driver")
    workspace.top.search.setText("bus")
    wait_for(qtbot, lambda: len(titles(workspace)) == 3)
    filters = workspace.records.list.filters

    filters._on_kind("testimony")
    wait_for(qtbot, lambda: len(titles(workspace)) == 2)
    filters.when.setText("March 2026")

    wait_for(qtbot, lambda: titles(workspace) == ["bus in March"])


def test_a_number_never_stands_without_its_safety_line(workspace: Workspace, qtbot: QtBot) -> None:
    record = save(workspace, qtbot, "person", name="Mother", phone=["+992 00 000 00 00"])
    detail = open_record(workspace, qtbot, record, "person")
    note = page_of(detail).form.cells["phone"].note
    wait_for(qtbot, lambda: not note.isHidden())
    told = [note.words.text()]

    channel = page_of(detail).form.cells["safe_channel"].editor
    assert isinstance(channel, ChoiceEditor)
    channel.box.choose("messenger")
    channel.box.activated.emit(channel.box.currentIndex())
    told.append(note.words.text())
    type_into(detail, "safe_hours", "after 20:00")
    told.append(note.words.text())
    type_into(detail, "compromised_since", "yesterday evening")
    told.append(note.words.text())

    assert told == [
        "Safety unknown: do not call",
        "Safety unknown: do not call",
        "Messenger · after 20:00",
        "Channel compromised since yesterday evening: do not call",
    ]


def test_long_lists_are_read_page_by_page(workspace: Workspace, qtbot: QtBot) -> None:
    def fill(archive: Archive) -> bool:
        with archive.vault.saving():
            for number in range(PAGE + 20):
                records.save(archive, "person", {"name": f"Person {number}"})
        return True

    done: list[bool] = []
    workspace.session.write(workspace, fill, done.append)
    wait_for(qtbot, lambda: bool(done))
    model = workspace.records.list.model

    workspace.show_place("person")
    wait_for(qtbot, lambda: model.total == PAGE + 20)
    first = model.rowCount()
    model.fetchMore(model.index(-1))

    wait_for(qtbot, lambda: model.rowCount() == PAGE + 20)
    assert first == PAGE
    assert len(set(titles(workspace))) == PAGE + 20


def test_an_empty_place_says_what_to_do_first(workspace: Workspace) -> None:
    empty = workspace.records.list.empty

    assert empty.isVisible()
    empty.button.click()

    assert workspace.records.detail.page is not None


@pytest.mark.parametrize("name", ["testimony", "person"])
def test_every_field_has_a_name_for_screen_readers(workspace: Workspace, name: str) -> None:
    workspace.records.begin_new(name)

    for cell in page_of(workspace.records.detail).form.cells.values():
        proxy = cell.editor.focusProxy()
        while proxy is not None and proxy.focusProxy() is not None:
            proxy = proxy.focusProxy()
        assert proxy is not None and proxy.accessibleName(), cell.field.name
