"""What the window shows is typeset: a name of a folder stands in quotation marks, not in the marks of a terminal."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import fieldapp

PACKAGE = Path(fieldapp.__file__).parent
SHOWN = ("errors.py", "exchange", "i18n", "messages", "names", "records", "services", "ui")
"""Whose words a window shows. The command line has its own, with commands in them."""
MARKS = frozenset({"_", "N_", "ngettext", "pgettext"})


def texts() -> Iterator[tuple[str, str]]:
    for place in SHOWN:
        root = PACKAGE / place
        for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                    yield from ((path.name, text) for text in _texts(node.args))


def _texts(arguments: list[ast.expr]) -> Iterator[str]:
    for each in arguments:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def test_no_text_of_the_window_has_the_marks_of_a_terminal() -> None:
    found = list(texts())

    assert len(found) > 1000
    assert [each for each in found if "`" in each[1]] == []
