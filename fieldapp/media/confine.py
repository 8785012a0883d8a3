"""What the picture decoder gives up before it sees a picture, so that a hole in a decoder opens onto nothing.

Each limit is taken where the system has it; `confine` names those that hold, for the self-check:

- `memory`: RLIMIT_AS; a picture that wants more fails, the machine does not swap
- `write`: RLIMIT_FSIZE 0; no file can grow
- `open`: RLIMIT_NOFILE 3; no file, socket or pipe can be opened beside the three that are there
- `dump`: RLIMIT_CORE 0 and not dumpable; no memory on disk, no reading by others of the same user
- `landlock`: no file can be opened even when a standard stream is closed first, no TCP, no signals to the program

Windows has none of these here: there the pixel limit, the watchdog and being another process remain.
"""

from __future__ import annotations

import ctypes
import os
import sys

from fieldapp.system import harden_process

MEMORY_BYTES = 1536 << 20

_LANDLOCK_CREATE = 444  # linux/landlock.h; the same numbers on every architecture since Linux 5.13
_LANDLOCK_RESTRICT = 446
_LANDLOCK_VERSION = 1
_PR_SET_NO_NEW_PRIVS = 38


def confine(memory_bytes: int = MEMORY_BYTES) -> list[str]:
    """Give up, for good, all that decoding does not need; afterwards nothing can be opened or imported.

    Gives the names of the limits that hold. The standard streams are all that may be open when it is called.
    """
    held: list[str] = []
    harden_process()
    if sys.platform == "linux" and _landlock():
        held.append("landlock")
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - there is no such module on Windows

        for name, kind, most in (
            ("memory", resource.RLIMIT_AS, memory_bytes),
            ("write", resource.RLIMIT_FSIZE, 0),
            ("dump", resource.RLIMIT_CORE, 0),
            ("open", resource.RLIMIT_NOFILE, 3),
        ):
            try:
                resource.setrlimit(kind, (most, most))
            except (OSError, ValueError):  # macOS refuses some of them
                continue
            held.append(name)
    return sorted(held)


def _landlock() -> bool:
    """Forbid everything that this kernel's Landlock knows to forbid; False where there is none."""
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    version = syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version < 1:
        return False
    files = (1 << 13) - 1 | (version >= 2) << 13 | (version >= 3) << 14 | (version >= 5) << 15
    network = 3 if version >= 4 else 0
    scopes = 3 if version >= 6 else 0
    attributes = (ctypes.c_uint64 * 3)(files, network, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    refused = syscall(_LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)
    return bool(refused == 0)
