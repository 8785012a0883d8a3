"""`packaging/dev fuzz`: a target runs in a process and a home of its own, and whatever it does there is seen."""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

import fuzz
import pytest

NOTHING = argparse.Namespace(seconds=0.0, engine="ours", replay=None, grow=False, targets=[], jobs=1, list=False)


def done(status: int, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], status, said, "the last words")


def test_a_target_runs_on_its_examples_and_leaves_nothing_behind() -> None:
    result = fuzz.run("bech32", NOTHING)

    assert (result.engine, result.findings) == ("ours", ())
    assert result.executions > 0


def test_what_a_target_found_is_read_from_its_last_line(tmp_path: Path) -> None:
    told = {"engine": "ours", "executions": 7, "findings": [{"what": "ValueError", "input": "eA==", "trace": "t"}]}

    result = fuzz._result("bech32", done(1, json.dumps(told) + "\n"), tmp_path / "current")

    assert result == fuzz.Result("bech32", "ours", 7, (fuzz.Found("ValueError", b"x", "t"),))


def test_a_process_that_died_shows_what_it_was_reading(tmp_path: Path) -> None:
    current = tmp_path / "current"
    current.write_bytes((3).to_bytes(8, "big") + b"bad and older bytes")

    died = fuzz._result("bech32", done(-11), current)
    hung = fuzz._result("bech32", None, current)

    assert died.findings == (fuzz.Found("the process died with -11", b"bad", "the last words"),)
    assert hung.findings == (fuzz.Found("hung", b"bad", ""),)


def test_a_finding_is_kept_in_a_file_and_is_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = fuzz.Result("bech32", "ours", 7, (fuzz.Found("ValueError", b"x", "where"),))
    monkeypatch.setattr(fuzz, "run", lambda _name, _asked: found)
    monkeypatch.setattr(fuzz, "ROOT", tmp_path)
    monkeypatch.setattr(fuzz, "FINDINGS", tmp_path / "build" / "fuzz")

    assert fuzz.main(["bech32"]) == 1
    (kept,) = (tmp_path / "build" / "fuzz").iterdir()
    assert kept.read_bytes() == b"x"
    assert kept.name in capsys.readouterr().out


def test_targets_are_named_and_unknown_ones_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.main(["--list"]) == 0
    assert "vault header" in capsys.readouterr().out.splitlines()
    assert fuzz.main(["vault heather"]) == 2
