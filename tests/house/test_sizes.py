"""Files over 400 lines and functions over 60 are looked at twice. Those listed here were; the list must only shrink."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Protocol

LINES_IN_FILE = 400
LINES_IN_FUNCTION = 60

LONG_FILES = {
    "fieldapp/errors.py": "one small class for each thing that a person can do differently, and nothing else",
}
LONG_FUNCTIONS: dict[str, str] = {}


class Sized(Protocol):
    """A module to measure."""

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def tree(self) -> ast.Module: ...


def long_functions(module: Sized) -> Iterator[str]:
    """`file:function` for each function over the limit, counted from `def` to its last line."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            size = node.end_lineno - node.lineno + 1
            if size > LINES_IN_FUNCTION:
                yield f"{module.name}:{node.name}"


def is_long(module: Sized) -> bool:
    return len(module.text.splitlines()) > LINES_IN_FILE


class Made:
    """A module of one function with so many lines."""

    def __init__(self, lines: int) -> None:
        self.name = "fieldapp/made.py"
        self.text = "def f():\n" + "    x = 1\n" * (lines - 1)
        self.tree = ast.parse(self.text)


def test_long_files_are_exactly_those_listed(program: list[Sized], tools: list[Sized]) -> None:
    assert {module.name for module in program + tools if is_long(module)} == set(LONG_FILES)


def test_long_functions_are_exactly_those_listed(program: list[Sized], tools: list[Sized]) -> None:
    assert {name for module in program + tools for name in long_functions(module)} == set(LONG_FUNCTIONS)


def test_the_limits_are_where_they_are_said_to_be() -> None:
    assert not list(long_functions(Made(LINES_IN_FUNCTION)))
    assert list(long_functions(Made(LINES_IN_FUNCTION + 1))) == ["fieldapp/made.py:f"]
    assert not is_long(Made(LINES_IN_FILE))
    assert is_long(Made(LINES_IN_FILE + 1))
