"""One document as a tile: its small picture, or why there is none, and its name."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from fieldapp.i18n import _
from fieldapp.records.store import RecordRow
from fieldapp.ui.plain import ElidedLabel, IconLabel, PictureLabel, PlainLabel, icon_button, set_look, tip
from fieldapp.ui.records.row_delegate import fitted_pixmap
from fieldapp.ui.theme import GRID
from fieldapp.ui.viewer.thumbnails import Shown

TILE = QSize(20 * GRID, 17 * GRID)
_PICTURE = QSize(20 * GRID - 16, 12 * GRID)


class Tile(QFrame):
    """Click, Enter or Space opens it large; the small cross takes it off the record."""

    opened = Signal(RecordRow)
    looked_at = Signal(RecordRow)
    removed = Signal(bytes)

    def __init__(self, link: bytes, row: RecordRow) -> None:
        super().__init__()
        set_look(self, "tile")
        self._link, self._row = link, row
        self.setFixedSize(TILE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        title = row.title or _("Without a title")
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 4, 4)
        column.setSpacing(2)
        self._face = QVBoxLayout()
        column.addLayout(self._face, 1)
        foot = QHBoxLayout()
        foot.setSpacing(0)
        foot.addWidget(ElidedLabel(title, "caption"), 1)
        details = icon_button("forward", _("Open this record"))
        details.clicked.connect(self._on_open)
        remove = icon_button("close", _("Take this document off the record"))
        remove.clicked.connect(self._on_remove)
        foot.addWidget(details)
        foot.addWidget(remove)
        column.addLayout(foot)

    def show_picture(self, shown: Shown) -> None:
        """Show the small picture, or why there is none."""
        title = self.accessibleName()
        if shown.image is not None:
            drawn = fitted_pixmap(shown.image, _PICTURE, self.devicePixelRatioF())
            self._face.addWidget(PictureLabel(drawn, title), 1)
            return
        self._face.addStretch(1)
        self._face.addWidget(IconLabel("document", 28, "quiet"), 0, Qt.AlignmentFlag.AlignHCenter)
        words = PlainLabel(shown.words, "caption", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._face.addWidget(words)
        self._face.addStretch(1)
        tip(self, shown.words)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.looked_at.emit(self._row)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.looked_at.emit(self._row)
        else:
            super().keyPressEvent(event)

    def _on_open(self) -> None:
        self.opened.emit(self._row)

    def _on_remove(self) -> None:
        self.removed.emit(self._link)
