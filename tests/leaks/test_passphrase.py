"""A passphrase is nowhere in the memory of a process five seconds after it has opened a vault, which is still open.

Best effort: strings that the interpreter made are let go of, not wiped. What counts for a seized machine is the lock.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.figures import note
from tests.leaks import senses
from tests.leaks.canaries import Canaries, Search
from tests.leaks.drive_commands import make_vaults
from tests.leaks.driving import Drive
from tests.leaks.senses import moments, watched

DERIVING = """
import os, sys, threading
sys.path.append(sys.argv[1])
from fieldapp.crypto.keyslots import KdfParameters, derive_root, wipe
typed = bytearray(64)
size = os.readv(0, [typed])
del typed[size - 1:]
def derive():
    derive_root(typed, bytes(16), KdfParameters(*map(int, sys.argv[2:])))
    wipe(typed)
if "keep" not in os.environ:
    thread = threading.Thread(target=derive)
    thread.start()
    thread.join()
print(flush=True)
input()
"""


def left_after_deriving(passphrase: str, root: Path, *costs: int, keep: bool = False) -> dict[str, int]:
    """How often it is in the memory of a process that derived a key from it, wiped it, and went on."""
    asked = [sys.executable, "-c", DERIVING, str(root), *map(str, costs)]
    environment = {"keep": "1"} if keep else {}
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(passphrase.encode() + b"\n")
        child.stdin.flush()
        child.stdout.readline()
        left = senses.in_memory(child.pid, Search({"passphrase": passphrase[:16]}))
        child.communicate(b"\n")
    return left


@watched
@pytest.mark.parametrize("costs", [(64, 1, 1), (8192, 3, 4)])
@pytest.mark.parametrize("more", ["", " two", " and a longer ending"])
def test_deriving_a_key_leaves_no_copy_of_the_passphrase(costs: tuple[int, ...], more: str, root: Path) -> None:
    """OpenSSL leaves one, which is overwritten: see `derive_root`."""
    left = left_after_deriving(Canaries().passphrase(more), root, *costs)

    note("leaks", "passphrase in memory after a key was derived", tries=1, failures=sum(left.values()))
    assert left == {}


@watched
def test_a_passphrase_that_is_kept_is_found_so_that_the_search_can_fail(root: Path) -> None:
    assert left_after_deriving(Canaries().passphrase(), root, 64, 1, 1, keep=True) == {"passphrase": 1}


@watched
def test_a_passphrase_typed_into_the_window_is_gone_five_seconds_later(tmp_path: Path, root: Path) -> None:
    drive = Drive(tmp_path, root, [])
    make_vaults(drive)
    child = Path(__file__).with_name("typing_child.py")
    inside = drive.environment | {"QT_QPA_PLATFORM": "offscreen"}
    asked = [sys.executable, str(child), str(drive.vault())]
    search = Search({"secret": drive.canaries.secret})
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=inside) as window:
        assert window.stdin
        assert window.stdout
        window.stdin.write(drive.passphrase.encode() + b"\n")
        window.stdin.flush()
        try:
            assert window.stdout.readline() == b"open\n"
            for _ in moments(5):
                left = senses.in_memory(window.pid, search)
                if not left:
                    break
        finally:
            window.kill()

    note("leaks", "passphrase in memory after unlocking", tries=1, failures=sum(left.values()))
    assert left == {}
