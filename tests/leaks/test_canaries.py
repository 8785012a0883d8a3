"""Each check of the harness can fail: what it looks for is put before it once, and found."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.leaks import senses
from tests.leaks.canaries import CYRILLIC, Canaries, Search, random_letters
from tests.leaks.driving import Done, Drive
from tests.leaks.senses import Calls, counting_network, watched

WORDS = ("kanareikaabcd", random_letters(10, CYRILLIC))
WAYS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "in capitals": lambda word: word.upper().encode(),
    "UTF-16": lambda word: word.encode("utf-16-le"),
    "UTF-32": lambda word: word.encode("utf-32-le"),
    "hex": lambda word: word.encode().hex().encode(),
    "base64": lambda word: base64.b64encode(f"some text, {word} and more".encode()),
    "base64 of UTF-16": lambda word: base64.b64encode(f"a{word}".encode("utf-16-le")),
    "JSON": lambda word: json.dumps({"told": word}).encode(),
    "an address": lambda word: urllib.parse.quote(f"file:///home/{word}").encode(),
    "a traceback": lambda word: repr(word.encode()).encode(),
}


@pytest.mark.parametrize("word", WORDS, ids=["latin", "cyrillic"])
@pytest.mark.parametrize("way", WAYS)
def test_a_canary_is_found_however_it_is_spelt(way: str, word: str) -> None:
    search = Search({"canary": word})

    assert search.found(b"before " + WAYS[way](word) + b" after") == ["canary"]
    assert search.count(b"before " + WAYS[way](word)) != {}


def test_nothing_is_found_where_nothing_is() -> None:
    canaries = Canaries()

    assert Search(canaries.stems()).found(os.urandom(1 << 20) + Canaries().word().encode()) == []


def test_every_canary_is_another_and_holds_its_stems() -> None:
    canaries = Canaries()
    words = [canaries.word() for _ in range(600)]

    assert len(set(words)) == len(words)
    assert all(Search(canaries.stems()).found(word.encode()) == ["latin", "cyrillic"] for word in words[:3])
    assert Search(canaries.stems()).found(canaries.passphrase().encode()) == ["secret"]
    assert Search(canaries.stems()).found(canaries.phone().encode()) == ["digits"]


def test_h1_sees_contents_names_and_links(tmp_path: Path) -> None:
    canaries = Canaries()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "content").write_bytes(b"\0" * 70_000 + canaries.word().encode("utf-16-le"))
    (tmp_path / canaries.name()).touch()
    (tmp_path / "link").symlink_to("/nowhere/" + canaries.name())
    (tmp_path / "other").write_bytes(b"nothing")

    found = Search(canaries.stems()).in_tree(tmp_path)

    assert len(found) == 3


HOLDING = "import sys; word = sys.stdin.readline(); kept = [word.encode(), word * 2]; print(flush=True); input()"


@watched
def test_h2_sees_what_a_process_holds_though_it_keeps_its_memory_to_itself() -> None:
    canaries = Canaries()
    script = "import ctypes; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); " + HOLDING
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(canaries.word().encode() + b"\n")
        child.stdin.flush()
        child.stdout.readline()

        assert child.pid in senses.descendants(os.getpid())
        assert set(senses.in_memory(child.pid, Search(canaries.stems()))) == {"latin", "cyrillic"}
        assert senses.in_memory(child.pid, Search(Canaries().stems())) == {}
        child.communicate(b"\n")


ORPHANING = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"])
"""


@watched
def test_h2_sees_a_process_that_outlives_who_started_it() -> None:
    senses.adopt_orphans()
    before = senses.descendants(os.getpid())
    reader, writer = os.pipe()
    with subprocess.Popen([sys.executable, "-c", ORPHANING], stdin=reader, stdout=subprocess.PIPE) as starter:
        assert starter.stdout
        starter.stdout.readline()
        starter.wait(60)
        left = [pid for pid in senses.descendants(os.getpid()) if pid not in before]
        os.close(reader)
        os.close(writer)

        assert len(left) == 1
    os.waitpid(left[0], 0)


WRITING = """
import os, socket, sys
os.chdir(sys.argv[1])
open("relative", "w").close()
os.mkdir("folder")
os.rename("relative", "folder/кир")
open(os.open("folder", os.O_RDONLY) and "/dev/null")
os.close(os.open("made", os.O_RDWR | os.O_CREAT, dir_fd=os.open("folder", os.O_RDONLY)))
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
"""


@watched
def test_h3_sees_where_something_is_written_and_which_sockets_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    log = tmp_path / "calls"
    asked = [*senses.traced(log), sys.executable, "-B", "-c", WRITING, str(tmp_path / "here")]
    subprocess.run(asked, check=True, env={"PATH": os.environ["PATH"]})
    calls = Calls(log.read_text())

    here = tmp_path / "here"
    assert calls.outside("/dev/null", here) == ["folder", "folder/кир", "relative"], (
        "without a folder they may be anywhere"
    )
    assert calls.outside("/dev/null")[:2] == [str(here / "folder" / "made"), str(here / "relative")]
    assert "AF_INET" in calls.families()


@watched
@pytest.mark.parametrize("address", ["8.8.8.8", "127.0.0.1"])
def test_h4_counts_one_packet_wherever_it_was_meant_to_go(address: str) -> None:
    send = "import socket, sys; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', (sys.argv[1], 53))"
    with counting_network() as network:
        before = network.sent()
        subprocess.run([*network.inside(), sys.executable, "-c", send, address], check=True)

        assert network.sent() > before == 0


@watched
def test_h4_is_not_avoided_by_leaving_for_another_network() -> None:
    leave = ["unshare", "-n", "true"]
    with counting_network() as network:
        assert subprocess.run(
            [*network.inside(own_namespace=False), *leave], capture_output=True, check=False
        ).returncode
        assert subprocess.run([*network.inside(), *leave], check=False).returncode == 0


def test_h5_sees_what_was_said_where_it_may_not_be(tmp_path: Path, root: Path) -> None:
    drive = Drive(tmp_path, root, [])
    word = drive.canaries.word()
    drive.done += [Done("show", 0, word, ""), Done("hide", 0, word, ""), Done("list", 1, "", word)]
    drive.done += [Done("show", 0, drive.passphrase, "")]

    said = drive.leaked({"hide"}, set())["H5"]

    assert said == [
        "hide: out latin", "hide: out cyrillic", "list: err latin", "list: err cyrillic", "show: out secret",
    ]  # fmt: skip
