"""The rail at the left: the places of the program; settings, cover and lock at its foot. A place may bear a number."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout

from fieldapp.i18n import _, ngettext
from fieldapp.ui.plain import ButtonIcon, set_look, tip
from fieldapp.ui.shortcuts import COVER, LOCK
from fieldapp.ui.theme import GRID, RAIL_WIDTH, theme

_MOST = 99


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the program: its name in the code, its icon, its word, its key."""

    name: str
    icon: str
    word: str
    key: str


class Rail(QFrame):
    """Icon and word for each place. Says where the person wants to go."""

    chosen = Signal(str)
    lock_asked = Signal()
    cover_asked = Signal()

    def __init__(self, places: list[Place], foot: list[Place]) -> None:
        super().__init__()
        set_look(self, "rail")
        self.setFixedWidth(RAIL_WIDTH)
        self.setAccessibleName(_("Places"))
        self._group = QButtonGroup(self)
        self.buttons: dict[str, PlaceButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 12, 4, 8)
        column.setSpacing(4)
        for place in places:
            column.addWidget(self._button(place))
        column.addStretch(1)
        for place in foot:
            column.addWidget(self._button(place))
        for place, asked in (
            (Place("cover", "cover", _("Cover"), COVER), self.cover_asked),
            (Place("lock", "lock", _("Lock"), LOCK), self.lock_asked),
        ):
            button = self._button(place)
            button.setCheckable(False)
            self._group.removeButton(button)
            button.clicked.disconnect()
            button.clicked.connect(asked)
            column.addWidget(button)

    @property
    def marked(self) -> str:
        """The place where the person is; "" at first."""
        return next((name for name, button in self.buttons.items() if button.isChecked()), "")

    def mark(self, name: str) -> None:
        """Show where the person is."""
        self.buttons[name].setChecked(True)

    def say_waiting(self, name: str, count: int) -> None:
        """So many things at this place cannot wait."""
        self.buttons[name].say_waiting(count)

    def _button(self, place: Place) -> PlaceButton:
        button = PlaceButton()
        button.setText(place.word)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setIconSize(QSize(3 * GRID, 3 * GRID))
        button.setMinimumHeight(7 * GRID)
        button.setCheckable(True)
        button.setAccessibleName(place.word)
        tip(button, f"{place.word} ({place.key})")
        ButtonIcon(button, place.icon, "on_rail", chosen="on_rail_chosen")
        button.clicked.connect(lambda: self.chosen.emit(place.name))
        self._group.addButton(button)
        self.buttons[place.name] = button
        return button


class PlaceButton(QToolButton):
    """A place, and in its corner how many things there cannot wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0

    def say_waiting(self, count: int) -> None:
        """Bear this number; none for nothing."""
        if count != self.waiting:
            self.waiting = count
            words = ngettext("%d thing cannot wait", "%d things cannot wait", count) % count
            self.setAccessibleDescription(words if count else "")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if not self.waiting:
            return
        text = str(self.waiting) if self.waiting <= _MOST else f"{_MOST}+"
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.95)
        font.setWeight(QFont.Weight.Bold)
        height = QFontMetrics(font).height() + 2
        width = max(height, QFontMetrics(font).horizontalAdvance(text) + 10)
        place = QRect(self.width() // 2 + 6, 3, width, height)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("danger_soft"))
        painter.drawRoundedRect(place, height / 2, height / 2)
        painter.setPen(theme().colour("on_danger_soft"))
        painter.setFont(font)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
