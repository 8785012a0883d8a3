"""Help inside the program: our own documents, in the person's language where there are two, as plain words."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from fieldapp.i18n import _, language
from fieldapp.ui.plain import PlainLabel, Sheet, push_button, set_look
from fieldapp.ui.settings.reading import Block, Kind, blocks_of
from fieldapp.ui.theme import GRID, TEXT_WIDTH

DOCUMENTS = Path(__file__).resolve().parents[3] / "resources" / "docs"
_HEADINGS = {1: "title", 2: "heading", 3: "section", 4: "strong"}


class GuideSheet(Sheet):
    """The documents, one at a time."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("Help"), parent, width=TEXT_WIDTH + 14 * GRID)
        self.resize(self.minimumWidth(), min(parent.window().height() - 6 * GRID, 90 * GRID))
        row = QHBoxLayout()
        self.documents = documents()
        self.view = QScrollArea()
        self.view.setWidgetResizable(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        group = QButtonGroup(self)
        for name, path in self.documents.items():
            chip = push_button(name, "chip")
            chip.setCheckable(True)
            group.addButton(chip)
            chip.clicked.connect(lambda _checked=False, path=path: self.show_document(path))
            row.addWidget(chip)
        row.addStretch(1)
        if len(self.documents) > 1:
            self.body.addLayout(row)
        self.body.addWidget(self.view, 1)
        self.add_button(_("Close"), main=True).clicked.connect(self.accept)
        if self.documents:
            group.buttons()[0].setChecked(True)
            self.show_document(next(iter(self.documents.values())))
        self.view.setFocus()

    def show_document(self, path: Path) -> None:
        """Show one of our documents from its beginning."""
        self.view.setWidget(page_of(path.read_text(encoding="utf-8")))
        self.view.verticalScrollBar().setValue(0)


def show_guide(parent: QWidget) -> GuideSheet:
    """Open the help over everything else. Escape closes it."""
    sheet = GuideSheet(parent)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.open()
    return sheet


def documents() -> dict[str, Path]:
    """Those of our documents for users that are there, by their names: the guide, and the honest list of limits."""
    guides = [DOCUMENTS / "guide" / f"{name}.md" for name in (language(), "en")]
    guide = next((path for path in guides if path.is_file()), None)
    limits = DOCUMENTS / "threat-model.md"
    found = {_("Guide"): guide, _("What is protected, and what is not"): limits if limits.is_file() else None}
    return {name: path for name, path in found.items() if path is not None}


def page_of(text: str) -> QWidget:
    """A document of ours as labels below each other."""
    page = QWidget()
    set_look(page, "clear")
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 2 * GRID, 2 * GRID)
    column.setSpacing(GRID)
    table: QGridLayout | None = None
    for block in blocks_of(text):
        if block.kind is not Kind.ROW:
            table = None
            _add(column, block)
            continue
        if table is None:
            table = _new_table(column)
        _add_row(table, block)
    column.addStretch(1)
    return page


def _add(column: QVBoxLayout, block: Block) -> None:
    if block.kind is Kind.HEADING:
        if column.count():
            column.addSpacing(GRID if block.level > 1 else 2 * GRID)
        column.addWidget(_label(block.text, _HEADINGS[block.level]))
    elif block.kind is Kind.ITEM:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        mark = PlainLabel(block.mark, "quiet")
        mark.setFixedWidth(3 * GRID)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(_label(block.text), 1)
        column.addLayout(row)
    else:
        label = _label(block.text)
        if block.kind is Kind.CODE:
            label.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        column.addWidget(label)


def _new_table(column: QVBoxLayout) -> QGridLayout:
    table = QGridLayout()
    table.setHorizontalSpacing(2 * GRID)
    table.setVerticalSpacing(GRID)
    column.addLayout(table)
    return table


def _add_row(table: QGridLayout, block: Block) -> None:
    row = table.rowCount()
    for place, cell in enumerate(block.cells):
        table.addWidget(_label(cell, "strong" if row == 1 else ""), row, place, Qt.AlignmentFlag.AlignTop)
        table.setColumnStretch(place, 1)


def _label(text: str, look: str = "") -> PlainLabel:
    label = PlainLabel(text, look, wrap=True).selectable()
    label.setMaximumWidth(TEXT_WIDTH + 10 * GRID)
    return label
