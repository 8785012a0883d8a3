"""Pages of an encrypted database, opened without the library that wrote them: for what is left of a damaged one.

SQLCipher 4 with a raw key (https://www.zetetic.net/sqlcipher/design/), pages of 4,096 bytes:

    page      = ciphertext[4016] ‖ iv[16] ‖ tag[64]          (of the first page, the first 16 bytes are the salt, plain)
    tag       = HMAC-SHA512 (tag key, ciphertext ‖ iv ‖ page number u32 little-endian), without the salt
    plain     = AES-256-CBC (key, iv, ciphertext), no padding; the first page then begins with "SQLite format 3" 0x00
    tag key   = PBKDF2-HMAC-SHA512 (key, salt with each byte XOR 0x3a, 2 rounds, 32 bytes)

Nothing is given out that does not verify.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from fieldapp.crypto.keyslots import Secret
from fieldapp.errors import BugError

PAGE_SIZE: Final = 4096
USABLE_SIZE: Final = 4016
"""Bytes of a page that hold something; the rest is its iv and its tag."""

_MAGIC: Final = b"SQLite format 3\0"
_SALT_SIZE: Final = 16
_KEY_SIZE: Final = 32
_TAG_SIZE: Final = 64
_MASK: Final = 0x3A
_ROUNDS: Final = 2


class PageOpener:
    """Opens the pages of one database. `key`: its 32 bytes and the 16 bytes of its salt."""

    def __init__(self, key: Secret) -> None:
        if len(key) != _KEY_SIZE + _SALT_SIZE:
            raise BugError("database key size")
        self._key = bytes(key[:_KEY_SIZE])
        mask = bytes(byte ^ _MASK for byte in key[_KEY_SIZE:])
        self._tag_key = hashlib.pbkdf2_hmac("sha512", self._key, mask, _ROUNDS, _KEY_SIZE)

    def verifies(self, number: int, page: bytes) -> bool:
        """Whether a page is as it was written at this place (from 1)."""
        start = _SALT_SIZE if number == 1 else 0
        tagged = page[start:-_TAG_SIZE] + number.to_bytes(4, "little")
        found = hmac.digest(self._tag_key, tagged, "sha512")
        return len(page) == PAGE_SIZE and hmac.compare_digest(found, page[-_TAG_SIZE:])

    def open(self, number: int, page: bytes) -> bytes | None:
        """The `USABLE_SIZE` bytes of a page; None where it does not verify."""
        if not self.verifies(number, page):
            return None
        start = _SALT_SIZE if number == 1 else 0
        iv = page[USABLE_SIZE : USABLE_SIZE + AES.block_size // 8]
        opened = Cipher(AES(self._key), CBC(iv)).decryptor()
        plain = opened.update(page[start:USABLE_SIZE]) + opened.finalize()
        return _MAGIC + plain if number == 1 else plain
