"""What a document looks like, at the head of its form; a press opens it large."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QStackedLayout, QWidget

from fieldapp.i18n import _
from fieldapp.ui.plain import PictureLabel, PlainLabel, set_look
from fieldapp.ui.records.row_delegate import fitted_pixmap
from fieldapp.ui.theme import GRID
from fieldapp.ui.viewer.thumbnails import Shown

_SIZE = QSize(34 * GRID, 25 * GRID)
_MARGIN = 8


class DocumentFace(QFrame):
    """The small picture, or why there is none."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "tile")
        self.setFixedSize(_SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(_("Look at it"))
        self._layers = QStackedLayout(self)
        self._layers.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self._shown: QWidget | None = None

    def clear(self) -> None:
        """Show nothing."""
        if self._shown is not None:
            self._layers.removeWidget(self._shown)
            self._shown.deleteLater()
            self._shown = None

    def show_picture(self, shown: Shown) -> None:
        """Show this."""
        self.clear()
        if shown.image is not None:
            room = _SIZE - QSize(2 * _MARGIN, 2 * _MARGIN)
            self._shown = PictureLabel(fitted_pixmap(shown.image, room, self.devicePixelRatioF()), _("Small picture"))
        else:
            words = PlainLabel(shown.words, "caption", wrap=True)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._shown = words
        self._layers.addWidget(self._shown)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)
