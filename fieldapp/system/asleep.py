"""Two clocks, which tell a machine that slept from one that was merely slow, stopped or swapping.

Both only go forward, and nobody sets them but where it is said: what the one has gained on the other was slept.
Linux: CLOCK_BOOTTIME and CLOCK_MONOTONIC. Windows: the clock on the wall, and QueryUnbiasedInterruptTime, which
stands while the machine sleeps. macOS: the clock on the wall, and the monotonic one, which stands likewise. Where it
is the clock on the wall, a person or the network can set it: that looks like a sleep, and is told as one.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

_UNIT_S = 1e-7


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds since any one moment: all that went by, and those in which the machine was awake."""

    all_s: float
    awake_s: float


if sys.platform == "linux":

    def moment() -> Moment:
        """Now."""
        return Moment(time.clock_gettime(time.CLOCK_BOOTTIME), time.clock_gettime(time.CLOCK_MONOTONIC))

elif sys.platform == "win32":
    import ctypes

    def moment() -> Moment:
        """Now."""
        units = ctypes.c_ulonglong()
        ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(units))
        return Moment(time.time(), units.value * _UNIT_S)

else:

    def moment() -> Moment:
        """Now."""
        return Moment(time.time(), time.monotonic())
