"""A vault whose process is killed, or whose disk fails, at each call that writes: nothing acknowledged is lost.

The oracle (after each fault): the vault opens; every acknowledged note is there, once; no save is there by half; pages,
chain and signatures verify; there is no file that does not belong; and it goes on working.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldapp.crypto.identity import Verifier
from fieldapp.errors import ExpectedError, VaultDamagedError, VaultForeignError, VaultNotFoundError
from fieldapp.vault import journal, schema
from fieldapp.vault.entry import read_body, read_entry
from fieldapp.vault.objects import StoredObject
from fieldapp.vault.vault import Vault
from tests.faults.vault_operations import CONTENT, NEW, OPERATIONS
from tests.unit.vault.houses import PASSPHRASE, RECOVERY, House, save, texts_in
from tests.unit.vault.older import house_of_version_1

CALLS = "write,pwrite64,fsync,fdatasync,syncfs,sync_file_range,rename,unlink,ftruncate,mkdir,rmdir,chmod,utimensat"
QUICK_POINTS = 6
BELONGS = re.compile(
    r"header\.[ab](\.new)?|records\.db(-journal|\.before)?|inbox|outbox|objects(/new(/[0-9a-f]{32})?|/[0-9a-f]{2}(/[0-9a-f]{64})?)?"
)
ALL_OR_NOTHING = ({"third", "fourth"},)
WORDS = {
    "second": "second",
    "third": "third",
    "kept": "photo",
    "migrated": "afterwards it goes on",
    "dropped": "dropped",
}
"""What was told, and the note that is there then."""


Point = tuple[str, int]


@dataclass(frozen=True)
class Run:
    """One operation under strace, on a copy of a prepared place."""

    root: Path
    folder: Path
    what: str

    def __call__(self, *inject: str) -> list[str]:
        """What was told; a kill is expected, a traceback is not."""
        log = self.folder.parent / "strace.log"
        asked = ["strace", "-f", "-q", "-o", str(log), "-e", f"trace={CALLS}", *inject]
        script = self.root / "tests" / "faults" / "vault_operations.py"
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [*asked, sys.executable, str(script), self.what, str(self.folder)],
            cwd=self.root, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == 0 or any(":signal=" in part for part in inject), done.stderr
        return done.stdout.split("\n")[:-1]

    def points(self) -> list[Point]:
        """Every call that writes: its name, and the how many-th of that name it is (as strace counts)."""
        self()
        counts: Counter[str] = Counter()
        points = []
        for name in re.findall(r"^\d+\s+(\w+)\(", (self.folder.parent / "strace.log").read_text(), re.MULTILINE):
            counts[name] += 1
            points.append((name, counts[name]))
        return points


Scene = Callable[[str], Run]


@pytest.fixture
def scene(tmp_path: Path, root: Path) -> Scene:
    """A fresh place for an operation; asked again, it is as before."""
    assert shutil.which("strace"), "these tests need strace"
    prepared = House(tmp_path / "prepared")
    opened = prepared.make()
    save(opened, "first")
    opened.close()
    shutil.copytree(prepared.folder, tmp_path / "prepared for migrate")
    house_of_version_1(House(tmp_path / "prepared for migrate"))

    def set_up(what: str) -> Run:
        folder = tmp_path / "vault"
        for each in (folder, tmp_path / "copy"):
            shutil.rmtree(each, ignore_errors=True)
        if what != "make":
            special = tmp_path / f"prepared for {what}"
            shutil.copytree(special if special.exists() else prepared.folder, folder)
        return Run(root, folder, what)

    return set_up


def points_of(scene: Scene, what: str, most: int | None) -> list[Point]:
    """All of them, or at most so many, spread evenly."""
    points = scene(what).points()
    assert len(points) > 12
    return points if most is None else points[len(points) // most // 2 :: -(-len(points) // most)]


def check(folder: Path, what: str, told: list[str]) -> None:
    house = House(folder)
    for path in folder.rglob("*"):
        assert BELONGS.fullmatch(str(path.relative_to(folder))), path
    if what == "make" and "made" not in told:
        check_unfinished(house)
        return
    if what == "copy":
        check_copy(House(folder.with_name("copy")), house, told)
    secrets = [secret for secret in (PASSPHRASE, NEW) if house.opens(secret)]
    assert secrets
    assert house.opens(RECOVERY)
    if what == "passphrase" and "changed" in told:
        assert secrets == [NEW]
    elif what != "passphrase":
        assert secrets == [PASSPHRASE]
    opened = house.open(secrets[-1])
    check_open(opened, what, told)
    save(opened, "afterwards")
    opened.close()
    opened = house.open(secrets[-1])
    assert "afterwards" in texts_in(opened)
    opened.close()
    leftovers = [path.name for path in folder.rglob("*") if path.name.endswith((".new", "-journal", ".before"))]
    assert leftovers == []


def check_unfinished(house: House) -> None:
    """A vault of which nobody was told that it is one: it opens, or it says that it is none."""
    with suppress(VaultNotFoundError, VaultForeignError, VaultDamagedError):
        house.open().close()


def check_copy(copy: House, house: House, told: list[str]) -> None:
    """The copy is the whole vault, or it is none."""
    for path in copy.folder.rglob("*"):
        assert BELONGS.fullmatch(str(path.relative_to(copy.folder))), path
    if "copied" in told:
        assert copy.tree() == house.tree()
    with suppress(VaultNotFoundError, VaultForeignError, VaultDamagedError):
        opened = copy.open()
        assert opened.connection.is_whole()
        assert texts_in(opened) == ["first"]
        opened.close()
        return
    assert "copied" not in told


def check_open(opened: Vault, what: str, told: list[str]) -> None:
    notes = texts_in(opened)
    assert len(notes) == len(set(notes)), "told as refused, and saved all the same"
    acknowledged = {WORDS[line] for line in told if line in WORDS}
    if what in {"remove", "shred"}:
        check_dropped(opened, what)
    elif what != "make":
        acknowledged |= {"first"}
    assert acknowledged <= set(notes)
    for together in ALL_OR_NOTHING:
        assert together <= set(notes) or not together & set(notes)
    assert opened.connection.is_whole()
    assert opened.connection.value("PRAGMA user_version") == schema.VERSION
    check_logs(opened, what, told)
    verify_chains(opened)
    rows = opened.connection.execute("SELECT sha256, size, key FROM object")
    assert bool(rows) == ("photo" in notes)
    for row in rows:
        with opened.objects.open(StoredObject(*row)) as content:
            assert content.read() == CONTENT


def check_dropped(opened: Vault, what: str) -> None:
    """The body went with what says so, and with the reason; or it is there."""
    notes = texts_in(opened)
    assert ("dropped" in notes) == ("first" not in notes)
    reasons = [why for (why,) in opened.connection.execute("SELECT why FROM lacking")]
    assert reasons == ([] if "first" in notes else ["removed" if what == "remove" else "shredded"])


def check_logs(opened: Vault, what: str, told: list[str]) -> None:
    """At most one log was begun, and the keys of who writes are those of the newest."""
    logs = opened.own_logs
    assert len(logs) == 2 if "begun" in told else len(logs) in {1, 2 if what == "begin" else 1}
    key = opened.connection.value("SELECT key FROM log WHERE log = ?", (logs[0],))
    assert opened.author.log == logs[0]
    assert opened.identity.public().ed25519 == key


def verify_chains(opened: Vault) -> None:
    for log, head in journal.heads(opened.connection).items():
        key = opened.connection.value("SELECT key FROM log WHERE log = ?", (log,))
        before = bytes(32)
        for seq, (row, sealed) in enumerate(journal.sealed_entries(opened.connection, log)):
            entry = read_entry(sealed.header_bytes, sealed.signature)
            Verifier(key).verify(entry.signature, entry.signed_bytes)
            assert (entry.header.seq, entry.header.prev) == (seq, before)
            lacking = opened.connection.value("SELECT why FROM lacking WHERE entry = ?", (row,))
            assert (sealed.body_bytes is None) == (lacking is not None)
            if sealed.body_bytes is not None:
                read_body(entry.header, sealed.body_bytes)
            before = entry.id
        assert before == head.id


def kill_at(scene: Scene, what: str, points: list[Point]) -> None:
    for name, number in points:
        run = scene(what)
        told = run("-e", f"inject={name}:signal=SIGKILL:when={number}")
        assert "killed by SIGKILL" in (run.folder.parent / "strace.log").read_text()
        check(run.folder, what, told)


def fail_at(scene: Scene, what: str, points: list[Point], error: str, *, onwards: bool) -> None:
    for name, number in points:
        run = scene(what)
        told = run("-e", f"inject={name}:error={error}:when={number}{'+' if onwards else ''}")
        assert told, "it ended without a word"
        check(run.folder, what, told)


@pytest.mark.parametrize("what", list(OPERATIONS))
def test_a_killed_process_loses_nothing_acknowledged_at_some_points(scene: Scene, what: str) -> None:
    kill_at(scene, what, points_of(scene, what, QUICK_POINTS))


@pytest.mark.slow
@pytest.mark.parametrize("what", list(OPERATIONS))
def test_a_killed_process_loses_nothing_acknowledged_at_any_point(scene: Scene, what: str) -> None:
    kill_at(scene, what, points_of(scene, what, None))


@pytest.mark.parametrize("what", list(OPERATIONS))
def test_a_full_disk_is_told_and_loses_nothing_at_some_points(scene: Scene, what: str) -> None:
    fail_at(scene, what, points_of(scene, what, QUICK_POINTS // 2), "ENOSPC", onwards=True)


@pytest.mark.slow
@pytest.mark.parametrize("what", list(OPERATIONS))
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("onwards", [True, False], ids=["from then on", "once"])
def test_a_disk_that_fails_is_told_and_loses_nothing_at_any_point(
    scene: Scene, what: str, error: str, onwards: bool
) -> None:
    fail_at(scene, what, points_of(scene, what, None), error, onwards=onwards)


def test_a_commit_that_only_seemed_to_fail_is_told_as_what_it_is(scene: Scene) -> None:
    syncs = [point for point in scene("keep").points() if point[0] == "fsync"]
    fail_at(scene, "keep", syncs, "EIO", onwards=False)


def test_the_oracle_notices_what_is_lost(scene: Scene) -> None:
    run = scene("save")
    with pytest.raises(AssertionError):
        check(run.folder, "save", ["second"])
    run = scene("save")
    (run.folder / "foreign").write_bytes(b"x")
    with pytest.raises(AssertionError):
        check(run.folder, "save", [])
    run = scene("save")
    (run.folder / "header.a").unlink()
    (run.folder / "header.b").unlink()
    with pytest.raises((AssertionError, ExpectedError)):
        check(run.folder, "save", [])
