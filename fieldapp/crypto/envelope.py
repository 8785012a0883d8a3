"""One small secret in an envelope: for the state block of a vault's header.

    envelope = seed[16] ‖ ChaCha20-Poly1305 (HKDF-SHA256 (ikm key, salt seed, info label), nonce 0^12, aad, plain)

The seed is fresh at each sealing, so no key and nonce ever meet twice, however often a header is written.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.errors import VaultDamagedError

SEED_SIZE = 16
OVERHEAD = SEED_SIZE + 16

_LABEL = b"fieldapp/envelope/v1"
_NONCE = bytes(12)


def seal(key: bytes | bytearray, plain: bytes, aad: bytes) -> bytes:
    """`plain` sealed under `key` and bound to `aad`: `OVERHEAD` bytes longer."""
    return seal_with(key, plain, aad, seed=secrets.token_bytes(SEED_SIZE))


def seal_with(key: bytes | bytearray, plain: bytes, aad: bytes, *, seed: bytes) -> bytes:
    """`seal` with a given seed, for test vectors. One seed must never serve twice."""
    return seed + ChaCha20Poly1305(_key_of(key, seed)).encrypt(_NONCE, plain, aad)


def open_envelope(key: bytes | bytearray, envelope: bytes, aad: bytes) -> bytes:
    """What was sealed.

    Raises:
        VaultDamagedError: any bit of envelope or `aad` is not as it was sealed.
    """
    try:
        return ChaCha20Poly1305(_key_of(key, envelope[:SEED_SIZE])).decrypt(_NONCE, envelope[SEED_SIZE:], aad)
    except (InvalidTag, ValueError):
        raise VaultDamagedError("header") from None


def _key_of(key: bytes | bytearray, seed: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=seed, info=_LABEL).derive(bytes(key))
