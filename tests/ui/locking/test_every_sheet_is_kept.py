"""What is typed in any sheet is there again after a lock, or there is a reason why it must not be."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import TypeGuard

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

import fieldapp.ui
from fieldapp.media.preview import DecoderProcess
from fieldapp.records.store import RecordRow
from fieldapp.services import documents, trust, views
from fieldapp.services.archive import Archive
from fieldapp.ui.erasing.withdraw_sheet import WithdrawSheet
from fieldapp.ui.exchange.anew import GoOnAnewSheet
from fieldapp.ui.exchange.fold import Fold
from fieldapp.ui.exchange.lost_device import LostDeviceSheet
from fieldapp.ui.locking.half_sheet import HalfSheet
from fieldapp.ui.plain import Sheet
from fieldapp.ui.tasks.send_sheet import SendTaskSheet
from fieldapp.ui.viewer.copy_out import CopyOutSheet
from fieldapp.ui.viewer.sheet import show_document
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId
from tests.ui.conftest import make
from tests.ui.locking import test_returning as returning
from tests.ui.locking.everywhere import everything_said, let_time_pass, say_everywhere
from tests.ui.locking.test_returning import Enter, settle
from tests.ui.rooms import sheets

enter = returning.enter  # a fixture is found by its name

TYPED_IN = frozenset({"QLineEdit", "QPlainTextEdit", "QTextEdit", "QSpinBox", "QDateEdit", "SecretBox", "WordsBox"})
NOT_KEPT = {
    "CompareSheet": "the words of a card are compared in one sitting, with the file of the card; the name stands in it",
    "DestroySheet": "the word that says yes to the end must be typed by who says it now",
    "EraseSheet": "the word that says yes to the end must be typed by who says it now",
    "GuideSheet": "is read, and nothing can be typed in it",
    "LeaveOutSheet": "what is typed is looked for, and goes with what was found",
    "PassphraseSheet": "a passphrase is kept nowhere",
    "RehearseSheet": "words of somebody's share are kept nowhere",
    "RekeySheet": "passphrases and the twelve words are kept nowhere",
    "WriterSheet": "goes with a passphrase, which is kept nowhere, and whose owner sits there",
}
"""Why what is typed in these is not kept."""


def every_sheet() -> list[type[QDialog]]:
    for module in pkgutil.walk_packages(fieldapp.ui.__path__, "fieldapp.ui."):
        importlib.import_module(module.name)
    found: dict[str, type[QDialog]] = {}
    left: list[type[QDialog]] = [Sheet]
    while left:
        for each in left.pop().__subclasses__():
            found[each.__qualname__] = each
            left.append(each)
    return [each for each in found.values() if each.__module__.startswith("fieldapp.")]


def names_used(thing: type | FunctionType) -> Iterator[str]:
    """All names in its source, and in that of what it is made of: other classes and functions of the window."""
    seen: set[object] = set()
    left: list[type | FunctionType] = [thing]
    while left:
        one = left.pop()
        if one in seen:
            continue
        seen.add(one)
        room = vars(sys.modules[one.__module__])
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(one)))):
            if isinstance(node, ast.Name):
                yield node.id
                other = room.get(node.id)
                if _is_part(other):
                    left.append(other)


def _is_part(thing: object) -> TypeGuard[type | FunctionType]:
    """A sheet that another opens is looked at by itself."""
    if not isinstance(thing, type | FunctionType) or not thing.__module__.startswith("fieldapp.ui."):
        return False
    return not (isinstance(thing, type) and issubclass(thing, QDialog)) and thing is not HalfSheet


def keeps_what_is_typed(sheet: type[QDialog]) -> bool:
    return HalfSheet.__name__ in set(names_used(sheet))


@pytest.mark.parametrize("sheet", every_sheet(), ids=lambda sheet: sheet.__name__)
def test_what_is_typed_is_kept_or_there_is_a_reason(sheet: type[QDialog]) -> None:
    used = set(names_used(sheet))
    has_words = not TYPED_IN.isdisjoint(used)

    assert keeps_what_is_typed(sheet) == (has_words and sheet.__name__ not in NOT_KEPT)
    assert has_words or sheet.__name__ not in NOT_KEPT


def withdraw(workspace: Workspace, qtbot: QtBot) -> None:
    open_person(workspace, qtbot)
    workspace.errands.withdraw()


def send_task(workspace: Workspace, qtbot: QtBot) -> None:
    open_person(workspace, qtbot)
    workspace.errands.send_task()


def report_lost(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.exchange.show_part("people")
    settle(qtbot, workspace)
    workspace.exchange.people.report_lost(workspace.exchange.people.peers[0])


def go_on_anew(workspace: Workspace, _qtbot: QtBot) -> None:
    workspace.go_on_anew()


def save_copy(workspace: Workspace, qtbot: QtBot) -> None:
    (document,) = rows(workspace, qtbot, "document")
    view = show_document(workspace.session, document.id, workspace.records)
    settle(qtbot, workspace)
    assert view.save_copy() is not None


OPEN: dict[type[QDialog], Callable[[Workspace, QtBot], None]] = {
    WithdrawSheet: withdraw,
    SendTaskSheet: send_task,
    LostDeviceSheet: report_lost,
    GoOnAnewSheet: go_on_anew,
    CopyOutSheet: save_copy,
}
"""How each sheet that keeps what is typed is opened."""


def test_every_sheet_that_keeps_what_is_typed_is_walked_through() -> None:
    assert {each for each in every_sheet() if keeps_what_is_typed(each)} == set(OPEN)


@pytest.mark.parametrize("kind", [pytest.param(each, id=each.__name__) for each in OPEN])
def test_all_that_is_said_in_a_sheet_is_there_after_a_kill(
    enter: Enter, vault: Path, qtbot: QtBot, tmp_path: Path, kind: type[QDialog]
) -> None:
    returning.before(vault, partial(furnish, elsewhere=tmp_path))
    first = enter()
    OPEN[kind](first, qtbot)
    settle(qtbot, first)
    sheet = opened(kind)
    said = say_everywhere(sheet)
    said = say_everywhere(sheet, said)  # and what could be said only then
    told = everything_said(sheet)
    let_time_pass(first)
    settle(qtbot, first)
    sheet.hide()

    again = enter()

    settle(qtbot, again)
    assert said
    found = opened(kind)
    assert everything_said(found) == told
    found.reject()
    settle(qtbot, again)


def opened(kind: type[QDialog]) -> QDialog:
    """The sheet of this kind, with all that can be folded in it unfolded."""
    (sheet,) = (each for each in sheets() if isinstance(each, kind))
    for fold in sheet.findChildren(Fold):
        fold.button.setChecked(True)
    QApplication.sendPostedEvents()
    return sheet


def furnish(archive: Archive, elsewhere: Path) -> RecordId:
    """A person, a document, and two who are trusted."""
    for name in ("Timur", "Nodira"):
        other = make(elsewhere / name, name).archive
        trust.trust(archive, trust.own_card(other))
        other.close()
    person = returning.a_person(archive)
    letter = elsewhere / "letter.txt"
    letter.write_text("A letter", encoding="utf-8")
    with DecoderProcess() as decoder:
        documents.attach(archive, [documents.stage(archive.vault.objects, letter, decoder)], owner=person)
    return person


def rows(workspace: Workspace, qtbot: QtBot, kind: str) -> list[RecordRow]:
    answers: list[list[RecordRow]] = []
    workspace.session.ask(workspace, lambda archive: list(views.rows(archive, kind=kind)), answers.append)
    settle(qtbot, workspace)
    return answers[0]


def open_person(workspace: Workspace, qtbot: QtBot) -> None:
    (person,) = rows(workspace, qtbot, "person")
    returning.open_row(workspace, person.id, qtbot)
