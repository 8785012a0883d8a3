"""Everything can be reached and named without eyes or a mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from fieldapp.ui.help_sheet import HelpSheet
from fieldapp.ui.plain import PlainLabel
from fieldapp.ui.workspace import Workspace

INPUTS = (QLineEdit, QPlainTextEdit, QComboBox)


def nameless(room: QWidget) -> list[str]:
    buttons = [
        button for button in room.findChildren(QAbstractButton) if not (button.text() or button.accessibleName())
    ]
    inputs = [edit for kind in INPUTS for edit in room.findChildren(kind) if not edit.accessibleName()]
    ours = [
        widget
        for widget in (*buttons, *inputs)
        if not widget.isHidden() and not isinstance(widget.parentWidget(), QLineEdit)  # Qt's own button that clears
    ]
    return sorted({f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}" for widget in ours})


@pytest.mark.parametrize("name", ["testimony", "person"])
def test_every_button_and_input_has_a_name(workspace: Workspace, name: str) -> None:
    workspace.records.begin_new(name)

    assert nameless(workspace.records) == []
    assert nameless(workspace.top) == []
    assert nameless(workspace.rail) == []


def test_every_button_can_be_reached_with_the_keyboard(workspace: Workspace) -> None:
    workspace.records.begin_new("testimony")

    unreachable = [
        button.accessibleName() or button.text()
        for room in (workspace.rail, workspace.top, workspace.records.detail)
        for button in room.findChildren(QAbstractButton)
        if not button.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(button.parentWidget(), QLineEdit)
        if button.group() is None  # of a group one is reached with Tab, the others with the arrow keys
    ]

    assert unreachable == []


def test_the_help_lists_every_key(workspace: Workspace) -> None:
    sheet = HelpSheet(workspace.shortcuts.all, workspace)
    shown = {label.text() for label in sheet.findChildren(PlainLabel)}

    assert {shortcut.combination for shortcut in workspace.shortcuts.all} <= shown
    assert {"Ctrl+N", "Ctrl+K", "Ctrl+L", "Ctrl+Z", "F1"} <= shown
