"""A person's keys on one installation, and their signatures.

Three secrets of 32 bytes each, independent of each other: the seed of an Ed25519 key (RFC 8032: journal entries,
SSHSIG), the seed of an ML-DSA-65 key (FIPS 204: bundles), and the seed of the age identity, which is only kept here.

    stored secrets = 0x01  ed25519_seed[32]  mldsa65_seed[32]  age_seed[32]

Rules, and why:

- A wrong signature raises, it never returns False.
- The library accepts Ed25519 public keys that are no honest key. A low-order key verifies one signature for very many
  messages, a second encoding of a key would be a second name of one person. Both are refused before the library sees
  them: y must be below p, on the curve, and not that of one of the eight points of low order. In fourteen encodings
  these points can be written; each has a test.
- That S is below the group order, and that R is encoded in the one canonical way, the library checks; tests hold it to
  that.
- ML-DSA signatures carry a context, so that one made for one purpose is not valid for another.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from fieldapp.crypto.keyslots import Secret, wipe
from fieldapp.errors import BugError, KeyRefusedError, SignatureError

SEED_SIZE: Final = 32
ED25519_PUBLIC_SIZE: Final = 32
ED25519_SIGNATURE_SIZE: Final = 64
MLDSA65_PUBLIC_SIZE: Final = 1952
MLDSA65_SIGNATURE_SIZE: Final = 3309
STORED_SIZE: Final = 1 + 3 * SEED_SIZE

_STORED_VERSION: Final = 1
_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_Y_OF_ORDER_8: Final = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_LOW_ORDER_Y: Final = frozenset({0, 1, _P - 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})


@dataclass(frozen=True, slots=True)
class IdentityPublic:
    """The keys under which others check what a person signed.

    Raises KeyRefusedError if one of them is not a key we work with.
    """

    ed25519: bytes
    mldsa65: bytes

    def __post_init__(self) -> None:
        check_ed25519_public(self.ed25519)
        check_mldsa65_public(self.mldsa65)


@dataclass(frozen=True, slots=True)
class IdentitySecrets:
    """Three seeds. Who holds them calls `wipe`."""

    ed25519: bytearray = field(repr=False)
    mldsa65: bytearray = field(repr=False)
    age: bytearray = field(repr=False)

    def public(self) -> IdentityPublic:
        """The public halves of the two signing keys."""
        return IdentityPublic(ed25519_public(self.ed25519), mldsa65_public(self.mldsa65))

    def to_bytes(self) -> bytearray:
        """97 bytes, to be kept in `records.db` only."""
        return bytearray([_STORED_VERSION]) + self.ed25519 + self.mldsa65 + self.age

    def wipe(self) -> None:
        for seed in (self.ed25519, self.mldsa65, self.age):
            wipe(seed)


class Verifier:
    """Checks many Ed25519 signatures of one public key, which is itself checked once.

    Raises KeyRefusedError when made.
    """

    __slots__ = ("_key",)

    def __init__(self, public_key: bytes) -> None:
        check_ed25519_public(public_key)
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises SignatureError."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            raise SignatureError from None


def new_identity() -> IdentitySecrets:
    """Three fresh random seeds."""
    return IdentitySecrets(*(bytearray(secrets.token_bytes(SEED_SIZE)) for _ in range(3)))


def identity_from_bytes(stored: Secret) -> IdentitySecrets:
    """What `IdentitySecrets.to_bytes` gave. Raises KeyRefusedError."""
    if len(stored) != STORED_SIZE:
        raise KeyRefusedError("size")
    if stored[0] != _STORED_VERSION:
        raise KeyRefusedError("version")
    return IdentitySecrets(*(bytearray(stored[start : start + SEED_SIZE]) for start in (1, 33, 65)))


def check_ed25519_public(public_key: bytes) -> None:
    """Raises KeyRefusedError: size, encoding (y not below p), point (not on the curve), order (low)."""
    if len(public_key) != ED25519_PUBLIC_SIZE:
        raise KeyRefusedError("size")
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    if y >= _P:
        raise KeyRefusedError("encoding")
    if y in _LOW_ORDER_Y:
        raise KeyRefusedError("order")
    # x² = u/v has a root exactly if u·v is a square (Euler); x = 0 with a sign bit happens only at low order
    u, v = y * y - 1, _D * y * y + 1
    if pow(u * v, (_P - 1) // 2, _P) != 1:
        raise KeyRefusedError("point")


def check_mldsa65_public(public_key: bytes) -> None:
    """Raises KeyRefusedError. Each string of the right size is a key (FIPS 204, section 7.2)."""
    if len(public_key) != MLDSA65_PUBLIC_SIZE:
        raise KeyRefusedError("size")


def ed25519_public(seed: Secret) -> bytes:
    """The 32-byte public key of a seed."""
    return _ed25519(seed).public_key().public_bytes_raw()


def mldsa65_public(seed: Secret) -> bytes:
    """The 1,952-byte public key of a seed."""
    return _mldsa65(seed).public_key().public_bytes_raw()


def sign_ed25519(seed: Secret, message: bytes) -> bytes:
    """64 bytes, the same each time."""
    return _ed25519(seed).sign(message)


def verify_ed25519(public_key: bytes, signature: bytes, message: bytes) -> None:
    """One signature; `Verifier` is for many. Raises KeyRefusedError, SignatureError."""
    Verifier(public_key).verify(signature, message)


def sign_mldsa65(seed: Secret, message: bytes, context: bytes) -> bytes:
    """3,309 bytes, others each time. `context` says what the signature is for, at most 255 bytes."""
    _expect_context(context)
    return _mldsa65(seed).sign(message, context)


def verify_mldsa65(public_key: bytes, signature: bytes, message: bytes, context: bytes) -> None:
    """Raises KeyRefusedError, SignatureError."""
    check_mldsa65_public(public_key)
    _expect_context(context)
    try:
        MLDSA65PublicKey.from_public_bytes(public_key).verify(signature, message, context)
    except InvalidSignature:
        raise SignatureError from None


def _ed25519(seed: Secret) -> Ed25519PrivateKey:
    _expect_seed(seed)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _mldsa65(seed: Secret) -> MLDSA65PrivateKey:
    _expect_seed(seed)
    return MLDSA65PrivateKey.from_seed_bytes(seed)


def _expect_seed(seed: Secret) -> None:
    if len(seed) != SEED_SIZE:
        raise BugError("a seed has 32 bytes")


def _expect_context(context: bytes) -> None:
    if len(context) > 255:
        raise BugError("a context of more than 255 bytes")
