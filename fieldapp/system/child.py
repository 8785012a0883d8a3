"""A process of our own beside the program, with two pipes to it and nothing else: no environment, no folder of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

Child: TypeAlias = subprocess.Popen[bytes]
"""A process that was started here; its `stdin` and `stdout` are the pipes."""

_BOOT = "import sys; sys.path[:0] = sys.argv[1:]; from {module} import run; run()"


def child_command(module: str, libraries: Sequence[str]) -> list[str]:
    """The command that calls `run()` of one of our modules, from where this program and these libraries are."""
    roots = [str(Path(__file__).resolve().parents[2])]
    for name in libraries:
        found = find_spec(name)
        if found is not None and found.origin is not None:
            roots.append(str(Path(found.origin).resolve().parents[1]))
    return [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _BOOT.format(module=module), *dict.fromkeys(roots)]


def start_child(command: Sequence[str], *, buffered: bool = True) -> Child:
    """Start it; its standard streams are the pipes. Raises OSError."""
    system_root = os.environ.get("SYSTEMROOT")  # Windows: without it Python finds no randomness
    return subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=-1 if buffered else 0,
        cwd=Path(sys.executable).anchor or os.sep,
        env={} if system_root is None else {"SYSTEMROOT": system_root},
        start_new_session=sys.platform != "win32",  # Ctrl+C in a terminal is for the program, not for this one
        creationflags=_creation_flags(),
    )


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0
