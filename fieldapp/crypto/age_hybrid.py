"""The post-quantum recipient of age v1, and the only one that bundles are sealed for.

C2SP age.md, "The MLKEM768-X25519 (i.e. X-Wing) hybrid post-quantum recipient type":

    identity  = seed[32]
    expanded  = SHAKE256(seed, 96 bytes) = ML-KEM-768 seed[64] ‖ X25519 secret[32]
    recipient = ML-KEM-768 encapsulation key[1184] ‖ X25519 public key[32]
    stanza    = "mlkem768x25519" base64(enc[1120]), body ct[32]
    enc ‖ ct  = HPKE SealBase(recipient, info LABEL, no aad, file key),
                KEM MLKEM768-X25519, KDF HKDF-SHA256, AEAD ChaCha20-Poly1305
    enc       = ML-KEM-768 ciphertext[1088] ‖ X25519 share[32]

Lengths are checked before anything is opened. The library calls a share of low order a wrong tag; age calls it a broken
header, so that it is never taken for a file for somebody else. Hence the exchange with the share comes first.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import ClassVar, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from fieldapp.crypto.age_header import WRAPPED_KEY_BYTES, Stanza, decode_base64, encode_base64
from fieldapp.crypto.age_keytext import key_from_text, key_to_text
from fieldapp.crypto.age_x25519 import shared_secret
from fieldapp.errors import AgeHeaderError, AgeKeyMalformedError

STANZA_TYPE = "mlkem768x25519"
SEED_BYTES = 32
PUBLIC_BYTES = 1184 + 32
ENC_BYTES = 1088 + 32
RECIPIENT_PREFIX = "age1pq"
IDENTITY_PREFIX = "AGE-SECRET-KEY-PQ-"

_LABEL = b"age-encryption.org/mlkem768x25519"
_MLKEM_SEED_BYTES = 64
_X25519_BYTES = 32


@dataclass(frozen=True, slots=True)
class HybridRecipient:
    """A public key of 1216 bytes, `age1pq1…` as text.

    Raises:
        AgeKeyMalformedError: the key has another length, or one of its halves is no valid key.
    """

    post_quantum: ClassVar[bool] = True

    public: bytes

    def __post_init__(self) -> None:
        if len(self.public) != PUBLIC_BYTES:
            raise AgeKeyMalformedError("length")
        if shared_secret(X25519PrivateKey.generate(), self.public[-_X25519_BYTES:]) is None:
            raise AgeKeyMalformedError("low order")
        self._key()

    def wrap(self, file_key: bytes) -> Stanza:
        """The file key for this recipient. The library draws the randomness itself, so no two wraps are equal."""
        sealed = _suite().encrypt(file_key, self._key(), _LABEL)
        return Stanza(STANZA_TYPE, (encode_base64(sealed[:ENC_BYTES]),), sealed[ENC_BYTES:])

    def to_text(self) -> str:
        return key_to_text(RECIPIENT_PREFIX, self.public)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises: AgeKeyMalformedError: this is not a hybrid recipient."""
        return cls(key_from_text(RECIPIENT_PREFIX, text))

    def _key(self) -> hpke.MLKEM768X25519PublicKey:
        try:
            mlkem = MLKEM768PublicKey.from_public_bytes(self.public[:-_X25519_BYTES])
        except ValueError:
            raise AgeKeyMalformedError("ML-KEM") from None
        return hpke.MLKEM768X25519PublicKey(mlkem, X25519PublicKey.from_public_bytes(self.public[-_X25519_BYTES:]))


@dataclass(frozen=True, slots=True)
class HybridIdentity:
    """A secret key: a seed of 32 bytes, `AGE-SECRET-KEY-PQ-1…` as text.

    Raises:
        AgeKeyMalformedError: the seed has another length.
    """

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_BYTES:
            raise AgeKeyMalformedError("length")

    @classmethod
    def generate(cls) -> Self:
        return cls(os.urandom(SEED_BYTES))

    @property
    def recipient(self) -> HybridRecipient:
        mlkem, x25519 = self._keys()
        return HybridRecipient(mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None if the stanza is for someone else.

        Raises:
            AgeHeaderError: a hybrid stanza that no writer makes.
        """
        if stanza.type != STANZA_TYPE:
            return None
        if len(stanza.arguments) != 1 or len(stanza.body) != WRAPPED_KEY_BYTES:
            raise AgeHeaderError("hybrid stanza")
        enc = decode_base64(stanza.arguments[0], ENC_BYTES)
        mlkem, x25519 = self._keys()
        if shared_secret(x25519, enc[-_X25519_BYTES:]) is None:
            raise AgeHeaderError("low order")
        try:
            return _suite().decrypt(enc + stanza.body, hpke.MLKEM768X25519PrivateKey(mlkem, x25519), _LABEL)
        except InvalidTag:
            return None

    def to_text(self) -> str:
        return key_to_text(IDENTITY_PREFIX, self.seed)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises: AgeKeyMalformedError: this is not a hybrid identity."""
        return cls(key_from_text(IDENTITY_PREFIX, text))

    def _keys(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        expanded = hashlib.shake_256(self.seed).digest(_MLKEM_SEED_BYTES + _X25519_BYTES)
        return (
            MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_BYTES]),
            X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_BYTES:]),
        )


def _suite() -> hpke.Suite:
    return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
