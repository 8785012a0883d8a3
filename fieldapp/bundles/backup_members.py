"""The members of a backup (bundles.backup): their names, the block before each, and what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from typing import Final

from fieldapp.bundles import tar
from fieldapp.errors import BackupDamagedError, BundleDamagedError, FileUnreadableError
from fieldapp.vault import header as headers
from fieldapp.vault.connection import PAGE_SIZE

README, READER, MANIFEST, ID = "README.txt", "read_vault.py", "manifest.sha256", "id"
DATABASE: Final = "records.db"
ID_BYTES: Final = 16

_MOST_DOCUMENT: Final = 1024 * 1024
_MOST_MANIFEST: Final = 256 * 1024 * 1024
_LEAST_OBJECT: Final = 64 * 1024 + 16
_MOST_OTHER: Final = 2**60
_BLOCK: Final = 1024 * 1024
_HUGE: Final = b"\x80\x00\x00\x00"
_SIZE_AT, _CHECKSUM_AT, _CHECKSUM_BYTES = 124, 148, 8
_NAME: Final = re.compile(
    r"(?:g(?P<number>[0-9]{4})/)?(?:(?P<document>README\.txt|formats/[a-z0-9-]{1,40}\.md|read_vault\.py)"
    r"|(?P<id>id)|(?P<a>header\.a)|(?P<b>header\.b)|(?P<database>records\.db)"
    r"|(?P<file>objects/([0-9a-f]{2})/\8[0-9a-f]{62}|inbox/[0-9a-f]{16,64}(?:/[0-9]{4})?)|(?P<manifest>manifest\.sha256))"
)
_ORDER: Final = ("document", "id", "a", "b", "database", "file", "manifest")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive, and where its content begins."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """What a name says: of which generation (0: none is named), what it is, and what it is called there."""

    number: int
    kind: str
    inner: str

    @property
    def rank(self) -> tuple[int, str]:
        """Its place among the members of a generation."""
        return _ORDER.index(self.kind), self.inner


def member_name(number: int, inner: str) -> str:
    """The name in the file of what a generation calls `inner`."""
    return f"g{number:04}/{inner}"


def header_block(name: str, size: int) -> bytes:
    """The block before a member: ustar, and for 8 GiB or more the size in the base-256 form that GNU tar made usual."""
    if size <= tar.MAX_FILE_BYTES:
        return tar.write_header(tar.Header(name, size))
    block = tar.write_header(tar.Header(name, 0))
    block = block[:_SIZE_AT] + _HUGE + size.to_bytes(8, "big") + block[_SIZE_AT + 12 :]
    blank = block[:_CHECKSUM_AT] + b" " * _CHECKSUM_BYTES + block[_CHECKSUM_AT + _CHECKSUM_BYTES :]
    return blank[:_CHECKSUM_AT] + b"%06o\0 " % sum(blank) + blank[_CHECKSUM_AT + _CHECKSUM_BYTES :]


def read_block(block: bytes) -> tuple[str, int]:
    """The name and the size that the block before a member says. Raises BackupDamagedError: it is none of ours."""
    if len(block) != tar.BLOCK:
        raise BackupDamagedError("end")
    size, plain = _huge_size(block), block
    if size is not None:
        plain = block[:_SIZE_AT] + b"00000000000\0" + block[_SIZE_AT + 12 :]
        blank = plain[:_CHECKSUM_AT] + b" " * _CHECKSUM_BYTES + plain[_CHECKSUM_AT + _CHECKSUM_BYTES :]
        plain = plain[:_CHECKSUM_AT] + b"%06o\0 " % sum(blank) + plain[_CHECKSUM_AT + _CHECKSUM_BYTES :]
    try:
        header = tar.read_header(plain)
        size = header.size if size is None else size
        if header_block(header.name, size) != block:
            raise BackupDamagedError("tar")
    except BundleDamagedError as problem:
        raise BackupDamagedError("tar") from problem
    return header.name, size


def contents(file: FileIO, member: Member) -> Iterator[bytes]:
    """What is in a member. Raises BackupDamagedError (end), FileUnreadableError."""
    left, at = member.size, member.offset
    while left:
        part = read_at(file, at, min(left, _BLOCK))
        if not part:
            raise BackupDamagedError("end")
        yield part
        at += len(part)
        left -= len(part)


def part_of(name: str) -> Part:
    """What a name in a backup says. Raises BackupDamagedError: it is no name of one."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise BackupDamagedError("tar")
    kind = next(kind for kind in _ORDER if found[kind] is not None)
    return Part(int(found["number"] or 0), kind, found[kind])


def check_size(part: Part, size: int) -> None:
    """Raises BackupDamagedError: no such member is so large or so small."""
    least, most = {
        "document": (0, _MOST_DOCUMENT),
        "id": (2 * ID_BYTES + 1, 2 * ID_BYTES + 1),
        "a": (headers.SIZE, headers.SIZE),
        "b": (headers.SIZE, headers.SIZE),
        "database": (PAGE_SIZE, _MOST_OTHER),
        "file": (_LEAST_OBJECT if part.inner.startswith("objects/") else 1, _MOST_OTHER),
        "manifest": (1, _MOST_MANIFEST),
    }[part.kind]
    if not least <= size <= most or (part.kind == "database" and size % PAGE_SIZE):
        raise BackupDamagedError("tar")


def read_at(file: FileIO, offset: int, size: int) -> bytes:
    """So many bytes, fewer only at the end of the file."""
    try:
        file.seek(offset)
        found = b""
        while len(found) < size and (part := file.read(size - len(found))):
            found += part
    except OSError as problem:
        raise FileUnreadableError("io") from problem
    return found


def is_file_name(inner: str) -> bool:
    """Whether a file of a vault, beside headers and database, is of those that a backup takes, by its name."""
    found = _NAME.fullmatch(inner)
    return found is not None and not found["number"] and found["file"] is not None


def _huge_size(block: bytes) -> int | None:
    field = block[_SIZE_AT : _SIZE_AT + 12]
    return int.from_bytes(field[4:], "big") if field[:4] == _HUGE else None
