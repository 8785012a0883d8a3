"""Export and import of photographs against `tar | age -r` and `age -d | tar x && sync -f`, on the same data.

Debian's age with X25519 does less than we do: no post-quantum recipients, no signatures, no vault to read from or to
write to, and when it seals, its output is not synced. The clock runs from after unlocking until everything is safe on
the disk. Each round starts from the same files, with nothing left to be written, and takes one side and then the other.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bundles_child import measured, run
from benchmarks.figures import Figure, Size, ratio_of_medians, seconds

EXPORT_GOAL = 1.0
IMPORT_GOAL = 1.2
MEMORY_GOAL_MB = 100

_MB = 1024 * 1024
_LEAST_BYTES, _MOST_BYTES = 2 * _MB, 6 * _MB  # photographs of telephones
_JPEG_BEGIN = b"\xff\xd8\xff\xe0"
_CHANGING = ("records.db", "header.a", "header.b")

Measure = Callable[[], tuple[float, float]]


def measure_export(size: Size) -> list[Figure]:
    """Vault → bundle against folder → `tar | age -r`."""
    with _scene(size) as scene:
        return _figures("export", size, EXPORT_GOAL, scene.export, scene.tar_age)


def measure_import(size: Size) -> list[Figure]:
    """Bundle → vault against `age -d | tar x && sync -f` → folder."""
    with _scene(size) as scene:
        scene.export()
        scene.tar_age()
        return _figures("import", size, IMPORT_GOAL, scene.import_, scene.age_tar)


def _figures(name: str, size: Size, goal: float, our: Measure, their: Callable[[], float]) -> list[Figure]:
    our()
    their()  # the first of each only warms up
    rounds = [(*our(), their()) for _ in range(size.rounds)]
    ours, grown, theirs = ([each[column] for each in rounds] for column in range(3))
    detail = f"{size.megabytes} MB: ours {seconds(ours)}, tar and age {seconds(theirs)}"
    ratio = ratio_of_medians(ours, theirs)
    memory = statistics.median(grown)
    return [
        Figure(f"{name}, time ours / tar and age", ratio, "×", goal, detail),
        Figure(f"{name}, memory over idle", memory, "MB", MEMORY_GOAL_MB, f"at most {max(grown):.1f} MB"),
    ]


@contextmanager
def _scene(size: Size) -> Iterator[_Scene]:
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-bench-"))
    try:
        yield _Scene(folder, size.megabytes * _MB)
    finally:
        shutil.rmtree(folder)


class _Scene:
    """An activist's vault full of photographs, a coordinator's empty one, and the same photographs in a folder."""

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self._folder = folder
        self._activist, self._coordinator = folder / "activist", folder / "coordinator"
        self._bundle, self._sealed = folder / "ours.bundle", folder / "theirs.age"
        self._key = folder / "key"
        photographs = folder / "photographs"
        photographs.mkdir()
        write_photographs(photographs, size_bytes)
        run("introduce", self._activist, self._coordinator)
        run("attach", self._activist, photographs)
        self._before = {name: (self._activist / name).read_bytes() for name in _CHANGING}
        subprocess.run(["age-keygen", "-o", self._key], check=True, capture_output=True)
        asked = subprocess.run(["age-keygen", "-y", self._key], check=True, capture_output=True, text=True)
        self._recipient = asked.stdout.strip()

    def export(self) -> tuple[float, float]:
        """Seconds, and megabytes grown. Leaves the bundle."""
        self._bundle.unlink(missing_ok=True)
        for name, content in self._before.items():  # an export is remembered: each is to be the first
            (self._activist / name).write_bytes(content)
        os.sync()
        return measured("export", self._activist, self._bundle)

    def import_(self) -> tuple[float, float]:
        """Seconds and megabytes, into a fresh copy of the empty vault."""
        fresh = self._folder / "fresh"
        shutil.copytree(self._coordinator, fresh)
        os.sync()
        try:
            return measured("import", fresh, self._bundle)
        finally:
            shutil.rmtree(fresh)

    def tar_age(self) -> float:
        """Seconds of `tar | age -r`. Leaves the sealed file."""
        self._sealed.unlink(missing_ok=True)
        os.sync()
        return timed(f"tar -C {self._folder} -cf - photographs | age -r {self._recipient} > {self._sealed}")

    def age_tar(self) -> float:
        """Seconds of `age -d | tar x && sync -f`."""
        target = self._folder / "unpacked"
        target.mkdir()
        os.sync()
        try:
            return timed(f"age -d -i {self._key} {self._sealed} | tar -C {target} -xf - && sync -f {target}")
        finally:
            shutil.rmtree(target)


def write_photographs(folder: Path, size_bytes: int) -> None:
    """Files that begin like a JPEG and cannot be compressed, as photographs cannot; always of the same sizes."""
    chance = random.Random(512)
    number = 0
    while size_bytes:
        size = min(chance.randint(_LEAST_BYTES, _MOST_BYTES), size_bytes)
        (folder / f"photo{number:04}.jpg").write_bytes((_JPEG_BEGIN + os.urandom(size))[:size])
        size_bytes -= size
        number += 1


def timed(line: str) -> float:
    """Seconds that a line of shell takes."""
    begin = time.perf_counter()
    subprocess.run(["bash", "-o", "pipefail", "-c", line], check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - begin
