"""Our own documents as blocks: the part of Markdown that we write. No HTML, no pictures, no links that open.

A block is a heading, a paragraph, an item of a list, a row of a table, or code. Marks inside lines (bold, code, links)
are taken away and their words stay. Only files of the program itself are ever given to this.
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


@dataclass(frozen=True, slots=True)
class Block:
    """`level`: of a heading, from 1. `mark`: before an item ("•" or "3."). `cells`: of a row."""

    kind: Kind
    text: str
    level: int = 0
    mark: str = ""
    cells: tuple[str, ...] = ()


_HEADING = re.compile(r"(#{1,4}) +(.*)")
_ITEM = re.compile(r"(?:[-*]|(\d+)[.)]) +(.*)")
_RULE = re.compile(r"[\s|:-]+")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_MARKS = re.compile(r"\*\*(.+?)\*\*|`([^`]+)`|(?<!\w)\*([^*\s][^*]*)\*(?!\w)")


def blocks_of(text: str) -> list[Block]:
    """The blocks of a document, in order."""
    return list(_Reader(text).blocks())


def words_of_line(line: str) -> str:
    """A line without its marks."""
    line = _LINK.sub(r"\1", _PICTURE.sub("", line))
    return _MARKS.sub(lambda found: next(group for group in found.groups() if group is not None), line).strip()


class _Reader:
    """Reads line by line; lines that belong together are joined."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._open: Block | None = None

    def blocks(self) -> Iterator[Block]:
        code: list[str] | None = None
        for line in self._lines:
            if line.strip().startswith("```"):
                yield from self._closed()
                if code is not None:
                    yield Block(Kind.CODE, "\n".join(code))
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
            yield Block(Kind.HEADING, words_of_line(heading[2]), level=len(heading[1]))
        elif stripped.startswith("|"):
            if not _RULE.fullmatch(stripped):
                cells = tuple(words_of_line(cell) for cell in stripped.strip("|").split("|"))
                yield Block(Kind.ROW, "", cells=cells)
        elif item:
            self._open = Block(Kind.ITEM, item[2], mark=f"{item[1]}." if item[1] else "•")
        elif stripped:
            self._join(stripped)

    def _join(self, line: str) -> None:
        before = self._open
        self._open = (
            Block(Kind.PARAGRAPH, line)
            if before is None
            else Block(before.kind, f"{before.text} {line}", 0, before.mark)
        )

    def _closed(self) -> Iterator[Block]:
        block, self._open = self._open, None
        if block is not None:
            text = words_of_line(block.text)
            if text:
                yield Block(block.kind, text, mark=block.mark)
