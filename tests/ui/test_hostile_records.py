"""What somebody hostile wrote, or wrote too much of: it says whose it is, turns nothing around, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from fieldapp.records.model import TYPES
from fieldapp.records.store import RecordRow
from fieldapp.services import records
from fieldapp.services.history import HistoryEntry
from fieldapp.services.views import Account, RecordView
from fieldapp.ui import application
from fieldapp.ui.account_words import from_whom
from fieldapp.ui.form.several import MOST_ITEMS, SeveralEditor
from fieldapp.ui.form.words import LineEditor
from fieldapp.ui.plain import ElidedLabel, PlainLabel
from fieldapp.ui.records.detail_head import DetailHead
from fieldapp.ui.records.history import HistoryCard
from fieldapp.ui.workspace import Workspace
from fieldapp.values import EntryId, RecordId
from tests.ui.test_records import WAIT_MS, begin, line, open_record, page_of, read, save

ENTRY, RECORD = EntryId(bytes(32)), RecordId(bytes(16))
FAR = 2**48


def words(widget: Any) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def account(author: str = "", source: str = "", through: str = "") -> Account:
    return Account(ENTRY, "x", "x", author, FAR, source, "", "", through)


@pytest.mark.parametrize("label", [PlainLabel, ElidedLabel])
def test_no_name_turns_around_what_stands_beside_it(qtbot: QtBot, label: type[PlainLabel]) -> None:
    shown = label("\u202eevil\u2066 and kind")
    qtbot.addWidget(shown)
    shown.resize(1000, 30)

    assert shown.text() == "\ufffdevil\ufffd and kind"
    assert PlainLabel("می\u200cخواهم").text() == "می\u200cخواهم"


def test_a_source_never_hides_who_wrote_it_nor_through_whom_it_came() -> None:
    assert from_whom(account(author="Mallory", source="Ainura", through="Bek")) == "Ainura  ·  Mallory, through Bek"
    assert from_whom(account(author="Ainura")) == "Ainura"
    assert from_whom(account()) == "somebody unknown"


def test_history_says_through_whom_a_stranger_came(qtbot: QtBot) -> None:
    entry = HistoryEntry(
        ENTRY, "edit", "You", "laptop", False, FAR, 0, 1, (), "", "", "Bek", undoes=False, author_known=False
    )  # fmt: skip
    card = HistoryCard(entry)
    qtbot.addWidget(card)

    assert "You, through Bek: wrote" in words(card)
    assert f"@{FAR}" in words(card)


def test_the_head_names_who_wrote_a_record_and_not_who_brought_it(qtbot: QtBot) -> None:
    row = RecordRow(RECORD, "person", "P", None, None, FAR, FAR, hidden=False, contested=False)
    head = DetailHead()
    qtbot.addWidget(head)
    head.resize(2000, 60)

    head.show_record("person", "P", RecordView(row, (), (), "Mallory", "Bek"))

    assert "written down by Mallory, through Bek" in head._told._whole


def test_more_items_than_a_form_can_show_are_not_cleared_by_typing(qtbot: QtBot) -> None:
    field = TYPES["person"].field("phone")
    assert field is not None
    editor = SeveralEditor(field, LineEditor)
    qtbot.addWidget(editor)
    told = [str(number) for number in range(MOST_ITEMS + 50)]

    editor.show_value(list(told))

    assert len(editor.rows) == MOST_ITEMS
    assert editor.value() == told
    editor.show_value(["1"])
    assert editor.value() == ["1"]


def test_words_that_came_in_under_the_cursor_are_seen_before_they_can_be_replaced(
    workspace: Workspace, qtbot: QtBot
) -> None:
    record = save(workspace, qtbot, "testimony", title="Old", narrative="night")
    detail = open_record(workspace, qtbot, record, "testimony")
    line(detail, "title").line.setFocus()
    line(detail, "title").line.setText("old ")  # an end that is being typed, and says no other words
    assert line(detail, "title").is_being_edited()

    def come_in(**values: str) -> None:
        with qtbot.waitSignal(workspace.session.changed, timeout=WAIT_MS):
            workspace.session.write(
                workspace, lambda archive: records.save(archive, "testimony", values, record=record)
            )

    come_in(place="market")
    qtbot.waitUntil(lambda: line(detail, "place").value() == "market", timeout=WAIT_MS)
    left_alone = line(detail, "title").line.text()
    come_in(title="What the coordinator found")

    qtbot.waitUntil(lambda: line(detail, "title").value() == "What the coordinator found", timeout=WAIT_MS)
    assert left_alone == "old "


def test_files_dropped_while_others_are_sealed_are_sealed_after_them(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.bin", tmp_path / "second.txt"
    first.write_bytes(bytes(20 << 20))
    second.write_text("words", encoding="utf-8")
    detail = begin(workspace)
    section = page_of(detail).documents

    section.attach([first])
    section.attach([second])

    qtbot.waitUntil(lambda: len(section._tiles) == 2, timeout=WAIT_MS)
    assert detail.record is not None
    titles = [link.other.title for link in read(workspace, qtbot, detail.record).links if link.other]
    assert titles == ["first.bin", "second.txt"]
    assert section._bar.isHidden()


def test_a_mistake_in_the_window_says_where_and_nothing_of_what(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        int("the words of a witness")
    except ValueError as error:
        application._say_no_traceback(ValueError, error, error.__traceback__)

    said = capsys.readouterr().err
    assert said.startswith("fieldapp: ValueError")
    assert "witness" not in said
