"""Help inside the program: our own documents, in the person's language where there are two."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from fieldapp.i18n import _, language
from fieldapp.ui.plain import Sheet, push_button
from fieldapp.ui.settings.page_of_text import TextPage
from fieldapp.ui.theme import GRID, TEXT_WIDTH

DOCUMENTS = Path(__file__).resolve().parents[3] / "resources" / "docs"
_HIGHEST = 90 * GRID


class GuideSheet(Sheet):
    """The documents, one at a time."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("Help"), parent, width=TEXT_WIDTH + 14 * GRID)
        self.setMinimumHeight(min(parent.window().height() - 6 * GRID, _HIGHEST))
        row = QHBoxLayout()
        self.documents = documents()
        self.view = TextPage()
        self.view.setAccessibleName(_("Help"))
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
        self.view.show_text(path.read_text(encoding="utf-8"))


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
