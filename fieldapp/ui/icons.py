"""Icons: our own drawings in `resources/icons`, in the colour that the theme asks for.

The drawings are ours and part of the program; nothing else is ever given to the SVG reader.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from fieldapp.ui.theme import theme

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "icons"
_INK = "#000000"
_SIZES = (16, 20, 24, 32, 48)


def icon(name: str, role: str = "text", *, chosen: str | None = None) -> QIcon:
    """The icon in the colour of a role; in that of `chosen` while its button is checked."""
    colours = theme().colours
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(_pixmap(name, getattr(colours, role), size, 1.0))
        made.addPixmap(_pixmap(name, getattr(colours, role), size, 2.0))
        made.addPixmap(_pixmap(name, colours.quiet, size, 1.0), QIcon.Mode.Disabled)
        if chosen:
            ink = getattr(colours, chosen)
            made.addPixmap(_pixmap(name, ink, size, 1.0), QIcon.Mode.Normal, QIcon.State.On)
            made.addPixmap(_pixmap(name, ink, size, 2.0), QIcon.Mode.Normal, QIcon.State.On)
    return made


def picture(name: str, size: int, role: str = "text", *, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of so many logical pixels."""
    return _pixmap(name, getattr(theme().colours, role), size, ratio)


@cache
def _pixmap(name: str, ink: str, size: int, ratio: float) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_drawing(name).replace(_INK, ink).encode("ascii")))
    pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@cache
def _drawing(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text(encoding="ascii")
