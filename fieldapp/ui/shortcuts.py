"""Shortcuts by the position of the key, so that they are the same on every keyboard layout.

The letter of a shortcut is where it stands on a Latin keyboard: Ctrl+L is the same key when the layout is Russian and
it says Д. Which key was pressed is known, in this order, from the key itself (a Latin letter), from the system's
virtual key (Windows) or scan code (X11, Wayland), and from the letters of the layouts that our people use.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

_LATIN = "qwertyuiop" + "asdfghjkl" + "zxcvbnm"
_LAYOUTS = (
    "йцукенгшщз" + "фывапролд" + "ячсмить",  # Russian; Kyrgyz and legacy Tajik write their own letters on other keys
    "йқукенгшҳз" + "фҷвапролд" + "ячсмитӣ",  # Tajik
    "йцукенгшўз" + "фқвапролд" + "ячсмить",  # Uzbek, Cyrillic
    "йцукенгшщз" + "фівапролд" + "ячсмить",  # Ukrainian
    "йцукенгшщз" + "фывапролд" + "ячсміть",  # Kazakh differs in digits only; Belarusian
)
_POSITION: dict[str, str] = {
    letter: latin for layout in reversed(_LAYOUTS) for letter, latin in zip(layout, _LATIN, strict=True)
}
_SCANNED: dict[int, str] = dict(
    zip((*range(24, 34), *range(38, 47), *range(52, 59)), _LATIN, strict=True)
)  # xkb: AD01…, AC01…, AB01…
_SCANNING = ("xcb", "wayland")
_NAMED = {
    Qt.Key.Key_F1: "F1",
    Qt.Key.Key_F9: "F9",
    Qt.Key.Key_F12: "F12",
    Qt.Key.Key_Delete: "Delete",
    Qt.Key.Key_Escape: "Esc",
}

LOCK, PANIC, COVER, PHONE = "Ctrl+L", "Shift+Esc", "F12", "F9"
"""The keys that `ui.locking.keys` meets before everybody else."""

COVERS = "covers"
"""The property of a widget that lies over everything else in its window."""

_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_OTHERS = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A combination such as "Ctrl+Shift+N", and what it does in words, for the help."""

    combination: str
    words: str
    call: Callable[[], None]
    in_text: bool = True
    """Whether it works while a text with something to undo has the focus."""
    covered: bool = False
    """Whether it works while a view lies over the screen that it belongs to: only locking does."""


class Shortcuts(QObject):
    """The shortcuts of one window. Nothing happens while a sheet is open over it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._by_combination: dict[str, Shortcut] = {}
        QApplication.instance().installEventFilter(self)

    @property
    def all(self) -> list[Shortcut]:
        """All of them, in the order they were added."""
        return list(self._by_combination.values())

    def add(
        self, combination: str, words: str, call: Callable[[], None], *, in_text: bool = True, covered: bool = False
    ) -> None:
        """Do `call` on this combination."""
        self._by_combination[combination] = Shortcut(combination, words, call, in_text, covered)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or not self._is_ours(watched):
            return False
        shortcut = self._by_combination.get(combination_of(event))
        if shortcut is not None and (shortcut.in_text or not _has_own_undo(watched)):
            if shortcut.covered or not _lies_over(watched):
                shortcut.call()
            return True
        return self._send_as_latin(watched, event)

    def _is_ours(self, watched: QObject) -> bool:
        return (
            isinstance(watched, QWidget)
            and watched.window() is self._window.window()
            and QApplication.activeModalWidget() in (None, self._window.window())
        )

    def _send_as_latin(self, watched: QObject, event: QKeyEvent) -> bool:
        """Ctrl+С on a Russian layout copies, as Ctrl+C does: text fields are given the Latin letter."""
        letter = position_of(event)
        if not letter or event.modifiers() & _OTHERS or not event.modifiers() & _CONTROL or event.key() == ord(letter):
            return False
        latin = QKeyEvent(event.type(), ord(letter), event.modifiers(), "", event.isAutoRepeat())
        QApplication.sendEvent(watched, latin)
        return True


def position_of(event: QKeyEvent, platform: str | None = None) -> str:
    """The Latin letter, upper case, at the position of the pressed key; empty if it is no letter key."""
    system = platform or QGuiApplication.platformName()
    key, virtual, scanned = int(event.key()), int(event.nativeVirtualKey()), int(event.nativeScanCode())
    if chr(key & 0xFFFF) in string.ascii_uppercase and key < 0x80:
        return chr(key)
    if system == "windows" and virtual < 0x80 and chr(virtual) in string.ascii_uppercase:
        return chr(virtual)
    if system in _SCANNING and scanned:
        return _SCANNED.get(scanned, "").upper()
    letter: str = chr(key).lower() if 0x80 <= key <= 0xFFFF else event.text().lower()
    return _POSITION.get(letter, "").upper()


def combination_of(event: QKeyEvent) -> str:
    """The combination as it is written down, such as "Ctrl+Shift+N", "Ctrl+1" or "F1"; empty if it is none."""
    held = event.modifiers()
    if held & _OTHERS:
        return ""
    named = _NAMED.get(Qt.Key(event.key())) if event.key() in _NAMED else None
    digit = chr(event.key()) if ord("0") <= event.key() <= ord("9") else ""
    name = named or (position_of(event) or digit if held & _CONTROL else "")
    if not name:
        return ""
    return "".join(("Ctrl+" if held & _CONTROL else "", "Shift+" if held & _SHIFT else "", name))


def _lies_over(watched: QObject) -> bool:
    """Whether this belongs to a view that lies over the screen: what is under it must not be acted upon unseen."""
    widget = watched if isinstance(watched, QWidget) else None
    while widget is not None:
        if widget.property(COVERS):
            return True
        widget = widget.parentWidget()
    return False


def _has_own_undo(watched: QObject) -> bool:
    if isinstance(watched, QLineEdit):
        return watched.isUndoAvailable()
    return isinstance(watched, QPlainTextEdit) and watched.document().isUndoAvailable()
