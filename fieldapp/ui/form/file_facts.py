"""What the program itself wrote down about a file: name, type, size, hash, and what the camera said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QFormLayout, QWidget

from fieldapp.i18n import _
from fieldapp.records.model import FieldKind
from fieldapp.services.views import FieldView
from fieldapp.ui.plain import PlainLabel
from fieldapp.ui.sizes import size_words
from fieldapp.ui.viewer.facts import in_groups

_MOST_EXIF = 40


class FileFacts(QWidget):
    """Lines to read and copy; nothing here can be changed."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = QFormLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setHorizontalSpacing(24)
        self._lines.setVerticalSpacing(6)

    def show_fields(self, views: Mapping[str, Sequence[FieldView]]) -> None:
        """Show those of these fields that a machine wrote."""
        while self._lines.rowCount():
            self._lines.removeRow(0)
        for several in views.values():
            for view in several:
                if view.field is not None and view.field.machine:
                    self._show(view)

    def _show(self, view: FieldView) -> None:
        if isinstance(view.value, dict):
            for name, value in sorted(view.value.items())[:_MOST_EXIF]:
                self._line(str(name), str(value))
        elif view.name == "size" and isinstance(view.value, int):
            self._line(_("Size"), size_words(view.value))
        elif view.field is not None and view.field.kind is FieldKind.BYTES:
            self._line(_(view.field.label), in_groups(view.value) if isinstance(view.value, bytes) else view.told)
        elif view.field is not None:
            self._line(_(view.field.label), view.told)

    def _line(self, name: str, told: str) -> None:
        self._lines.addRow(PlainLabel(name, "caption"), PlainLabel(told, wrap=True).selectable())
