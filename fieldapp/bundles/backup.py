r"""A backup: one plain tar file of ciphertext, to which generations are appended (resources/docs/formats/backup.md).

    file        documents  generation 1  generation 2 …  two blocks of zeros
    generation  gNNNN/id              33 bytes: 32 random hex digits and a line feed
                gNNNN/header.a        both as a vault has them, with the same slots and salt in every generation
                gNNNN/header.b
                gNNNN/records.db
                gNNNN/…               the other files of a vault that no generation before has: objects/xx/…, inbox/…
                gNNNN/manifest.sha256 `<64 hex digits>  <name in this file>` and a line feed, for each file that belongs
                                      to this generation, also of those before, by name
    documents   README.txt, formats/*.md, read_vault.py; later ones that differ stand as gNNNN/… before gNNNN/id

Rule 1: what was told to be written is never written over. A generation is written behind the first of the two blocks of
        zeros, which is replaced by its first block when all else is on the disk. So at every moment the file holds the
        generations before, whole, and what stands behind a block of zeros was never finished.
Rule 2: the reader takes what the writer writes and nothing else: names, order, sizes, numbers. A name is looked up
        among the members of this file, and becomes a path only where a vault has a file of that name.
Rule 3: from the first thing that is not right on, a file is no backup any more; the generations before it still are.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from io import FileIO
from typing import Final

from fieldapp.bundles import tar
from fieldapp.bundles.backup_manifest import hashed, most_bytes, read_manifest
from fieldapp.bundles.backup_members import (
    DATABASE,
    ID,
    ID_BYTES,
    MANIFEST,
    READER,
    README,
    Member,
    Part,
    check_size,
    contents,
    header_block,
    is_file_name,
    member_name,
    part_of,
    read_at,
    read_block,
)
from fieldapp.errors import (
    BackupDamagedError,
    BackupNewerError,
    BundleDamagedError,
    NotABackupError,
    VaultError,
    VaultNewerError,
)
from fieldapp.vault import header as headers

__all__ = [
    "DATABASE",
    "ID",
    "ID_BYTES",
    "MANIFEST",
    "READER",
    "README",
    "Generation",
    "Layout",
    "Member",
    "Needed",
    "Tail",
    "contents",
    "header_block",
    "is_backup",
    "is_file_name",
    "is_last",
    "member_name",
    "read_layout",
    "size_of",
]

VERSION: Final = 1
FIRST_LINE: Final = b"Field App backup, format %d\n"
MOST_GENERATIONS: Final = 9999

_MOST_MEMBERS: Final = 1_000_000
_ZEROS: Final = bytes(tar.BLOCK)
_FIRST: Final = re.compile(rb"Field App backup, format ([0-9]{1,6})\n")
_ID: Final = re.compile(rb"([0-9a-f]{32})\n")


class Tail(Enum):
    """What stands behind the last whole generation."""

    WHOLE = "the end"
    UNFINISHED = "a generation that was being written, or nothing"
    DAMAGED = "something that was cut off or changed"


@dataclass(frozen=True, slots=True)
class Needed:
    """A member that a generation needs, and what its manifest says of it."""

    member: Member
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of the vault. `files`: by their names in the vault; `documents`: by theirs at the top of the file.

    `manifest`: the SHA-256 of the manifest, and so of all. `lost`: files that it names, and that are not found again;
    only a damaged backup has them (backup_salvage).
    """

    number: int
    id: bytes
    open_part: bytes
    key_mark: bytes
    files: Mapping[str, Needed]
    documents: Mapping[str, Needed]
    own: tuple[Needed, ...]
    begin: int
    end: int
    manifest: bytes
    lost: int = 0

    @property
    def size_bytes(self) -> int:
        """All that has to be read in order to restore it."""
        return sum(each.member.size for each in self.files.values())


@dataclass(frozen=True, slots=True)
class Layout:
    """A backup as far as it is whole: at least one generation."""

    generations: tuple[Generation, ...]
    tail: Tail
    size_bytes: int

    @property
    def newest(self) -> Generation:
        """The last of the whole ones."""
        return self.generations[-1]


def is_backup(beginning: bytes) -> bool:
    """Whether a file that begins so (two blocks are enough) is a backup, of whatever version."""
    try:
        name = tar.read_header(beginning[: tar.BLOCK]).name
    except BundleDamagedError:
        return False
    return name == README and _FIRST.match(beginning[tar.BLOCK :]) is not None


def size_of(file: FileIO) -> int:
    """How many bytes an open file has."""
    return os.fstat(file.fileno()).st_size


def read_layout(file: FileIO, size_bytes: int) -> Layout:
    """What is in a backup of this size. Reads headers and manifests; contents are not looked at.

    Raises:
        NotABackupError, BackupNewerError: what it is instead.
        BackupDamagedError: not even the first generation is whole.
        VaultNewerError: the vault in it is of a newer version. FileUnreadableError: the place gives it out no more.
    """
    scan = _Scan(file, size_bytes)
    scan.expect_ours()
    while not scan.is_over():
        try:
            scan.read_generation()
        except BackupDamagedError:
            if not scan.generations:
                raise
            return scan.layout(Tail.DAMAGED)
    return scan.layout(scan.tail())


def is_last(file: FileIO, generation: Generation, size_bytes: int) -> bool:
    """Whether nothing stands behind a generation but the end that was written with it."""
    return _ends_at(file, generation.end, size_bytes)


