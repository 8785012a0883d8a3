"""Words cut to their stems, so that a search for one form of a word finds the others.

Snowball stemmers: Russian for Cyrillic words, English for Latin ones; every other script stays as it is. They run on
folded text (`fold.fold_plain`), and queries go the same way, so a stem that is no word does no harm. For languages
without a stemmer (Uzbek, Tajik, Kyrgyz…) `shortened` gives a beginning to search by.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import Stemmer  # type: ignore[import-not-found] # PyStemmer brings no types

from fieldapp.records.fold import WORD

SHORTEST_STEMMED = 4

_CYRILLIC = re.compile(r"[а-яѐ-ӿ]+")
_LATIN = re.compile(r"[a-z]+")

_russian: Callable[[str], str] = Stemmer.Stemmer("russian").stemWord
_english: Callable[[str], str] = Stemmer.Stemmer("english").stemWord


def other_stems(folded_text: str) -> str:
    """The stems of the text's words, each once; those that are words of the text are left out."""
    words = set(WORD.findall(folded_text))
    return " ".join(sorted(set(map(stem_word, words)) - words))


@lru_cache(maxsize=32_768)
def stem_word(word: str) -> str:
    """The stem of one folded word; words of fewer than four letters, numbers and mixed scripts are their own."""
    if len(word) < SHORTEST_STEMMED:
        return word
    if _CYRILLIC.fullmatch(word):
        return _russian(word)
    return _english(word) if _LATIN.fullmatch(word) else word


def shortened(word: str) -> str | None:
    """A beginning of a folded word to search by when the word itself is not found; None for words too short to cut.

    One letter less from five letters on, two from seven, three from nine.
    """
    for letters, cut in ((9, 3), (7, 2), (5, 1)):
        if len(word) >= letters:
            return word[:-cut]
    return None
