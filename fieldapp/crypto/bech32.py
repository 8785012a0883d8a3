"""Bech32, the text form of age keys: `prefix 1 data checksum`, in one case throughout.

As in BIP 173, but without its limit of 90 characters, as C2SP age.md has it (ours is twice the longest key): the data
is bytes, regrouped into 5 bits each with zero bits at the end, and the checksum is computed over the lower-case text.
What is decoded here encodes to the same text again.
"""

from __future__ import annotations

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CHECKSUM_CHARS = 6
TEXT_LIMIT_CHARS = 4096
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_VALUES = {char: value for value, char in enumerate(ALPHABET)}


def to_text(prefix: str, content: bytes) -> str:
    """The Bech32 text of `content`, in upper case if `prefix` is."""
    groups = _to_groups(content)
    low = prefix.lower()
    mod = _polymod(_expand(low) + groups + [0] * CHECKSUM_CHARS) ^ 1
    checksum = [mod >> 5 * (CHECKSUM_CHARS - 1 - place) & 31 for place in range(CHECKSUM_CHARS)]
    text = low + "1" + "".join(ALPHABET[value] for value in groups + checksum)
    return text if prefix == low else text.upper()


def from_text(text: str) -> tuple[str, bytes]:
    """The prefix, in the case of the text, and the content.

    Raises:
        ValueError: this is not Bech32. The message never holds the text, which may be a secret.
    """
    if len(text) > TEXT_LIMIT_CHARS:
        raise ValueError("length")
    low = text.lower()
    if not text.isascii() or text not in {low, text.upper()}:
        raise ValueError("case")
    prefix, separator, symbols = low.rpartition("1")
    if not separator or not prefix or len(symbols) < CHECKSUM_CHARS or not all(33 <= ord(c) <= 126 for c in prefix):
        raise ValueError("form")
    if not all(char in _VALUES for char in symbols):
        raise ValueError("character")
    groups = [_VALUES[char] for char in symbols]
    if _polymod(_expand(prefix) + groups) != 1:
        raise ValueError("checksum")
    return text[: len(prefix)], _from_groups(groups[:-CHECKSUM_CHARS])


def _expand(prefix: str) -> list[int]:
    return [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            if top >> place & 1:
                check ^= generator
    return check


def _to_groups(content: bytes) -> list[int]:
    bits = len(content) * 8
    padding = -bits % 5
    number = int.from_bytes(content, "big") << padding
    return [number >> shift & 31 for shift in range(bits + padding - 5, -1, -5)]


def _from_groups(groups: list[int]) -> bytes:
    padding = len(groups) * 5 % 8
    number = 0
    for group in groups:
        number = number << 5 | group
    if padding >= 5 or number & ((1 << padding) - 1):
        raise ValueError("padding")
    return (number >> padding).to_bytes(len(groups) * 5 // 8, "big")
