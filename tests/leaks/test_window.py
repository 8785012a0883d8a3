"""Every screen of the window, then a lock: nothing of it is on the disk, on the wire, in memory, or was said."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import screens_world

from fieldapp.media.preview import DecoderProcess
from fieldapp.records.model import TYPES
from fieldapp.services import documents, records, vaults, views
from fieldapp.services.archive import Archive
from tests.figures import note
from tests.leaks import senses
from tests.leaks.canaries import Canaries, Search
from tests.leaks.drive_commands import photo, values
from tests.leaks.driving import HIDDEN, Drive
from tests.leaks.senses import Calls, counting_network, moments, watched

ALLOWED = ("/dev/null", "/dev/tty", "/dev/shm")
ENOUGH = 100
LATEST_S = 1500  # far more than it takes; a machine may be busy


@pytest.fixture
def canaries(monkeypatch: pytest.MonkeyPatch) -> Canaries:
    """Canaries whose passphrase opens the vaults of the screens."""
    canaries = Canaries()
    monkeypatch.setattr(screens_world, "PASSPHRASE", canaries.passphrase())
    return canaries


def make_world(drive: Drive) -> Path:
    """The vaults that the screens show, with a canary in every field of every kind of record, and in a picture."""
    world = screens_world.make_world(drive.folder / "vaults" / "world", "en")
    for place in (world.field, world.coordinator):
        archive = vaults.unlock(place, drive.passphrase)
        try:
            for kind in ("testimony", "person", "document"):
                made = records.save(archive, kind, values(kind, drive.canaries)).created
                assert made
            for row in views.rows(archive):
                if "notes" in {each.name for each in TYPES[row.type].fields}:
                    records.save(archive, row.type, {"notes": drive.canaries.word()}, record=row.id)
            if place == world.field:
                attach(archive, drive, world.testimony)
        finally:
            archive.close()
    ids = (world.testimony, world.contested, world.document)
    (world.folder / "ids").write_text(" ".join(each.hex() for each in ids))
    return world.folder


def attach(archive: Archive, drive: Drive, owner: object) -> None:
    file = drive.clear(f"{drive.canaries.name()}.jpg")
    file.write_bytes(photo(drive.canaries))
    with DecoderProcess() as decoder:
        staged = documents.stage(archive.vault.objects, file, decoder, lambda _done, _all: None)
    documents.attach(archive, [staged], owner=owner, values={})  # type: ignore[arg-type]  # a RecordId


class Window:
    """The process of the window, from its first act to the lock screen that it becomes."""

    def __init__(self, drive: Drive, world: Path) -> None:
        child = Path(__file__).with_name("window_child.py")
        self.err = drive.folder / "clear" / "err"
        inside = drive.environment | {"QT_QPA_PLATFORM": "offscreen"}
        self._errors = self.err.open("wb")
        self.process = subprocess.Popen(
            [*drive.before, sys.executable, str(child), str(world), str(drive.folder / "work")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=inside, cwd=drive.folder / "work",
        )  # fmt: skip
        self.say(drive.passphrase)
        self.say(drive.canaries.latin)
        self.out = b""

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait_for(self, word: bytes) -> None:
        """Until the window says that word."""
        assert self.process.stdout
        deadline = time.monotonic() + LATEST_S
        while word not in self.out:
            ready, _, _ = select.select([self.process.stdout], [], [], max(deadline - time.monotonic(), 0))
            piece = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            assert piece, f"the window ended, or took too long, before it said {word!r}: {self.err.read_text()[-2000:]}"
            self.out += piece

    @property
    def pid(self) -> int:
        """The program itself, below the tracer."""
        return next(pid for pid in (self.process.pid, *senses.descendants(self.process.pid)) if is_python(pid))

    def wait_for_lock_screen(self) -> None:
        """Until the process has become another that has loaded what opens a vault."""
        for _ in moments(LATEST_S):
            command = senses.command_of(self.pid)
            if "window_child" not in command and "sqlcipher3" in Path(f"/proc/{self.pid}/maps").read_text():
                return
        pytest.fail("no lock screen came")

    def end(self) -> None:
        for pid in (*reversed(senses.descendants(self.process.pid)), self.process.pid):
            os.kill(pid, signal.SIGKILL)
        self.process.communicate()
        self._errors.close()


def is_python(pid: int) -> bool:
    return Path(f"/proc/{pid}/exe").resolve().name.startswith("python")


@watched
def test_no_screen_leaves_anything_behind_when_the_window_locks(tmp_path: Path, root: Path, canaries: Canaries) -> None:
    log = tmp_path / "calls"
    senses.adopt_orphans()
    with counting_network() as network:
        drive = Drive(tmp_path / "world", root, [*network.inside(own_namespace=False), *senses.traced(log)], canaries)
        world = make_world(drive)
        search = Search(canaries.stems())
        window = Window(drive, world)
        try:
            window.wait_for(b"open")
            program = window.pid
            before = senses.in_memory(program, search, enough=ENOUGH)
            window.say("go on")
            window.wait_for_lock_screen()
            hits = {program: senses.in_memory(program, search)}
            for pid in senses.descendants(program):
                with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                    hits[pid] = senses.in_memory(pid, search)
            found = {"H2": [f"{senses.command_of(pid)}: {what}" for pid, what in hits.items() if what]}
            sent = network.sent()
        finally:
            window.end()
    calls = Calls(log.read_text(errors="replace"))
    found["H1"] = search.in_tree(*(drive.folder / name for name in HIDDEN))
    found["H3"] = calls.outside(*ALLOWED, drive.folder / "vaults", drive.folder / "work")
    found["H3 sockets"] = sorted(calls.families() - {"AF_UNIX", "0xff /* AF_??? */"})
    found["H4"] = [f"{sent} packets"] if sent else []
    found["H5"] = search.found(window.out + window.err.read_bytes())

    assert sum(before.values()) >= ENOUGH
    assert {"latin", "cyrillic"} <= set(before)
    note("leaks", "window", found_while_open=sum(before.values()), failures=sum(map(len, found.values())))
    assert {check: what for check, what in found.items() if what} == {}
