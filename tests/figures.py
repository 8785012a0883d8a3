"""What a test that proves something has counted: one JSON line a call, for `packaging/dev proofs` to make its page of.

`note("crash points", "export", points=412, failures=0)` appends `{"table": …, "row": …, "numbers": {…}}` to the file
that FIELDAPP_FIGURES names, and does nothing where none is named. Lines of the same table and row are added up, number
by number (text stays as the last line says it), so that parametrized and distributed tests may each tell their share.
`failures` is the number that is promised to be zero: tell it before the assertion that it is, not after.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


def note(table: str, row: str, **numbers: float | str) -> None:
    """Count what was tried; may be called from any process, each line is one append.

    Args:
        table: the table of the page, as packaging/proofs.py names them.
        row: the line of it, in words a reader of the page knows.
        numbers: what was counted; `failures` is the column that is promised to be zero.
    """
    place = os.environ.get("FIELDAPP_FIGURES")
    if place:
        _append(place, {"table": table, "row": row, "numbers": numbers})


@contextmanager
def counted(table: str, row: str, *, at_least: int = 1) -> Iterator[Callable[[bool, object], None]]:
    """Count tries of one kind, each as it should be or not; all of them are made, and told, before the assertion.

    Gives what is called for each try: whether it came out as it should, and which one it was.
    """
    outcomes: list[tuple[bool, object]] = []
    try:
        yield lambda good, which: outcomes.append((good, which))
    finally:
        wrong = [which for good, which in outcomes if not good]
        note(table, row, tries=len(outcomes), failures=len(wrong))
    assert not wrong, wrong[:10]
    assert len(outcomes) >= at_least


def _append(place: str, line: Mapping[str, object]) -> None:
    text = json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n"
    file = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)
