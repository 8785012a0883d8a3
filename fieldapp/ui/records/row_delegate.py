"""Paints one row of a list: title, date in words, people, marks where it needs a look, a picture for a document.

Everything is painted as plain text, so nothing in it can be markup.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from fieldapp.i18n import _
from fieldapp.records.snippets import Snippet
from fieldapp.records.store import RecordRow
from fieldapp.ui.icons import picture
from fieldapp.ui.plain import harmless
from fieldapp.ui.records.facts import Facts
from fieldapp.ui.records.list_model import FACTS_ROLE, PICTURE_ROLE, ROW_ROLE, SNIPPET_ROLE
from fieldapp.ui.records.marks import marks_of
from fieldapp.ui.theme import GRID, RADIUS, theme

ROW_HEIGHT = 8 * GRID
_THUMB = 6 * GRID
_ICON = 20
_ICONS = {"photo": "photo", "scan": "document", "audio": "audio", "video": "video"}
_MOST_THUMBNAILS = 400


class RowDelegate(QStyledItemDelegate):
    """Two or three lines a row, the same height for each."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails: dict[int, QPixmap] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802, ARG002 - Qt's name and shape
        return QSize(30 * GRID, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(ROW_ROLE)
        if not isinstance(row, RecordRow):
            return
        facts = index.data(FACTS_ROLE) or Facts()
        snippet = index.data(SNIPPET_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self._ground(painter, option)
        image = index.data(PICTURE_ROLE)
        room = self._sign(painter, room, row, facts, image if isinstance(image, QImage) else None)
        self._words(painter, room, row, facts, snippet if isinstance(snippet, Snippet) else None)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> QRect:
        """The ground of the row; gives the room for what is on it."""
        room = QRect(option.rect)
        self._mirror = partial(QStyle.visualRect, option.direction, room)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or hovered:
            painter.fillRect(room, theme().colour("accent_soft" if chosen else "hover"))
        painter.setPen(QPen(theme().colour("line"), 1))
        painter.drawLine(room.left() + 2 * GRID, room.bottom(), room.right(), room.bottom())
        if chosen:
            strip = self._mirror(QRect(room.left(), room.top(), 3, room.height()))
            painter.fillRect(strip, theme().colour("accent"))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.drawRect(room.adjusted(1, 1, -1, -1))
        self._ink, self._quiet = ("on_accent_soft", "on_accent_soft") if chosen else ("text", "quiet")
        return room.adjusted(2 * GRID, 0, -12, 0)

    def _sign(self, painter: QPainter, room: QRect, row: RecordRow, facts: Facts, image: QImage | None) -> QRect:
        """Icon or small picture; gives the room right of it."""
        if image is not None:
            box = self._mirror(QRect(room.left(), room.center().y() - _THUMB // 2 + 1, _THUMB, _THUMB))
            drawn = self._thumbnail(image)
            painter.drawPixmap(
                box.center() - QPoint(round(drawn.deviceIndependentSize().width()) // 2, _height(drawn) // 2), drawn
            )
            return room.adjusted(_THUMB + 12, 0, 0, 0)
        name = _ICONS.get(facts.kind, "document") if row.type == "document" else row.type
        width = _THUMB if row.type == "document" else _ICON
        sign = picture(name, _ICON, self._quiet, ratio=painter.device().devicePixelRatioF())
        box = QRect(room.left() + (width - _ICON) // 2, room.center().y() - _ICON // 2, _ICON, _ICON)
        painter.drawPixmap(self._mirror(box).topLeft(), sign)
        return room.adjusted(width + 12, 0, 0, 0)

    def _words(self, painter: QPainter, room: QRect, row: RecordRow, facts: Facts, snippet: Snippet | None) -> None:
        bold = QFont(painter.font())
        bold.setWeight(QFont.Weight.DemiBold)
        line = QFontMetrics(bold).height()
        top = room.top() + (room.height() - 2 * line - 4) // 2
        right = room.right()
        for sign in marks_of(row):
            box = self._mirror(QRect(right - 16, top + 1, 16, 16))
            painter.drawPixmap(box.topLeft(), picture(sign, 16, "danger"))
            right -= 24
        painter.setFont(bold)
        painter.setPen(theme().colour(self._ink if row.title else self._quiet))
        title = QFontMetrics(bold).elidedText(
            harmless(row.title) or _("Without a title"), Qt.TextElideMode.ElideRight, right - room.left()
        )
        painter.drawText(self._mirror(QRect(room.left(), top, right - room.left(), line)), _LEFT, title)
        below = self._mirror(QRect(room.left(), top + line + 4, room.width(), line))
        bold.setWeight(QFont.Weight.Normal)
        painter.setFont(bold)
        if snippet is not None and snippet.text:
            self._snippet(painter, below, snippet)
        else:
            painter.setPen(theme().colour(self._quiet))
            told = harmless("  ·  ".join(part for part in (facts.when, facts.about) if part))
            told = painter.fontMetrics().elidedText(told, Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, _LEFT, told)

    def _snippet(self, painter: QPainter, room: QRect, snippet: Snippet) -> None:
        """The words that were found stand on a marked ground; the first of them is always in sight."""
        metrics = painter.fontMetrics()
        text, marks = _from_first_mark(snippet, metrics, room.width())
        for start, end in marks:
            left = room.left() + metrics.horizontalAdvance(text[:start])
            box = QRect(left - 1, room.top(), metrics.horizontalAdvance(text[start:end]) + 2, room.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("mark"))
            painter.drawRoundedRect(box & room, RADIUS / 2, RADIUS / 2)
        painter.setPen(theme().colour(self._quiet))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _LEFT, shown)
        painter.setPen(theme().colour("on_mark"))
        for start, end in marks:
            left = room.left() + metrics.horizontalAdvance(text[:start])
            box = QRect(left, room.top(), metrics.horizontalAdvance(text[start:end]) + 1, room.height())
            painter.drawText(box & room, _LEFT, text[start:end])

    def _thumbnail(self, image: QImage) -> QPixmap:
        known = self._thumbnails.get(image.cacheKey())
        if known is None:
            if len(self._thumbnails) > _MOST_THUMBNAILS:
                self._thumbnails.clear()
            known = fitted_pixmap(image, QSize(_THUMB, _THUMB))
            self._thumbnails[image.cacheKey()] = known
        return known


_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


def fitted_pixmap(image: QImage, size: QSize, ratio: float = 1.0) -> QPixmap:
    """A picture that was decoded elsewhere, fitted into `size`."""
    fitted = image.scaled(size * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    pixmap = QPixmap.fromImage(fitted)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _height(pixmap: QPixmap) -> int:
    return round(pixmap.deviceIndependentSize().height())


def _from_first_mark(snippet: Snippet, metrics: QFontMetrics, width: int) -> tuple[str, list[tuple[int, int]]]:
    """The text cut at its beginning so that the first hit can be seen in so many pixels."""
    text, marks = harmless(snippet.text), list(snippet.marks)
    if not marks or metrics.horizontalAdvance(text[: marks[0][1]]) <= width * 2 // 3:
        return text, marks
    start = marks[0][0]
    while start and metrics.horizontalAdvance(text[start : marks[0][1]]) < width // 3:
        start -= 1
    return "…" + text[start:], [(begin - start + 1, end - start + 1) for begin, end in marks]
