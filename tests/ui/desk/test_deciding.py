"""Accounts that differ: one question after the other, one key each, and back again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from fieldapp.records.model import field_of
from fieldapp.records.store import RecordRow
from fieldapp.services.views import Account, FieldView
from fieldapp.ui.desk.deciding import Deciding, Decision, Question
from fieldapp.values import EntryId, RecordId


def account(told: str, author: str = "Zarina", source: str = "", note: str = "", through: str = "") -> Account:
    entry = EntryId(told.encode().ljust(32, b"\0")[:32])
    return Account(entry, told, told, author, 0, source, "", note, through, "laptop")


def question(number: int, *told: str) -> Question:
    row = RecordRow(
        RecordId(bytes([number]) * 16), "person", f"Person {number}", None, None, 0, 0, False, True, False, None
    )
    accounts = tuple(account(each) for each in told)
    field = FieldView("name", "name", field_of("person", "name"), told[0], told[0], accounts, contested=True)
    return Question(row, field)


@pytest.fixture
def deciding(qtbot: QtBot) -> Deciding:
    deciding = Deciding()
    qtbot.addWidget(deciding)
    with qtbot.waitExposed(deciding):
        deciding.show()
    deciding.setFocus()
    return deciding


def words_in(deciding: Deciding) -> str:
    return "\n".join(label.text() for label in deciding.findChildren(QLabel))


def decided(deciding: Deciding) -> list[Decision]:
    found: list[Decision] = []
    deciding.decided.connect(found.append)
    return found


def test_a_number_keeps_that_account_and_the_next_question_follows(deciding: Deciding) -> None:
    found = decided(deciding)
    deciding.show_questions([question(1, "Dilbar", "Dilbar R."), question(2, "Ali", "Aly")])

    QTest.keyClick(deciding, Qt.Key.Key_2)
    QTest.keyClick(deciding, Qt.Key.Key_1)

    assert [each.told for each in found] == ["Dilbar R.", "Ali"]
    assert deciding.question is None


def test_a_number_that_no_account_has_decides_nothing(deciding: Deciding) -> None:
    found = decided(deciding)
    deciding.show_questions([question(1, "Dilbar", "Dilbar R.")])

    QTest.keyClick(deciding, Qt.Key.Key_3)
    QTest.keyClick(deciding, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)

    assert found == []


def test_a_key_that_is_held_down_decides_once_and_not_what_comes_after(deciding: Deciding) -> None:
    found = decided(deciding)
    deciding.show_questions([question(1, "Dilbar", "Dilbar R."), question(2, "Ali", "Aly")])

    for repeats in (False, True, True):
        held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier, "1", repeats)
        QApplication.sendEvent(deciding, held)

    assert len(found) == 1


def test_the_arrow_keys_lead_on_and_back_and_round(deciding: Deciding) -> None:
    deciding.show_questions([question(1, "a", "b"), question(2, "c", "d"), question(3, "e", "f")])
    seen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(deciding, key)
        seen.append(deciding.place.text())

    assert seen == ["2 of 3", "3 of 3", "1 of 3", "3 of 3"]


def test_keys_work_from_the_buttons_too(deciding: Deciding) -> None:
    found = decided(deciding)
    deciding.show_questions([question(1, "a", "b"), question(2, "c", "d")])
    keep = next(button for button in deciding.findChildren(QPushButton) if button.text() == "Keep this one")

    keep.setFocus()
    QTest.keyClick(keep, Qt.Key.Key_Right)
    at = deciding.place.text()
    QTest.keyClick(deciding, Qt.Key.Key_2)

    assert at == "2 of 2"
    assert [each.told for each in found] == ["d"]
    assert deciding.hasFocus()


def test_what_is_read_again_leaves_the_question_on_show_where_it_was(deciding: Deciding) -> None:
    deciding.show_questions([question(1, "a", "b"), question(2, "c", "d")])
    deciding.go_on()

    deciding.show_questions([question(9, "new", "newer"), question(1, "a", "b"), question(2, "c", "d")])

    assert deciding.question is not None and deciding.question.row.title == "Person 2"
    assert deciding.place.text() == "3 of 3"


def test_a_decision_on_its_way_is_not_asked_again_and_one_that_failed_is(deciding: Deciding) -> None:
    found = decided(deciding)
    asked = [question(1, "a", "b"), question(2, "c", "d")]
    deciding.show_questions(asked)

    deciding.keep(1)
    deciding.show_questions(asked)  # was read before the decision was written
    before = [each.row.title for each in deciding._questions]
    deciding.settled(found[0])
    deciding.show_questions(asked)

    assert before == ["Person 2"]
    assert len(deciding._questions) == 2


def test_each_account_says_who_when_and_from_what_source(deciding: Deciding) -> None:
    row = question(1, "x", "y").row
    one = account("missing", author="Nodira", source="his brother", note="said on the phone")
    other = account("at the front", author="Timur", through="Bek")
    field = FieldView("status", "status", field_of("person", "status"), "x", "x", (one, other), contested=True)
    deciding.show_questions([Question(row, field)])

    told = words_in(deciding)

    for words in ("Nodira, on laptop", "source: his brother", "said on the phone", "Timur, through Bek", "Status now"):
        assert words in told


def test_a_record_that_is_said_to_be_two_things_opens_and_is_not_decided(deciding: Deciding) -> None:
    found = decided(deciding)
    opened: list[bytes] = []
    deciding.record_chosen.connect(opened.append)
    row = question(1, "x", "y").row
    deciding.show_questions([Question(row, None, ("document", "person"))])

    QTest.keyClick(deciding, Qt.Key.Key_1)
    deciding.title.click()

    assert found == []
    assert opened == [row.id]
    assert "Document / Person" in words_in(deciding)


def test_markup_in_a_name_stays_words(deciding: Deciding) -> None:
    hostile = '<img src="file:///etc/passwd">&<b>'
    deciding.show_questions([question(1, hostile, "y")])

    assert hostile in words_in(deciding)
