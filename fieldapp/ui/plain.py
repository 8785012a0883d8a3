"""Words on the screen, as plain text and nothing else. The only file that makes labels, boxes and tips.

Qt takes any text that looks like HTML for HTML, and then opens the files that it names. Here every text format is set
to plain before a word goes in. Marks that turn the direction of writing around are shown as what they are, so that no
word changes how those beside it read.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from fieldapp.i18n import _
from fieldapp.ui.icons import icon, picture
from fieldapp.ui.theme import GRID, TEXT_WIDTH, theme

_ZERO_WIDTH = "\u200b"
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\N{REPLACEMENT CHARACTER}")
_GRAVE = ("main", "danger")
_ON = {"notice": "on_accent_soft", "warning": "on_warning_soft", "alarm": "on_danger_soft"}


class PlainLabel(QLabel):
    """Text in a look of the style sheet: title, heading, section, strong, quiet, caption, danger, good, accent.

    `wrap` breaks lines; without it the text stands on one line and is cut by the label's width only.
    """

    def __init__(self, text: str = "", look: str = "", *, wrap: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self.look(look)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show this text."""
        super().setText(harmless(text))

    def look(self, look: str) -> None:
        """Take another look."""
        if self.property("look") != look:
            set_look(self, look)

    def selectable(self) -> PlainLabel:
        """Let a person mark and copy the text, also with the keyboard."""
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        return self


