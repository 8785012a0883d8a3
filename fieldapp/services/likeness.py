"""Whether people would take one name for another: by how it is spelled, or by its shape, in whatever script."""

from __future__ import annotations

import unicodedata

from fieldapp.records.fold import fold_plain

_ALIKE = (
    ("АВЕЗКМНОРСТУХІЈЅԚԜҺӀ", "abe3kmhopctyxljsqwhl"),
    ("авекзмнорстухіјѕԛԝһԁӏѵ", "abek3mhopctyxijsqwhdlv"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhlkmnoptyx"),
    ("αεικνορυχγ", "aeikvopuxy"),
    ("I|10", "lllo"),
)
_SHAPES = {ord(letter): shape for row in _ALIKE for letter, shape in zip(*row, strict=True)}
"""Cyrillic and Greek letters, and a few of Latin's own, to the small Latin letter of the same shape."""


def look_alike(one: str, other: str) -> bool:
    """Whether two names could be taken for one another."""
    return _spelling(one) == _spelling(other) or _shape(one) == _shape(other)


def _spelling(name: str) -> str:
    return " ".join(fold_plain(name).split())


def _shape(name: str) -> str:
    """Taken apart first, so that a letter with marks has the shape of its base; and again after folding."""
    return _spelling(unicodedata.normalize("NFD", name).translate(_SHAPES)).translate(_SHAPES)
