"""The header of an age v1 file: text lines that carry the file key, once for each recipient, and a MAC over themselves.

The format (C2SP age.md, "Header"; every line ends with one LF, everything is ASCII):

    age-encryption.org/v1
    -> TYPE ARGUMENT…                 one stanza per recipient; type and arguments are 1 or more of 0x21…0x7E each
    BODY                              base64 in lines of 64 columns; the last line is shorter, and may be empty
    --- MAC                           43 columns: HMAC-SHA-256 over all before it, from the first "a" to the last "-"

Base64 is RFC 4648 §4, without padding and canonical: the bits that carry nothing are zero. The key of the MAC is
HKDF-SHA-256(file key, no salt, info "header"). After the header come the 16-byte nonce and the payload.

There is exactly one text for each header, so the parser takes nothing that the writer would not write. It is stricter
than the format in two ways, so that a hostile file costs little before anything is verified: a header has at most
`HEADER_LIMIT_BYTES` and `STANZAS_LIMIT` stanzas. A file of ours for 128 people stays below both.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.crypto.stream import ByteSource
from fieldapp.errors import AgeHeaderError, AgeMacError

FILE_KEY_BYTES = 16
WRAPPED_KEY_BYTES = FILE_KEY_BYTES + 16
MAC_BYTES = 32
STANZAS_LIMIT = 128
HEADER_LIMIT_BYTES = 256 * 1024

_VERSION_LINE = b"age-encryption.org/v1"
_STANZA_MARK = b"->"
_MAC_MARK = b"---"
_COLUMNS = 64
_READ_BYTES = 4096
_ARGUMENT = re.compile(rb"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Stanza:
    """The file key as wrapped for one recipient: a type, its arguments and a body."""

    type: str
    arguments: tuple[str, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """A header as it stands in a file. `signed` are the bytes under the MAC."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    signed: bytes

    def verify(self, file_key: bytes) -> None:
        """Check the MAC.

        Raises:
            AgeMacError: the header was changed.
        """
        try:
            _hmac(file_key, self.signed).verify(self.mac)
        except InvalidSignature:
            raise AgeMacError from None


class SourceLines:
    """The lines of a header, taken from `source` in blocks. What was read too far is given back by `readinto`."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._ahead = bytearray()
        self._taken = 0

    def line(self) -> bytes:
        """The next line, without its LF.

        Raises:
            AgeHeaderError: the source ends, or the header is longer than its limit.
        """
        searched = 0
        while (end := self._ahead.find(b"\n", searched)) < 0:
            searched = len(self._ahead)
            if self._taken + searched > HEADER_LIMIT_BYTES:
                raise AgeHeaderError("too long")
            self._read_more()
        line = bytes(self._ahead[:end])
        del self._ahead[: end + 1]
        self._taken += end + 1
        return line

    def readinto(self, buffer: memoryview, /) -> int | None:
        """What follows the lines taken so far: first what was read ahead, then the source itself."""
        if not self._ahead:
            return self._source.readinto(buffer)
        count = min(len(buffer), len(self._ahead))
        buffer[:count] = self._ahead[:count]
        del self._ahead[:count]
        return count

    def _read_more(self) -> None:
        block = bytearray(_READ_BYTES)
        count = self._source.readinto(memoryview(block))
        if not count:
            raise AgeHeaderError("cut off")
        self._ahead += block[:count]


def read_header(lines: SourceLines) -> Header:
    """Parse a header and leave `lines` at the nonce.

    Raises:
        AgeHeaderError: these bytes are not a header of age v1, or it is over a limit.
        ArmorError, OSError: what the source raises.
    """
    if lines.line() != _VERSION_LINE:
        raise AgeHeaderError("version")
    stanzas: list[Stanza] = []
    while not (line := lines.line()).startswith(_MAC_MARK):
        if len(stanzas) == STANZAS_LIMIT:
            raise AgeHeaderError("too many stanzas")
        stanzas.append(_read_stanza(line, lines))
    if not stanzas:
        raise AgeHeaderError("no stanza")
    mark, space, mac_text = line.partition(b" ")
    mac = decode_base64(mac_text.decode("latin-1"), MAC_BYTES)
    if mark != _MAC_MARK or not space:
        raise AgeHeaderError("mac line")
    # One text for each header: what was parsed, written again, is what was read.
    return Header(tuple(stanzas), mac, _signed_bytes(stanzas))


def header_bytes(stanzas: list[Stanza], file_key: bytes) -> bytes:
    """The header for these stanzas."""
    signed = _signed_bytes(stanzas)
    return signed + b" " + encode_base64(_hmac(file_key, signed).finalize()).encode() + b"\n"


def encode_base64(content: bytes) -> str:
    """Base64 without padding."""
    return base64.b64encode(content).rstrip(b"=").decode()


def decode_base64(text: str, size: int | None = None) -> bytes:
    """The bytes of a canonical base64 text without padding, `size` of them where it is given.

    Raises:
        AgeHeaderError: the text is anything else.
    """
    try:
        content = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        raise AgeHeaderError("base64") from None
    if encode_base64(content) != text or (size is not None and len(content) != size):
        raise AgeHeaderError("base64")
    return content


def derive(secret: bytes, salt: bytes | None, info: bytes) -> bytes:
    """HKDF-SHA-256 with the 32 bytes of output that age always takes."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(secret)


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """The key of the payload's stream, from the file key and the 16-byte nonce before the payload."""
    return derive(file_key, nonce, b"payload")


def _read_stanza(line: bytes, lines: SourceLines) -> Stanza:
    mark, *arguments = line.split(b" ")
    if mark != _STANZA_MARK or not arguments or not all(map(_ARGUMENT.fullmatch, arguments)):
        raise AgeHeaderError("stanza line")
    body = bytearray()
    while True:
        text = lines.line()
        if len(text) > _COLUMNS:
            raise AgeHeaderError("stanza body")
        body += decode_base64(text.decode("latin-1"))
        if len(text) < _COLUMNS:
            break
    stanza_type, *rest = (argument.decode("ascii") for argument in arguments)
    return Stanza(stanza_type, tuple(rest), bytes(body))


def _stanza_lines(stanza: Stanza) -> list[str]:
    body = encode_base64(stanza.body)
    wrapped = [body[start : start + _COLUMNS] for start in range(0, len(body) + 1, _COLUMNS)]
    return [" ".join(("->", stanza.type, *stanza.arguments)), *wrapped]


def _signed_bytes(stanzas: list[Stanza]) -> bytes:
    lines = [line for stanza in stanzas for line in _stanza_lines(stanza)]
    return b"\n".join((_VERSION_LINE, *(line.encode("ascii") for line in lines), _MAC_MARK))


def _hmac(file_key: bytes, signed: bytes) -> HMAC:
    mac = HMAC(derive(file_key, None, b"header"), SHA256())
    mac.update(signed)
    return mac
