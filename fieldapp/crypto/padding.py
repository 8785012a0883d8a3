"""Sizes that tell little: Padmé for objects, steps of powers of two for small journal bodies.

Padmé (Nikitin and others, "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019,
section 4, algorithm 1) lets a size keep only as many significant bits as its exponent needs. A padded size leaks
O(log log size) bits and costs at most 12 %, less the larger the file. These functions only count; whoever pads says
what fills the rest.
"""

from __future__ import annotations

from typing import Final

from fieldapp.errors import BugError

LEAST_OBJECT_BYTES: Final = 64 * 1024
LEAST_BODY_BYTES: Final = 512
STEPPED_BODY_BYTES: Final = 64 * 1024


def padme(size_bytes: int) -> int:
    """The padded size of `size_bytes`: never smaller, at most 12 % larger, the same for all sizes near it."""
    if size_bytes < 0:
        raise BugError("a size below zero")
    if size_bytes < 2:
        return size_bytes
    exponent = size_bytes.bit_length() - 1
    kept_bits = exponent.bit_length()
    mask = (1 << (exponent - kept_bits)) - 1
    return (size_bytes + mask) & ~mask


def padded_object_size(plain_bytes: int) -> int:
    """The size to which an attachment is filled before it is sealed: Padmé, but at least 64 KiB."""
    return max(LEAST_OBJECT_BYTES, padme(plain_bytes))


def padded_body_size(plain_bytes: int) -> int:
    """The size of a journal body: the next power of two from 512 bytes to 64 KiB, above that Padmé.

    Small bodies get coarser steps than Padmé gives, because the length of a short text says most about it.
    """
    above_steps = padme(plain_bytes)
    if plain_bytes > STEPPED_BODY_BYTES:
        return above_steps
    return max(LEAST_BODY_BYTES, 1 << (plain_bytes - 1).bit_length())
