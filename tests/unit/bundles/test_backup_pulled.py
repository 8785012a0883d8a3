"""A stick is pulled out at any moment, or refuses: the generations before are whole, and the next backup goes on."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from fieldapp.bundles import backup, backup_write
from fieldapp.bundles.backup import Layout, Needed, Tail
from fieldapp.bundles.backup_write import Counted, Plan
from fieldapp.errors import BackupDamagedError
from fieldapp.services.safety import backups
from fieldapp.values import no_progress
from tests.unit.services.people import Someone, someone

STATES = 400


class Stick(FileIO):
    """A file that notes what reaches it, and refuses from a step on."""

    def __init__(self, path: Path, refuses_at: int = -1, *, for_ever: bool = False, number: int = errno.EIO) -> None:
        super().__init__(path, "r+b")
        self.steps: list[tuple[str, int, bytes]] = []
        self._refuses_at = refuses_at
        self._for_ever = for_ever
        self._number = number

    def note(self, what: str, at: int, data: bytes = b"") -> None:
        step = len(self.steps)
        self.steps.append((what, at, data))
        if 0 <= self._refuses_at <= step if self._for_ever else step == self._refuses_at:
            raise OSError(self._number, "refused")

    def write(self, data: Any, /) -> int:
        self.note("write", self.tell(), bytes(data))
        return super().write(data)

    def truncate(self, size: int | None = None, /) -> int:
        self.note("truncate", self.tell() if size is None else size)
        return super().truncate(size)


@pytest.fixture
def someone_with_backup(tmp_path: Path) -> Iterator[Someone]:
    ainura = someone(tmp_path, "Ainura")
    record = ainura.new("person", name="A")
    ainura.attach(record, b"first photo")
    backups.back_up(ainura.archive, tmp_path / "b")
    ainura.attach(record, b"second photo")
    yield ainura
    ainura.archive.close()


@pytest.fixture
def sticks(monkeypatch: pytest.MonkeyPatch) -> list[Stick]:
    """The one that is synced is the last of these."""
    made: list[Stick] = []
    real = os.fsync

    def noted(handle: int) -> None:
        if made and not made[-1].closed and made[-1].fileno() == handle:
            made[-1].note("sync", 0)
        real(handle)

    monkeypatch.setattr(os, "fsync", noted)
    return made


def planned(path: Path, someone: Someone) -> tuple[Layout, Plan, dict[str, Needed]]:
    plan = backups.prepare(someone.archive).plan
    with FileIO(path, "rb") as file:
        layout = backup.read_layout(file, backup.size_of(file))
        return layout, plan, backup_write.kept_files(file, layout, plan)


def applied(begin: bytes, steps: list[tuple[str, int, bytes]]) -> bytearray:
    """The bytes of the file after some steps reached it."""
    state = bytearray(begin)
    for what, at, data in steps:
        if what == "truncate":
            state = state[:at] + bytes(max(0, at - len(state)))
        elif what == "write":
            state += bytes(max(0, at - len(state)))
            state[at : at + len(data)] = data
    return state


def pulled(begin: bytes, steps: list[tuple[str, int, bytes]], rng: random.Random) -> bytes:
    """What can be on the disk when it is pulled: all that was synced; of the rest anything, and one write torn."""
    until = rng.randrange(len(steps) + 1)
    synced = max((at + 1 for at, step in enumerate(steps[:until]) if step[0] == "sync"), default=0)
    loose = [step for step in steps[synced:until] if rng.random() < 0.5]
    if loose and rng.random() < 0.5:
        at = rng.randrange(len(loose))
        what, place, data = loose[at]
        loose[at] = (what, place, data[: rng.randrange(len(data) + 1) // 512 * 512])
    return bytes(applied(begin, steps[:synced] + loose))


def test_a_stick_pulled_at_any_moment_holds_the_generations_before_whole(
    someone_with_backup: Someone, sticks: list[Stick], tmp_path: Path
) -> None:
    path, rng, seen = tmp_path / "b", random.Random(5), {1: 0, 2: 0}
    begin = path.read_bytes()
    layout, plan, kept = planned(path, someone_with_backup)
    sticks.append(Stick(path))
    with sticks[0] as stick:
        backup_write.append(stick, layout, plan, kept, Counted(no_progress, 1))
    assert bytes(applied(begin, stick.steps)) == path.read_bytes()
    sticks.clear()

    for state in range(STATES):
        path.write_bytes(pulled(begin, stick.steps, rng))
        found = backups.check(path)
        seen[found.generations] += 1
        assert found.damaged == ()
        assert path.read_bytes()[: layout.newest.end] == begin[: layout.newest.end]
        if state % 40 == 0:
            written = backups.back_up(someone_with_backup.archive, path)
            assert (written.generation, written.anew) == (2, None), "what was not noted counts as not written"

    assert seen[1] > STATES // 2 and seen[2] > 0


@pytest.mark.parametrize("for_ever", [False, True])
def test_a_stick_that_refuses_any_step_holds_the_generations_before_whole(
    someone_with_backup: Someone, sticks: list[Stick], tmp_path: Path, for_ever: bool
) -> None:
    path, step = tmp_path / "b", 0
    begin = path.read_bytes()
    layout, plan, kept = planned(path, someone_with_backup)
    while True:
        path.write_bytes(begin)
        sticks.append(Stick(path, step, for_ever=for_ever, number=errno.ENOSPC if step % 2 else errno.EIO))
        with sticks[-1] as stick:
            try:
                backup_write.append(stick, layout, plan, kept, Counted(no_progress, 1))
            except OSError:
                step += 1
            else:
                break
        if not for_ever:
            assert path.read_bytes() == begin
        assert path.read_bytes()[: layout.newest.end] == begin[: layout.newest.end]
        assert backups.look(path).generations in {1, 2} and backups.check(path).damaged == ()
    sticks.clear()

    assert step > 15
    assert backups.check(path) == replace(backups.check(path), generations=2, whole=True, damaged=())


def test_a_disk_that_says_yes_and_keeps_something_else_is_found_out(
    someone_with_backup: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b"
    begin = path.read_bytes()
    real = backup_write._write_all

    def lying(file: FileIO, data: memoryview) -> None:
        real(file, memoryview(bytes(len(data)) if len(data) > 60_000 else data))

    monkeypatch.setattr(backup_write, "_write_all", lying)
    for full in (False, True):
        with pytest.raises(BackupDamagedError):
            backups.back_up(someone_with_backup.archive, path, full=full)

    assert path.read_bytes() == begin
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == ["b"]


def test_what_was_never_finished_is_written_over_by_the_next(someone_with_backup: Someone, tmp_path: Path) -> None:
    path = tmp_path / "b"
    begin = path.read_bytes()
    backups.back_up(someone_with_backup.archive, path)
    whole = path.read_bytes()
    end = len(begin) - 1024
    path.write_bytes(whole[:end] + bytes(512) + whole[end + 512 :] + bytes(3_000_000))
    with FileIO(path, "rb") as file:
        assert backup.read_layout(file, backup.size_of(file)).tail is Tail.UNFINISHED

    assert backups.back_up(someone_with_backup.archive, path).generation == 2
    assert backups.check(path).whole and path.stat().st_size < len(whole) + 500_000
