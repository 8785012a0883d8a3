"""A picture to look at closely: fitted, enlarged, moved and turned. Turning turns the view; no file is ever changed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from fieldapp.ui.theme import GRID, theme

STEP = 1.25
LARGEST = 16.0
_PAN = 64
_EDGE = 2 * GRID
_QUARTER = 90
_NOTCH = 120


class Canvas(QWidget):
    """Shows one image. Scale 1.0 is one pixel of the picture on one of the screen."""

    scale_changed = Signal(float)
    previous_asked = Signal()
    next_asked = Signal()
    """Left or right was pressed while the whole picture was in view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = QImage()
        self.turned = 0
        self._scale = 1.0
        self._fitted = True
        self._centre = QPointF()
        self._held: QPoint | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(QSize(160, 120))
        theme().changed.connect(self.update)

    @property
    def scale(self) -> float:
        """Pixels of the screen for one of the picture."""
        return self._fit_scale() if self._fitted else self._scale

    @property
    def fitted(self) -> bool:
        """Whether the whole picture is in view, whatever the size of the window."""
        return self._fitted

    def show_image(self, image: QImage) -> None:
        """Look at this, as a whole."""
        self.image = image
        self.turned = 0
        self.fit()

    def fit(self) -> None:
        """Bring the whole picture into view; a small one is not enlarged."""
        self._fitted = True
        self._centre = QPointF(self._size().width() / 2, self._size().height() / 2)
        self._after_change()

    def zoom_to(self, scale: float, at: QPointF | None = None) -> None:
        """Show at this scale; the point of the picture under `at` stays where it is."""
        if self.image.isNull():
            return
        pivot = at or QPointF(self.width() / 2, self.height() / 2)
        before = self.scale
        if self._fitted:
            self._centre = QPointF(self._size().width() / 2, self._size().height() / 2)
        self._scale = min(max(scale, min(self._fit_scale(), 1.0)), LARGEST)
        self._fitted = False
        away = pivot - QPointF(self.width() / 2, self.height() / 2)
        self._centre += away / before - away / self._scale
        self._after_change()

    def turn(self) -> None:
        """Turn the view by a quarter, clockwise."""
        self.turned = (self.turned + _QUARTER) % 360
        self.fit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(640, 480)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and shape
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().colours.sunken))
        if self.image.isNull():
            return
        scale = self.scale
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=scale < STEP**2)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.scale(scale, scale)
        painter.translate(QPointF(self._size().width() / 2, self._size().height() / 2) - self._centre)
        painter.rotate(self.turned)
        size = self.image.size()
        painter.drawImage(QRectF(-size.width() / 2, -size.height() / 2, size.width(), size.height()), self.image)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._after_change()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        turns = event.angleDelta().y() / _NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_to(self.scale * STEP**turns, event.position())
        else:
            self._move(QPointF(event.angleDelta().x(), event.angleDelta().y()) / 2)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position().toPoint()
            self._after_change()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._held is not None:
            here = event.position().toPoint()
            self._move(QPointF(here - self._held))
            self._held = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802, ARG002 - Qt's name and shape
        self._held = None
        self._after_change()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._fitted:
            self.zoom_to(1.0, event.position())
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = event.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_to(self.scale * STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_to(self.scale / STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.zoom_to(1.0)
        elif key in _ARROWS:
            self._on_arrow(Qt.Key(key))
        else:
            super().keyPressEvent(event)

    def _on_arrow(self, key: Qt.Key) -> None:
        """Move what is enlarged; else go to the neighbour."""
        if not self._fitted:
            self._move(QPointF(*_ARROWS[key]) * _PAN)
        elif key == Qt.Key.Key_Left:
            self.previous_asked.emit()
        elif key == Qt.Key.Key_Right:
            self.next_asked.emit()

    def _move(self, by: QPointF) -> None:
        if not self._fitted:
            self._centre -= by / self._scale
            self._after_change()

    def _size(self) -> QSize:
        """Of the picture, as it is turned."""
        size = self.image.size()
        return size.transposed() if self.turned % 180 else size

    def _fit_scale(self) -> float:
        size = self._size()
        if size.isEmpty():
            return 1.0
        wide, high = max(self.width() - 2 * _EDGE, 1), max(self.height() - 2 * _EDGE, 1)
        return min(wide / size.width(), high / size.height(), 1.0)

    def _after_change(self) -> None:
        """Keep the picture from leaving the view; tell the scale."""
        size = self._size()
        for length, room, get, put in (
            (size.width(), self.width(), self._centre.x, self._centre.setX),
            (size.height(), self.height(), self._centre.y, self._centre.setY),
        ):
            half = room / self.scale / 2
            put(length / 2 if length <= 2 * half else min(max(get(), half), length - half))
        held = Qt.CursorShape.ClosedHandCursor if self._held is not None else Qt.CursorShape.OpenHandCursor
        self.setCursor(Qt.CursorShape.ArrowCursor if self._fitted else held)
        self.scale_changed.emit(self.scale)
        self.update()


_ARROWS = {
    int(Qt.Key.Key_Left.value): (1, 0),
    int(Qt.Key.Key_Right.value): (-1, 0),
    int(Qt.Key.Key_Up.value): (0, 1),
    int(Qt.Key.Key_Down.value): (0, -1),
}
