"""Parts are made, kept, taken in or dropped while the process is killed or the disk fails, at each call that writes.

The oracle: a folder of parts is there with all of them or not at all; every part that was acknowledged waits, whole; a
set is there with all its parts or, once its bundle is here, gone; the vault opens; and it all goes on working.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldapp.records import store
from fieldapp.services import arrivals, handover, in_parts, part_files, parts, trust, vaults
from fieldapp.services.archive import Archive
from fieldapp.services.arrivals import Arrival
from tests.faults.parts_operations import OPERATIONS, PART_BYTES
from tests.unit.services.people import PASSPHRASE, someone

CALLS = "write,pwrite64,fsync,fdatasync,syncfs,sync_file_range,rename,unlink,ftruncate,mkdir,rmdir,chmod,utimensat"
QUICK_POINTS = 4
REMOVING = {"unlink", "rmdir"}

Point = tuple[str, int]


@dataclass(frozen=True)
class Run:
    """One operation under strace, on a copy of a prepared place."""

    root: Path
    place: Path
    what: str

    def __call__(self, *inject: str) -> list[str]:
        """What was told; a kill is expected, a traceback is not."""
        log = self.place.parent / "strace.log"
        asked = ["strace", "-f", "-q", "-o", str(log), "-e", f"trace={CALLS},writev", *inject]
        script = self.root / "tests" / "faults" / "parts_operations.py"
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [*asked, sys.executable, str(script), self.what, str(self.place)],
            cwd=self.root, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == 0 or any(":signal=" in part for part in inject), done.stderr
        return done.stdout.split("\n")[:-1]

    def points(self) -> list[Point]:
        """Every call that writes after the last "ready": its name, and the how many-th of that name it is."""
        self()
        counts: Counter[str] = Counter()
        points: list[Point] = []
        log = (self.place.parent / "strace.log").read_text()
        for name, rest in re.findall(r"^\d+\s+(\w+)\((.*)$", log, re.MULTILINE):
            if name == "writev":
                points = [] if "ready" in rest else points
                continue
            counts[name] += 1
            points.append((name, counts[name]))
        return points


Scene = Callable[[str], Run]


@pytest.fixture
def scene(tmp_path: Path, root: Path) -> Scene:
    """A fresh place for an operation; asked again, it is as before."""
    assert shutil.which("strace"), "these tests need strace"
    prepared = tmp_path / "prepared"
    prepared.mkdir()
    ainura, bek = someone(prepared, "Ainura"), someone(prepared, "Bek")
    ainura.trusts(bek)
    bek.trusts(ainura)
    ainura.attach(ainura.new("testimony", title="T"), bytes(range(256)) * 300)
    chosen = handover.select(ainura.archive)
    in_parts.export(ainura.archive, trust.peers(ainura.archive), chosen, prepared / "parts", part_bytes=PART_BYTES)
    ainura.new("person", name="P")
    for each in (ainura, bek):
        each.archive.close()
    ainura.vault.folder.rename(prepared / "sender")
    bek.vault.folder.rename(prepared / "recipient")
    (prepared / "stick").mkdir()

    def set_up(what: str) -> Run:
        place = tmp_path / "place"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(prepared, place)
        return Run(root, place, what)

    return set_up


def points_of(scene: Scene, what: str, most: int | None) -> list[Point]:
    points = scene(what).points()
    assert len(points) > 4
    return points if most is None else points[len(points) // most // 2 :: -(-len(points) // most)]


def check(run: Run, told: list[str], *, tidy: bool) -> None:
    """`tidy`: the process lived and could remove what it had begun, so nothing half done may be left even now."""
    inbox = run.place / "recipient" / "inbox"
    if tidy:
        assert [path.name for path in inbox.iterdir() if not re.fullmatch(r"[0-9a-f]{64}", path.name)] == []
    archive = vaults.unlock(run.place / ("sender" if run.what == "export" else "recipient"), PASSPHRASE)
    try:
        if run.what == "export":
            check_stick(archive, run.place / "stick", told, tidy=tidy)
        else:
            check_inbox(archive, run.place, told, takes=run.what == "take")
    finally:
        archive.close()


def check_stick(archive: Archive, stick: Path, told: list[str], *, tidy: bool) -> None:
    made = stick / "june"
    recorded = int(archive.connection.value("SELECT count(*) FROM departure"))
    assert recorded == 2 if "exported" in told else recorded in {1, 2}
    if recorded == 2:
        assert made.exists()
    if made.exists():
        labels = [part_files.look(path) for path in made.iterdir()]
        assert sorted(each.head.number for each in labels) == list(range(1, labels[0].head.count + 1))
    if tidy and "exported" not in told:
        assert list(stick.iterdir()) == []


def check_inbox(archive: Archive, place: Path, told: list[str], *, takes: bool) -> None:
    inbox = archive.vault.folder / "inbox"
    files = sorted((place / "parts").iterdir())
    waiting = parts.waiting(archive)
    assert [path.name for path in inbox.iterdir()] == [each.id.hex() for each in waiting]
    for each in waiting:
        assert parts.damaged(each) == each.missing
    here = {number for each in waiting for number in each.here}
    assert {int(words.split()[1]) for words in told if words.startswith("kept")} <= here
    if {"taken", "dropped"} & set(told):
        assert not waiting
    if not waiting and takes:  # all parts were here: the set went as a whole, and not before its bundle came
        assert len(store.rows(archive.connection)) == 2
    assert not here or told.count("ready") < 2 or len(here) == len(files)
    for path in files:
        kept = parts.keep(inbox, path)
    outcome = arrivals.import_file(archive, kept.waiting)
    assert outcome.state in {Arrival.IMPORTED, Arrival.NOTHING_NEW}
    assert len(store.rows(archive.connection)) == 2
    assert list(inbox.iterdir()) == []


def kill_at(scene: Scene, what: str, points: list[Point]) -> None:
    for name, number in points:
        run = scene(what)
        told = run("-e", f"inject={name}:signal=SIGKILL:when={number}")
        assert "killed by SIGKILL" in (run.place.parent / "strace.log").read_text()
        check(run, told, tidy=False)


def fail_at(scene: Scene, what: str, points: list[Point], error: str, *, onwards: bool) -> None:
    for name, number in points:
        run = scene(what)
        told = run("-e", f"inject={name}:error={error}:when={number}{'+' if onwards else ''}")
        check(run, told, tidy=name not in REMOVING)


@pytest.mark.parametrize("what", list(OPERATIONS))
def test_a_killed_process_leaves_all_or_nothing_at_some_points(scene: Scene, what: str) -> None:
    kill_at(scene, what, points_of(scene, what, QUICK_POINTS))


@pytest.mark.slow
@pytest.mark.parametrize("what", list(OPERATIONS))
def test_a_killed_process_leaves_all_or_nothing_at_any_point(scene: Scene, what: str) -> None:
    kill_at(scene, what, points_of(scene, what, None))


@pytest.mark.parametrize("what", list(OPERATIONS))
def test_a_full_disk_leaves_nothing_half_done_at_some_points(scene: Scene, what: str) -> None:
    fail_at(scene, what, points_of(scene, what, QUICK_POINTS // 2), "ENOSPC", onwards=True)


@pytest.mark.slow
@pytest.mark.parametrize("what", list(OPERATIONS))
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("onwards", [False, True])
def test_a_failing_disk_leaves_nothing_half_done_at_any_point(
    scene: Scene, what: str, error: str, *, onwards: bool
) -> None:
    fail_at(scene, what, points_of(scene, what, None), error, onwards=onwards)
