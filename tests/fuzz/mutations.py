"""Inputs made of others: a few changes by chance, with numbers that sit on borders and the words of the format.

This is the engine where atheris is not: it does not see which code an input reaches, so good seeds matter.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

MOST_BYTES = 64 * 1024

_CHARACTERS = (
    "\0", "\n", "\r\n", "\t", "\x7f", "\x85", "\xa0", "\xad", "'", '"', "\\", "/", "%", "<", "\u0301", "\u200b",
    "\u200f", "\u202e", "\u2028", "\ufeff", "\uffff", "\ufffd", "İ", "ß", "ﬀ", "Ж", "ё", "ň", "ض", "١", "２", "²", "Ⅷ",
    "漢", "😀", "👩‍👩‍👧", "\U000e0041", "\U0010ffff",
)  # fmt: skip
_INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63, 2**64 - 1)

Change = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def mutated(chance: random.Random, seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """One of the seeds, or two of them joined, with one to eight changes."""
    content = bytearray(chance.choice(seeds)) if seeds else bytearray()
    if len(seeds) > 1 and chance.random() < 0.1:
        other = chance.choice(seeds)
        content[_place(chance, content) :] = other[chance.randrange(len(other) + 1) :]
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        chance.choice(_CHANGES)(chance, content, words)
    return bytes(content[:MOST_BYTES])


def _place(chance: random.Random, content: bytearray) -> int:
    return chance.randrange(len(content) + 1)


def _flip(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    if content:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _set(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    if content:
        content[chance.randrange(len(content))] = chance.choice((0, 1, 0x20, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def _cut(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    del content[_place(chance, content) :]


def _remove(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    start = _place(chance, content)
    del content[start : start + chance.choice((1, 1, 2, 4, 16, 64, 512))]


def _repeat(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    start = _place(chance, content)
    part = content[start : start + chance.choice((1, 2, 8, 64, 512))]
    content[start:start] = part * chance.choice((1, 2, 3, 100))


def _move(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    start = _place(chance, content)
    part = content[start : start + chance.choice((1, 4, 32, 512))]
    del content[start : start + len(part)]
    where = _place(chance, content)
    content[where:where] = part


def _insert(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    where = _place(chance, content)
    content[where:where] = chance.randbytes(chance.choice((1, 2, 8, 33)))


def _number(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    layout = chance.choice((">B", ">H", ">I", ">Q", "<H", "<I", "<Q"))
    size = struct.calcsize(layout)
    where = _place(chance, content)
    content[where : where + size] = struct.pack(layout, chance.choice(_INTERESTING) & (256**size - 1))


def _digits(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    where = _place(chance, content)
    content[where : where + chance.choice((0, 1, 2))] = str(chance.choice(_INTERESTING)).encode()


def _character(chance: random.Random, content: bytearray, _words: Sequence[bytes]) -> None:
    where = _place(chance, content)
    content[where:where] = chance.choice(_CHARACTERS).encode() * chance.choice((1, 1, 2, 50))


def _word(chance: random.Random, content: bytearray, words: Sequence[bytes]) -> None:
    if words:
        where = _place(chance, content)
        word = chance.choice(words)
        content[where : where + chance.choice((0, 0, len(word)))] = word


_CHANGES: tuple[Change, ...] = (
    _flip, _set, _cut, _remove, _repeat, _move, _insert, _number, _digits, _character, _word, _word,
)  # fmt: skip
