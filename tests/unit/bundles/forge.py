"""Bundles that our writer would never write, with real keys and real signatures: what a hostile sender can make."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fieldapp.crypto import sshsig
from fieldapp.crypto.age import seal_to
from fieldapp.crypto.identity import sign_mldsa65
from fieldapp.crypto.padding import padded_object_size
from tests.unit.bundles.peers import BUNDLE_ID, Peer

TOP = f"fieldapp-{BUNDLE_ID.hex()}"
TAGS = (
    "bagit.txt",
    "bag-info.txt",
    "manifest-sha256.txt",
    "sender.card",
    "tagmanifest-sha256.txt",
    "tagmanifest-sha256.txt.sig",
    "tagmanifest-sha256.txt.mldsa65",
)
JOURNAL = "data/journal/000001.cbor"

HeaderFields = dict[str, bytes]


def header(name: bytes, size: int, /, **changes: bytes) -> bytes:
    """A ustar header by a hand of its own; `changes` replace whole fields, and the checksum is right in the end."""
    prefix = b""
    if len(name) > 100:
        prefix, _, name = name.rpartition(b"/")
    fields: HeaderFields = {
        "name": name.ljust(100, b"\0"),
        "mode": b"0000600\0",
        "uid": b"0000000\0",
        "gid": b"0000000\0",
        "size": b"%011o\0" % size,
        "mtime": b"00000000000\0",
        "checksum": b"        ",
        "type": b"0",
        "link": bytes(100),
        "magic": b"ustar\x0000",
        "user": bytes(32),
        "group": bytes(32),
        "major": bytes(8),
        "minor": bytes(8),
        "prefix": prefix.ljust(155, b"\0"),
        "rest": bytes(12),
    }
    unsummed = b"".join((fields | changes).values())
    assert len(unsummed) == 512
    if "checksum" in changes:
        return unsummed
    return unsummed[:148] + b"%06o\0 " % sum(unsummed) + unsummed[156:]


def member(name: str | bytes, content: bytes, /, **changes: bytes) -> bytes:
    raw = name if isinstance(name, bytes) else name.encode()
    return header(raw, len(content), **changes) + content + bytes(-len(content) % 512)


def sealed(archive: bytes, recipients: Sequence[Peer]) -> bytes:
    out = io.BytesIO()
    with seal_to([each.card.recipient for each in recipients], out) as writer:
        writer.write(archive)
    return out.getvalue()


def padded(archive: bytes) -> bytes:
    whole = archive + bytes(1024)
    return whole.ljust(padded_object_size(len(whole)), b"\0")


@dataclass
class Forgery:
    """A bundle whose every part can be replaced. Whatever is not, follows from the others and is signed."""

    sender: Peer
    recipients: Sequence[Peer]
    payload: list[tuple[str, bytes]]
    listed: list[tuple[str, bytes]] | None = None
    """What the manifest lists, where it is not the payload."""
    info_changes: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, bytes] = field(default_factory=dict)
    """Tag files that are replaced after signing, except those that the tag manifest covers: these before."""
    change_blocks: Callable[[list[bytes]], list[bytes]] = list
    """What is done to the members of the archive, headers and all, before they are joined."""

    def info(self) -> bytes:
        total = sum(len(content) for _, content in self.payload)
        lines = {
            "Bag-Software-Agent": "fieldapp",
            "Payload-Oxum": f"{total}.{len(self.payload)}",
            "External-Identifier": BUNDLE_ID.hex(),
            "Fieldapp-Version": "1",
            "Fieldapp-Sender": self.sender.card.fingerprint.hex(),
            "Fieldapp-Recipient": "\nFieldapp-Recipient: ".join(
                sorted(f"{each.card.fingerprint.hex()} 1 none 0" for each in self.recipients)
            ),
        }
        return "".join(f"{label}: {value}\n" for label, value in (lines | dict(self.info_changes)).items()).encode()

    def tag_files(self) -> dict[str, bytes]:
        listed = self.payload if self.listed is None else self.listed
        files = {
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": self.info(),
            "manifest-sha256.txt": manifest(listed),
            "sender.card": self.sender.card.file,
        }
        files |= {name: content for name, content in self.tags.items() if name in files}
        signed = self.tags.get("tagmanifest-sha256.txt", manifest(list(files.items())))
        secrets = self.sender.secrets
        files["tagmanifest-sha256.txt"] = signed
        files["tagmanifest-sha256.txt.sig"] = sshsig.sign(
            secrets.ed25519, hashlib.sha512(signed).digest(), "bundle@fieldapp"
        )
        files["tagmanifest-sha256.txt.mldsa65"] = sign_mldsa65(secrets.mldsa65, signed, b"fieldapp bundle 1")
        return files | dict(self.tags)

    def blocks(self) -> list[bytes]:
        return [member(f"{TOP}/{name}", content) for name, content in (*self.tag_files().items(), *self.payload)]

    def archive(self) -> bytes:
        """Without end and padding."""
        return b"".join(self.change_blocks(self.blocks()))

    def bundle(self) -> bytes:
        return sealed(padded(self.archive()), self.recipients)


def manifest(files: Sequence[tuple[str, bytes]]) -> bytes:
    return b"".join(
        hashlib.sha256(content).hexdigest().encode() + b"  " + name.encode() + b"\n" for name, content in files
    )


def object_of(content: bytes) -> tuple[str, bytes]:
    return f"data/objects/{hashlib.sha256(content).hexdigest()}", content


def objects_of(*contents: bytes) -> list[tuple[str, bytes]]:
    """Objects in the order that is due."""
    return sorted(map(object_of, contents))
