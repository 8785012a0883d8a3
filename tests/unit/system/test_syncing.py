"""Many files and folders brought to the disk together: by what calls, and what their failures become."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.system import sync_files, sync_folders

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the calls are those of Linux")

SCRIPT = """
import sys
from pathlib import Path
from fieldapp.system import sync_files, sync_folders
folder, count = Path(sys.argv[1]), int(sys.argv[2])
try:
    sync_files([folder / f"file{number}" for number in range(count)])
    sync_folders([folder / f"folder{number}" for number in range(count)])
except OSError as problem:
    print(problem.errno)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Nine files and nine folders."""
    place = tmp_path / "place"
    for number in range(9):
        (place / f"folder{number}").mkdir(parents=True)
        (place / f"file{number}").write_bytes(bytes(1000))
    return place


def traced(place: Path, root: Path, count: int, *inject: str) -> tuple[list[str], str]:
    """The sync calls that the script made, and what it printed."""
    assert shutil.which("strace"), "these tests need strace"
    log = place.parent / "strace.log"
    asked = ["strace", "-f", "-q", "-o", str(log), "-e", "trace=fsync,syncfs,sync_file_range", *inject]
    done = subprocess.run(
        [*asked, sys.executable, "-c", SCRIPT, str(place), str(count)],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return re.findall(r"^\d+\s+(\w+)\(", log.read_text(), re.MULTILINE), done.stdout.strip()


@pytest.mark.parametrize("count", [0, 1, 9])
def test_what_is_synced_stays_as_it_is(place: Path, count: int) -> None:
    files = [place / f"file{number}" for number in range(count)]

    sync_files(files)
    sync_folders([place / f"folder{number}" for number in range(count)])

    assert all(path.read_bytes() == bytes(1000) for path in files)


@pytest.mark.parametrize("count", [1, 9])
def test_a_file_that_is_not_there_is_told(place: Path, count: int) -> None:
    with pytest.raises(FileNotFoundError):
        sync_files([*(place / f"file{number}" for number in range(count)), place / "missing"])


@linux_only
def test_few_are_synced_each(place: Path, root: Path) -> None:
    assert traced(place, root, 2) == (["fsync"] * 4, "")


@linux_only
def test_many_are_waited_for_each_and_then_synced_at_once(place: Path, root: Path) -> None:
    calls, told = traced(place, root, 9)

    assert calls == [*["sync_file_range"] * 9, "syncfs"] * 2
    assert told == ""


@linux_only
@pytest.mark.parametrize("call", ["sync_file_range", "syncfs"])
def test_a_disk_that_fails_is_told(place: Path, root: Path, call: str) -> None:
    assert traced(place, root, 9, "-e", f"inject={call}:error=EIO:when=1")[1] == "5"


@linux_only
@pytest.mark.parametrize("call", ["sync_file_range", "syncfs"])
def test_where_many_cannot_be_synced_at_once_each_is(place: Path, root: Path, call: str) -> None:
    calls, told = traced(place, root, 9, "-e", f"inject={call}:error=ENOSYS")

    assert calls.count("fsync") == 18
    assert told == ""
