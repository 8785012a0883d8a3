"""What the window needs from outside, so that tests can give their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp import jobs
from fieldapp.ui.opening.doors import Doors


@dataclass(frozen=True)
class Surroundings:
    """The ways into a vault, the listener, and what the process becomes at a lock."""

    doors: Doors = field(default_factory=Doors)
    replace_process: Callable[[Sequence[str]], object] = jobs.replace_process
    watch: jobs.StartWatcher | None = None
    """How the window hears of sleep, lid and session; None: it does not."""
    home: Path = field(default_factory=Path.home)
    lock_after_s: int = 300
