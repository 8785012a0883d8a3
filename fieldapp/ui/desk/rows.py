"""What the desk is made of: sections under a heading, and rows that lead somewhere."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fieldapp.ui.parts import card
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel, line, set_look
from fieldapp.ui.theme import GRID

_LEAST_HEIGHT = 6 * GRID


class RowButton(QPushButton):
    """A row with an icon, a line and words below it. It leads somewhere: click, Enter or Space.

    `look` is that of the words at its end: caption, danger, accent, good. By `name` it is found again when rows are
    made anew. `short`: the words below stand on one line and give way.
    """

    def __init__(
        self,
        name: str,
        icon: str,
        title: str,
        text: str = "",
        *,
        role: str = "quiet",
        end: str = "",
        look: str = "caption",
        short: bool = False,
    ) -> None:
        super().__init__()
        set_look(self, "row")
        self.setObjectName(name)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(". ".join(part for part in (title, end) if part))
        self.setAccessibleDescription(text)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(title, "strong"))
        if text:
            words.addWidget(ElidedLabel(text, "caption") if short else PlainLabel(text, "caption", wrap=True))
        inside = QHBoxLayout(self)
        inside.setContentsMargins(2 * GRID, GRID, 12, GRID)
        inside.setSpacing(12)
        inside.addWidget(IconLabel(icon, 20, role))
        inside.addLayout(words, 1)
        if end:
            inside.addWidget(PlainLabel(end, look))
        inside.addWidget(IconLabel("forward", 16, "quiet"))
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        inside = self.layout()
        if inside is None:
            return _LEAST_HEIGHT
        fitting = inside.totalHeightForWidth(width) if inside.hasHeightForWidth() else inside.totalSizeHint().height()
        return max(_LEAST_HEIGHT, fitting)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(40 * GRID, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(20 * GRID, _LEAST_HEIGHT)


class Section(QWidget):
    """A heading with a number, and a box of rows below each other."""

    def __init__(self, icon: str, heading: str, count: int = 0, *, role: str = "quiet") -> None:
        super().__init__()
        set_look(self, "clear")
        self.setAccessibleName(heading)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID, 0, 0)
        column.setSpacing(GRID)
        self.head = QHBoxLayout()
        self.head.setSpacing(GRID)
        self.head.addWidget(IconLabel(icon, 18, role))
        self.head.addWidget(PlainLabel(heading, "section"))
        self.count = PlainLabel(str(count) if count else "", "caption")
        self.head.addWidget(self.count)
        self.head.addStretch(1)
        column.addLayout(self.head)
        self._column = column
        self._box, self.rows = card(spacing=0)
        self.rows.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self._box)

    def add(self, row: QWidget) -> None:
        """Put a row below the others."""
        if self.rows.count():
            self.rows.addWidget(line())
        self.rows.addWidget(row)

    def replace_box(self, widget: QWidget) -> None:
        """Instead of rows there is this widget."""
        self._box.hide()
        self._column.addWidget(widget)
