"""The table of leaks: every row names a test that is there, or says that it is not protected, and why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_SHOWN = re.compile(r"`(tests/[\w./]+)`")
_NOT = re.compile(r"\*\*not protected\*\*[^|]*?, because \w", re.IGNORECASE)
_WITHOUT_TESTS = ("Only on Windows", "Only on macOS")
ASKED = (
    "memory after", "core dumps", "swap", "tracebacks", "temporary", "deleted", "open with", "decoder", "thumbnails",
    "clipboard", "dialogs", "settings", "rich text", "names", "network", "notifications", "title", "sizes", "metadata",
    "telemetry", "hibernation file", "page file", "Error Reporting", "Recall", "indexers", "antivirus",
)  # fmt: skip
"""What the table must speak of at least."""


def rows(text: str) -> dict[str, list[str]]:
    """The rows of each part, without their heads."""
    found: dict[str, list[str]] = {}
    for part in text.split("\n## ")[1:]:
        lines = [line for line in part.splitlines() if line.startswith("| ")]
        found[part.partition("\n")[0]] = [line for line in lines if not line.startswith("| surface")]
    return {heading: lines for heading, lines in found.items() if lines}


def lacking(heading: str, line: str, root: Path) -> bool:
    """Whether a row has neither a test nor a reason; of other systems nobody has tests, so words will do there."""
    shown = _SHOWN.findall(line)
    proven = bool(shown) and all((root / each).exists() for each in shown)
    return not (proven or _NOT.search(line) or (heading in _WITHOUT_TESTS and len(line.split("|")[3].strip()) > 40))


def test_every_row_has_a_test_or_a_reason(root: Path) -> None:
    found = rows((root / "resources/docs/leaks.md").read_text("utf-8"))

    assert [len(lines) > 5 for lines in found.values()] == [True, True, True]
    assert [line for heading, lines in found.items() for line in lines if lacking(heading, line, root)] == []


def test_the_table_speaks_of_everything_that_is_known_to_leak(root: Path) -> None:
    text = (root / "resources/docs/leaks.md").read_text("utf-8").lower()

    assert [each for each in ASKED if each.lower() not in text] == []


@pytest.mark.parametrize(
    "line",
    [
        "| a | b | we are careful |",
        "| a | b | **not protected** |",
        "| a | b | shown by `tests/leaks/test_nothing.py` |",
    ],
)
def test_an_empty_row_is_caught(line: str, root: Path) -> None:
    assert lacking("On every system", line, root)
