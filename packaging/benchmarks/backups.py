"""Backing up a vault full of photographs against `tar`, `sync` and `tar --compare` of its folder, and against `cp -r`.

Both sides write one file of the same ciphertext, have it on the disk, have the system forget it, and read it back.
`tar` compares with the folder, which it reads once more from memory; ours hashes what it writes and what it reads.
`cp -r` only copies, and is synced.
The second backup adds one photograph; everything in the file is read and compared before it is relied on.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from benchmarks.bundles import timed, write_photographs
from benchmarks.bundles_child import measured, run
from benchmarks.figures import Figure, Size, ratio_of_medians, seconds

GOAL, GOAL_COPY, GOAL_MORE, MEMORY_GOAL_MB = 1.2, 3.0, 1.0, 100

_MB = 1024 * 1024


def measure_backup(size: Size) -> list[Figure]:
    """A first backup, and one that adds to it."""
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-bench-"))
    try:
        return _measured(_vault_in(folder, size), folder, size)
    finally:
        shutil.rmtree(folder)


def _vault_in(folder: Path, size: Size) -> Path:
    for name, megabytes in (("photographs", size.megabytes), ("more", 4)):
        (folder / name).mkdir()
        write_photographs(folder / name, megabytes * _MB)
    run("introduce", folder / "vault", folder / "other")
    run("attach", folder / "vault", folder / "photographs")
    return folder / "vault"


def _measured(vault: Path, folder: Path, size: Size) -> list[Figure]:
    """In turn with the others, from the same files, with nothing left to be written."""
    ours: list[float] = []
    more: list[float] = []
    grown: list[float] = []
    tars: list[float] = []
    copies: list[float] = []
    for number in range(size.rounds + 1):  # the first of each only warms up
        fresh, backup, tar, copy = (folder / name for name in ("fresh", "b", "b.tar", "copy"))
        shutil.copytree(vault, fresh)
        os.sync()
        first, memory = measured("backup", fresh, backup)
        os.sync()
        forget = f"dd if={tar} iflag=nocache count=0 status=none"
        tarred = timed(f"tar -C {folder} -cf {tar} vault && sync {tar} && {forget} && tar -C {folder} -df {tar}")
        os.sync()
        copied = timed(f"cp -r {vault} {copy} && sync -f {copy}")
        run("attach", fresh, folder / "more")
        os.sync()
        second, _memory = measured("backup", fresh, backup)
        if number:
            ours.append(first)
            more.append(second)
            grown.append(memory)
            tars.append(tarred)
            copies.append(copied)
        for each in (fresh, copy):
            shutil.rmtree(each)
        for each in (backup, tar):
            each.unlink()
    told = f"{size.megabytes} MB: ours {seconds(ours)}, tar {seconds(tars)}, cp {seconds(copies)}"
    return [
        Figure("backup, time ours / tar and compare", ratio_of_medians(ours, tars), "×", GOAL, told),
        Figure("backup, time ours / cp -r, not compared", ratio_of_medians(ours, copies), "×", GOAL_COPY, told),
        Figure("second backup / first", ratio_of_medians(more, ours), "×", GOAL_MORE, f"second {seconds(more)}"),
        Figure("backup, memory over idle", max(grown), "MB", MEMORY_GOAL_MB, ""),
    ]
