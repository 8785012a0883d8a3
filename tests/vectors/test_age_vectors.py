"""Every file of the C2SP age test kit, each with its exact kind of outcome and the hash of what was given out.

A vector begins with `key: value` lines (expect, payload, file key, identity, passphrase, armored, compressed, comment)
and an empty line; the rest is the age file. `payload` is the SHA-256 of what is inside, and for a payload failure of
what can be given out before it.
"""

from __future__ import annotations

import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldapp.crypto.age import (
    HybridIdentity,
    Identity,
    ScryptIdentity,
    X25519Identity,
    open_with,
    payload_key,
)
from fieldapp.crypto.age_header import SourceLines, header_bytes, read_header
from fieldapp.crypto.armor import ArmorReader, ArmorWriter
from fieldapp.crypto.stream import ByteSource, SealedFile, SealedWriter
from fieldapp.errors import (
    AgeHeaderError,
    AgeKeyMalformedError,
    AgeMacError,
    AgeNoMatchError,
    ArmorError,
    PayloadError,
    SealedError,
)
from tests import figures

# Names are needed before fixtures exist; where the folder is missing, the fixture `shared` decides what that means.
KIT = Path(os.environ.get("FIELDAPP_SHARED") or Path(__file__).parents[3] / "shared") / "vectors" / "age"
NAMES = sorted(path.name for path in KIT.iterdir()) if KIT.is_dir() else []
KINDS: dict[str, type[SealedError] | None] = {
    "success": None,
    "header failure": AgeHeaderError,
    "HMAC failure": AgeMacError,
    "no match": AgeNoMatchError,
    "payload failure": PayloadError,
    "armor failure": ArmorError,
}


@dataclass(frozen=True)
class Vector:
    expect: str
    payload_sha256: str | None
    file_key: bytes
    identities: tuple[Identity, ...]
    armored: bool
    content: bytes

    def source(self) -> ByteSource:
        plain = io.BytesIO(self.content)
        return ArmorReader(plain) if self.armored else plain


def _identity(key: str, value: str) -> Identity:
    if key == "passphrase":
        return ScryptIdentity(value.encode())
    try:
        return X25519Identity.from_text(value)
    except AgeKeyMalformedError:
        return HybridIdentity.from_text(value)


def _fields(head: str) -> Iterator[tuple[str, str]]:
    for line in head.splitlines():
        key, _, value = line.partition(": ")
        yield key, value


def _vector(name: str) -> Vector:
    head, _, content = (KIT / name).read_bytes().partition(b"\n\n")
    fields = list(_fields(head.decode()))
    known = {"expect", "payload", "file key", "identity", "passphrase", "armored", "compressed", "comment"}
    assert {key for key, _ in fields} <= known
    once = dict(fields)
    if "compressed" in once:
        assert once["compressed"] == "zlib"
        content = zlib.decompress(content)
    return Vector(
        expect=once["expect"],
        payload_sha256=once.get("payload"),
        file_key=bytes.fromhex(once.get("file key", "")),
        identities=tuple(_identity(key, value) for key, value in fields if key in {"identity", "passphrase"}),
        armored=once.get("armored") == "yes",
        content=content,
    )


def _outcome(vector: Vector) -> tuple[type[SealedError] | None, bytes]:
    """The kind of failure, if any, and all that was given out before it."""
    given = bytearray()
    try:
        reader = open_with(vector.identities, vector.source())
        while part := reader.read(100_000):
            given += part
    except SealedError as error:
        return type(error), bytes(given)
    return None, bytes(given)


def test_the_whole_kit_is_here(shared: Path) -> None:
    assert shared / "vectors" / "age" == KIT
    assert len(NAMES) == 143
    assert {_vector(name).expect for name in NAMES} == set(KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_has_its_exact_outcome(name: str) -> None:
    vector = _vector(name)

    failure, given = _outcome(vector)

    expected = KINDS[vector.expect]
    same_kind = failure is None if expected is None else failure is not None and issubclass(failure, expected)
    same_content = hashlib.sha256(given).hexdigest() == (vector.payload_sha256 or hashlib.sha256(b"").hexdigest())
    figures.note("vectors", "age test kit (C2SP CCTV)", vectors=1, failures=int(not (same_kind and same_content)))
    assert same_kind, failure
    assert same_content


@pytest.mark.parametrize("name", [name for name in NAMES if _vector(name).expect in {"success", "payload failure"}])
def test_random_access_gives_the_same_or_a_payload_failure(name: str) -> None:
    vector = _vector(name)
    binary = ArmorReader(io.BytesIO(vector.content)).read() if vector.armored else vector.content
    lines = SourceLines(io.BytesIO(binary))
    header = read_header(lines)
    start = len(header_bytes(list(header.stanzas), vector.file_key))
    key = payload_key(vector.file_key, binary[start : start + 16])

    if vector.expect == "success":
        with SealedFile(io.BytesIO(binary), key, offset=start + 16) as opened:
            inside = opened.read()
        assert len(inside) == opened.size
        assert hashlib.sha256(inside).hexdigest() == vector.payload_sha256
    else:
        with pytest.raises(PayloadError), SealedFile(io.BytesIO(binary), key, offset=start + 16) as opened:
            opened.read()


@pytest.mark.parametrize("name", [name for name in NAMES if _vector(name).expect == "success"])
def test_what_was_opened_is_written_again_byte_for_byte(name: str) -> None:
    vector = _vector(name)
    binary = ArmorReader(io.BytesIO(vector.content)).read() if vector.armored else vector.content
    reader = open_with(vector.identities, io.BytesIO(binary))
    inside = reader.read()
    header = read_header(SourceLines(io.BytesIO(binary)))
    again = io.BytesIO(header_bytes(list(header.stanzas), vector.file_key))
    again.seek(0, io.SEEK_END)
    nonce = binary[again.tell() : again.tell() + 16]
    again.write(nonce)

    with SealedWriter(again, payload_key(vector.file_key, nonce)) as writer:
        writer.write(inside)

    assert again.getvalue() == binary
    if vector.armored:
        text = io.BytesIO()
        with ArmorWriter(text) as armored:
            armored.write(binary)
        assert text.getvalue().strip() == vector.content.replace(b"\r\n", b"\n").strip()
