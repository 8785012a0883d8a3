"""The ground that all tests stand on: a home of their own, no display, samples never skipped in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

NEEDS_SHARED = "def test_x(shared):\n    assert shared.is_dir()\n"


def answer_of_pytest(tmp_path: Path, root: Path, **variables: str) -> str:
    """Run one test that wants the samples, in a tree of its own, and give pytest's last line."""
    (tmp_path / "tests").mkdir()
    conftest = (root / "tests" / "conftest.py").read_text(encoding="utf-8")
    (tmp_path / "tests" / "conftest.py").write_text(conftest, encoding="utf-8")
    (tmp_path / "tests" / "test_x.py").write_text(NEEDS_SHARED, encoding="utf-8")
    inside = {name: value for name, value in os.environ.items() if name not in ("CI", "FIELDAPP_SHARED")}
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(asked, cwd=tmp_path, env=inside | variables, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[-1]


def test_missing_samples_fail_under_ci(tmp_path: Path, root: Path) -> None:
    assert "1 error" in answer_of_pytest(tmp_path, root, CI="true", FIELDAPP_SHARED=str(tmp_path / "none"))


def test_missing_samples_skip_on_a_persons_machine(tmp_path: Path, root: Path) -> None:
    assert "1 skipped" in answer_of_pytest(tmp_path, root, FIELDAPP_SHARED=str(tmp_path / "none"))


def test_samples_are_found_where_the_environment_says(tmp_path: Path, root: Path) -> None:
    (tmp_path / "samples").mkdir()

    assert "1 passed" in answer_of_pytest(tmp_path, root, CI="true", FIELDAPP_SHARED=str(tmp_path / "samples"))


def test_a_test_has_a_home_of_its_own_and_no_display(outer_environment: Mapping[str, str]) -> None:
    assert os.environ["HOME"] != outer_environment.get("HOME")
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    assert Path(os.environ["XDG_RUNTIME_DIR"]).stat().st_mode & 0o077 == 0


def test_what_fails_is_named_when_it_fails(tmp_path: Path, root: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_bytes((root / "tests" / "conftest.py").read_bytes())
    (tmp_path / "tests" / "test_x.py").write_text("def test_a():\n    assert False\n\n\ndef test_b():\n    pass\n")
    asked = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=no", "-r", "", "tests", "-n"]

    for workers in ("0", "1"):
        done = subprocess.run([*asked, workers], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stdout.count("failed in call: tests/test_x.py::test_a\n") == 1, done.stdout
        assert done.returncode == 1