class _Scan:
    """Goes through a file once, from its beginning."""

    def __init__(self, file: FileIO, size_bytes: int) -> None:
        self._file = file
        self._size = size_bytes
        self._at = 0
        self._count = 0
        self._hashes: dict[str, bytes] = {}
        self._members: dict[str, Member] = {}
        self.generations: list[Generation] = []

    def expect_ours(self) -> None:
        """Raises NotABackupError, BackupNewerError."""
        beginning = read_at(self._file, 0, 2 * tar.BLOCK)
        if not is_backup(beginning):
            raise NotABackupError
        line = _FIRST.match(beginning[tar.BLOCK :])
        assert line is not None
        if int(line[1]) != VERSION:
            raise BackupNewerError(int(line[1]), VERSION)

    def is_over(self) -> bool:
        """Whether no generation begins here."""
        return self._at >= self._size or read_at(self._file, self._at, tar.BLOCK) == _ZEROS

    def tail(self) -> Tail:
        """What stands here, where no generation begins."""
        return Tail.WHOLE if _ends_at(self._file, self._at, self._size) else Tail.UNFINISHED

    def layout(self, tail: Tail) -> Layout:
        return Layout(tuple(self.generations), tail, self._size)

    def read_generation(self) -> None:
        """Raises BackupDamagedError."""
        number, begin = len(self.generations) + 1, self._at
        own: dict[str, tuple[Part, Member]] = {}
        last = (-1, "")
        while True:
            part, member = self._next(number)
            if part.rank <= last:
                raise BackupDamagedError("tar")
            last = part.rank
            if part.kind == "manifest":
                break
            own[member.name] = part, member
        kinds = [part.kind for part, _member in own.values()]
        if any(kinds.count(kind) != 1 for kind in ("id", "a", "b", "database")):
            raise BackupDamagedError("tar")
        self._members |= {name: member for name, (_part, member) in own.items()}
        hashes, digest = self._manifest(member, own)
        self._add(number, {part.inner: each for part, each in own.values()}, hashes, begin, digest)

    def _next(self, number: int) -> tuple[Part, Member]:
        """The member that begins here; goes behind it."""
        name, size = read_block(read_at(self._file, self._at, tar.BLOCK))
        part = part_of(name)
        _check_place(part, number)
        check_size(part, size)
        member = Member(name, self._at + tar.BLOCK, size)
        behind = member.offset + size + tar.filler_bytes(size)
        self._count += 1
        if behind > self._size or self._count > _MOST_MEMBERS:
            raise BackupDamagedError("end")
        self._at = behind
        return part, member

    def _manifest(self, member: Member, own: Mapping[str, object]) -> tuple[dict[str, bytes], bytes]:
        """What the manifest says, all of it of members that are here; each hash is the one that was told before.

        With its own SHA-256.
        """
        if member.size > most_bytes(self._hashes.keys() | own.keys()):  # seen before any of it is read
            raise BackupDamagedError("manifest")
        hashes: dict[str, bytes] = {}
        digest = hashlib.sha256()
        for name, sha256 in read_manifest(hashed(contents(self._file, member), digest)):
            hashes[name] = sha256
            if name not in own and self._hashes.get(name) != sha256:
                raise BackupDamagedError("manifest")
        if not own.keys() <= hashes.keys():
            raise BackupDamagedError("manifest")
        self._hashes |= hashes
        return hashes, digest.digest()

    def _add(
        self, number: int, own: Mapping[str, Member], hashes: Mapping[str, bytes], begin: int, manifest: bytes
    ) -> None:
        files: dict[str, Needed] = {}
        documents: dict[str, Needed] = {}
        for name, sha256 in hashes.items():
            part, needed = part_of(name), Needed(self._members[name], sha256)
            found = documents if part.kind == "document" else files
            if part.inner in found or (part.kind not in ("document", "file") and part.number != number):
                raise BackupDamagedError("manifest")
            found[part.inner] = needed
        identity = _ID.fullmatch(self._small(files.pop(ID)))
        copies = [self._small(files[name]) for name in headers.NAMES]
        opened = {_open_part(copy) for copy in copies}
        key_mark = read_at(self._file, own[DATABASE].offset, 16)
        before = {(each.open_part, each.key_mark) for each in self.generations}
        if identity is None or README not in documents or READER not in documents:
            raise BackupDamagedError("manifest")
        if len(opened) != 1 or (before and before != {(next(iter(opened)), key_mark)}):
            raise BackupDamagedError("mixed")
        ours = tuple(Needed(each, hashes[each.name]) for each in own.values())
        known = bytes.fromhex(identity[1].decode())
        self.generations.append(
            Generation(number, known, opened.pop(), key_mark, files, documents, ours, begin, self._at, manifest)
        )

    def _small(self, needed: Needed) -> bytes:
        """The content of a small member, compared with its hash."""
        content = b"".join(contents(self._file, needed.member))
        if hashlib.sha256(content).digest() != needed.sha256:
            raise BackupDamagedError("header")
        return content


def _ends_at(file: FileIO, at: int, size_bytes: int) -> bool:
    return size_bytes == at + tar.END_BYTES and read_at(file, at, tar.END_BYTES) == 2 * _ZEROS


def _check_place(part: Part, number: int) -> None:
    """Documents of the first generation stand at the top, everything else in the folder of its generation."""
    if part.number != (0 if part.kind == "document" and number == 1 else number):
        raise BackupDamagedError("tar")


def _open_part(raw: bytes) -> bytes:
    try:
        return headers.parse(raw).open_part
    except VaultNewerError:
        raise
    except VaultError as problem:
        raise BackupDamagedError("header") from problem
