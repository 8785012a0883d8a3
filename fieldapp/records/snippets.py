"""The place in a text that answers a query, cut from the original words, with the hits marked. Plain text only."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fieldapp.records.fold import WORD, Folded, fold, fold_plain
from fieldapp.records.stems import stem_word

ELLIPSIS = "…"

_JOINERS = "\u200d\ufe0e\ufe0f"
_SHARED_BEGINNING = 3  # a stem never changes the first letters of a word, so other words need no stemming

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text on one line, and where the hits are in it: (start, end) in characters, in order, apart."""

    text: str
    marks: tuple[Span, ...]


def snippet(original: str, query_words: Sequence[str], width: int = 120) -> Snippet:
    """The part of `original`, at most `width` characters and two ellipses, that shows most of the query words.

    A word of the text is a hit when it begins with a query word or has the same stem; query words may be unfolded. With
    no hit at all the snippet is the beginning.
    """
    hits = list(_hits(fold(original), original, _folded_words(query_words)))
    first, last = _best(hits, width)
    start, end = _window(original, first, last, width)
    text = original[start:end]
    before, after = len(text) - len(text.lstrip()), len(text.rstrip())
    if before and before < after and unicodedata.combining(text[before]):
        before -= 1  # a mark upon a space keeps it
    lead = ELLIPSIS if original[:start].strip() else ""
    tail = ELLIPSIS if original[end:].strip() else ""
    shift = len(lead) - start - before
    marks = tuple(
        (begin + shift, finish + shift) for begin, finish, _ in hits if start <= begin and finish <= start + after
    )
    line = "".join(" " if character.isspace() else character for character in text[before:after])
    return Snippet(f"{lead}{line}{tail}", marks)


def _folded_words(query_words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(word for query in query_words for word in WORD.findall(fold_plain(query))))


def _hits(folded: Folded, original: str, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start and end in the original, and the query word, of every word of the text that is a hit."""
    stemmed = {word: stem_word(word) for word in words}
    for match in WORD.finditer(folded.text):
        token = match.group()
        found = next((word for word in words if _answers(token, word, stemmed[word])), None)
        if found is not None:
            start, end = folded.span(match.start(), match.end())
            while end - start > 1 and not _belongs_to_word(original[end - 1]):
                end -= 1  # an apostrophe that closes a quotation is folded into the word before it
            yield start, end, found


def _answers(token: str, word: str, stem: str) -> bool:
    if token.startswith(word):
        return True
    return token[:_SHARED_BEGINNING] == word[:_SHARED_BEGINNING] and stem_word(token) == stem


def _belongs_to_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _best(hits: Sequence[tuple[int, int, str]], width: int) -> Span:
    """The earliest stretch, no longer than `width`, in which most query words answer, and then most hits."""
    best: tuple[int, int] = (0, 0)
    stretch: Span = (0, 0)
    right = 0
    counts: dict[str, int] = {}
    for left, (start, _, word) in enumerate(hits):
        while right < len(hits) and (right <= left or hits[right][1] - start <= width):
            counts[hits[right][2]] = counts.get(hits[right][2], 0) + 1
            right += 1
        score = (len(counts), right - left)
        if score > best:
            best, stretch = score, (start, hits[right - 1][1])
        counts[word] -= 1
        if not counts[word]:
            del counts[word]
    return stretch


def _window(original: str, first: int, last: int, width: int) -> Span:
    """`width` characters around the stretch, cut between words where a word ends near, else between graphemes."""
    room = max(width - (last - first), 0)
    start = max(0, min(first - room // 3, len(original) - width))
    end = min(len(original), max(start + width, min(last, first + width)))
    if start:
        space = next((index for index in range(start, first) if original[index].isspace()), None)
        start = _whole_character(original, start if space is None else space + 1)
        end = min(end, start + width)  # the marks of a character that was torn may be many
    if end < len(original):
        keep = max(last, start)
        space = next((index for index in range(end, keep - 1, -1) if original[index].isspace()), None)
        end = space if space is not None and space > start else _whole_character(original, end)
    return start, end


def _whole_character(original: str, index: int) -> int:
    """The place at or before `index` where no character is torn from its marks."""
    while 0 < index < len(original) and (
        unicodedata.combining(original[index])
        or unicodedata.category(original[index]).startswith("M")
        or original[index] in _JOINERS
        or original[index - 1] == _JOINERS[0]
    ):
        index -= 1
    return index
