"""The X25519 recipient of age v1: not for bundles, but what every age tool reads.

C2SP age.md, "The X25519 recipient type":

    share    = X25519(ephemeral secret, base point)
    wrap key = HKDF-SHA-256(X25519(ephemeral secret, recipient), salt share ‖ recipient, info LABEL)
    stanza   = "X25519" base64(share), body ChaCha20-Poly1305(wrap key, nonce 0^12, file key)

The body must be 32 bytes before it is opened, and an all-zero shared secret (a low-order share) is a header failure.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import ClassVar, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from fieldapp.crypto.age_header import WRAPPED_KEY_BYTES, Stanza, decode_base64, derive, encode_base64
from fieldapp.crypto.age_keytext import key_from_text, key_to_text
from fieldapp.errors import AgeHeaderError, AgeKeyMalformedError

STANZA_TYPE = "X25519"
KEY_BYTES = 32
RECIPIENT_PREFIX = "age"
IDENTITY_PREFIX = "AGE-SECRET-KEY-"

_LABEL = b"age-encryption.org/v1/X25519"
_ZERO_NONCE = bytes(12)


@dataclass(frozen=True, slots=True)
class X25519Recipient:
    """A public key of 32 bytes, `age1…` as text.

    Raises:
        AgeKeyMalformedError: the key has another length, or is a point of low order, which would hide nothing.
    """

    post_quantum: ClassVar[bool] = False

    public: bytes

    def __post_init__(self) -> None:
        if len(self.public) != KEY_BYTES:
            raise AgeKeyMalformedError("length")
        if shared_secret(X25519PrivateKey.generate(), self.public) is None:
            raise AgeKeyMalformedError("low order")

    def wrap(self, file_key: bytes) -> Stanza:
        return self.wrap_with(os.urandom(KEY_BYTES), file_key)

    def wrap_with(self, ephemeral_secret: bytes, file_key: bytes) -> Stanza:
        """`wrap` with the 32 random bytes given."""
        secret = X25519PrivateKey.from_private_bytes(ephemeral_secret)
        share = secret.public_key().public_bytes_raw()
        shared = secret.exchange(X25519PublicKey.from_public_bytes(self.public))
        body = ChaCha20Poly1305(derive(shared, share + self.public, _LABEL)).encrypt(_ZERO_NONCE, file_key, None)
        return Stanza(STANZA_TYPE, (encode_base64(share),), body)

    def to_text(self) -> str:
        return key_to_text(RECIPIENT_PREFIX, self.public)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises: AgeKeyMalformedError: this is not an X25519 recipient."""
        return cls(key_from_text(RECIPIENT_PREFIX, text))


@dataclass(frozen=True, slots=True)
class X25519Identity:
    """A secret key of 32 bytes, `AGE-SECRET-KEY-1…` as text.

    Raises:
        AgeKeyMalformedError: the key has another length.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise AgeKeyMalformedError("length")

    @classmethod
    def generate(cls) -> Self:
        return cls(os.urandom(KEY_BYTES))

    @property
    def recipient(self) -> X25519Recipient:
        return X25519Recipient(X25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw())

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None if the stanza is for someone else.

        Raises:
            AgeHeaderError: an X25519 stanza that no writer makes.
        """
        if stanza.type != STANZA_TYPE:
            return None
        if len(stanza.arguments) != 1 or len(stanza.body) != WRAPPED_KEY_BYTES:
            raise AgeHeaderError("X25519 stanza")
        share = decode_base64(stanza.arguments[0], KEY_BYTES)
        secret = X25519PrivateKey.from_private_bytes(self.secret)
        shared = shared_secret(secret, share)
        if shared is None:
            raise AgeHeaderError("low order")
        wrap_key = derive(shared, share + secret.public_key().public_bytes_raw(), _LABEL)
        try:
            return ChaCha20Poly1305(wrap_key).decrypt(_ZERO_NONCE, stanza.body, None)
        except InvalidTag:
            return None

    def to_text(self) -> str:
        return key_to_text(IDENTITY_PREFIX, self.secret)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises: AgeKeyMalformedError: this is not an X25519 identity."""
        return cls(key_from_text(IDENTITY_PREFIX, text))


def shared_secret(secret: X25519PrivateKey, public: bytes) -> bytes | None:
    """The shared secret, or None if it would be all zero, which is what a point of low order gives."""
    try:
        return secret.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        return None
