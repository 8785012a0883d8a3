"""A short word at the foot of the window about what was just done, with one way back. It goes by itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from fieldapp.ui.plain import PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID

_STAYS_MS = 8000


class Toast(QFrame):
    """Floats over its parent, low and in the middle. Says one thing at a time."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        set_look(self, "toast")
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        self.words = PlainLabel()
        self.button = push_button("")
        self.button.clicked.connect(self._on_button)
        row.addWidget(self.words)
        row.addWidget(self.button)
        self._call: Callable[[], None] | None = None
        self._timer = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def say(self, text: str, button: str = "", call: Callable[[], None] | None = None) -> None:
        """Say this, with a button that does `call`."""
        self.words.setText(text)
        self.setAccessibleName(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self._call = call
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        room = self._room.rect()
        self.move((room.width() - self.width()) // 2, room.height() - self.height() - 6 * GRID)

    def _on_button(self) -> None:
        self.hide()
        if self._call is not None:
            self._call()
