"""Leaving the network, in processes of their own: it cannot be taken back."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.system import network

if sys.platform != "linux":
    pytest.skip("other systems have only the hook", allow_module_level=True)

LEAVE = "from fieldapp.system.network import leave_network, network_locks; held = sorted(leave_network()); "
TRY = """
import errno, os, socket, struct
def reached(family, kind=socket.SOCK_DGRAM):
    try:
        socket.socket(family, kind).close()
    except OSError as problem:
        return errno.errorcode[problem.errno]
    return "reached"
print(*held)
print(*(reached(getattr(socket, name)) for name in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_UNIX")))
"""
NEEDS_RIGHTS = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def run(code: str, root: Path, *before: str, python: str = sys.executable) -> list[str]:
    asked = [*before, python, "-c", f"import sys; sys.path.append({str(root)!r})\n{code}"]
    return subprocess.run(asked, capture_output=True, text=True, check=True, cwd="/").stdout.splitlines()


def may_filter(root: Path) -> bool:
    return "filter" in run(LEAVE + "print(*held)", root)[0]


def test_no_socket_but_a_local_one_can_be_made_after_leaving(root: Path) -> None:
    if not may_filter(root):
        pytest.skip("this system allows no filter")
    held, reached = run(LEAVE + TRY, root)

    assert "filter" in held
    assert reached == "EACCES EACCES EACCES EACCES reached"


def test_what_is_started_afterwards_and_what_this_process_becomes_cannot_reach_it_either(root: Path) -> None:
    if not may_filter(root):
        pytest.skip("this system allows no filter")
    child = LEAVE + f"import subprocess; subprocess.run([sys.executable, '-c', 'held = []' + {TRY!r}])"
    become = LEAVE + f"import os; os.execv(sys.executable, [sys.executable, '-c', 'held = []' + {TRY!r}])"

    for code in (child, become):
        assert run(code, root)[-1] == "EACCES EACCES EACCES EACCES reached"


def test_leaving_twice_changes_nothing(root: Path) -> None:
    status = "print([line for line in open('/proc/self/status') if line.startswith('Seccomp_filters')]); "
    once, twice = run(f"{LEAVE}{status}leave_network(); {status}", root)

    assert once == twice


@NEEDS_RIGHTS
def test_the_network_of_the_process_is_empty(root: Path) -> None:
    if subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system gives no network of its own")
    code = LEAVE + "print(*held); print(os.path.samefile('/proc/self/ns/net', f'/proc/{os.getppid()}/ns/net'))"

    held, same = run("import os; " + code, root)

    assert held.split() == ["filter", "namespace"]
    assert same == "False"


@NEEDS_RIGHTS
def test_an_ordinary_person_gets_it_too_and_stays_who_they_are(root: Path, tmp_path: Path) -> None:
    python, ordinary = shutil.which("python3", path="/usr/bin"), [
        "setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups",
    ]  # fmt: skip
    shutil.copytree(root / "fieldapp" / "system", tmp_path / "fieldapp" / "system")
    shutil.copy(root / "fieldapp" / "errors.py", tmp_path / "fieldapp")
    above = [path for path in tmp_path.parents if path.name.startswith(("pytest-", "popen-"))]
    for path in (tmp_path, *above, *tmp_path.rglob("*")):
        path.chmod(0o755)
    if python is None or subprocess.run([*ordinary, python, "-c", "import enum; enum.StrEnum"], check=False).returncode:
        pytest.skip("there is no Python here that everybody may start")
    told = (
        "\nprint(os.getresuid(), os.getresgid(), open('/proc/self/status').read().partition('CapEff:')[2].split()[0])"
    )

    held, reached, who = run("import os; " + LEAVE + TRY + told, tmp_path, *ordinary, python=python)

    assert "filter" in held or "namespace" in held
    assert reached.endswith(" reached")
    assert who == "(12345, 12345, 12345) (12345, 12345, 12345) 0000000000000000"


def test_where_nothing_is_allowed_the_program_starts_all_the_same(root: Path) -> None:
    code = (
        "import ctypes, os\n"
        "class Refusing:\n"
        "    def __init__(self, *_given, **_named): pass\n"
        "    def __getattr__(self, name): return lambda *_given: -1\n"
        "ctypes.CDLL = Refusing\n"
        "from fieldapp import __main__\n"
        "from fieldapp.system.network import network_locks\n"
        "sys.argv = ['fieldapp', '--version']\n"
        "__main__.main()\n"
        "print(*network_locks() - {'namespace'})"
    )

    said = run(code, root)

    assert said[0].startswith("Field App")
    assert said[1:] == ["hook"]


def test_a_half_step_into_a_namespace_is_never_taken(root: Path) -> None:
    code = (
        "import os\n"
        "from fieldapp.system import network_linux as linux\n"
        "os.geteuid = lambda: 1\n"
        "linux._enter_as_oneself = lambda: trace.append(os.getpid()) or False\n"
        "trace = []\n"
        "print(linux.take_namespace() or linux.is_namespace_empty(), trace)"
    )

    assert run(code, root)[0].endswith(" []"), "it is tried in a child first, and not here when that failed"


@pytest.mark.parametrize(
    ("arch", "number", "family", "allowed"),
    [
        ("here", 41, 1, True),
        ("here", 41, 2, False),
        ("here", 41, 10, False),
        ("here", 41, 1 << 33 | 2, False),
        ("here", 0, 2, True),
        ("here", 425, 0, False),
        ("here", 0x4000_0000 | 41, 1, False),
        ("other", 41, 1, False),
        ("other", 0, 1, False),
    ],
)
def test_the_filter_decides_as_it_says(arch: str, number: int, family: int, allowed: bool) -> None:
    from fieldapp.system.network_linux import socket_filter

    here = 0xC000_003E
    data = struct.pack("<IIQ6Q", number, here if arch == "here" else 0x4000_0003, 0, family, 0, 0, 0, 0, 0)

    assert decided(socket_filter(here, 41), data) == (0x7FFF_0000 if allowed else 0x0005_0000 | errno.EACCES)


def decided(program: bytes, data: bytes) -> int:
    """What a filter answers: the few steps of BPF that it uses, done here."""
    steps = list(struct.iter_unpack("<HBBI", program))
    place, held = 0, 0
    while True:
        what, so, not_so, operand = steps[place]
        place += 1
        if what == 0x20:
            held = int.from_bytes(data[operand : operand + 4], "little")
        elif what == 0x06:
            return int(operand)
        else:
            place += so if (held == operand if what == 0x15 else held >= operand) else not_so


def test_what_holds_is_told_as_it_is_in_this_process() -> None:
    assert network.NetworkLock.FILTER not in network.network_locks() or ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 1
