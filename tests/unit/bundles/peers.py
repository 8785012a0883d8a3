"""Made-up people with keys, logs and cards, and bundles that they write to each other."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from fieldapp.bundles.bag import BundleInfo, Recipient
from fieldapp.bundles.card import Card, read_card, write_card
from fieldapp.bundles.journal import write_segments
from fieldapp.bundles.read import BundleReader, IncomingObject
from fieldapp.bundles.write import BundlePlan, member_of, write_bundle
from fieldapp.crypto.age import HybridIdentity
from fieldapp.crypto.identity import IdentitySecrets, ed25519_public, sign_ed25519
from fieldapp.vault.entry import NO_ENTRY, NO_LOG, Body, Entry, Header, write_body, write_header
from fieldapp.vault.journal import SealedEntry

BUNDLE_ID = bytes(range(16))


@dataclass(frozen=True)
class Peer:
    """A person on one machine."""

    secrets: IdentitySecrets
    opening: SealedEntry
    card: Card

    @property
    def identity(self) -> HybridIdentity:
        return HybridIdentity(bytes(self.secrets.age))


@dataclass(frozen=True)
class Received:
    """What came out of a bundle."""

    reader: BundleReader
    segments: list[bytes]
    objects: list[bytes]


def seeds_of(name: str) -> IdentitySecrets:
    return IdentitySecrets(
        *(bytearray(hashlib.sha256(f"{name} {use}".encode()).digest()) for use in ("ed25519", "mldsa65", "age"))
    )


def entry_of(secrets: IdentitySecrets, header: Header) -> SealedEntry:
    header_bytes = write_header(header)
    unsigned = Entry(header, header_bytes, b"")
    return SealedEntry(header_bytes, sign_ed25519(secrets.ed25519, unsigned.signed_bytes), None)


def opening_of(secrets: IdentitySecrets, **changes: Any) -> SealedEntry:
    """The opening entry, with its body."""
    body = write_body(Body("open", bytes(16), {"person": "Ainura", "device": "laptop"}), bytes(range(16)))
    header = Header(
        log=NO_LOG,
        seq=0,
        prev=NO_ENTRY,
        tick=1,
        time_ms=1_790_000_000_000,
        zone_minutes=360,
        body_hash=hashlib.sha256(body).digest(),
        body_len=len(body),
        key=ed25519_public(secrets.ed25519),
    )
    return replace(entry_of(secrets, replace(header, **changes)), body_bytes=body)


@cache
def peer(name: str) -> Peer:
    secrets = seeds_of(name)
    opening = opening_of(secrets)
    return Peer(secrets, opening, read_card(write_card(secrets, person=name, device="laptop", opening=opening)))


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def plan(
    sender: Peer,
    recipients: Sequence[Peer],
    *,
    segments: Sequence[bytes] | None = None,
    objects: Sequence[bytes] = (),
    **changes: Any,
) -> BundlePlan:
    """A bundle with the sender's opening entry, if nothing else is asked for."""
    info = BundleInfo(
        bundle_id=BUNDLE_ID,
        sender=sender.card.fingerprint,
        recipients=tuple(Recipient(each.card.fingerprint, 1) for each in recipients),
    )
    given = list(write_segments([sender.opening])) if segments is None else segments
    return BundlePlan(
        info=replace(info, **changes),
        card_bytes=sender.card.file,
        recipients=[each.card for each in recipients],
        journal=[member_of(each) for each in given],
        objects=[member_of(each) for each in objects],
    )


def written(sender: Peer, made: BundlePlan) -> bytes:
    out = io.BytesIO()
    write_bundle(made, sender.secrets, out)
    return out.getvalue()


def opened(recipient: Peer, bundle: bytes, *, source_bytes: int | None = None) -> BundleReader:
    return BundleReader(
        io.BytesIO(bundle), [recipient.identity], me={recipient.card.fingerprint}, source_bytes=source_bytes
    )


def received(recipient: Peer, bundle: bytes) -> Received:
    """All of a bundle; raises what the reader raises."""
    return received_by(opened(recipient, bundle))


def received_by(reader: BundleReader) -> Received:
    """All that is left in a reader."""
    segments, objects = [], []
    for member in reader.members():
        if isinstance(member, IncomingObject):
            objects.append(all_of(member))
        else:
            segments.append(member.content)
    return Received(reader, segments, objects)


def all_of(incoming: IncomingObject) -> bytes:
    buffer = memoryview(bytearray(10_000))
    parts = []
    while count := incoming.readinto(buffer):
        parts.append(bytes(buffer[:count]))
    return b"".join(parts)
