"""`machine`, as the real program: there all its locks are taken."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.unit.cli.calling import Call


def test_the_machine_is_told_in_words_and_for_scripts(program: Call, tmp_path: Path) -> None:
    told = program("machine", tmp_path / "vault", "--json").json

    assert [each["topic"] for each in told] == ["disk", "swap", "hibernation", "dumps", "network"]
    assert set(told[0]) == {"topic", "state", "level", "what", "do"}
    if sys.platform == "linux":
        assert "hook" in told[-1]["state"]
        assert told[-2]["state"] == "not", "this process leaves no dump"
    words = program("machine")
    assert words.status == 0
    assert len(words.out.splitlines()) == 4
