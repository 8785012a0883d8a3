"""Key slots: from what a person types to the master key of a vault. Pure mathematics; the header file is the vault's.

Format (version 1; numbers are bytes, integers big-endian, all strings ASCII):

    context   = "fieldapp/header" 0x00  version u16  memory_kib u32  passes u32  lanes u32  salt[16]
    root[32]  = Argon2id v1.3 (secret, salt, memory_kib, passes, lanes)      one run for all eight slots
    slot[192] = seed[16]  commitment[32]  sealed[144]
    commitment[32] ‖ key[32] = HKDF-SHA256 (ikm root, salt seed, info "fieldapp/slot/v1" 0x00 index u8)
    sealed    = ChaCha20-Poly1305 (key, nonce 0^12, aad "fieldapp/slot/v1" 0x00 index u8 context, content[128])
    content   = 0x01  kind u8  master_key[32]  zeros[94]
    subkey    = HKDF-SHA256 (ikm master_key, no salt, info "fieldapp/subkey/v1" 0x00 purpose)

An unused slot is 192 random bytes. Without the secret nobody can tell a used slot from an unused one, nor a passphrase
from a recovery phrase or from a pair of shares.

Rules, and why:

- All eight slots are always tried, and the AEAD always runs, so that neither a match nor its place shows in the work.
- The seed is fresh at each sealing, so the AEAD key never seals twice and the nonce may be zero.
- The commitment is compared (in constant time) before the AEAD: ChaCha20-Poly1305 alone can be made to open under
  two keys, and then one guess would test many passphrases.
- The context binds version, salt and KDF parameters. The header's *epoch* is not bound: it changes at each write of the
  header, when only one person's secret is known, and the slots of the others could not be sealed again. An old slot put
  back into a newer header is caught by the header MAC (over all slots, under a subkey), an old header by the head of
  the journal.
- One salt and one set of parameters serve all slots; to change them, every secret must be typed again. A new master key
  therefore comes with a new salt and keeps only the slots whose secrets are at hand.
- Parameters are range-checked before Argon2id sees them: a hostile header must not exhaust the machine.
- Which slots are used is written nowhere here; whoever adds a slot must know from inside the vault.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.errors import (
    BugError,
    KdfParametersError,
    MemoryShortError,
    PassphraseTextError,
    PassphraseTooShortError,
    VaultDamagedError,
)

Secret = bytes | bytearray
"""Key material. Ours is always a bytearray, so that it can be wiped."""

SLOT_COUNT: Final = 8
SLOT_SIZE: Final = 192
SALT_SIZE: Final = 16
KEY_SIZE: Final = 32
MAC_SIZE: Final = 32
LEAST_PASSPHRASE_CHARACTERS: Final = 8
MOST_PASSPHRASE_BYTES: Final = 1024

FLOOR_KIB: Final = 64 * 1024
CEILING_KIB: Final = 4 * 1024 * 1024
CEILING_PASSES: Final = 64
CEILING_LANES: Final = 16

_SEED_SIZE: Final = 16
_CONTENT_SIZE: Final = 128
_CONTENT_VERSION: Final = 1
_NONCE: Final = bytes(12)
_SLOT_LABEL: Final = b"fieldapp/slot/v1\0"
_SUBKEY_LABEL: Final = b"fieldapp/subkey/v1\0"
_HEADER_LABEL: Final = b"fieldapp/header\0"


class SlotKind(IntEnum):
    """What opens a slot. Written inside the seal only; numbers are never used again."""

    PASSPHRASE = 1
    RECOVERY = 2
    SHARES = 3


class Purpose(StrEnum):
    """What a subkey of the master key is for. The text is part of the format."""

    DATABASE_KEY = "database key"
    DATABASE_SALT = "database salt"
    HEADER_MAC = "header mac"
    OBJECT_NAMES = "object names"


@dataclass(frozen=True, slots=True)
class KdfParameters:
    """Costs of Argon2id, the same for all slots of a header. The default takes about half a second on an old laptop."""

    memory_kib: int = 256 * 1024
    passes: int = 3
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class OpenedSlot:
    """The slot that a secret opened. Who holds it wipes `master_key`."""

    index: int
    kind: SlotKind
    master_key: bytearray = field(repr=False)


def wipe(buffer: bytearray) -> None:
    """Overwrites a secret with zeros, in place."""
    buffer[:] = bytes(len(buffer))


def normalise_passphrase(text: str) -> bytearray:
    """What was typed, as the bytes that Argon2id takes: NFC, UTF-8, nothing stripped.

    Raises PassphraseTooShortError if empty, PassphraseTextError if it is no text or longer than 1,024 bytes.
    """
    if not text:
        raise PassphraseTooShortError(1)
    try:
        secret = bytearray(unicodedata.normalize("NFC", text).encode())
    except UnicodeEncodeError:
        raise PassphraseTextError("characters") from None
    if len(secret) > MOST_PASSPHRASE_BYTES:
        wipe(secret)
        raise PassphraseTextError("long")
    return secret


def check_new_passphrase(text: str, *, least: int = LEAST_PASSPHRASE_CHARACTERS) -> None:
    """Refuses what must not become a passphrase; one that exists already is never measured by this.

    Characters unknown to this version of Unicode are refused: a later version might normalise them differently, and the
    passphrase would stop to open.

    Raises PassphraseTooShortError, PassphraseTextError.
    """
    wipe(normalise_passphrase(text))
    if len(unicodedata.normalize("NFC", text)) < least:
        raise PassphraseTooShortError(least)
    if any(unicodedata.category(character) == "Cn" for character in text):
        raise PassphraseTextError("characters")


def check_range(parameters: KdfParameters, *, floor_kib: int = FLOOR_KIB) -> None:
    """Refuses parameters too weak to protect a vault, or strong enough to exhaust the machine.

    Raises KdfParametersError, which says what is out of range.
    """
    if not 1 <= parameters.lanes <= CEILING_LANES:
        raise KdfParametersError("lanes")
    if not 1 <= parameters.passes <= CEILING_PASSES:
        raise KdfParametersError("passes")
    if not max(floor_kib, 8 * parameters.lanes) <= parameters.memory_kib <= CEILING_KIB:
        raise KdfParametersError("memory")


def new_salt() -> bytes:
    """A fresh random salt for a new header."""
    return secrets.token_bytes(SALT_SIZE)


def slot_context(version: int, salt: bytes, parameters: KdfParameters) -> bytes:
    """The fields of a header that its slots are bound to. They stay as they are for as long as the slots do."""
    _expect_size(salt, SALT_SIZE)
    return _HEADER_LABEL + struct.pack(
        ">HIII16s", version, parameters.memory_kib, parameters.passes, parameters.lanes, salt
    )


def derive_root(secret: Secret, salt: bytes, parameters: KdfParameters) -> bytearray:
    """One run of Argon2id: 32 bytes, from which every slot is tried. The floor is the caller's, with `check_range`.

    Raises KdfParametersError above the ceilings, MemoryShortError if the machine has not enough memory.
    """
    check_range(parameters, floor_kib=0)
    _expect_size(salt, SALT_SIZE)
    try:
        return _run_argon(secret, salt, parameters)
    except MemoryError:
        raise MemoryShortError(parameters.memory_kib) from None
    finally:
        # OpenSSL takes the secret along in a block of parameters that it frees and does not wipe. What is asked for
        # next in the same size gets the same block: zeros of that length. tests/leaks/test_passphrase.py looks for it.
        with suppress(MemoryError):
            _run_argon(bytearray(len(secret)), salt, KdfParameters(8 * parameters.lanes, 1, parameters.lanes))


def _run_argon(secret: Secret, salt: bytes, parameters: KdfParameters) -> bytearray:
    root = bytearray(KEY_SIZE)
    kdf = Argon2id(
        salt=salt,
        length=KEY_SIZE,
        iterations=parameters.passes,
        lanes=parameters.lanes,
        memory_cost=parameters.memory_kib,
    )
    # the library takes any buffer, its annotation knows only bytes; a copy as bytes could not be wiped
    kdf.derive_into(cast("bytes", secret), root)
    return root


def empty_slot() -> bytes:
    """An unused slot: random, like every other."""
    return secrets.token_bytes(SLOT_SIZE)


def seal_slot(root: Secret, index: int, master_key: Secret, kind: SlotKind, context: bytes) -> bytes:
    """The master key, sealed for who can derive `root`, for place `index` of a header with this `slot_context`."""
    return seal_slot_with(root, index, master_key, kind, context, seed=secrets.token_bytes(_SEED_SIZE))


def seal_slot_with(
    root: Secret, index: int, master_key: Secret, kind: SlotKind, context: bytes, *, seed: bytes
) -> bytes:
    """`seal_slot` with a given seed, for test vectors. One seed must never serve twice."""
    _expect_size(seed, _SEED_SIZE)
    _expect_size(root, KEY_SIZE)
    _expect_size(master_key, KEY_SIZE)
    commitment, key = _slot_keys(root, index, seed)
    content = bytearray(_CONTENT_SIZE)
    content[0] = _CONTENT_VERSION
    content[1] = kind
    content[2 : 2 + KEY_SIZE] = master_key
    sealed = ChaCha20Poly1305(key).encrypt(_NONCE, content, _slot_aad(index, context))
    wipe(content)
    wipe(key)
    return seed + commitment + sealed


def open_slots(root: Secret, slots: Sequence[bytes], context: bytes) -> OpenedSlot | None:
    """The slot that `root` opens, or None (a wrong passphrase, or another salt). Works the same whichever it is.

    Raises VaultDamagedError if a slot commits to this root but its seal is broken or holds what we never write: the
    secret is right, this copy of the header is not.
    """
    _expect_size(root, KEY_SIZE)
    if len(slots) != SLOT_COUNT or any(len(slot) != SLOT_SIZE for slot in slots):
        raise VaultDamagedError("header")
    matches = 0
    opened: OpenedSlot | None = None
    for index, slot in enumerate(slots):
        seed, found, sealed = slot[:16], slot[16:48], slot[48:]
        commitment, key = _slot_keys(root, index, seed)
        same = hmac.compare_digest(commitment, found)
        content = bytearray(_CONTENT_SIZE)
        unsealed = _unseal(key, sealed, _slot_aad(index, context), content)
        if same and unsealed and opened is None:
            opened = _read_content(index, content)
        matches += same
        wipe(content)
        wipe(key)
    if matches and opened is None:
        raise VaultDamagedError("header")
    return opened


def subkey(master_key: Secret, purpose: Purpose, size: int = KEY_SIZE) -> bytearray:
    """A key of `size` bytes for one purpose; keys of different purposes tell nothing of each other."""
    _expect_size(master_key, KEY_SIZE)
    derived = bytearray(size)
    HKDF(SHA256(), size, salt=None, info=_SUBKEY_LABEL + purpose.value.encode()).derive_into(master_key, derived)
    return derived


def header_mac(key: Secret, header: bytes) -> bytes:
    """HMAC-SHA256 over the bytes of a header, under the subkey `Purpose.HEADER_MAC`: 32 bytes."""
    _expect_size(key, KEY_SIZE)
    return hmac.new(key, header, hashlib.sha256).digest()


def check_header_mac(key: Secret, header: bytes, mac: bytes) -> None:
    """Compares in constant time. Raises VaultDamagedError if the header is not as its writer left it."""
    if not hmac.compare_digest(header_mac(key, header), mac):
        raise VaultDamagedError("header")


def _slot_keys(root: Secret, index: int, seed: bytes) -> tuple[bytes, bytearray]:
    if not 0 <= index < SLOT_COUNT:
        raise BugError(f"no slot {index}")
    derived = bytearray(2 * KEY_SIZE)
    HKDF(SHA256(), len(derived), salt=seed, info=_SLOT_LABEL + bytes([index])).derive_into(root, derived)
    commitment, key = bytes(derived[:KEY_SIZE]), derived[KEY_SIZE:]
    wipe(derived)
    return commitment, key


def _slot_aad(index: int, context: bytes) -> bytes:
    return _SLOT_LABEL + bytes([index]) + context


def _unseal(key: bytearray, sealed: bytes, aad: bytes, content: bytearray) -> bool:
    try:
        ChaCha20Poly1305(key).decrypt_into(_NONCE, sealed, aad, content)
    except InvalidTag:
        return False
    return True


def _read_content(index: int, content: bytearray) -> OpenedSlot:
    version, kind, rest = content[0], content[1], content[2 + KEY_SIZE :]
    if version != _CONTENT_VERSION or kind not in set(SlotKind) or any(rest):
        raise VaultDamagedError("header")
    return OpenedSlot(index, SlotKind(kind), content[2 : 2 + KEY_SIZE])


def _expect_size(value: Secret, size: int) -> None:
    if len(value) != size:
        raise BugError(f"{size} bytes expected, {len(value)} given")
