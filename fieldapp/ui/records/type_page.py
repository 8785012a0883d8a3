"""The form of one record type with its sections, and the pages of all types of which one is on show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.records.model import TYPES
from fieldapp.ui.form.form import Form
from fieldapp.ui.plain import Notice, set_look
from fieldapp.ui.records.documents_section import DocumentsSection
from fieldapp.ui.records.face import DocumentFace
from fieldapp.ui.records.half_link import HalfLink
from fieldapp.ui.records.links import LinksSection
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId

_LINKS_AFTER = {"testimony": "people", "person": "situation", "document": "document"}
_DOCUMENTS_AFTER = {"testimony": "narrative", "person": "codes"}


class TypePage(QWidget):
    """The form of one record type with its sections. Made once, and filled for each record."""

    def __init__(self, session: Session, type_name: str, ready: Callable[[Callable[[RecordId], None]], None]) -> None:
        super().__init__()
        set_look(self, "clear")
        self.form = Form(TYPES[type_name])
        self.links = LinksSection(session, type_name, ready)
        self.half_link = HalfLink(session, self.links)
        self.documents = DocumentsSection(session, ready)
        self.form.insert_after(_LINKS_AFTER[type_name], self.links)
        self.face = DocumentFace() if type_name == "document" else None
        if self.face is None:
            self.form.insert_after(_DOCUMENTS_AFTER[type_name], self.documents)
        else:
            self.documents.hide()
        self.hint = Notice(
            _("Write what you know now; everything is saved as you type. Add people and papers where you need them."),
            icon="check",
        )
        self.hint.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 4 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(self.hint)
        if self.face is not None:
            column.addWidget(self.face)
        column.addWidget(self.form)
        column.addStretch(1)


class Pages(QWidget):
    """One page at a time. Unlike a stack it is as large as the page on show, not as the largest of all."""

    def __init__(self) -> None:
        super().__init__()
        self.current: TypePage | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def add(self, page: TypePage) -> None:
        """Take a page in; it is not shown yet."""
        page.hide()
        self._column.addWidget(page)

    def show_page(self, page: TypePage) -> None:
        """Show this page."""
        if self.current is not None and self.current is not page:
            self.current.hide()
        self.current = page
        page.show()