class ElidedLabel(PlainLabel):
    """One line that gives way: what does not fit ends in an ellipsis, and is a tip."""

    def __init__(self, text: str = "", look: str = "", *, parent: QWidget | None = None) -> None:
        self._whole = ""
        super().__init__("", look, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show this text, as much of it as fits."""
        self._whole = " ".join(harmless(text).split())
        self.setAccessibleName(self._whole)
        self._cut()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(4 * GRID, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(self.width(), 1))
        super().setText(shown)
        tip(self, self._whole if shown != self._whole else "")


class IconLabel(QLabel):
    """One of our icons, for the eye only: it says nothing to a screen reader."""

    def __init__(self, name: str, size: int = 2 * GRID, role: str = "text", *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing = (name, size, role)
        self.setFixedSize(size, size)
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def draw(self, name: str, role: str) -> None:
        """Show another icon, or the same in another colour."""
        self._drawing = (name, self._drawing[1], role)
        self._on_theme_changed()

    def _on_theme_changed(self) -> None:
        name, size, role = self._drawing
        self.setPixmap(picture(name, size, role, ratio=self.devicePixelRatioF()))


class PictureLabel(QLabel):
    """Pixels that were decoded elsewhere."""

    def __init__(self, picture: QPixmap, name: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setPixmap(picture)
        self.setAccessibleName(name)


class Notice(QFrame):
    """A few calm lines in a box. `look`: notice, warning or alarm."""

    def __init__(self, text: str = "", look: str = "notice", *, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, look)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 10, 12, 10)
        self._row.setSpacing(10)
        self._icon_name = icon
        self._icon = IconLabel(icon, 18, _ON.get(look, "text")) if icon else None
        if self._icon is not None:
            self._row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self.words = PlainLabel(text, wrap=True)
        self._row.addWidget(self.words, 1)
        self.setAccessibleName(text)

    def wear(self, look: str) -> None:
        """Take another look."""
        if self.property("look") != look:
            set_look(self, look)
            set_look(self.words, "")
            if self._icon is not None:
                self._icon.draw(self._icon_name, _ON.get(look, "text"))

    def say(self, text: str) -> None:
        """Say this, and be seen; with no text, be gone."""
        self.words.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def add_button(self, button: QPushButton) -> None:
        """Put a button at the end of the line."""
        self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)


class Sheet(QDialog):
    """A dialog in our look: a heading, a body, and buttons below. Escape closes it."""

    def __init__(self, heading: str, parent: QWidget | None, *, width: int = 60 * GRID) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Field App"))
        self.setModal(True)
        self.setMinimumWidth(width)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        outer.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # see event
        outer.setSpacing(2 * GRID)
        outer.addWidget(PlainLabel(heading, "heading", wrap=True))
        self.body = QVBoxLayout()
        self.body.setSpacing(GRID)
        outer.addLayout(self.body, 1)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(GRID)
        self.buttons.addStretch(1)
        outer.addLayout(self.buttons)

    def event(self, event: QEvent) -> bool:
        """As high as its words need at its width: Qt reckons wrapped lines for a narrower one."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Show, QEvent.Type.LayoutRequest) and self.isVisible():
            layout = self.layout()
            fitting = layout.heightForWidth(self.width()) if layout is not None else 0
            if fitting > 0:
                self.resize(self.width(), max(fitting, self.minimumHeight()))
        return done

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter presses a plain button of the body that has the focus, else the main one, if it is ready.

        Rule: what gives trust or takes something away is never pressed so, and below nothing but the main button: who
        presses twice does not cancel what the first one began.
        """
        button = self.focusWidget()
        plain = isinstance(button, QPushButton | QToolButton) and not button.isCheckable()
        if not plain or self._is_below(button) or button.property("look") in _GRAVE or not presses_focused(self, event):
            super().keyPressEvent(event)

    def _is_below(self, button: QWidget) -> bool:
        return self.buttons.indexOf(button) >= 0

    def add_words(self, text: str, look: str = "") -> PlainLabel:
        """A paragraph."""
        label = PlainLabel(text, look, wrap=True)
        label.setMaximumWidth(TEXT_WIDTH)
        self.body.addWidget(label)
        return label

    def add_button(self, text: str, *, main: bool = False) -> QPushButton:
        """A button below; the main one is what Enter presses."""
        button = push_button(text, "main" if main else "")
        button.setDefault(main)
        button.setAutoDefault(main)
        self.buttons.addWidget(button)
        return button


def push_button(text: str, look: str = "", *, icon_name: str = "") -> QPushButton:
    """A button in one of the looks: main, link, quiet, danger, choice, chip."""
    button = QPushButton(text)
    set_look(button, look)
    if look in ("link", "quiet", "main", ""):
        button.setCursor(Qt.CursorShape.PointingHandCursor)
    if icon_name:
        ButtonIcon(button, icon_name, {"main": "on_accent", "link": "accent", "quiet": "quiet"}.get(look, "text"))
    button.setAutoDefault(False)
    return button


def is_there(thing: QObject) -> bool:
    """Whether Qt has not yet taken this object away."""
    return bool(isValid(thing))  # type: ignore[no-untyped-call]  # shiboken6 says nothing of types


def presses_focused(window: QWidget, event: QKeyEvent) -> bool:
    """Press the button that has the focus, if the key is Enter: outside dialogs Qt would leave it to the space bar.

    For the `keyPressEvent` of a screen, which gets only the keys that nothing in it wanted. Gives whether it did.
    """
    button = window.focusWidget()
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not isinstance(button, QAbstractButton):
        return False
    button.click()
    return True


def icon_button(name: str, text: str, look: str = "quiet", *, role: str = "quiet") -> QToolButton:
    """A button of an icon alone; `text` is its tip and what a screen reader says."""
    button = QToolButton()
    set_look(button, look)
    ButtonIcon(button, name, role)
    button.setIconSize(QSize(18, 18))
    button.setAccessibleName(text)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    tip(button, text)
    return button


def tell(parent: QWidget | None, heading: str, *paragraphs: str) -> None:
    """Say something that a person must have seen. Returns at once; the sheet stays until they close it."""
    sheet = Sheet(heading, parent)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for paragraph in paragraphs:
        if paragraph:
            sheet.add_words(paragraph).selectable()
    sheet.add_button(_("Close"), main=True).clicked.connect(sheet.accept)
    sheet.open()


def ask(parent: QWidget | None, heading: str, text: str, *, yes: str, no: str = "") -> Sheet:
    """Ask for a decision: connect to `accepted` and `rejected`. The sheet is open when this returns."""
    sheet = Sheet(heading, parent)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.add_words(text)
    sheet.add_button(no or _("Cancel")).clicked.connect(sheet.reject)
    sheet.add_button(yes, main=True).clicked.connect(sheet.accept)
    sheet.open()
    return sheet


def harmless(text: str) -> str:
    """The text with a sign in place of each mark that turns the direction of writing; as long as it was."""
    return text if text.isascii() else text.translate(_TURNING)


def tip(widget: QWidget, text: str) -> None:
    """A tip, with every mark that could begin markup made harmless."""
    text = harmless(text)
    widget.setToolTip(text.replace("<", f"{_ZERO_WIDTH}<{_ZERO_WIDTH}").replace("&", f"&{_ZERO_WIDTH}") if text else "")


def set_look(widget: QWidget, look: str) -> None:
    """Give a widget a look of the style sheet."""
    widget.setProperty("look", look)
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):  # else it gets its looks when it is first shown
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)


def line() -> QFrame:
    """A thin line across."""
    frame = QFrame()
    set_look(frame, "line")
    return frame


class ButtonIcon(QObject):
    """Keeps the icon of a button in the colours of the theme."""

    def __init__(self, button: QAbstractButton, name: str, role: str, *, chosen: str | None = None) -> None:
        super().__init__(button)
        self._button = button
        self._drawing = (name, role, chosen)
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _on_theme_changed(self) -> None:
        name, role, chosen = self._drawing
        self._button.setIcon(icon(name, role, chosen=chosen))
