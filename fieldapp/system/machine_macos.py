"""macOS: what it tells every program. Whether FileVault is on it does not tell. Nobody has run this there yet."""

from __future__ import annotations

import ctypes
import struct
import sys
from pathlib import Path

from fieldapp.system.machine_state import Kept

assert sys.platform != "win32"

_SWAP_USAGE = struct.Struct("@QQQIi")  # sys/sysctl.h, xsw_usage: total, free, used bytes; page size; encrypted


def swap() -> Kept:
    """Since 10.7 it is encrypted unless somebody turned that off."""
    room = ctypes.create_string_buffer(_SWAP_USAGE.size)
    size = ctypes.c_size_t(_SWAP_USAGE.size)
    if ctypes.CDLL(None).sysctlbyname(b"vm.swapusage", room, ctypes.byref(size), None, ctypes.c_size_t(0)) != 0:
        return Kept.UNKNOWN
    total, _, _, _, encrypted = _SWAP_USAGE.unpack(room.raw)
    if encrypted:
        return Kept.ENCRYPTED
    return Kept.PLAIN if total else Kept.NOT


def hibernation() -> Kept:
    """The image is encrypted exactly where FileVault is on, which is not told."""
    return Kept.UNKNOWN


def dumps() -> Kept:
    """Core dumps are off when the process is hardened; crash reports hold no memory but a few registers."""
    import resource  # noqa: PLC0415 - only here

    return Kept.NOT if resource.getrlimit(resource.RLIMIT_CORE)[0] == 0 else Kept.PLAIN


def disk(folder: Path) -> Kept:
    """Not told without asking other programs."""
    del folder
    return Kept.UNKNOWN
