r"""A signed statement in a file of its own, sealed for one recipient: what receipts and shares have in common.

    file       age( magic ‖ length of statement, 4 bytes, big end first ‖ statement ‖ signature[64] ‖ zeros )

What the statement says, how large it may be, and how many zeros there are, each of them says itself. The signature is
not looked at here.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fieldapp.crypto.age import open_with, seal_to
from fieldapp.crypto.age_hybrid import HybridIdentity, HybridRecipient
from fieldapp.crypto.identity import ED25519_SIGNATURE_SIZE
from fieldapp.crypto.stream import ByteSource
from fieldapp.errors import AgeHeaderError, AgeMacError, AgeNoMatchError, BugError, ExpectedError, PayloadError

_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Envelope:
    """A kind of such files. `padded_size` gives the bytes inside with their zeros for those without.

    `damaged` and `not_for_us` make the errors of this kind; what is damaged is `seal`, `magic`, `size` or `padding`.
    """

    magic: bytes
    most_statement_bytes: int
    padded_size: Callable[[int], int]
    damaged: Callable[[str], ExpectedError]
    not_for_us: Callable[[], ExpectedError]

    def seal(self, encoded: bytes, signature: bytes, recipient: HybridRecipient) -> bytes:
        """The file that carries a statement to its recipient."""
        if len(encoded) > self.most_statement_bytes or len(signature) != ED25519_SIGNATURE_SIZE:
            raise BugError("a statement that no reader would take")
        inside = self.magic + len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded + signature
        out = io.BytesIO()
        with seal_to([recipient], out) as sealed:
            sealed.write(inside.ljust(self.padded_size(len(inside)), b"\0"))
        return out.getvalue()

    def begins(self, source: ByteSource, identities: Sequence[HybridIdentity]) -> bool:
        """Whether this is a file sealed for us whose content begins as one of these. Raises OSError from `source`."""
        try:
            return _read_some(open_with(identities, source).readinto, len(self.magic)) == self.magic
        except (AgeHeaderError, AgeMacError, AgeNoMatchError, PayloadError):
            return False

    def open(self, source: ByteSource, identities: Sequence[HybridIdentity]) -> tuple[bytes, bytes]:
        """Statement and signature out of a file; neither is checked.

        Raises:
            What `not_for_us` and `damaged` make. OSError from `source`.
        """
        start = len(self.magic) + _LENGTH_BYTES
        most = self.padded_size(start + self.most_statement_bytes + ED25519_SIGNATURE_SIZE)
        try:
            inside = _read_some(open_with(identities, source).readinto, most + 1)
        except AgeNoMatchError as problem:
            raise self.not_for_us() from problem
        except (AgeHeaderError, AgeMacError, PayloadError) as problem:
            raise self.damaged("seal") from problem
        if not inside.startswith(self.magic):
            raise self.damaged("magic")
        length = int.from_bytes(inside[len(self.magic) : start], "big")
        end = start + length + ED25519_SIGNATURE_SIZE
        if length > self.most_statement_bytes or end > len(inside):
            raise self.damaged("size")
        if inside != inside[:end].ljust(self.padded_size(end), b"\0"):
            raise self.damaged("padding")
        return inside[start : start + length], inside[start + length : end]


def _read_some(readinto: Callable[[memoryview], int], most: int) -> bytes:
    """What is there, at most so many bytes."""
    content = bytearray(most)
    left = memoryview(content)
    while left and (count := readinto(left)):
        left = left[count:]
    return bytes(content[: most - len(left)])
