"""The manifest of a generation of a backup (bundles.backup): one line for each file, by name, and nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from fieldapp.errors import BackupDamagedError

_MOST_NAME: Final = 200
_LINE: Final = re.compile(rf"([0-9a-f]{{64}})  ([A-Za-z0-9._/-]{{1,{_MOST_NAME}}})\n")
_LINE_BYTES: Final = 64 + 2 + 1
"""Of a line, beside its name."""


def write_manifest(hashes: Mapping[str, bytes]) -> bytes:
    """The manifest of a generation: SHA-256 by name in the file."""
    return "".join(f"{hashes[name].hex()}  {name}\n" for name in sorted(hashes)).encode("ascii")


def most_bytes(names: Iterable[str]) -> int:
    """How long a manifest can be that names no other files than these."""
    return sum(_LINE_BYTES + len(name) for name in names)


def read_manifest(parts: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """What each line says: a name and a SHA-256. Raises BackupDamagedError where it is not as we write it."""
    last = ""
    for line in _lines(parts):
        found = _LINE.fullmatch(line)
        if found is None or found[2] <= last:
            raise BackupDamagedError("manifest")
        last = found[2]
        yield last, bytes.fromhex(found[1])


def hashed(parts: Iterable[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    """The same parts, told to `digest` as they pass."""
    for part in parts:
        digest.update(part)
        yield part


def _lines(parts: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        yield from (f"{line.decode('latin-1')}\n" for line in lines)
        if len(rest) > _LINE_BYTES + _MOST_NAME:
            break
    if rest:
        raise BackupDamagedError("manifest")
