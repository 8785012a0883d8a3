"""Where no screen answers, a person is told so in words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_screen_that_does_not_answer_is_said_in_words_and_nothing_is_aborted(tmp_path: Path) -> None:
    around = {name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    far = around | {"DISPLAY": "127.0.0.1:77", "QT_QPA_PLATFORM": "xcb", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}

    done = subprocess.run(
        [sys.executable, "-m", "fieldapp"], env=far, capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 1
    assert "no screen answers" in done.stderr
    assert "qt:" not in done.stderr
