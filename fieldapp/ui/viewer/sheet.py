"""A document, large."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fieldapp.ui.session import Session
from fieldapp.values import RecordId


def show_document(session: Session, document: RecordId, parent: QWidget) -> None:  # noqa: ARG001 - stands in
    """Stands in until there is a view."""
