"""Controlled lists: the codes a choice field may hold, and their terms in English and Russian.

A list is one file `resources/vocabularies/<name>.csv` in UTF-8 with the columns `code,en,ru,huridocs`. A code is a
short English slug, stays for ever and is what claims hold; terms may be reworded. `huridocs` is
`MT<list>/<HURIDOCS code>` for terms of the HURIDOCS micro-thesauri (2001), else empty. The order of the file is the
order on screen.
A file is read when its list is first asked for, and then kept.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from fieldapp.errors import BugError
from fieldapp.records.fold import fold_plain

_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "vocabularies"


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a list."""

    code: str
    en: str
    ru: str
    huridocs: str

    def text(self, language: str) -> str:
        """The term in `language`: "ru", else English."""
        return self.ru if language == "ru" else self.en


@dataclass(frozen=True)
class Vocabulary:
    """One controlled list, in the order it is shown."""

    name: str
    terms: tuple[Term, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(term.code for term in self.terms)

    def term(self, code: str, language: str) -> str:
        """The term of `code`; a code that this list does not have is shown as itself."""
        known = self._by_code.get(code)
        return known.text(language) if known else code

    def find(self, text: str) -> str | None:
        """The code that `text` means: a code, or a term in either language, whatever its case; None when neither."""
        if text in self._by_code:
            return text
        return self._by_words.get(fold_plain(text.strip()))

    @cached_property
    def _by_code(self) -> Mapping[str, Term]:
        return {term.code: term for term in self.terms}

    @cached_property
    def _by_words(self) -> Mapping[str, str]:
        words: dict[str, str] = {}
        for term in self.terms:
            for text in (term.code, term.en, term.ru):
                words.setdefault(fold_plain(text), term.code)
        return words


@cache
def vocabulary(name: str) -> Vocabulary:
    """The list of that name.

    Raises:
        BugError: no list has this name (names come from our own fields, never from outside).
    """
    if name not in vocabulary_names():
        raise BugError("no such vocabulary")
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        terms = tuple(Term(row["code"], row["en"], row["ru"], row["huridocs"]) for row in csv.DictReader(lines))
    return Vocabulary(name, terms)


@cache
def vocabulary_names() -> tuple[str, ...]:
    """The names of all lists, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.csv")))
