"""Bytes as a row of choices: what they spell is always well formed, and then says the strangest things.

Changed bytes of CBOR are hardly ever CBOR. So the deep targets (claims, decisions, whole entries) do not read their
input: they let it choose keys, types and lengths. An input that ends chooses 0 from there on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from fieldapp.vault.encoding import Plain

_Item = TypeVar("_Item")
_NUMBERS = (0, 1, -1, 7, 23, 24, 255, 256, 2**31, 2**53, 2**62, 2**63 - 1, -(2**63))
_TEXTS = ("", "a", "2026", "2026-03-05", "2026-02-30", "x" * 2000, "\0", "\u202e<img src='file:x'>", "Ж́", "😀", "true")


class Choices:
    """What an input chooses, from its beginning on."""

    def __init__(self, content: bytes) -> None:
        self._left = memoryview(content)

    @property
    def has_more(self) -> bool:
        return bool(self._left)

    def byte(self) -> int:
        if not self._left:
            return 0
        first, self._left = self._left[0], self._left[1:]
        return first

    def of(self, items: Sequence[_Item]) -> _Item:
        return items[(self.byte() if len(items) <= 256 else self.byte() << 8 | self.byte()) % len(items)]

    def bytes(self, size: int) -> bytes:
        part, self._left = bytes(self._left[:size]), self._left[size:]
        return part.ljust(size, b"\0")

    def text(self) -> str:
        """A text of a list of strange ones, or of the input."""
        chosen = self.byte()
        if chosen < 128:
            return _TEXTS[chosen % len(_TEXTS)]
        return self.bytes(chosen % 24).decode("utf-8", "replace")

    def value(self, words: Sequence[str], depth: int = 3) -> Plain:
        """Any plain value; maps have keys out of `words` now and then."""
        kind = self.byte() % (10 if depth else 7)
        if kind < 7:
            return self._single(kind, words)
        many = self.byte() % 6
        if kind == 7:
            return [self.value(words, depth - 1) for _ in range(many)]
        return {self.of(words): self.value(words, depth - 1) for _ in range(many)}

    def _single(self, kind: int, words: Sequence[str]) -> Plain:
        singles: tuple[Plain, ...] = (None, True, False)
        if kind < 3:
            return singles[kind]
        if kind == 3:
            return self.of(_NUMBERS)
        if kind == 4:
            return self.bytes(self.of((0, 1, 8, 16, 32, 33)))
        return self.text() if kind == 5 else self.of(words)
