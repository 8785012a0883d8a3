"""From the moment of a lock one window alone is on the screen, and it says nothing.

What was asked of the vault before may still be answered while what was typed is kept: a sheet, a picture, a menu that
opens then is never brought to the screen.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from fieldapp.ui.plain import is_there


class Alone(QObject):
    """Keeps every other window of the program from the screen, as long as its own is on it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        QApplication.instance().installEventFilter(self)

    def hide_others(self) -> None:
        """Hide what is on the screen already."""
        for other in QApplication.topLevelWidgets():
            if other is not self._window:
                other.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self._keep_away(watched)
        return False

    def _keep_away(self, widget: QWidget) -> None:
        """Qt tells that it is about to be shown, and looks only then whether it may be on the screen.

        A window like our own is a way in, and no answer.
        """
        if isinstance(widget, QMainWindow) or not self._window.isVisible():
            return
        widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        QTimer.singleShot(0, self, lambda: widget.hide() if is_there(widget) else None)
