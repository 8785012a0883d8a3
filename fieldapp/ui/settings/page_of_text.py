"""A document of ours as a page to read: real headings, lists and tables, written with formats and never with markup."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtWidgets import QFrame, QTextEdit

from fieldapp.ui.plain import set_look
from fieldapp.ui.settings.reading import Block, Kind, Line, Look, blocks_of
from fieldapp.ui.theme import GRID

_POINTS = {1: 17.0, 2: 12.5, 3: 10.5, 4: 10.0}
_ITEM_INDENT = 3 * GRID


class TextPage(QTextEdit):
    """Reads only. Text can be marked and copied; nothing in it opens anything."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        set_look(self, "page")

    def show_text(self, text: str) -> None:
        """Show one of our documents from its beginning."""
        self.clear()
        cursor = QTextCursor(self.document())
        rows: list[Block] = []
        for block in blocks_of(text):
            if block.kind is Kind.ROW:
                rows.append(block)
                continue
            self._write_table(cursor, rows)
            rows = []
            self._write(cursor, block)
        self._write_table(cursor, rows)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _write(self, cursor: QTextCursor, block: Block) -> None:
        shape = QTextBlockFormat()
        shape.setLineHeight(120, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        heading = block.kind is Kind.HEADING
        above = (2 * GRID if block.level > 1 else 0) if heading else 0
        shape.setTopMargin(above)
        shape.setBottomMargin(4 if block.kind is Kind.ITEM else GRID)
        if heading:
            shape.setHeadingLevel(block.level)
        if block.kind is Kind.ITEM:
            shape.setLeftMargin(_ITEM_INDENT)
            shape.setTextIndent(-_ITEM_INDENT + GRID)
        if cursor.position():
            cursor.insertBlock()
        cursor.setBlockFormat(shape)
        if block.kind is Kind.ITEM:
            cursor.insertText(f"{block.mark}  ", QTextCharFormat())
        self._write_line(cursor, block.line, level=block.level)

    def _write_line(self, cursor: QTextCursor, line: Line, *, level: int = 0, strong: bool = False) -> None:
        for span in line:
            look = QTextCharFormat()
            if level:
                look.setFontPointSize(_POINTS[level])
            if level or strong or span.look is Look.BOLD:
                look.setFontWeight(QFont.Weight.DemiBold)
            if span.look is Look.CODE:
                look.setFontFamilies(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families())
            cursor.insertText(span.text, look)

    def _write_table(self, cursor: QTextCursor, rows: Sequence[Block]) -> None:
        if not rows:
            return
        shape = QTextTableFormat()
        shape.setCellPadding(6)
        shape.setCellSpacing(0)
        shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        shape.setBorderCollapse(True)
        shape.setBorder(0.5)
        shape.setBottomMargin(GRID)
        table: QTextTable = cursor.insertTable(len(rows), max(len(row.cells) for row in rows), shape)
        for place, row in enumerate(rows):
            for column, cell in enumerate(row.cells):
                self._write_line(table.cellAt(place, column).firstCursorPosition(), cell, strong=place == 0)
        cursor.movePosition(QTextCursor.MoveOperation.End)
