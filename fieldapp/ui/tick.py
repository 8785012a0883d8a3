"""A box to tick whose words break into lines where they do not fit, as Qt's own do not."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter

from fieldapp.ui.plain import PlainLabel
from fieldapp.ui.theme import theme

_PADDING = 3
"""Of a box to tick, in the style sheet."""
_CORNER = 4


class Tick(QCheckBox):
    """The box stands at the first line; the words are part of it for the mouse and for a screen reader."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = PlainLabel(words, wrap=True)
        self.words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(words)
        self.ensurePolished()
        row = QHBoxLayout(self)
        row.setContentsMargins(self._words_from(), _PADDING, _PADDING, _PADDING)
        row.addWidget(self.words, 1, Qt.AlignmentFlag.AlignTop)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        layout = self.layout()
        return layout.minimumSize() if layout is not None else super().minimumSizeHint()

    def hitButton(self, at: QPoint) -> bool:  # noqa: N802 - Qt's name
        return self.rect().contains(at)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.state &= ~QStyle.StateFlag.State_HasFocus  # its frame would go around the first line only
        option.rect.setHeight(self.words.fontMetrics().height() + 2 * _PADDING)
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_CheckBox, option)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), _CORNER, _CORNER)

    def _words_from(self) -> int:
        style = self.style()
        width = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, None, self)
        return _PADDING + width + style.pixelMetric(QStyle.PixelMetric.PM_CheckBoxLabelSpacing, None, self)
