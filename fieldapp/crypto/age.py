"""age v1: seal for recipients, open with identities (C2SP age.md; resources/docs/formats/age.md says which part).

    file    = header nonce[16] payload
    header  = one stanza per recipient, each with the 16-byte file key (age_header.py)
    payload = a stream (stream.py) under HKDF-SHA-256(file key, salt nonce, info "payload")

A file key, a nonce and so a payload key are fresh for each file. Bundles are sealed for `HybridRecipient` only; X25519
and scrypt are here so that other tools, the vectors and we can check one another. A text armor is `armor.py`'s: put it
around the source or the output.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol

from fieldapp.crypto import age_scrypt
from fieldapp.crypto.age_header import (
    FILE_KEY_BYTES,
    STANZAS_LIMIT,
    SourceLines,
    Stanza,
    header_bytes,
    payload_key,
    read_header,
)
from fieldapp.crypto.age_hybrid import HybridIdentity, HybridRecipient
from fieldapp.crypto.age_scrypt import ScryptIdentity, ScryptRecipient
from fieldapp.crypto.age_x25519 import X25519Identity, X25519Recipient
from fieldapp.crypto.stream import ByteSink, ByteSource, SealedReader, SealedWriter, read_full, write_full
from fieldapp.errors import AgeHeaderError, AgeNoMatchError, AgeRecipientsError

__all__ = [
    "HybridIdentity",
    "HybridRecipient",
    "Identity",
    "Recipient",
    "ScryptIdentity",
    "ScryptRecipient",
    "X25519Identity",
    "X25519Recipient",
    "open_with",
    "payload_key",
    "seal_to",
    "seal_with",
]

NONCE_BYTES = 16


class Recipient(Protocol):
    """Someone a file can be sealed for. Types of which some are `post_quantum` and some not are never mixed."""

    @property
    def post_quantum(self) -> bool: ...

    def wrap(self, file_key: bytes) -> Stanza: ...


class Identity(Protocol):
    """What opens files. `unwrap` returns None for a stanza that is for someone else, and raises for a broken one."""

    def unwrap(self, stanza: Stanza) -> bytes | None: ...


def seal_to(recipients: Sequence[Recipient], out: ByteSink) -> SealedWriter:
    """Write a header to `out` and return what seals the rest; close that (or leave its `with`) to complete the file.

    Raises:
        AgeRecipientsError: no recipient, too many, post-quantum ones mixed with others, or a passphrase not alone.
        OSError: `out` cannot be written.
    """
    _check_together(recipients)
    file_key = os.urandom(FILE_KEY_BYTES)
    stanzas = [recipient.wrap(file_key) for recipient in recipients]
    return seal_with(stanzas, file_key, os.urandom(NONCE_BYTES), out)


def seal_with(stanzas: Sequence[Stanza], file_key: bytes, nonce: bytes, out: ByteSink) -> SealedWriter:
    """`seal_to` with all randomness given: stanzas that wrap `file_key` (16 bytes), and the nonce (16 bytes).

    Raises:
        OSError: `out` cannot be written.
    """
    write_full(out, memoryview(header_bytes(list(stanzas), file_key) + nonce))
    return SealedWriter(out, payload_key(file_key, nonce))


def open_with(identities: Sequence[Identity], source: ByteSource) -> SealedReader:
    """Read the header of an age file and return the reader of what is inside. `source` stays open, read in order.

    The header is authentic when this returns, but anybody who knows a recipient can seal for them: that a file opens
    says nothing about who made it.

    Raises:
        AgeHeaderError: this is not age v1, or its header or a stanza for a kind of key at hand is malformed.
        AgeNoMatchError: it was sealed for none of `identities`.
        AgeMacError: the header was changed.
        ArmorError, OSError: what the source raises.
    """
    lines = SourceLines(source)
    header = read_header(lines)
    file_key = _file_key(identities, header.stanzas)
    header.verify(file_key)
    nonce = memoryview(bytearray(NONCE_BYTES))
    if read_full(lines, nonce) < NONCE_BYTES:
        raise AgeHeaderError("no nonce")
    return SealedReader(lines, payload_key(file_key, bytes(nonce)))


def _check_together(recipients: Sequence[Recipient]) -> None:
    if not recipients:
        raise AgeRecipientsError("none")
    if len(recipients) > STANZAS_LIMIT:
        raise AgeRecipientsError("many")
    if len(recipients) > 1 and any(isinstance(recipient, ScryptRecipient) for recipient in recipients):
        raise AgeRecipientsError("alone")
    if len({recipient.post_quantum for recipient in recipients}) > 1:
        raise AgeRecipientsError("mixed")


def _file_key(identities: Sequence[Identity], stanzas: Sequence[Stanza]) -> bytes:
    if len(stanzas) > 1 and any(stanza.type == age_scrypt.STANZA_TYPE for stanza in stanzas):
        raise AgeHeaderError("scrypt not alone")
    for identity in identities:
        for stanza in stanzas:
            file_key = identity.unwrap(stanza)
            if file_key is not None:
                return file_key
    raise AgeNoMatchError
