"""Looking at the machine that the program runs on, without more rights than the person has.

Not knowing is an answer: nothing here raises, nothing is changed, and no program is started.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from fieldapp.system.machine_state import Kept, MachineState
from fieldapp.system.network import network_locks

if sys.platform == "win32":
    from fieldapp.system import machine_windows as here
elif sys.platform == "darwin":
    from fieldapp.system import machine_macos as here
else:
    from fieldapp.system import machine_linux as here


def machine_state(folder: Path | None = None) -> MachineState:
    """What can be known now; of the disk only where a folder is given, which need not be there yet."""
    return MachineState(
        swap=_known(here.swap),
        hibernation=_known(here.hibernation),
        dumps=_known(here.dumps),
        disk=Kept.UNKNOWN if folder is None else _known(lambda: here.disk(_there(folder))),
        network=network_locks(),
    )


def _known(look: Callable[[], Kept]) -> Kept:
    try:
        return look()
    except (OSError, ValueError, AttributeError, RuntimeError):  # RuntimeError: links that lead in a circle
        return Kept.UNKNOWN


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    path = folder.resolve()
    return next(each for each in (path, *path.parents) if each.exists())
