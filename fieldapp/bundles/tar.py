r"""The archive around a bag: ustar (POSIX.1-1988, "ustar Interchange Format"), regular files only, by ourselves.

    member   header[512]  content  zero bytes up to a multiple of 512
    archive  member…  two blocks of zeros

    header   name[100] mode[8] uid[8] gid[8] size[12] mtime[12] checksum[8] type[1] link name[100]
             "ustar\0" "00" user[32] group[32] major[8] minor[8] prefix[155] zeros[12]

Of a header only name, size and checksum vary: the mode is 0600, owner and time are zero, type is "0". Numbers are octal
digits and a NUL; major and minor, which say nothing here, are NULs. A name over 100 bytes is cut at its last slash into
prefix and name. The parser takes out name and size, writes the header again and requires equal bytes; so links,
devices, folders, long-name extensions and other spellings are all refused in one place. Whether a name is the one that
is due, the reader asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fieldapp.errors import BugError, BundleDamagedError

BLOCK: Final = 512
END_BYTES: Final = 2 * BLOCK
MAX_FILE_BYTES: Final = 8 * 1024**3 - 1
"""Eleven octal digits."""

_NAME_BYTES: Final = 100
_PREFIX_BYTES: Final = 155
_PREFIX_AT: Final = 345
_SIZE_AT: Final = 124
_SIZE_DIGITS: Final = 11
_CHECKSUM_AT: Final = 148
_CHECKSUM_BYTES: Final = 8
_NAME: Final = re.compile(r"[A-Za-z0-9._/-]+")
_SIZE: Final = re.compile(rb"[0-7]{11}")


@dataclass(frozen=True, slots=True)
class Header:
    """One member: its name with its folders, and the bytes of its content."""

    name: str
    size: int


def write_header(header: Header) -> bytes:
    """The block before a member's content."""
    if not _NAME.fullmatch(header.name) or not 0 <= header.size <= MAX_FILE_BYTES:
        raise BugError("no name or size for an archive")
    prefix, name = _cut(header.name.encode("ascii"))
    if len(name) > _NAME_BYTES or len(prefix) > _PREFIX_BYTES:
        raise BugError("a name too long for an archive")
    block = b"".join(
        (
            name.ljust(_NAME_BYTES, b"\0"),
            b"0000600\0",
            b"0000000\0",
            b"0000000\0",
            b"%011o\0" % header.size,
            b"00000000000\0",
            b" " * _CHECKSUM_BYTES,
            b"0",
            bytes(100),
            b"ustar\x0000",
            bytes(64 + 16),
            prefix.ljust(_PREFIX_BYTES, b"\0"),
            bytes(12),
        )
    )
    checksum = b"%06o\0 " % sum(block)
    return block[:_CHECKSUM_AT] + checksum + block[_CHECKSUM_AT + _CHECKSUM_BYTES :]


def read_header(block: bytes) -> Header:
    """The member that this block announces.

    Raises:
        BundleDamagedError: (tar) anything that `write_header` would not write.
    """
    name, prefix = _text(block[:_NAME_BYTES]), _text(block[_PREFIX_AT : _PREFIX_AT + _PREFIX_BYTES])
    size = block[_SIZE_AT : _SIZE_AT + _SIZE_DIGITS]
    if not _SIZE.fullmatch(size):
        raise BundleDamagedError("tar")
    header = Header(f"{prefix}/{name}" if prefix else name, int(size, 8))
    try:
        same = write_header(header) == block
    except BugError as problem:
        raise BundleDamagedError("tar") from problem
    if not same:
        raise BundleDamagedError("tar")
    return header


def filler_bytes(size: int) -> int:
    """How many zero bytes follow a content of `size` bytes."""
    return -size % BLOCK


def _cut(name: bytes) -> tuple[bytes, bytes]:
    """Prefix and name."""
    if len(name) <= _NAME_BYTES:
        return b"", name
    prefix, _, last = name.rpartition(b"/")
    return prefix, last


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("latin-1")
