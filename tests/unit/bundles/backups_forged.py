"""Backups taken apart into members and put together otherwise, as nobody's program would write them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from io import FileIO
from pathlib import Path

from fieldapp.bundles import backup
from fieldapp.bundles.backup import Layout
from fieldapp.bundles.backup_manifest import write_manifest

Members = list[tuple[str, bytes]]

END = bytes(1024)


def taken_apart(content: bytes) -> Members:
    """Names and contents, in order."""
    found: Members = []
    at = 0
    while any(content[at : at + 512]):
        name = content[at : at + 100].rstrip(b"\0").decode()
        size = int(content[at + 124 : at + 135], 8)
        found.append((name, content[at + 512 : at + 512 + size]))
        at += 512 + size + -size % 512
    return found


def member(name: str, content: bytes, block: bytes | None = None) -> bytes:
    """One member, with the header that belongs to it or another."""
    header = backup.header_block(name, len(content)) if block is None else block
    return header + content + bytes(-len(content) % 512)


def put_together(members: Iterable[tuple[str, bytes]]) -> bytes:
    return b"".join(member(name, content) for name, content in members) + END


def with_true_manifests(members: Members) -> Members:
    """The manifests made again, of all that stands before them in their generation and the files before."""
    return [
        (name, manifest_of(members, name)) if name.endswith("manifest.sha256") else (name, content)
        for name, content in members
    ]


def manifest_of(members: Members, name: str, drop: Callable[[str], bool] = lambda _name: False) -> bytes:
    """What a manifest of that name would say where it belongs to all files of its generation and older other files."""
    number = name[:5]
    listed = {}
    for each, content in members:
        inner = each.partition("/")[2] if each.startswith("g0") else each
        belongs = each.startswith(number) or inner.startswith(("objects/", "inbox/")) or not each.startswith("g0")
        if each == name:
            break
        if belongs and not each.endswith("manifest.sha256") and not drop(each):
            listed[each] = hashlib.sha256(content).digest()
    return write_manifest(listed)


def layout_of(path: Path, content: bytes) -> Layout:
    path.write_bytes(content)
    with FileIO(path, "rb") as file:
        return backup.read_layout(file, len(content))
