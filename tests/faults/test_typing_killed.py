"""Somebody types in a real window, and the process is killed at any moment: at most the last second is lost."""

from __future__ import annotations

import os
import random
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.services import drafts, half_finished, records, vaults, views
from fieldapp.services.archive import Archive
from tests.faults.typing_window import WORDS
from tests.figures import note

PASSPHRASE = "four quiet words here"
LOST_AT_MOST_S = 1.0
LONGEST_S = 3.0
START_S = 120.0
QUICK, NIGHTLY = 3, 100
"""Kills in each place."""

if sys.platform == "win32":
    pytest.skip("kills as POSIX does", allow_module_level=True)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with one testimony."""
    folder = tmp_path_factory.mktemp("typing") / "vault"
    made = vaults.create(
        folder, PASSPHRASE, person="Zarina", device="old laptop", parameters=KdfParameters(64, 1, 1), floor_kib=8
    )
    records.save(made.archive, "testimony", {"title": "Told by his sister"})
    made.archive.close()
    return folder


def type_and_kill(vault: Path, where: str, after_s: float) -> int:
    """So many keys had been taken a second before the process was killed, so long after its first key."""
    variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(vault.parent), "PYTHONSAFEPATH": ""}
    program = Path(__file__).with_name("typing_window.py")
    root = Path(__file__).resolve().parents[2]
    window = subprocess.Popen(
        [sys.executable, str(program), str(vault), where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**variables, "PYTHONPATH": str(root)},
    )
    assert window.stdin is not None
    assert window.stdout is not None
    window.stdin.write(PASSPHRASE.encode() + b"\n")
    window.stdin.close()
    read, until = b"", time.monotonic() + START_S
    while (left_s := until - time.monotonic()) > 0:
        ready, _, _ = select.select([window.stdout], [], [], left_s)
        part = os.read(window.stdout.fileno(), 65536) if ready else b""
        if ready and not part:
            break
        if part and not read:
            until = time.monotonic() + after_s
        read += part
    killed_s = time.monotonic()
    window.kill()
    window.wait()
    window.stdout.close()
    taken = [line.split() for line in read.decode().splitlines() if line.count(" ") == 1]
    assert taken, "nothing was typed"
    return sum(float(at_s) <= killed_s - LOST_AT_MOST_S for at_s, _count in taken)


def typed_in(archive: Archive, where: str) -> str:
    """All that is left of it: an entry by now, a draft still, or the words of the sheet."""
    if where == "sheet":
        found = half_finished.going_on(archive).sheets
        return found[0].texts["reason"] if found else ""
    drafts.finish_all(archive)
    said = [str(field.value) for row in views.rows(archive) for field in views.view(archive, row.id).fields]
    return max((text for text in said if text.startswith(WORDS[:1])), key=len, default="")


def kill_somewhere(base: Path, room: Path, where: str, seed: int) -> None:
    vault = room / f"vault-{seed}"
    shutil.copytree(base, vault)
    expected = type_and_kill(vault, where, random.Random(seed).uniform(0.2, LONGEST_S))

    archive = vaults.unlock(vault, PASSPHRASE)
    left = typed_in(archive, where)
    archive.close()
    shutil.rmtree(vault)

    typed = WORDS * (max(expected, len(left)) // len(WORDS) + 1)
    is_lost = len(left.rstrip()) < len(typed[:expected].rstrip())
    is_other = not typed.startswith(left.rstrip())
    note("random kills", f"typing in a {where}", kills=1, failures=int(is_lost or is_other))
    assert not is_other
    assert not is_lost, f"{len(left)} of {expected} keys"


@pytest.mark.parametrize("where", ["record", "sheet"])
@pytest.mark.parametrize("seed", range(QUICK))
def test_at_most_the_last_second_is_lost(base: Path, tmp_path: Path, where: str, seed: int) -> None:
    kill_somewhere(base, tmp_path, where, seed)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["record", "sheet"])
def test_at_most_the_last_second_is_lost_however_often(base: Path, tmp_path: Path, where: str) -> None:
    for seed in range(QUICK, QUICK + NIGHTLY):
        kill_somewhere(base, tmp_path, where, seed)
