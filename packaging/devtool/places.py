"""Where things lie in a checkout, and how this tool speaks: plain lines on standard error, one per step."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["run", "dev"]
"""How much is installed: what the program needs, or that and what its checks need."""

Lock = Literal["run", "dev", "source"]
"""The lock files; `dev` includes `run`, and `source` is what is built from source on top of `dev`."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not an accident
    """Set-up cannot go on; the text is the one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folders of one checkout. `root` is absolute."""

    root: Path

    @property
    def packaging(self) -> Path:
        return self.root / "packaging"

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def scripts(self) -> Path:
        return self.venv / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def python(self) -> Path:
        return self.scripts / ("python.exe" if sys.platform == "win32" else "python")

    def lock(self, name: Lock) -> Path:
        return self.packaging / "locks" / f"{name}.txt"

    def stamp(self, level: Level) -> Path:
        return self.venv / f"ready-{level}"


HERE = Checkout(Path(__file__).resolve().parent.parent.parent)


def say(line: str) -> None:
    """One line of progress; on standard error, so that standard output stays the command's own."""
    print(line, file=sys.stderr, flush=True)
