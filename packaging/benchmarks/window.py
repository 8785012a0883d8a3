"""From the start of the process to the first window that shows, and from the panic key to the lock screen that shows.

The code is in the system's cache.
What is started is `python -m fieldapp FOLDER` but for a paint event that tells of the first paint of the window: the
lock screen of a vault. The window that a person of this machine would see differs only in the X server.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bundles_child import PASSPHRASE, new_vault
from benchmarks.figures import Figure, Size
from benchmarks.screen import hidden_screen

GOAL_S = 0.5
LOCK_GOAL_S = 0.5
_CHILD = Path(__file__).with_name("window_child.py")
_LOCK_CHILD = Path(__file__).with_name("lock_child.py")


def measure_start(size: Size) -> list[Figure]:
    """Median over the rounds; the first only warms up."""
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-bench-"))
    try:
        new_vault(folder / "vault", "Anna").close()
        with hidden_screen() as environment:
            environment |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
            taken = [_start(folder / "vault", environment) for _ in range(size.rounds + 1)][1:]
            bare = [_bare(environment) for _ in range(size.rounds + 1)][1:]
        detail = (
            f"{min(taken):.2f}–{max(taken):.2f}; an empty window of Qt's in Python: {statistics.median(bare):.2f} s;"
            f" {environment['QT_QPA_PLATFORM']}"
        )
        return [Figure("window shown after start", statistics.median(taken), "s", GOAL_S, detail)]
    finally:
        shutil.rmtree(folder)


def measure_lock(size: Size) -> list[Figure]:
    """From the key in an open vault, with a word typed that is not kept yet, to the painted lock screen of the process
    that took the place of the one with the keys.
    """
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-bench-"))
    try:
        new_vault(folder / "vault", "Anna").close()
        with hidden_screen() as environment:
            environment |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "BENCH_PASSPHRASE": PASSPHRASE}
            taken = [_lock(folder / "vault", environment) for _ in range(size.rounds + 1)][1:]
        detail = f"{min(taken):.2f}–{max(taken):.2f}; {environment['QT_QPA_PLATFORM']}"
        return [Figure("lock screen shown after the panic key", statistics.median(taken), "s", LOCK_GOAL_S, detail)]
    finally:
        shutil.rmtree(folder)


def _lock(vault: Path, environment: dict[str, str]) -> float:
    command = [sys.executable, str(_LOCK_CHILD), str(vault)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    pressed, painted = map(float, done.stdout.split())
    return painted - pressed


def _start(vault: Path, environment: dict[str, str]) -> float:
    return _seconds([sys.executable, str(_CHILD), str(vault)], environment)


def _bare(environment: dict[str, str]) -> float:
    """The same for a window with nothing in it: what no program with Qt and Python is faster than."""
    return _seconds([sys.executable, str(_CHILD)], environment)


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    begin = time.clock_gettime(time.CLOCK_MONOTONIC)
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout) - begin
