"""How a drive is watched: memory of what survives (H2), system calls (H3), and a network that counts (H4).

Linux only; H2 and H4 need root: a process that is not dumpable keeps its memory from its own user.
"""

from __future__ import annotations

import ctypes
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import pytest

from tests.leaks.canaries import Search

PIECE_BYTES = 16 << 20
PAGE_BYTES = 4096
_PR_SET_CHILD_SUBREAPER = 36
_TRACED = (
    "openat,open,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat,"
    "truncate,socket,connect,bind,memfd_create,execve"
)
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)", re.MULTILINE)
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_WRITES = re.compile(r"\b(?:O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND)\b")
_FAMILY = re.compile(r"^(?:AF_(\w+)|0x)")


def _is_watching_possible() -> bool:
    """Whether this machine lets a test watch: Linux, root, strace, and a network of one's own."""
    if sys.platform != "linux" or os.geteuid() != 0 or not all(map(shutil.which, ("strace", "ip", "nsenter"))):
        return False
    return subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode == 0


watched = pytest.mark.skipif(
    not _is_watching_possible(), reason="needs Linux, root, strace, and a network that can be given up"
)
"""For tests that need all of it."""


@dataclass(frozen=True)
class Calls:
    """What strace has seen."""

    text: str

    def written(self) -> set[str]:
        """Every path that was opened for writing, made, or named anew, whether that went well or not."""
        found = set()
        for name, rest in _CALL.findall(self.text):
            if name in ("socket", "connect", "bind", "execve", "memfd_create"):
                continue
            if name.startswith("open") and not _WRITES.search(rest):
                continue
            for folder, path in _PATH.findall(rest):
                found.add(os.path.normpath(Path(unescaped(folder), unescaped(path))))
        return found

    def outside(self, *allowed: Path | str) -> list[str]:
        """The written paths that lie in none of the allowed places."""
        places = [str(each) for each in allowed]
        return sorted(
            path
            for path in self.written()
            if not any(path == place or path.startswith(place.rstrip("/") + "/") for place in places)
        )

    def families(self) -> set[str]:
        """The kinds of sockets that were asked for."""
        asked = [rest for name, rest in _CALL.findall(self.text) if name == "socket"]
        return {rest.split(",")[0] for rest in asked}

    def executed(self) -> list[str]:
        """The programs that were started, in order."""
        return [
            unescaped(found[2])
            for name, rest in _CALL.findall(self.text)
            if name == "execve" and (found := _PATH.match(rest)) and " = 0" in rest
        ]


def unescaped(text: str) -> str:
    """A path as strace writes it, as it is."""
    return (
        text.encode("latin-1", "replace")
        .decode("unicode_escape")
        .encode("latin-1", "replace")
        .decode("utf-8", "replace")
    )


def traced(log: Path) -> list[str]:
    """The beginning of a command whose calls go into the log."""
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "4096", "-A", "-o", str(log), "-e", f"trace={_TRACED}"]


def adopt_orphans() -> None:
    """From now on what outlives its starter becomes a child of this process, so that it is found."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(of: int) -> list[int]:
    """All processes below that one which are alive, without those that only wait to be buried."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "stat").read_text(errors="replace").rpartition(") ")[2].split()
            except OSError:
                continue
            if told[0] not in "ZX":
                children.setdefault(int(told[1]), []).append(int(entry.name))
    found, open_ = [], [of]
    while open_:
        below = children.get(open_.pop(), [])
        found += below
        open_ += below
    return found


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()


def memory(pid: int) -> Iterator[bytes]:
    """H2: all memory of a process that may hold something of its own, in pieces that lap over."""
    home = Path(f"/proc/{pid}")
    with (
        (home / "maps").open() as maps,
        (home / "mem").open("rb", buffering=0) as content,
        (home / "pagemap").open("rb", buffering=0) as pages,
    ):
        for line in maps.read().splitlines():
            span, rights, _offset, _device, _inode, *place = line.split(maxsplit=5)
            name = place[0] if place else ""
            of_file = name.startswith("/") and not name.startswith(("/dev/", "/memfd:", "/SYSV"))
            if "r" not in rights or (of_file and "w" not in rights) or name in ("[vvar]", "[vsyscall]"):
                continue
            begin, end = (int(each, 16) for each in span.split("-"))
            for start, stop in present(pages, begin, end):
                for at in range(start, stop, PIECE_BYTES):
                    content.seek(at)
                    yield content.read(min(PIECE_BYTES + PAGE_BYTES, stop - at))
    for more in ("cmdline", "environ"):
        yield Path(f"/proc/{pid}/{more}").read_bytes()


def present(pages: FileIO, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The runs of pages that there really are, in memory or in swap: proc(5), pagemap."""
    first, last = begin // PAGE_BYTES, end // PAGE_BYTES
    pages.seek(first * 8)
    there = [word >> 62 != 0 for (word,) in struct.iter_unpack("=Q", pages.read((last - first) * 8))]
    start = None
    for place, is_there in enumerate([*there, False]):
        if is_there and start is None:
            start = place
        elif not is_there and start is not None:
            yield begin + start * PAGE_BYTES, begin + place * PAGE_BYTES
            start = None


def in_memory(pid: int, search: Search, enough: int = sys.maxsize) -> dict[str, int]:
    """How often each word is in the memory of a process; no more is looked for once there are `enough`."""
    found: dict[str, int] = {}
    for piece in memory(pid):
        if sum(found.values()) >= enough and len(found) > 1:
            break
        for name, count in search.count(piece).items():
            found[name] = found.get(name, 0) + count
    return found


def moments(most_s: float) -> Iterator[float]:
    """Now and then, for so long."""
    began = time.monotonic()
    while time.monotonic() - began < most_s:
        yield time.monotonic() - began
        select.select([], [], [], 0.05)


class CountingNetwork:
    """H4: a network in which everything that is sent is counted, and goes nowhere."""

    def __init__(self, holder: int) -> None:
        self._enter = ["nsenter", f"--net=/proc/{holder}/ns/net"]
        self._holder = holder

    def inside(self, *, own_namespace: bool = True) -> list[str]:
        """The beginning of a command in this network; it may be kept from leaving it for a network of its own."""
        kept = [] if own_namespace else ["setpriv", "--bounding-set", "-sys_admin"]
        return [*self._enter, *kept]

    def run(self, command: Sequence[str]) -> None:
        subprocess.run([*self._enter, *command], check=True, capture_output=True)

    def sent(self) -> int:
        """Packets sent so far, on every interface."""
        rows = Path(f"/proc/{self._holder}/net/dev").read_text().splitlines()[2:]
        return sum(int(row.partition(":")[2].split()[9]) for row in rows)


@contextmanager
def counting_network() -> Iterator[CountingNetwork]:
    """A network of its own in which every address leads to its loopback, which counts and swallows."""
    asked = ["unshare", "-n", sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        network = CountingNetwork(holder.pid)
        for words in (
            "link set lo up",
            "addr add 10.99.0.2/32 dev lo",
            "route add default dev lo",
            *(["-6 route add default dev lo"] if Path("/proc/net/if_inet6").exists() else []),
        ):
            network.run(["ip", *words.split()])
        yield network
        holder.communicate(b"\n")
