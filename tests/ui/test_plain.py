"""Whatever a narrator or a stranger wrote is shown as it is written, and never opens a file."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6 import QtGui
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.records.model import TYPES, FieldKind
from fieldapp.services import records
from fieldapp.services.archive import Archive
from fieldapp.ui.plain import ElidedLabel, Notice, PlainLabel, Sheet, icon_button, push_button, tip
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId

WAIT_MS = 20_000
_IN_OPEN, _IN_NONBLOCK = 0x20, 0o4000


class Watch:
    """Tells whether anybody in this process or another opened a file."""

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(_IN_NONBLOCK)
        assert libc.inotify_add_watch(self._handle, os.fsencode(path), _IN_OPEN) >= 0

    def was_opened(self) -> bool:
        try:
            return bool(os.read(self._handle, 4096))
        except BlockingIOError:
            return False

    def close(self) -> None:
        os.close(self._handle)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "canary.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    return path


@pytest.fixture
def watch(canary: Path) -> Iterator[Watch]:
    if sys.platform != "linux":
        pytest.skip("inotify is Linux's")
    watch = Watch(canary)
    yield watch
    watch.close()


def markup(canary: Path) -> str:
    return f'<img src="{canary.as_uri()}"><img src="{canary}"><b>bold</b>'


def test_the_watch_sees_a_label_that_reads_markup(qtbot: QtBot, watch: Watch, canary: Path) -> None:
    label = QLabel(markup(canary))
    qtbot.addWidget(label)
    label.show()
    label.grab()

    assert watch.was_opened()


def test_our_labels_show_markup_as_it_is_written(qtbot: QtBot, watch: Watch, canary: Path) -> None:
    text = markup(canary)
    widgets: list[QWidget] = [PlainLabel(text, wrap=True), ElidedLabel(text), Notice(text, icon="warning")]
    for widget in widgets:
        qtbot.addWidget(widget)
        widget.show()
        widget.grab()

    assert not watch.was_opened()


def test_no_tip_is_taken_for_markup(qtbot: QtBot, canary: Path) -> None:
    button = icon_button("help", "Help")
    qtbot.addWidget(button)

    tip(button, markup(canary))

    assert not QtGui.Qt.mightBeRichText(button.toolTip())
    assert QtGui.Qt.mightBeRichText(markup(canary))


def test_markup_in_every_field_of_every_type_opens_no_file(
    qtbot: QtBot, workspace: Workspace, watch: Watch, canary: Path
) -> None:
    text = markup(canary)
    made: dict[str, RecordId] = {}
    for name in ("testimony", "person"):
        values = _everywhere(name, text)

        def save(archive: Archive, name: str = name, values: dict[str, object] = values) -> tuple[str, RecordId]:
            changed = records.save(archive, name, values)
            assert changed.created is not None
            return name, changed.created

        workspace.session.write(workspace, save, lambda answer: made.update([answer]))
    qtbot.waitUntil(lambda: len(made) == 2, timeout=WAIT_MS)

    for name, record in made.items():
        workspace.show_place(name)
        workspace.records.detail.show_record(record, name)
        title = workspace.records.detail.head.title
        qtbot.waitUntil(lambda title=title: "img" in title.accessibleName(), timeout=WAIT_MS)  # type: ignore[misc]  # see above
        workspace.grab()
    workspace.top.search.setText("bold")
    model = workspace.records.list.model
    qtbot.waitUntil(lambda: model.query.is_search and model.rowCount() == 2, timeout=WAIT_MS)
    workspace.grab()

    assert not watch.was_opened()


@pytest.mark.parametrize(("look", "pressed"), [("", True), ("link", True), ("danger", False), ("main", False)])
def test_enter_presses_a_plain_button_of_a_sheet_that_has_the_focus(look: str, pressed: bool, qtbot: QtBot) -> None:
    sheet, told = Sheet("Back up", None), []
    qtbot.addWidget(sheet)
    button = push_button("Choose…", look)
    button.clicked.connect(lambda: told.append("button"))
    sheet.body.addWidget(button)
    sheet.add_button("Back up", main=True).setEnabled(False)
    with qtbot.waitExposed(sheet):
        sheet.show()
    button.setFocus()

    QTest.keyClick(button, Qt.Key.Key_Return)

    assert told == (["button"] if pressed else [])


def test_enter_twice_does_not_cancel_what_the_first_one_began(qtbot: QtBot) -> None:
    sheet = Sheet("Back up", None)
    qtbot.addWidget(sheet)
    cancel = sheet.add_button("Cancel")
    cancel.clicked.connect(sheet.reject)
    go = sheet.add_button("Back up", main=True)
    go.clicked.connect(lambda: go.setEnabled(False))
    with qtbot.waitExposed(sheet):
        sheet.show()
    go.setFocus()

    for _time in range(2):
        QTest.keyClick(sheet.focusWidget(), Qt.Key.Key_Return)

    assert cancel.hasFocus()
    assert sheet.isVisible()


def _everywhere(type_name: str, text: str) -> dict[str, object]:
    values: dict[str, object] = {}
    for field in TYPES[type_name].fields:
        if field.kind in (FieldKind.TEXT, FieldKind.LONG_TEXT):
            values[field.name] = [text, text + "2"] if field.multi else text
        elif field.kind is FieldKind.DATE:
            values[field.name] = {"told": text}
    return values
