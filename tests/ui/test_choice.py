"""A choice that is searched by typing: a term counts with its last letter, and half a term changes nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.records.fields_person import PERSON
from fieldapp.records.model import Plain
from fieldapp.ui.form.choice import ChoiceEditor
from fieldapp.ui.form.form import Form


class Told(list[Plain]):
    """What a choice said, each time that it said something."""

    def __init__(self, editor: ChoiceEditor) -> None:
        super().__init__()
        editor.typed.connect(lambda: self.append(editor.value()))


def shown(qtbot: QtBot, name: str) -> ChoiceEditor:
    """The editor of a person's field, with the cursor in it."""
    field = PERSON.field(name)
    assert field is not None
    editor = ChoiceEditor(field)
    qtbot.addWidget(editor)
    with qtbot.waitExposed(editor):
        editor.show()
    editor.box.setFocus()
    return editor


@pytest.fixture
def editor(qtbot: QtBot) -> ChoiceEditor:
    """What is searched by typing."""
    return shown(qtbot, "legal_status")


@pytest.fixture
def languages(qtbot: QtBot) -> ChoiceEditor:
    """Of languages the codes are short, and other languages begin with them."""
    return shown(qtbot, "language")


@pytest.fixture
def told(editor: ChoiceEditor) -> Told:
    return Told(editor)


def line_of(editor: ChoiceEditor) -> QLineEdit:
    line = editor.box.lineEdit()
    assert line is not None
    return line


def popup_of(editor: ChoiceEditor) -> QWidget:
    completer = editor.box.completer()
    popup = completer.popup() if completer is not None else None
    assert popup is not None
    return popup


def write(editor: ChoiceEditor, text: str) -> None:
    """With keys, which go to the list while it is open."""
    for letter in text:
        popup = popup_of(editor)
        event = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(popup if popup.isVisible() else line_of(editor), event)


def rub_out(editor: ChoiceEditor, letters: int) -> None:
    for _ in range(letters):
        QTest.keyClick(line_of(editor), Qt.Key.Key_Backspace)


@pytest.mark.parametrize("term", ["Work patent", "work PATENT", "патент на работу", " Work patent "])
def test_a_term_is_chosen_with_its_last_letter_while_the_list_is_open(
    editor: ChoiceEditor, told: Told, term: str
) -> None:
    write(editor, term)

    assert (editor.value(), told[0]) == ("work_patent", "work_patent")
    assert line_of(editor).text() == term  # they may type on


def test_the_list_stays_open_for_who_types_on(editor: ChoiceEditor) -> None:
    write(editor, "Visa")

    assert (editor.value(), popup_of(editor).isVisible()) == ("visa", True)


def test_who_types_on_after_a_term_ends_on_the_longer_one(languages: ChoiceEditor) -> None:
    told = Told(languages)

    write(languages, "Karakalpak")  # "ka" alone is Georgian
    languages.box.settle()

    assert told == ["ka", None, "kaa"]
    assert line_of(languages).text() == "Karakalpak"


def test_half_a_term_says_nothing_and_the_cursor_that_leaves_takes_it_back(editor: ChoiceEditor, told: Told) -> None:
    editor.show_value("visa")
    line_of(editor).selectAll()
    write(editor, "Work pat")
    meanwhile = editor.value()

    editor.box.settle()

    assert (meanwhile, editor.value(), line_of(editor).text()) == ("visa", "visa", "Visa")
    assert told == []


def test_a_term_that_is_typed_on_into_none_is_taken_back(editor: ChoiceEditor, told: Told) -> None:
    editor.show_value("refugee")
    line_of(editor).selectAll()

    write(editor, "Visa, I think")
    editor.box.settle()

    assert told == ["visa", "refugee"]
    assert line_of(editor).text() == "Refugee or temporary asylum"


def test_what_is_rubbed_out_is_no_choice_any_more(editor: ChoiceEditor, told: Told) -> None:
    write(editor, "Visa")
    rub_out(editor, 1)
    half = editor.value()
    rub_out(editor, 3)

    assert (half, editor.value()) == (None, None)
    assert told == ["visa", None]


def test_a_choice_that_is_emptied_is_none(editor: ChoiceEditor, told: Told) -> None:
    editor.show_value("visa")
    line_of(editor).selectAll()
    rub_out(editor, 1)

    assert (editor.value(), told) == (None, [None])


def test_what_is_undone_and_done_again_counts(editor: ChoiceEditor, told: Told) -> None:
    write(editor, "Visa")
    QTest.keyClick(line_of(editor), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    line_of(editor).redo()

    assert told == ["visa", None, "visa"]


def test_a_term_that_was_walked_to_in_the_list_counts_before_it_is_taken(editor: ChoiceEditor, told: Told) -> None:
    write(editor, "work p")
    QTest.keyClick(popup_of(editor), Qt.Key.Key_Down)

    assert line_of(editor).text() == "Work patent"
    assert told == ["work_patent"]


def test_a_term_taken_from_the_list_stands(editor: ChoiceEditor, told: Told) -> None:
    write(editor, "patent")
    QTest.keyClick(popup_of(editor), Qt.Key.Key_Down)
    QTest.keyClick(popup_of(editor), Qt.Key.Key_Return)

    assert (editor.value(), line_of(editor).text()) == ("work_patent", "Work patent")
    assert set(told) == {"work_patent"}


def test_leaving_a_term_that_was_said_does_not_say_it_again(editor: ChoiceEditor, told: Told) -> None:
    write(editor, "visa")

    editor.box.settle()

    assert (told, line_of(editor).text()) == (["visa"], "Visa")


def test_only_a_person_tells(editor: ChoiceEditor, told: Told) -> None:
    write(editor, "Work pat")
    for value in ("visa", "from_a_newer_version", None):
        editor.show_value(value)
        assert editor.value() == value
        editor.box.settle()

    assert (told, line_of(editor).text()) == ([], "")


def test_a_code_of_a_newer_version_stays_while_it_is_typed_in(editor: ChoiceEditor, told: Told) -> None:
    editor.show_value("from_a_newer_version")

    write(editor, "x")

    assert (editor.value(), told) == ("from_a_newer_version", [])


def test_a_short_list_tells_what_is_chosen_with_the_arrows(qtbot: QtBot) -> None:
    editor = shown(qtbot, "sex")
    told = Told(editor)

    QTest.keyClick(editor.box, Qt.Key.Key_Down)

    assert told == [editor.box.itemData(1)]


def test_half_a_term_stays_when_a_new_record_is_first_read_and_goes_with_the_record(qtbot: QtBot) -> None:
    form = Form(PERSON)
    qtbot.addWidget(form)
    with qtbot.waitExposed(form):
        form.show()
    editor = form.cells["legal_status"].editor
    assert isinstance(editor, ChoiceEditor)
    editor.box.setFocus()
    write(editor, "Work pat")

    form.show_record(None, first=True)
    half = line_of(editor).text()
    form.clear()

    assert (half, line_of(editor).text()) == ("Work pat", "")
