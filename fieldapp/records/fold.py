"""The one fold table: text and queries pass through it before they meet the index, so that spelling habits do not hide
people from each other.

Rules, in order:
1. What NFKC would tear apart to the harm of words goes first: spacing accents used as apostrophes are dropped,
   №, ™ and … become spaces. Then NFKC, then case folding.
2. Letters of the field's alphabets go to their plain neighbours: ё→е ў→у қ→к ғ→г ҳ→х ӣ→и ӯ→у ҷ→ч ң→н ө→о ү→у і→и ї→и,
   and of the languages beside them: ә→а ұ→у һ→х ґ→г є→е. й is kept.
3. Diacritics of Latin and Cyrillic letters are dropped, also strokes (ø ł đ) and the dotless ı; ə→e.
4. Apostrophes of every kind, soft hyphens and characters without width are dropped: Oʻktam = O'ktam = Oktam.

Marks of other scripts (Arabic, Devanagari…) are letters of their words and stay.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, pairwise, repeat

APOSTROPHES = "'`´ʹʺʻʼʽʾʿˈˊˋˮ΄՚׳᾽᾿‘’‛′‵＇ꞌꞋ"
"""Every character people type for an apostrophe."""

_MARKS = "".join(chr(code) for code in range(0x0300, 0x1E00) if unicodedata.category(chr(code)).startswith("M"))

WORD = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*")
"""A word of a folded text: letters and digits, and the marks that belong to them (vowel signs of Hindi, Arabic…)."""

_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff" + "".join(
    map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x2070), *range(0xFE00, 0xFE10)])
)

_LETTERS = dict(zip("ёўқғҳӣӯҷңөүіїәұһґєøłđðıəŋħŧ", "еукгхиучноуииаухгеolddienht", strict=True))
_DIGRAPHS = {"æ": "ae", "œ": "oe", "þ": "th"}
_KEPT = "й"
_ACCENTED_RANGES = (range(0x00E0, 0x0250), range(0x1E00, 0x1F00), range(0x0430, 0x0530))
_COMBINING = range(0x0300, 0x0370)

_WORD_OR_SPACE = re.compile(r"\S+|\s+")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and where each of its characters comes from.

    `offsets[i]` is the index in the original of the character that gave `text[i]`; one more at the end is the length
    of the original. Offsets never decrease.
    """

    text: str
    offsets: array[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original that gave `text[start:end]`; whole characters, `start < end`."""
        last = self.offsets[end - 1]
        while end < len(self.text) and self.offsets[end] == last:
            end += 1
        return self.offsets[start], self.offsets[end]


def fold_plain(text: str) -> str:
    """The folded text alone: the fast way, for the index and for queries."""
    if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text.translate(_BEFORE))
    return text.casefold().translate(_TABLE)


def fold(text: str) -> Folded:
    """The folded text, equal to `fold_plain(text)`, with the way back to the original."""
    starts, pieces = _pieces(text)
    parts = list(map(_fold_short, pieces))
    offsets = array("I", chain.from_iterable(map(repeat, starts, map(len, parts))))
    offsets.append(len(text))
    return Folded("".join(parts), offsets)


@lru_cache(maxsize=4096)
def _fold_short(piece: str) -> str:
    return fold_plain(piece)


def _pieces(text: str) -> tuple[Sequence[int], Sequence[str]]:
    """Where each of the smallest parts that may be folded alone begins, and the parts."""
    if unicodedata.is_normalized("NFKC", text):
        return range(len(text)), text
    starts: list[int] = []
    pieces: list[str] = []
    for match in _WORD_OR_SPACE.finditer(text):
        clusters = _clusters(match.group())
        starts.extend(accumulate(map(len, clusters[:-1]), initial=match.start()))
        pieces.extend(clusters)
    return starts, pieces


def _clusters(word: str) -> list[str]:
    """Single characters where nothing would compose, else characters with their marks, else the whole word."""
    if unicodedata.is_normalized("NFKC", word):
        return list(word)
    bounds = [index for index, character in enumerate(word) if index and not unicodedata.combining(character)]
    clusters = [word[start:end] for start, end in pairwise([0, *bounds, len(word)])]
    if "".join(map(_fold_short, clusters)) == fold_plain(word):
        return clusters
    return [word]  # scripts that compose across base characters


def _without_marks(letter: str) -> str:
    base = unicodedata.normalize("NFKD", letter)[0]
    return _DIGRAPHS.get(base) or _LETTERS.get(base, base)


def _table() -> Mapping[int, str | None]:
    table: dict[int, str | None] = {}
    for code in (code for codes in _ACCENTED_RANGES for code in codes):
        letter = chr(code)
        plain = _without_marks(letter)
        if letter != _KEPT and letter.isalpha() and plain != letter:
            table[code] = plain
    table |= {ord(letter): plain for letter, plain in (_LETTERS | _DIGRAPHS).items()}
    table |= dict.fromkeys((ord(character) for character in APOSTROPHES + _INVISIBLE), None)
    table |= dict.fromkeys(_COMBINING, None)
    return table


_TABLE = _table()
_BEFORE: Mapping[int, str | None] = {
    **{ord(character): None for character in APOSTROPHES if unicodedata.normalize("NFKC", character) != character},
    **dict.fromkeys(map(ord, "№™…"), " "),
}
