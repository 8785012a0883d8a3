"""Linux: swap, hibernation, dumps and disks, as /proc and /sys tell them.

Encryption is seen where the kernel does it (dm-crypt: LUKS, VeraCrypt, below or above LVM; fscrypt; eCryptfs) and for
file systems that are known for it. A loop device is as its file is. Of ZFS, network and other file systems nothing is
known. Sources: proc(5), Documentation/ABI/stable/sysfs-block, Documentation/power/swsusp.rst, ioctl_iflags(2).
"""

from __future__ import annotations

import array
import ctypes
import os
import re
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from fieldapp.system.machine_state import Kept

assert sys.platform != "win32"

ROOT = Path("/")
_PR_GET_DUMPABLE = 3
_GET_FLAGS, _ENCRYPTED_FLAG = 0x8008_6601, 0x800
_DEEPEST = 8  # partition on LVM on LUKS on RAID on a loop device, and some more
_ENCRYPTING = frozenset({"ecryptfs", "fuse.gocryptfs", "fuse.cryfs", "fuse.encfs", "fuse.securefs"})
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_ESCAPED = re.compile(r"\\([0-7]{3})")


def swap(root: Path = ROOT) -> Kept:
    """The worst of all swap that is on; memory that is only compressed (zram) is none."""
    return _worst(_swaps(root))


def hibernation(root: Path = ROOT) -> Kept:
    """Where the memory would go if the machine were hibernated now."""
    places = [each for each in _swaps(root) if each is not Kept.NOT]
    if not places:
        return Kept.NOT
    try:
        if "disk" not in (root / "sys/power/state").read_text().split():
            return Kept.NOT
        if "[disabled]" in (root / "sys/power/disk").read_text():
            return Kept.NOT
    except FileNotFoundError:  # a kernel without sleep
        return Kept.NOT
    return _worst(places)


def dumps(root: Path = ROOT) -> Kept:
    """Where a crash of this process would leave its memory."""
    if ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0:
        return Kept.NOT
    pattern = (root / "proc/sys/kernel/core_pattern").read_text()
    if not pattern.startswith("|") and resource.getrlimit(resource.RLIMIT_CORE)[0] == 0:
        return Kept.NOT
    return Kept.PLAIN


def disk(folder: Path, root: Path = ROOT) -> Kept:
    """What a folder that is there lies on."""
    return _disk(folder, root, _DEEPEST)


def _disk(folder: Path, root: Path, deeper: int) -> Kept:
    if _is_folder_encrypted(folder):
        return Kept.ENCRYPTED
    device = folder.stat().st_dev
    source, kind = _mount(root, device)
    if kind in _ENCRYPTING:
        return Kept.ENCRYPTED
    if kind in _IN_MEMORY:
        return Kept.NOT
    if os.major(device) == 0:  # Btrfs and others have numbers of their own: what was mounted is named
        if not source.startswith("/dev/"):
            return Kept.UNKNOWN
        device = (root / source[1:]).stat().st_rdev
    return _block(root, root / "sys/dev/block" / f"{os.major(device)}:{os.minor(device)}", deeper)


def _block(root: Path, block: Path, deeper: int) -> Kept:
    """What a block device writes to: the worst of what it consists of."""
    if deeper == 0 or not block.exists():
        return Kept.UNKNOWN
    uuid = block / "dm/uuid"
    if uuid.exists() and uuid.read_text().startswith("CRYPT-"):
        return Kept.ENCRYPTED
    file = block / "loop/backing_file"
    if file.exists():
        return _disk(Path(file.read_text().rstrip("\n")), root, deeper - 1)
    if block.resolve().name.startswith("zram"):
        return Kept.NOT
    below = sorted((block / "slaves").iterdir()) if (block / "slaves").is_dir() else []
    return _worst([_block(root, each, deeper - 1) for each in below]) if below else Kept.PLAIN


def _swaps(root: Path) -> list[Kept]:
    rows = [line.split() for line in (root / "proc/swaps").read_text().splitlines()[1:]]
    return [_swap_area(root, _unescaped(row[0]), row[1]) for row in rows if len(row) > 1]


def _swap_area(root: Path, name: str, kind: str) -> Kept:
    if kind == "file":
        return _disk(Path(name), root, _DEEPEST)
    return _block(root, root / "sys/class/block" / Path(os.path.realpath(root / name[1:])).name, _DEEPEST)


def _mount(root: Path, device: int) -> tuple[str, str]:
    """What is mounted there, and the kind of its file system."""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in (root / "proc/self/mountinfo").read_text(errors="surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        if before.split()[2] == number:
            kind, source, *_ = after.split()
            return _unescaped(source), kind
    return "", ""


def _is_folder_encrypted(folder: Path) -> bool:
    """Whether the file system itself encrypts it (fscrypt: ext4, F2FS, UBIFS)."""
    import fcntl  # noqa: PLC0415 - only here, and not at every start

    flags = array.array("l", [0])
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        fcntl.ioctl(handle, _GET_FLAGS, flags, True)
    except OSError:  # a file system without flags
        return False
    finally:
        os.close(handle)
    return bool(flags[0] & _ENCRYPTED_FLAG)


def _worst(found: Sequence[Kept]) -> Kept:
    order = (Kept.PLAIN, Kept.UNKNOWN, Kept.ENCRYPTED)
    return next((each for each in order if each in found), Kept.NOT)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)
