"""SSHSIG: signatures that `ssh-keygen -Y verify` checks without us (OpenSSH, PROTOCOL.sshsig, version 1).

    string s  = size u32  s                                                       (big-endian)
    public    = string "ssh-ed25519"  string key[32]
    signed    = "SSHSIG"  string namespace  string ""  string "sha512"  string SHA-512(message)
    blob      = "SSHSIG"  1 u32  string public  string namespace  string ""  string "sha512"
                string (string "ssh-ed25519"  string Ed25519(signed)[64])
    file      = "-----BEGIN SSH SIGNATURE-----" LF  base64(blob) in lines of 70 LF  "-----END SSH SIGNATURE-----" LF

Only Ed25519 and SHA-512, what ssh-keygen itself writes by default. The reader takes out namespace, key and signature,
writes the file again from them and requires equal bytes, so there is one encoding of each signature and nothing beside
it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from fieldapp.crypto.identity import (
    ED25519_PUBLIC_SIZE,
    ED25519_SIGNATURE_SIZE,
    check_ed25519_public,
    ed25519_public,
    sign_ed25519,
    verify_ed25519,
)
from fieldapp.crypto.keyslots import Secret
from fieldapp.errors import BugError, SignatureError, SshSignatureFormatError

BUNDLE_NAMESPACE: Final = "bundle@fieldapp"
DIGEST_SIZE: Final = 64
MOST_FILE_BYTES: Final = 1024

_MAGIC: Final = b"SSHSIG"
_KEY_TYPE: Final = b"ssh-ed25519"
_HASH: Final = b"sha512"
_BEGIN: Final = b"-----BEGIN SSH SIGNATURE-----\n"
_END: Final = b"-----END SSH SIGNATURE-----\n"
_COLUMNS: Final = 70
_BLOCK_BYTES: Final = 1024 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9@._-]{1,64}")
_HEAD_SIZE: Final = len(_MAGIC) + 4 + 4 + (4 + len(_KEY_TYPE) + 4 + ED25519_PUBLIC_SIZE) + 4
_TAIL_SIZE: Final = 4 + (4 + len(_HASH)) + 4 + (4 + len(_KEY_TYPE) + 4 + ED25519_SIGNATURE_SIZE)
"""What stands before and after the namespace has a fixed size."""


@dataclass(frozen=True, slots=True)
class SshSignature:
    """What a signature file says; nothing in it is verified yet."""

    public_key: bytes
    namespace: str
    signature: bytes


def digest_of(message: BinaryIO) -> bytes:
    """SHA-512 of a stream from where it stands to its end, in constant memory."""
    digest = hashlib.sha512()
    while block := message.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.digest()


def sign(seed: Secret, digest: bytes, namespace: str) -> bytes:
    """The signature file for a message of that `digest`, under the Ed25519 key of `seed`."""
    signature = sign_ed25519(seed, _signed(digest, namespace))
    return write(SshSignature(ed25519_public(seed), namespace, signature))


def verify(file: bytes, public_key: bytes, digest: bytes, namespace: str) -> None:
    """Checks that the holder of `public_key` signed, in `namespace`, a message of that `digest`.

    Raises SshSignatureFormatError, KeyRefusedError (for `public_key`), SignatureError.
    """
    found = read(file)
    if not hmac.compare_digest(found.public_key, public_key) or found.namespace != namespace:
        raise SignatureError
    verify_ed25519(public_key, found.signature, _signed(digest, namespace))


def write(signature: SshSignature) -> bytes:
    """The file of a signature."""
    blob = b"".join(
        (
            _MAGIC,
            struct.pack(">I", 1),
            _string(_string(_KEY_TYPE) + _string(signature.public_key)),
            _string(_namespace_bytes(signature.namespace)),
            _string(b""),
            _string(_HASH),
            _string(_string(_KEY_TYPE) + _string(signature.signature)),
        )
    )
    text = base64.b64encode(blob)
    lines = [text[start : start + _COLUMNS] + b"\n" for start in range(0, len(text), _COLUMNS)]
    return _BEGIN + b"".join(lines) + _END


def read(file: bytes) -> SshSignature:
    """What a signature file says. Raises SshSignatureFormatError for all that `write` would not write."""
    if len(file) > MOST_FILE_BYTES:
        raise SshSignatureFormatError("long")
    if not (file.startswith(_BEGIN) and file.endswith(_END)):
        raise SshSignatureFormatError("frame")
    blob = _decode(file[len(_BEGIN) : -len(_END)])
    namespace = blob[_HEAD_SIZE:-_TAIL_SIZE]
    if not _NAME.fullmatch(namespace.decode("latin-1")):
        raise SshSignatureFormatError("namespace")
    public_key = blob[_HEAD_SIZE - 4 - ED25519_PUBLIC_SIZE : _HEAD_SIZE - 4]
    found = SshSignature(public_key, namespace.decode("ascii"), blob[-ED25519_SIGNATURE_SIZE:])
    if write(found) != file:
        raise SshSignatureFormatError("form")
    return found


def public_line(public_key: bytes, comment: str = "fieldapp") -> str:
    """The key as OpenSSH writes it in a `.pub` file: `ssh-ed25519 AAAA… comment`. Raises KeyRefusedError."""
    if not comment.isprintable():
        raise BugError("a comment of one printable line")
    return f"{_key_text(public_key)} {comment}"


def allowed_signers_line(principal: str, public_key: bytes, namespace: str = BUNDLE_NAMESPACE) -> str:
    """A line of the file that `ssh-keygen -Y verify -f` reads. `principal` has 1 to 64 letters, digits, `@._-`.

    Raises KeyRefusedError.
    """
    if not _NAME.fullmatch(principal):
        raise BugError("a principal without patterns")
    return f'{principal} namespaces="{_namespace_bytes(namespace).decode()}" {_key_text(public_key)}'


def _key_text(public_key: bytes) -> str:
    check_ed25519_public(public_key)
    return f"ssh-ed25519 {base64.b64encode(_string(_KEY_TYPE) + _string(public_key)).decode()}"


def _signed(digest: bytes, namespace: str) -> bytes:
    if len(digest) != DIGEST_SIZE:
        raise BugError("a SHA-512 digest has 64 bytes")
    return _MAGIC + _string(_namespace_bytes(namespace)) + _string(b"") + _string(_HASH) + _string(digest)


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _decode(lines: bytes) -> bytes:
    try:
        return binascii.a2b_base64(lines.replace(b"\n", b""), strict_mode=True)
    except binascii.Error:
        raise SshSignatureFormatError("base64") from None


def _namespace_bytes(namespace: str) -> bytes:
    if not _NAME.fullmatch(namespace):
        raise BugError("a namespace of 1 to 64 letters, digits, @ . _ -")
    return namespace.encode("ascii")
