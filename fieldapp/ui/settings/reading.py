"""Our own documents as blocks: the part of Markdown that we write. No HTML, no pictures, no links that open.

A block is a heading, a paragraph, an item of a list, a row of a table, or code. Inside lines there are plain, bold and
code; of a link or emphasis only the words stay. Only files of the program itself are ever given to this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


class Look(Enum):
    """How a part of a line looks."""

    PLAIN = "plain"
    BOLD = "bold"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line."""

    text: str
    look: Look = Look.PLAIN


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """`level`: of a heading, from 1. `mark`: before an item ("•" or "3."). `cells`: of a row, which has no `line`."""

    kind: Kind
    line: Line
    level: int = 0
    mark: str = ""
    cells: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """The words alone."""
        return "".join(span.text for span in self.line)


_HEADING = re.compile(r"(#{1,4}) +(.*)")
_ITEM = re.compile(r"(?:[-*]|(\d+)[.)]) +(.*)")
_RULE = re.compile(r"[\s|:-]+")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_MARKS = re.compile(r"\*\*(.+?)\*\*|`([^`]+)`|(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])")
_LOOKS = (Look.BOLD, Look.CODE, Look.PLAIN)


def blocks_of(text: str) -> list[Block]:
    """The blocks of a document, in order."""
    return list(_Reader(text).blocks())


def line_of(text: str) -> Line:
    """The parts of a line."""
    text = _LINK.sub(r"\1", _PICTURE.sub("", text)).strip()
    spans, end = [], 0
    for found in _MARKS.finditer(text):
        look, inside = next((look, part) for look, part in zip(_LOOKS, found.groups(), strict=True) if part is not None)
        spans += [Span(text[end : found.start()]), Span(inside, look)]
        end = found.end()
    return tuple(span for span in (*spans, Span(text[end:])) if span.text)


class _Reader:
    """Reads line by line; lines that belong together are joined."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._open: tuple[Kind, str, str] | None = None

    def blocks(self) -> Iterator[Block]:
        code: list[str] | None = None
        for line in self._lines:
            if line.strip().startswith("```"):
                yield from self._closed()
                if code is not None:
                    yield Block(Kind.CODE, (Span("\n".join(code), Look.CODE),))
                code = [] if code is None else None
            elif code is not None:
                code.append(line)
            else:
                yield from self._take(line)
        yield from self._closed()

    def _take(self, line: str) -> Iterator[Block]:
        stripped = line.strip()
        heading, item = _HEADING.fullmatch(stripped), _ITEM.fullmatch(stripped)
        if not stripped or heading or item or stripped.startswith("|"):
            yield from self._closed()
        if heading:
            yield Block(Kind.HEADING, line_of(heading[2]), level=len(heading[1]))
        elif stripped.startswith("|"):
            if not _RULE.fullmatch(stripped):
                yield Block(Kind.ROW, (), cells=tuple(line_of(cell) for cell in stripped.strip("|").split("|")))
        elif item:
            self._open = (Kind.ITEM, item[2], f"{item[1]}." if item[1] else "•")
        elif stripped:
            kind, before, mark = self._open or (Kind.PARAGRAPH, "", "")
            self._open = (kind, f"{before} {stripped}".strip(), mark)

    def _closed(self) -> Iterator[Block]:
        opened, self._open = self._open, None
        if opened is not None:
            kind, text, mark = opened
            line = line_of(text)
            if line:
                yield Block(kind, line, mark=mark)
