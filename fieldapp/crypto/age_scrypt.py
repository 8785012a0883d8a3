"""The passphrase recipient of age v1: not for bundles (C2SP age.md, "The scrypt recipient type").

    wrap key = scrypt(passphrase, salt "age-encryption.org/v1/scrypt" ‖ salt[16], N 2^log_n, r 8, p 1)
    stanza   = "scrypt" base64(salt) decimal(log_n), body ChaCha20-Poly1305(wrap key, nonce 0^12, file key)

Such a stanza is the only one in its header, else others could write files that seem to come from who knows the
passphrase; `age.py` sees to that. The work factor is chosen by who made the file: one run takes N KiB of memory, so
there is a limit, and it is checked before the work.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fieldapp.crypto.age_header import WRAPPED_KEY_BYTES, Stanza, decode_base64, encode_base64
from fieldapp.errors import AgeHeaderError

STANZA_TYPE = "scrypt"
SALT_BYTES = 16
LOG_N_USUAL = 18  # 256 MiB, about a second
LOG_N_LIMIT = 22  # 4 GiB, what age itself accepts; take less where files come from strangers

_LABEL = b"age-encryption.org/v1/scrypt"
_ZERO_NONCE = bytes(12)
_LOG_N = re.compile(r"[1-9][0-9]?")


@dataclass(frozen=True, slots=True)
class ScryptRecipient:
    """A passphrase to seal with, as bytes, at a cost of 2^log_n."""

    post_quantum: ClassVar[bool] = True  # there is no key exchange in it; it must be alone anyway

    passphrase: bytes = field(repr=False)
    log_n: int = LOG_N_USUAL

    def wrap(self, file_key: bytes) -> Stanza:
        return self.wrap_with(os.urandom(SALT_BYTES), file_key)

    def wrap_with(self, salt: bytes, file_key: bytes) -> Stanza:
        """`wrap` with the 16 random bytes given."""
        wrap_key = _wrap_key(self.passphrase, salt, self.log_n)
        body = ChaCha20Poly1305(wrap_key).encrypt(_ZERO_NONCE, file_key, None)
        return Stanza(STANZA_TYPE, (encode_base64(salt), str(self.log_n)), body)


@dataclass(frozen=True, slots=True)
class ScryptIdentity:
    """A passphrase to open with, as bytes; files that cost more than 2^log_n_limit are refused."""

    passphrase: bytes = field(repr=False)
    log_n_limit: int = LOG_N_LIMIT

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None if this is no scrypt stanza or another passphrase.

        Raises:
            AgeHeaderError: a scrypt stanza that no writer makes, or one that costs more than the limit.
        """
        if stanza.type != STANZA_TYPE:
            return None
        if len(stanza.arguments) != 2 or len(stanza.body) != WRAPPED_KEY_BYTES:
            raise AgeHeaderError("scrypt stanza")
        salt = decode_base64(stanza.arguments[0], SALT_BYTES)
        if not _LOG_N.fullmatch(stanza.arguments[1]) or int(stanza.arguments[1]) > self.log_n_limit:
            raise AgeHeaderError("work factor")
        wrap_key = _wrap_key(self.passphrase, salt, int(stanza.arguments[1]))
        try:
            return ChaCha20Poly1305(wrap_key).decrypt(_ZERO_NONCE, stanza.body, None)
        except InvalidTag:
            return None


def _wrap_key(passphrase: bytes, salt: bytes, log_n: int) -> bytes:
    return Scrypt(salt=_LABEL + salt, length=32, n=1 << log_n, r=8, p=1).derive(passphrase)
