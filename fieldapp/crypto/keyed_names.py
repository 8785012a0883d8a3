"""Names of sealed files: HMAC-SHA256 over the SHA-256 of the content, under a key of the vault, as 64 hex digits.

The same content has the same name within a vault, so it is stored once; without the key nobody can tell whether a file
they know is in it, nor whether two vaults hold the same.
"""

from __future__ import annotations

import hashlib
import hmac

from fieldapp.errors import BugError


def object_name(name_key: bytes | bytearray, content_sha256: bytes) -> str:
    """64 lower-case hex digits, from the subkey `Purpose.OBJECT_NAMES` and the digest of the plain content."""
    if len(name_key) != 32 or len(content_sha256) != 32:
        raise BugError("a name is made of a key and a digest of 32 bytes each")
    return hmac.new(name_key, content_sha256, hashlib.sha256).hexdigest()
