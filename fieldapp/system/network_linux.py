"""Linux: a network namespace with nothing in it, and a seccomp filter that refuses sockets. See `network`.

Sources: namespaces(7), user_namespaces(7), seccomp(2), linux/filter.h, linux/audit.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

assert sys.platform == "linux"

_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SPEC_ALLOW = 4  # before Linux 5.16 a filter slows everything down to hinder what a filter does not hinder anyway
_CAPABILITIES_VERSION_3 = 0x2008_0522
_AF_UNIX, _SOCK_DGRAM = 1, 2
_NO_FAMILY = 255  # Linux itself says EAFNOSUPPORT to it, the filter EACCES

_NATIVE: Final = {  # machine: AUDIT_ARCH, numbers of socket, seccomp, capset
    "x86_64": (0xC000_003E, 41, 317, 126),
    "aarch64": (0xC000_00B7, 198, 277, 91),
    "riscv64": (0xC000_00F3, 198, 277, 91),
}
_IO_URING_SETUP = 425  # everywhere
_X32 = 0x4000_0000  # calls of the x32 kind, which x86-64 kernels may know, have this bit

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCH_AT, _FAMILY_AT = 0, 4, 16  # struct seccomp_data, little end first
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0000 | errno.EACCES


def is_namespace_empty() -> bool:
    """Whether there is no interface but a loopback that is down, as in a new network namespace."""
    interfaces = Path("/proc/self/net/dev").read_text(encoding="ascii", errors="replace").splitlines()[2:]
    names = [line.partition(":")[0].strip() for line in interfaces]
    routes = Path("/proc/self/net/fib_trie").read_bytes()
    return names in ([], ["lo"]) and not routes.strip()


def take_namespace() -> bool:
    """Go into a network with nothing in it. Raises OSError where that cannot even be tried."""
    if is_namespace_empty():
        return True
    if os.geteuid() == 0:  # in a user namespace root would lose its rights over the files of others
        return _unshare(_CLONE_NEWNET)
    is_alone = len(list(Path("/proc/self/task").iterdir())) == 1  # a process with threads cannot change its users
    return is_alone and _works_in_a_child(_enter_as_oneself) and _enter_as_oneself()


def _works_in_a_child(act: Callable[[], bool]) -> bool:
    """Whether it works in a process that ends then: half a step into a user namespace could not be taken back."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if act() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _enter_as_oneself() -> bool:
    """A new user namespace in which we are who we were, without the rights that its maker gets, and a new network."""
    who = os.getresuid(), os.getresgid()
    if len({*who[0]}) != 1 or len({*who[1]}) != 1 or not _unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        return False
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{who[0][0]} {who[0][0]} 1"),
        ("gid_map", f"{who[1][0]} {who[1][0]} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii", buffering=1) as file:  # noqa: PTH123 - one line
            file.write(text)
    _drop_capabilities()
    return (os.getresuid(), os.getresgid()) == who and os.access(sys.executable, os.X_OK)


def _unshare(flags: int) -> bool:
    return bool(ctypes.CDLL(None).unshare(flags) == 0)


def _drop_capabilities() -> None:
    head = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    capset = _NATIVE.get(os.uname().machine, (0, 0, 0, 0))[3]
    if capset:
        ctypes.CDLL(None).syscall(capset, head, none)


def does_filter_hold() -> bool:
    """Whether sockets are refused, seen by asking for one of a family that there is not."""
    library = ctypes.CDLL(None, use_errno=True)
    handle = library.socket(_NO_FAMILY, _SOCK_DGRAM, 0)
    if handle >= 0:
        os.close(handle)
        return False
    return ctypes.get_errno() == errno.EACCES


def take_filter() -> bool:
    """Refuse sockets to this process and its children; whether that was taken now."""
    native = _NATIVE.get(os.uname().machine)
    if native is None or sys.maxsize < 2**32 or sys.byteorder != "little" or does_filter_hold():
        return False
    library = ctypes.CDLL(None)
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    code = ctypes.create_string_buffer(socket_filter(*native[:2]))
    program = ctypes.create_string_buffer(struct.pack("@HP", (len(code) - 1) // 8, ctypes.addressof(code)))
    return any(
        library.syscall(native[2], _SECCOMP_SET_MODE_FILTER, flags, ctypes.byref(program)) == 0
        for flags in (_SPEC_ALLOW, 0)
    )


def socket_filter(arch: int, socket_number: int) -> bytes:
    """The filter as the kernel reads it: calls of another kind of machine are refused, so is every socket but AF_UNIX.

    Each step is (what, operand, steps to skip if so, steps to skip if not); the last two are what is returned.
    """
    steps = [
        (_LOAD, _ARCH_AT, 0, 0),
        (_IF_EQUAL, arch, 0, 7),
        (_LOAD, _NUMBER_AT, 0, 0),
        (_IF_AT_LEAST, _X32, 5, 0),
        (_IF_EQUAL, _IO_URING_SETUP, 4, 0),
        (_IF_EQUAL, socket_number, 0, 2),
        (_LOAD, _FAMILY_AT, 0, 0),
        (_IF_EQUAL, _AF_UNIX, 0, 1),
        (_RETURN, _ALLOW, 0, 0),
        (_RETURN, _REFUSE, 0, 0),
    ]
    return b"".join(struct.pack("<HBBI", what, so, not_so, operand) for what, operand, so, not_so in steps)
