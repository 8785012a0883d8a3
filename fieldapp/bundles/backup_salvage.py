"""What a damaged backup still holds: members whose own blocks are damaged are passed over, and the others are found.

Read only where a person asks for it, and only what the strict reader (bundles.backup) does not take as whole.

Rule 1: from the first block that is not right on, the next one is looked for that announces a member of a backup, block
        by block, as tar does. The file is gone through once, whatever is in it.
Rule 2: a generation counts that has its manifest, id, headers and database. What its manifest names and is not there is
        `lost`; what is there is compared with the manifest before it becomes a file of a vault.
Rule 3: zeros where a generation would begin are the end, as they are for the strict reader. A name that comes twice is
        the first one's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import FileIO
from typing import Final

from fieldapp.bundles import backup, tar
from fieldapp.bundles.backup import Generation, Layout, Needed, Tail
from fieldapp.bundles.backup_manifest import hashed, read_manifest
from fieldapp.bundles.backup_members import Member, Part, check_size, contents, part_of, read_at, read_block
from fieldapp.errors import BackupDamagedError, VaultError
from fieldapp.vault import header as headers

_MOST_MEMBERS: Final = 1_000_000
_MOST_MANIFEST: Final = 256 * 1024 * 1024
_STEP: Final = 1024 * 1024
_MAGIC_AT: Final = 257
_MAGIC: Final = b"ustar\x0000"
_ID: Final = re.compile(rb"([0-9a-f]{32})\n")
_NEEDED: Final = (backup.ID, *headers.NAMES, backup.DATABASE)


def read_layout(file: FileIO, size_bytes: int) -> Layout:
    """What is in a backup of this size, also where some of its members cannot be found.

    Raises:
        As `bundles.backup.read_layout`; BackupDamagedError: nothing in it is a whole state of a vault.
    """
    try:
        layout = backup.read_layout(file, size_bytes)
    except BackupDamagedError:
        found = _found(file, size_bytes)
        if not found:
            raise
        return Layout(tuple(found), Tail.DAMAGED, size_bytes)
    if layout.tail is not Tail.DAMAGED:
        return layout
    found = _found(file, size_bytes)
    return Layout(tuple(found), Tail.DAMAGED, size_bytes) if len(found) > len(layout.generations) else layout


@dataclass(slots=True)
class _Members:
    """All that was found, by name; and the manifests, in the order of the file."""

    by_name: dict[str, Member] = field(default_factory=dict)
    manifests: list[tuple[Part, Member]] = field(default_factory=list)


def _found(file: FileIO, size_bytes: int) -> list[Generation]:
    members = _members(file, size_bytes)
    generations: list[Generation] = []
    for part, member in members.manifests:
        made = _generation(file, part.number, member, members.by_name)
        if made is not None:
            generations.append(made)
    return generations


def _members(file: FileIO, size_bytes: int) -> _Members:
    found = _Members()
    at, between = 0, True
    while at < size_bytes and len(found.by_name) < _MOST_MEMBERS:
        block = read_at(file, at, tar.BLOCK)
        if between and not any(block):
            break
        member = _announced(block, at, size_bytes)
        if member is None:
            at, between = _next_block(file, at + tar.BLOCK, size_bytes), False
            continue
        part = part_of(member.name)
        between = part.kind == "manifest"
        if member.name not in found.by_name:
            found.by_name[member.name] = member
            found.manifests += [(part, member)] if between else []
        at = member.offset + member.size + tar.filler_bytes(member.size)
    return found


def _announced(block: bytes, at: int, size_bytes: int) -> Member | None:
    """The member that a block announces; None where it is no block of ours, or the file ends within it."""
    try:
        name, size = read_block(block)
        check_size(part_of(name), size)
    except BackupDamagedError:
        return None
    member = Member(name, at + tar.BLOCK, size)
    return member if member.offset + size <= size_bytes else None


def _next_block(file: FileIO, at: int, size_bytes: int) -> int:
    """Where the next block stands that may announce a member; the end where there is none."""
    while at < size_bytes:
        step = read_at(file, at, _STEP)
        for begin in range(0, len(step), tar.BLOCK):
            magic = begin + _MAGIC_AT
            if step[magic : magic + len(_MAGIC)] == _MAGIC:
                return at + begin
        at += max(len(step), tar.BLOCK)
    return size_bytes


def _generation(file: FileIO, number: int, manifest: Member, members: dict[str, Member]) -> Generation | None:
    """A state of the vault as far as it is there; None where what makes it one is not."""
    digest = hashlib.sha256()
    try:
        files, lost = _files(_named(file, number, manifest, digest), members)
        identity = _ID.fullmatch(_small(file, files.pop(backup.ID)))
        opened = {headers.parse(_small(file, files[name])).open_part for name in headers.NAMES}
    except (BackupDamagedError, VaultError):
        return None
    if identity is None or len(opened) != 1:
        return None
    return Generation(
        number=number,
        id=bytes.fromhex(identity[1].decode()),
        open_part=opened.pop(),
        key_mark=read_at(file, files[backup.DATABASE].member.offset, 16),
        files=files,
        documents={},
        own=(),
        begin=0,
        end=manifest.offset + manifest.size + tar.filler_bytes(manifest.size),
        manifest=digest.digest(),
        lost=lost,
    )


def _named(file: FileIO, number: int, manifest: Member, digest: hashlib._Hash) -> Iterator[tuple[Part, str, bytes]]:
    """What the manifest names, but documents. Raises BackupDamagedError."""
    if manifest.size > _MOST_MANIFEST:
        raise BackupDamagedError("manifest")
    for name, sha256 in read_manifest(hashed(contents(file, manifest), digest)):
        part = part_of(name)
        if part.kind not in ("document", "file") and part.number != number:
            raise BackupDamagedError("manifest")
        if part.kind != "document":
            yield part, name, sha256


def _files(named: Iterable[tuple[Part, str, bytes]], members: dict[str, Member]) -> tuple[dict[str, Needed], int]:
    """What is there of it, by its name in the vault, and how much is not. Raises BackupDamagedError."""
    files: dict[str, Needed] = {}
    lost = 0
    for part, name, sha256 in named:
        if name in members:
            files[part.inner] = Needed(members[name], sha256)
        elif part.kind == "file":
            lost += 1
        else:
            raise BackupDamagedError("manifest")
    if not all(name in files for name in _NEEDED):
        raise BackupDamagedError("manifest")
    return files, lost


def _small(file: FileIO, needed: Needed) -> bytes:
    """The content of a small member, compared with its hash. Raises BackupDamagedError."""
    content = b"".join(contents(file, needed.member))
    if hashlib.sha256(content).digest() != needed.sha256:
        raise BackupDamagedError("header")
    return content
