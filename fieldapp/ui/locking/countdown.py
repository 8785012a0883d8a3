"""The last minute before a lock, over the content: how long it still is, what puts it off, and the long phone call.

A touch puts the lock off. The bar then says so and stays for a moment, so that whoever is on the phone can still reach
its button: the mouse that goes there is a touch as well.

Rule: one bar at a time can be seen and read aloud: where a sheet keeps all below it out of reach, the bar is on it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.ui.idle import LAST_S
from fieldapp.ui.plain import IconLabel, PlainLabel, is_there, push_button, set_look
from fieldapp.ui.shortcuts import PHONE
from fieldapp.ui.theme import GRID, theme

PHONE_S = 30 * 60
"""How long a call may be in which nobody touches the machine."""

_NEAR_S = 10
_STAYS_MS = 6000
_MINUTE_S = 60
_WIDEST = 104 * GRID
_ONE_ROW = 80 * GRID
"""A narrower bar has its button below its words."""
_LOW = 4
"""A sheet that is less high than so many bars would be hidden by one."""
_LINE = 3


class LastMinute(QObject):
    """The bar where it can be seen and clicked now: on the screen, or on the sheet that lies over everything else."""

    phone_asked = Signal()

    def __init__(self, screen: QWidget, *, left: int = 0, top: int = 0) -> None:
        """`left`, `top`: what it is not to lie over."""
        super().__init__(screen)
        self.on_screen = Countdown(screen, left=left, top=top)
        self.on_screen.phone_asked.connect(self.phone_asked)
        self._on_sheet: Countdown | None = None

    @property
    def bar(self) -> Countdown:
        """The one that is for now; made where there is none yet."""
        sheet = QApplication.activeModalWidget()
        if self._on_sheet is not None and (not is_there(self._on_sheet) or self._on_sheet.parentWidget() is not sheet):
            self._leave_sheet()
        if sheet is None:
            return self.on_screen
        self.on_screen.hide()
        if self._on_sheet is None:
            self._on_sheet = _OnSheet(sheet, top=GRID)
            self._on_sheet.phone_asked.connect(self.phone_asked)
        return self._on_sheet

    def hide(self) -> None:
        """Show it nowhere."""
        self.on_screen.hide()
        self._leave_sheet()

    def _leave_sheet(self) -> None:
        """A sheet that is hidden now, and shown again later, must not show an old count."""
        if self._on_sheet is not None and is_there(self._on_sheet):
            self._on_sheet.hide()
            self._on_sheet.deleteLater()
        self._on_sheet = None


class Countdown(QFrame):
    """Floats over its room, at the top and in the middle, so far from its edges."""

    phone_asked = Signal()

    def __init__(self, room: QWidget, *, left: int = 0, top: int = 0) -> None:
        super().__init__(room)
        self._room, self._left, self._top = room, left, top
        self._left_s, self._of_s = 0, LAST_S
        self._icon = IconLabel("clock", 3 * GRID, "on_warning_soft")
        self.words = PlainLabel("", "strong")
        self.more = PlainLabel("", "caption", wrap=True)
        words = _("I am on the phone: stay open for %d minutes") % (PHONE_S // _MINUTE_S)
        self.phone_button = push_button(f"{words}  ({PHONE})", icon_name="phone")
        self.phone_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.phone_button.clicked.connect(self.phone_asked)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.words)
        said.addWidget(self.more)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(self._icon)
        row.addLayout(said, 1)
        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._parts.setContentsMargins(2 * GRID, 12, 2 * GRID, 12 + _LINE)
        self._parts.addLayout(row, 1)
        self._parts.addWidget(self.phone_button)
        self._timer = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._timer.timeout.connect(self.hide)
        room.installEventFilter(self)
        self._wear("countdown", "on_warning_soft")
        self.hide()

    def say_left(self, left_s: int, of_s: int) -> None:
        """So many seconds are left of this last part."""
        self._left_s, self._of_s = left_s, of_s
        near = left_s <= _NEAR_S
        self._wear("countdown_near" if near else "countdown", "on_danger_soft" if near else "on_warning_soft")
        self._say(
            ngettext("Locks in %d second", "Locks in %d seconds", left_s) % left_s,
            _("Any key or touch keeps it open. Nothing you typed is lost."),
        )
        self._timer.stop()

    def say_put_off(self, after_s: int) -> None:
        """Somebody is there: it stays open, and locks after so long without a touch."""
        if self.isHidden():
            return
        self._left_s = 0
        minutes = -(-after_s // _MINUTE_S)
        self._wear("countdown_off", "on_accent_soft")
        self._say(
            _("Stays open"),
            ngettext("It locks after %d minute without a touch.", "It locks after %d minutes without a touch.", minutes)
            % minutes,
        )
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        share = self._left_s / self._of_s if self._of_s else 0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour(self._ink))
        length = (self.width() - 4 * GRID) * share
        painter.drawRoundedRect(QRectF(2 * GRID, self.height() - 2 * _LINE - 1, length, _LINE), _LINE / 2, _LINE / 2)
        painter.end()

    def _wear(self, look: str, ink: str) -> None:
        self._ink = ink
        if self.property("look") != look:
            set_look(self, look)
            self._icon.draw("check" if look == "countdown_off" else "clock", ink)
            for label in (self.words, self.more):
                set_look(label, str(label.property("look")))

    def _say(self, words: str, more: str) -> None:
        self.words.setText(words)
        self.more.setText(more)
        self.setAccessibleName(f"{words}. {more}")
        self.show()
        self._place()
        self.raise_()
        self.update()

    def _place(self) -> None:
        room = self._room.rect().adjusted(self._left, self._top, 0, 0)
        width = min(room.width() - 4 * GRID, _WIDEST)
        in_one_row = width >= _ONE_ROW
        self._parts.setDirection(QBoxLayout.Direction.LeftToRight if in_one_row else QBoxLayout.Direction.TopToBottom)
        self._parts.setSpacing(2 * GRID if in_one_row else GRID)
        height = max(self._parts.heightForWidth(width), 7 * GRID)
        self.setGeometry(room.left() + (room.width() - width) // 2, room.top(), width, height)


class _OnSheet(Countdown):
    """On a sheet that is low it has room of its own, which stays: nothing there moves again under somebody's hand."""

    def _place(self) -> None:
        super()._place()
        layout, needed = self._room.layout(), self.geometry().bottom()
        margins = layout.contentsMargins() if layout is not None else None
        if layout is not None and margins is not None and margins.top() < needed and self._is_low():
            margins.setTop(margins.top() + needed)
            layout.setContentsMargins(margins)

    def _is_low(self) -> bool:
        return self._room.height() < _LOW * self.height()
