"""What is typed in any sheet is there again after a lock, or there is a reason why it must not be."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Iterator
from types import FunctionType
from typing import TypeGuard

import pytest
from PySide6.QtWidgets import QDialog

import fieldapp.ui
from fieldapp.ui.locking.half_sheet import HalfSheet
from fieldapp.ui.plain import Sheet

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


@pytest.mark.parametrize("sheet", every_sheet(), ids=lambda sheet: sheet.__name__)
def test_what_is_typed_is_kept_or_there_is_a_reason(sheet: type[QDialog]) -> None:
    used = set(names_used(sheet))
    has_words = not TYPED_IN.isdisjoint(used)

    assert (HalfSheet.__name__ in used) == (has_words and sheet.__name__ not in NOT_KEPT)
    assert has_words or sheet.__name__ not in NOT_KEPT
