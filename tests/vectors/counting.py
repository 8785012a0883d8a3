"""How a test of known answers counts them: all of a family are tried, and only then is it asked whether all held."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from tests import figures

_Case = TypeVar("_Case")


def all_hold(family: str, cases: Iterable[_Case], holds: Callable[[_Case], bool]) -> int:
    """Try every case and tell the count; raises AssertionError with the numbers of those that do not hold."""
    given = list(cases)
    wrong = [number for number, case in enumerate(given) if not holds(case)]
    figures.note("vectors", family, vectors=len(given), failures=len(wrong))
    assert wrong == []
    return len(given)
