"""Leaving the network for good, before anything else happens: no code in this process or its children can reach it.

Three locks on one door, of which as many are taken as the system has; none keeps the program from starting:

- `namespace` (Linux): a network of its own with nothing in it. There is no interface, so nothing can be sent, by any
  system call. Ordinary users get it through a user namespace in which they stay who they are; where that is forbidden
  it is left out.
- `filter` (Linux on x86-64, ARM64 and RISC-V): a seccomp filter that refuses `socket` for every family but AF_UNIX, and
  io_uring, which could make sockets without that call. X11, Wayland, sound and D-Bus speak through AF_UNIX.
- `hook`: every use of a socket from Python is a bug (see `sockets`). The only lock on Windows and macOS.

The first two pass on to every process that is started from here, and stay when this process becomes another: taking
them twice does nothing. Whoever needs the network one day must be started before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum

from fieldapp.system.sockets import are_sockets_refused

if sys.platform == "linux":
    from fieldapp.system import network_linux


class NetworkLock(StrEnum):
    """What keeps this process from the network."""

    NAMESPACE = "namespace"
    FILTER = "filter"
    HOOK = "hook"


def leave_network() -> frozenset[NetworkLock]:
    """Take the locks that the system has, for good; gives all that hold now. Never raises.

    Must come before the first thread and before `harden_process`: a hardened process may not say who it is in a new
    user namespace. The hook is taken by `sockets.refuse_sockets`.
    """
    if sys.platform == "linux":
        for take in (network_linux.take_namespace, network_linux.take_filter):
            _quietly(take)
    return network_locks()


def network_locks() -> frozenset[NetworkLock]:
    """The locks that hold now, seen by trying: also those that were taken before this process became what it is."""
    asked = {NetworkLock.HOOK: are_sockets_refused}
    if sys.platform == "linux":
        asked |= {
            NetworkLock.NAMESPACE: network_linux.is_namespace_empty,
            NetworkLock.FILTER: network_linux.does_filter_hold,
        }
    return frozenset(lock for lock, holds in asked.items() if _quietly(holds))


def _quietly(act: Callable[[], bool]) -> bool:
    """What it gives; False where the system refuses in whatever way: a lock less must not keep anybody from working."""
    try:
        return act()
    except (OSError, AttributeError, ValueError):
        return False
