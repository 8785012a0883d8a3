"""Where faults are tried: a zygote that forks, a world that is copied, and memory as the disk, where there is some."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.harness import Zygote
from tests.faults.judging import Trial
from tests.faults.operations import KNOWN

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 512 * 1024 * 1024


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """A folder on a disk that is memory, so that thousands of syncs wait for nothing; the calls are the same."""
    quick = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    with tempfile.TemporaryDirectory(prefix="fieldapp-faults-", dir=_MEMORY if quick else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def zygote(ground: Path, root: Path) -> Iterator[Zygote]:
    assert shutil.which("strace"), "these tests need strace"
    running = Zygote(root, ground)
    yield running
    running.close()


@pytest.fixture
def trial(ground: Path, zygote: Zygote) -> Callable[[str], Trial]:
    """Sets up what is needed to try faults in an operation."""
    return lambda name: Trial(zygote, KNOWN[name], zygote.world, ground / "place")
