"""A field for secrets. Qt's own line edit leaves copies of what was typed all over the memory; this one keeps the
characters in one buffer that is overwritten when it is cleared, and shows what trips people up: the script that the
keyboard writes, and Caps Lock.
"""

from __future__ import annotations

import unicodedata
from functools import partial

from PySide6.QtCore import QCoreApplication, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.i18n import _, pgettext
from fieldapp.ui.plain import PlainLabel, icon_button
from fieldapp.ui.theme import GRID, RADIUS, theme

_BYTES_EACH = 4
_ENCODING = "utf-32-le"
_MOST = 1024
_DOT = 7
_STEP = 12
_OVERWRITTEN_AFTER_MS = (1000, 4000)
_TEXTS = 20_000  # more than there is free room of one size; some milliseconds


class SecretBox(QWidget):
    """The box that is typed into. Characters are added and taken away at its end only."""

    edited = Signal()
    submitted = Signal()
    """Enter was pressed."""
    noticed = Signal(str, bool)
    """After a key: the script it wrote ("" if it had none), and whether Caps Lock seems to be on."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buffer = bytearray(_MOST * _BYTES_EACH)  # never grows: growing would leave a copy behind
        self._used = 0
        self._shown = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        hints = Qt.InputMethodHint
        self.setInputMethodHints(hints.ImhSensitiveData | hints.ImhNoPredictiveText | hints.ImhNoAutoUppercase)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        theme().changed.connect(self.update)

    def take(self) -> str:
        """What was typed; the box is empty after it, and room that the text gives back is overwritten."""
        text = self._text()
        self.clear()
        for later_ms in _OVERWRITTEN_AFTER_MS:
            QTimer.singleShot(later_ms, QCoreApplication.instance(), partial(_overwrite_freed, len(text)))
        return text

    def peek(self) -> str:
        """What was typed, which stays: for what is long to type, and may have to be tried once more."""
        return self._text()

    def peek_equal(self, other: SecretBox) -> bool:
        """Whether both boxes hold the same."""
        return len(self) == len(other) and self._buffer == other._buffer

    def __len__(self) -> int:
        return self._used // _BYTES_EACH

    def __bool__(self) -> bool:
        return True

    def clear(self) -> None:
        """Overwrite and forget what was typed."""
        self._buffer[:] = bytes(len(self._buffer))
        self._used = 0
        self._after_edit()

    def _text(self) -> str:
        return self._buffer[: self._used].decode(_ENCODING)

    def reveal(self, shown: bool) -> None:
        """Show the characters, or dots."""
        self._shown = shown
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(40 * GRID, 38)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Backspace:
            self._take_back(everything=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif event.matches(QKeySequence.StandardKey.Paste):
            self._add(QGuiApplication.clipboard().text())
        elif not self._type(event):
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:  # noqa: N802 - Qt's name
        self._add(event.commitString())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and shape
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        pen = QPen(theme().colour("accent" if focused else "control_line"), 2 if focused else 1)
        painter.setPen(pen)
        painter.setBrush(theme().colour("surface"))
        edge = self.rect().adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(edge, RADIUS, RADIUS)
        inner = self.rect().adjusted(12, 4, -12, -4)
        painter.setClipRect(inner)
        end = self._paint_text(painter, inner) if self._shown else self._paint_dots(painter, inner)
        if focused:
            painter.setPen(QPen(theme().colour("text"), 1))
            painter.drawLine(QPoint(end + 2, inner.top() + 5), QPoint(end + 2, inner.bottom() - 5))
        painter.end()

    def _paint_dots(self, painter: QPainter, room: QRect) -> int:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("text"))
        count = min(len(self), max(room.width() // _STEP - 1, 1))
        for place in range(count):
            painter.drawEllipse(room.left() + place * _STEP, room.center().y() - _DOT // 2, _DOT, _DOT)
        return room.left() + count * _STEP

    def _paint_text(self, painter: QPainter, room: QRect) -> int:
        painter.setPen(theme().colour("text"))
        text = self._text()
        width = painter.fontMetrics().horizontalAdvance(text)
        start = room.left() - max(0, width - room.width() + 6)
        where = QRect(start, room.top(), width + 6, room.height())
        painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        return start + width

    def _type(self, event: QKeyEvent) -> bool:
        text = event.text()
        held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        if event.key() == Qt.Key.Key_CapsLock or not text or not text.isprintable() or held:
            return False
        self._add(text)
        self.noticed.emit(_script_of(text), _looks_like_caps(text, event.modifiers()))
        return True

    def _add(self, text: str) -> None:
        fitting = "".join(character for character in text if character.isprintable())[: _MOST - len(self)]
        added = fitting.encode(_ENCODING, "ignore")
        self._buffer[self._used : self._used + len(added)] = added
        self._used += len(added)
        self._after_edit()

    def _take_back(self, *, everything: bool) -> None:
        if everything:
            self.clear()
            return
        if self._used:
            self._used -= _BYTES_EACH
            self._buffer[self._used : self._used + _BYTES_EACH] = bytes(_BYTES_EACH)
        self._after_edit()

    def _after_edit(self) -> None:
        self.update()
        self.edited.emit()


class PassphraseField(QWidget):
    """A secret box with its label, a button that reveals it, and a line that tells of layout and Caps Lock."""

    edited = Signal()
    submitted = Signal()

    def __init__(self, label: str, parent: QWidget | None = None, *, box: SecretBox | None = None) -> None:
        super().__init__(parent)
        self.box = box or SecretBox(label)
        self.reveal_button = icon_button("reveal", _("Show what I type"))
        self.reveal_button.setCheckable(True)
        self._notes = PlainLabel("", "caption")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        if label:
            outer.addWidget(PlainLabel(label, "strong"))
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.box, 1)
        row.addWidget(self.reveal_button)
        outer.addLayout(row)
        outer.addWidget(self._notes)
        self.setFocusProxy(self.box)
        self.box.edited.connect(self.edited)
        self.box.submitted.connect(self.submitted)
        self.box.noticed.connect(self._on_noticed)
        self.reveal_button.toggled.connect(self._on_reveal)
        self._say("", caps=False)

    def __len__(self) -> int:
        return len(self.box)

    def __bool__(self) -> bool:
        return True

    def take(self) -> str:
        """What was typed; the field is empty after it."""
        return self.box.take()

    def clear(self) -> None:
        """Overwrite and forget what was typed."""
        self.box.clear()

    def _on_reveal(self, shown: bool) -> None:
        self.box.reveal(shown)

    def _on_noticed(self, script: str, caps: bool) -> None:
        self._say(script, caps=caps)

    def _say(self, script: str, *, caps: bool) -> None:
        layout = script or _layout_of_system()
        parts = [_("Keyboard: %s") % layout] if layout else [" "]
        if caps:
            parts.append(_("Caps Lock is on"))
        self._notes.setText("   ".join(parts))
        self._notes.look("danger" if caps else "caption")


def _overwrite_freed(characters: int) -> None:
    """Take and give back much room of the sizes that a text of that length had, as it was and in UTF-8.

    Python cannot wipe a text, nor does it wipe the room of one that is gone. What is asked for next in the same size
    gets that room. No promise: tests/leaks/test_passphrase.py looks whether it does what it should.
    """
    for spelt in (f"{{:0{characters}}}", "\u0430" * max(characters - 6, 0) + "{:06}"):
        texts = [spelt.format(number) for number in range(_TEXTS)]
        encoded = [text.encode() for text in texts]
        del texts, encoded


def _script_of(text: str) -> str:
    """The script of the last letter, in words: what a person needs to see who types on several layouts."""
    name = unicodedata.name(text[-1], "")
    if not unicodedata.category(text[-1]).startswith("L"):
        return ""
    known = {"CYRILLIC": pgettext("script", "Cyrillic letters"), "LATIN": pgettext("script", "Latin letters")}
    return known.get(name.partition(" ")[0], "")


def _looks_like_caps(text: str, modifiers: Qt.KeyboardModifier) -> bool:
    shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
    letter = text[-1]
    return letter.lower() != letter.upper() and (letter.isupper() != shift)


def _layout_of_system() -> str:
    """The language of the keyboard, where the system tells."""
    locale = QGuiApplication.inputMethod().locale()
    name = locale.nativeLanguageName()
    return name[:1].upper() + name[1:] if locale.name() != "C" else ""
