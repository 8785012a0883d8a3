"""Typing into the form of a testimony while every sync of the disk takes 50 ms longer, as on an old hard disk.

strace delays the end of each fsync and fdatasync of the process, whoever calls it, SQLCipher too; nothing of ours is
replaced. What a person could feel is what the window's thread spends on a key, and any pause of its event loop. The
same is played with the disk as it is, for what the machine itself adds; the window paints into memory, since a busy X
server would be felt more than any disk.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.bundles_child import PASSPHRASE, new_vault
from benchmarks.figures import Figure, Size, percentile

SYNC_MS = 50
KEYS = 200
KEY_GOAL_MS = 16
PAUSE_GOAL_MS = 50

_CHILD = Path(__file__).with_name("typing_child.py")
_LOG = "syncs"
_TRACED = ["strace", "-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o", _LOG]
_SLOW = [*_TRACED, "-e", f"inject=fsync,fdatasync:delay_exit={SYNC_MS * 1000}"]

Told = dict[str, list[float]]


def measure_typing(_size: Size) -> list[Figure]:
    """The 95th percentile of a key, and the longest pause of the event loop."""
    quick, slow = _typed(_TRACED), _typed(_SLOW)
    keys, pauses = slow["keys_ms"], slow["pauses_ms"]
    spent = (
        f"median {statistics.median(keys):.1f} ms, slowest of {len(keys)} {max(keys):.1f} ms;"
        f" without the delay {percentile(quick['keys_ms'], 95):.1f} ms"
    )
    disk = f"{slow['syncs'][0]:.0f} syncs of {SYNC_MS} ms meanwhile; without the delay {max(quick['pauses_ms']):.1f} ms"
    return [
        Figure("typing, window's thread per key, 95 %", percentile(keys, 95), "ms", KEY_GOAL_MS, spent),
        Figure("typing, longest pause of the window", max(pauses), "ms", PAUSE_GOAL_MS, disk),
    ]


def _typed(disk: list[str]) -> Told:
    """Play the scene with this disk, in a vault of its own."""
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-bench-"))
    try:
        new_vault(folder / "vault", "Anna").close()
        command = [*disk, sys.executable, str(_CHILD), str(folder / "vault"), PASSPHRASE, str(KEYS), _LOG]
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    finally:
        shutil.rmtree(folder)
    told: Told = json.loads(done.stdout)
    return told
