"""The keys that work wherever the focus is: in a sheet, a menu, a file dialog, a passphrase field, a picture.

Rule 1: they are no letters, or known by the position of the key, so that they are the same on every layout.
Rule 2: the press is met where it enters the program, before any window, popup or field sees it.
Rule 3: whoever else filters the application's events came before: `come_first` is called after each new screen.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from fieldapp.ui.shortcuts import COVER, LOCK, PHONE, combination_of

_SHIFT = Qt.KeyboardModifier.ShiftModifier
_PRESSES = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)


def is_lock_key(event: QKeyEvent) -> bool:
    """Whether it is one of these keys, so that whoever swallows all others lets it through."""
    return _is_panic(event) or combination_of(event) in (LOCK, COVER, PHONE)


def _is_panic(event: QKeyEvent) -> bool:
    """Shift+Esc, whatever else is held."""
    return event.key() == Qt.Key.Key_Escape and bool(event.modifiers() & _SHIFT)


class LockKeys(QObject):
    """Says which of the keys was pressed, from `come_first` on. A key that is held down says it once."""

    panic_pressed = Signal()
    lock_pressed = Signal()
    cover_pressed = Signal()
    phone_pressed = Signal()

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self._signals = {LOCK: self.lock_pressed, COVER: self.cover_pressed, PHONE: self.phone_pressed}

    def come_first(self) -> None:
        """See every event before all others who filter the events of the application by now."""
        application = QApplication.instance()
        application.removeEventFilter(self)
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, ARG002 - Qt's name and shape
        kind = event.type()
        if kind not in _PRESSES or not isinstance(event, QKeyEvent):
            return False
        if _is_panic(event):
            if not event.isAutoRepeat():
                self.panic_pressed.emit()
            return True
        signal = self._signals.get(combination_of(event)) if kind is QEvent.Type.KeyPress else None
        if signal is None:
            return False
        if not event.isAutoRepeat():
            signal.emit()
        return True
