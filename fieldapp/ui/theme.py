"""How the window looks: two palettes, one accent colour, an 8-pixel grid, fonts that have our people's letters.

Every colour is a role with a name; widgets and the style sheet (`resources/styles/window.qss`) speak of roles only.
`READABLE` lists which role is read on which: each pair has a contrast of at least 4.5:1, which a test computes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

GRID = 8
RADIUS = 6
RAIL_WIDTH = 13 * GRID
CONTROL_HEIGHT = 4 * GRID
TEXT_WIDTH = 76 * GRID
"""A line of text that is still easy to read."""

_RESOURCES = Path(__file__).resolve().parents[2] / "resources"
_FAMILIES = ("Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")  # all have ў қ ғ ҳ ӣ ӯ ҷ ң ө ү
_POINT_SIZE = 10


@dataclass(frozen=True, slots=True)
class Colours:
    """The roles, each as #rrggbb. `on_…` is what is written upon it."""

    window: str
    surface: str
    sunken: str
    hover: str
    line: str
    control_line: str
    text: str
    quiet: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    on_accent_soft: str
    danger: str
    danger_soft: str
    on_danger_soft: str
    warning_soft: str
    on_warning_soft: str
    good: str
    mark: str
    on_mark: str
    rail: str
    on_rail: str
    rail_chosen: str
    on_rail_chosen: str


LIGHT = Colours(
    window="#f4f5f3",
    surface="#ffffff",
    sunken="#eceeeb",
    hover="#eef2f1",
    line="#dcdfdb",
    control_line="#858d8b",
    text="#1c2426",
    quiet="#566164",
    accent="#14616b",
    accent_hover="#0f4e56",
    on_accent="#ffffff",
    accent_soft="#dceeee",
    on_accent_soft="#0d4a52",
    danger="#a8321f",
    danger_soft="#fbe6e1",
    on_danger_soft="#7d2113",
    warning_soft="#fbefd0",
    on_warning_soft="#644400",
    good="#2a6a3c",
    mark="#ffe69a",
    on_mark="#1c2426",
    rail="#23302f",
    on_rail="#c3cecc",
    rail_chosen="#38494a",
    on_rail_chosen="#ffffff",
)

DARK = Colours(
    window="#15191a",
    surface="#1d2223",
    sunken="#181d1e",
    hover="#262d2e",
    line="#323a3b",
    control_line="#76817f",
    text="#e7ebea",
    quiet="#a5b0ae",
    accent="#74c3c6",
    accent_hover="#93d5d7",
    on_accent="#0b2022",
    accent_soft="#1f4145",
    on_accent_soft="#c2e9ea",
    danger="#ff9d8a",
    danger_soft="#46221b",
    on_danger_soft="#ffc7bb",
    warning_soft="#3d3114",
    on_warning_soft="#f3d58d",
    good="#86cd97",
    mark="#6a5513",
    on_mark="#fff3c9",
    rail="#0f1314",
    on_rail="#a9b5b3",
    rail_chosen="#2a3435",
    on_rail_chosen="#ffffff",
)

READABLE = (
    *((ink, ground) for ink in ("text", "quiet") for ground in ("window", "surface", "sunken", "hover")),
    *((ink, ground) for ink in ("accent", "danger", "good") for ground in ("window", "surface", "hover")),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent_soft", "accent_soft"),
    ("on_danger_soft", "danger_soft"),
    ("on_warning_soft", "warning_soft"),
    ("on_mark", "mark"),
    ("on_rail", "rail"),
    ("on_rail_chosen", "rail_chosen"),
)

VISIBLE = (("control_line", "surface"), ("control_line", "window"), ("accent", "window"), ("accent", "surface"))
"""Edges of controls and the focus ring: at least 3:1."""


class Appearance(Enum):
    """Which palette: the system's, or one of ours on purpose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """The look of the whole application. There is one; `theme()` gives it."""

    changed = Signal()
    """The colours are others now: whoever paints paints again."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self.appearance = Appearance.SYSTEM
        self.colours = LIGHT
        application.setStyle(QStyleFactory.create("Fusion"))
        application.setFont(_font())
        application.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self._apply()

    def choose(self, appearance: Appearance) -> None:
        """Use this appearance from now on."""
        self.appearance = appearance
        self._apply()

    def colour(self, role: str) -> QColor:
        """The colour of a role."""
        return QColor(getattr(self.colours, role))

    @property
    def dark(self) -> bool:
        return self.colours is DARK

    def _on_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        if self.appearance is Appearance.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        by_system = self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
        dark = by_system if self.appearance is Appearance.SYSTEM else self.appearance is Appearance.DARK
        self.colours = DARK if dark else LIGHT
        self._application.setPalette(palette_of(self.colours))
        self._application.setStyleSheet(style_sheet(self.colours))
        self.changed.emit()


class _Kept:
    """The one theme of the application."""

    theme: Theme | None = None


def install_theme(application: QApplication) -> Theme:
    """Give the application its look; once."""
    if _Kept.theme is None:
        _Kept.theme = Theme(application)
    return _Kept.theme


def theme() -> Theme:
    """The look of the application, which has one from its start."""
    assert _Kept.theme is not None, "install_theme comes first"
    return _Kept.theme


def palette_of(colours: Colours) -> QPalette:
    """The roles as Qt's own, for what the style sheet does not reach."""
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, name in (
        (roles.Window, colours.window),
        (roles.WindowText, colours.text),
        (roles.Base, colours.surface),
        (roles.AlternateBase, colours.sunken),
        (roles.Text, colours.text),
        (roles.Button, colours.surface),
        (roles.ButtonText, colours.text),
        (roles.BrightText, colours.danger),
        (roles.Highlight, colours.accent),
        (roles.HighlightedText, colours.on_accent),
        (roles.Link, colours.accent),
        (roles.PlaceholderText, colours.quiet),
        (roles.ToolTipBase, colours.surface),
        (roles.ToolTipText, colours.text),
        (roles.Mid, colours.line),
        (roles.Midlight, colours.hover),
        (roles.Dark, colours.control_line),
        (roles.Accent, colours.accent),
    ):
        palette.setColor(role, QColor(name))
    disabled = QPalette.ColorGroup.Disabled
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(disabled, role, QColor(colours.quiet))
    return palette


def style_sheet(colours: Colours) -> str:
    """The style sheet with the colours put in."""
    text = (_RESOURCES / "styles" / "window.qss").read_text(encoding="utf-8")
    arrow = (_RESOURCES / "icons" / "arrow_down.svg").as_posix()
    tick = (_RESOURCES / "icons" / f"tick_{'dark' if colours is DARK else 'light'}.svg").as_posix()
    return Template(text).substitute(asdict(colours), radius=f"{RADIUS}px", arrow=f'"{arrow}"', tick=f'"{tick}"')


def contrast(ink: str, ground: str) -> float:
    """The contrast of two colours (#rrggbb) as WCAG 2.2 defines it, from 1 to 21."""
    lighter, darker = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(name: str) -> float:
    parts = [int(name[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _font() -> QFont:
    there = set(QFontDatabase.families())
    families = [family for family in _FAMILIES if family in there]
    font = QFont(families) if families else QFont()
    font.setPointSize(_POINT_SIZE)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    return font
