"""The cover: one opaque page over everything, for the moment in which somebody comes in. It is not a lock, and says so.

Rule 1: while it is up nothing of ours can be seen: sheets and menus are hidden, also those that open meanwhile.
Rule 2: what takes it away does nothing else: that key, that click, reach nothing below it; nor does the same key while
        it is held down, nor the second half of a double click.
Rule 3: the count towards the lock goes on, and no touch stops it but the one that takes the cover away.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.ui.locking.keys import is_lock_key
from fieldapp.ui.plain import IconLabel, PlainLabel, is_there, push_button, set_look
from fieldapp.ui.shortcuts import PANIC
from fieldapp.ui.theme import GRID

_MINUTE_S = 60
_WIDTH = 64 * GRID
_HELD = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
    Qt.Key.Key_Super_L,
    Qt.Key.Key_Super_R,
    Qt.Key.Key_unknown,
)
"""Keys that change what other keys mean, and the switch of layouts: they alone take nothing away."""

_CLICKS = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease)


class Cover(QFrame):
    """Lies over a window, and over all that this window opened."""

    lifted = Signal()
    """A person took it away."""
    lock_asked = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._hidden: list[tuple[QWidget, Qt.WindowModality]] = []
        self._focus: QWidget | None = None
        self._rest = _Rest(self)
        set_look(self, "cover")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.heading = PlainLabel(_("Covered, not locked"), "title", wrap=True)
        self.setAccessibleName(self.heading.text())
        self.left = PlainLabel("", "caption", wrap=True)
        self.reason = PlainLabel("", wrap=True)
        self.lock_button = push_button(_("Lock now") + f"  ({PANIC})", "cover")
        self.lock_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.lock_button.clicked.connect(self.lock_asked)
        self._build()
        self.hide()

    @property
    def is_up(self) -> bool:
        """Whether it covers the window now."""
        return not self.isHidden()

    def put_up(self, reason: str = "") -> None:
        """Cover everything; `reason` says why, where no person asked for it."""
        if self.is_up:
            return
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        self._focus = QApplication.focusWidget() or self._window.window().focusWidget()
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self._hide_others()
        self._window.activateWindow()
        self.setFocus()
        QApplication.instance().installEventFilter(self)

    def lift(self) -> None:
        """Show again what was there, and put the cursor where it was."""
        self.take_away()
        for widget, modality in self._hidden:
            if is_there(widget):
                widget.setWindowModality(modality)
                widget.show()
                widget.raise_()
        self._hidden = []
        if self._focus is not None and is_there(self._focus):
            self._focus.activateWindow()
            self._focus.setFocus()
        self.lifted.emit()

    def take_away(self) -> None:
        """Be gone, and leave what was hidden hidden."""
        QApplication.instance().removeEventFilter(self)
        self.hide()

    def say_left(self, left_s: int) -> None:
        """So many seconds until the lock."""
        if left_s > _MINUTE_S:
            minutes = -(-left_s // _MINUTE_S)
            words = ngettext("It locks by itself in %d minute.", "It locks by itself in %d minutes.", minutes) % minutes
        else:
            words = ngettext("It locks by itself in %d second.", "It locks by itself in %d seconds.", left_s) % left_s
        self.left.setText(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        kind = event.type()
        if kind is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self._cover_newcomer(watched)
        elif kind is QEvent.Type.Resize and watched is self._window:
            self.setGeometry(self._window.rect())
        elif kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
            return self._take_key(event)
        return False

    def _take_key(self, event: QKeyEvent) -> bool:
        if is_lock_key(event):
            return False
        is_press = event.type() is QEvent.Type.KeyPress and not event.isAutoRepeat()
        if is_press and event.key() not in _HELD:
            self.lift()
            self._rest.of_key(event.key())
        return True

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        event.accept()
        self.lift()
        self._rest.of_click()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        event.accept()  # lifted when the button comes up: what lies below must not meet half a click

    def _hide_others(self) -> None:
        while (popup := QApplication.activePopupWidget()) is not None and popup.isVisible():
            popup.close()
        for widget in QApplication.topLevelWidgets():
            if widget is not self._window.window() and widget.isVisible():
                self._hide(widget)

    def _hide(self, widget: QWidget) -> None:
        if widget.windowType() is Qt.WindowType.Dialog:
            self._hidden.append((widget, widget.windowModality()))
        widget.hide()

    def _cover_newcomer(self, widget: QWidget) -> None:
        """A sheet that opens now: a lid lies on it before it is painted, and it is hidden when it has come to be."""
        if widget is self._window.window():
            return
        lid = Lid(widget)

        def hide() -> None:
            if is_there(lid):
                lid.deleteLater()
            if is_there(widget) and widget.isVisible() and self.is_up:
                self._hide(widget)
                self._window.activateWindow()
                self.setFocus()

        QTimer.singleShot(0, self, hide)

    def _build(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(2 * GRID)
        column.addWidget(IconLabel("cover", 7 * GRID, "on_rail"), 0, Qt.AlignmentFlag.AlignHCenter)
        words = PlainLabel(
            _("Nobody can read the screen now. But any key or click brings everything back, whoever presses it."),
            wrap=True,
        )
        for label in (self.heading, self.reason, words, self.left):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addSpacing(GRID)
        column.addWidget(self.lock_button, 0, Qt.AlignmentFlag.AlignHCenter)
        room = QWidget()
        set_look(room, "clear")
        room.setFixedWidth(_WIDTH)
        room.setLayout(column)
        middle = QVBoxLayout()
        middle.addStretch(2)
        middle.addWidget(room)
        middle.addStretch(3)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(1)


class _Rest(QObject):
    """What still comes of the key or click that took the cover away, and is swallowed."""

    def __init__(self, cover: QObject) -> None:
        super().__init__(cover)
        self._key: int | None = None
        self._click = QTimer(self, singleShot=True)

    def of_key(self, key: int) -> None:
        """Until it comes up, or another one is pressed."""
        self._key = key
        QApplication.instance().installEventFilter(self)

    def of_click(self) -> None:
        """As long as a second click would make a double click of it."""
        self._click.start(QApplication.doubleClickInterval())
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, ARG002 - Qt's name and shape
        if isinstance(event, QKeyEvent):
            return self._takes_key(event)
        return event.type() in _CLICKS and self._click.isActive()

    def _takes_key(self, event: QKeyEvent) -> bool:
        if self._key is None or is_lock_key(event):
            return False
        if event.isAutoRepeat():
            return True
        if event.type() is QEvent.Type.KeyRelease:
            is_its_own = event.key() == self._key
            self._key = None if is_its_own else self._key
            return is_its_own
        if event.key() not in _HELD:
            self._key = None
        return False


class Lid(QFrame):
    """Hides one window that opens under the cover, from its first moment."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        set_look(self, "cover")
        self.setGeometry(widget.rect())
        self.show()
        self.raise_()
