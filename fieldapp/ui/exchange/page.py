"""The exchange: handing over, taking in, the people I trust, my card. Files may be dropped anywhere on it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.services.archive import Changed
from fieldapp.ui.exchange.hand_over import HandOverPart
from fieldapp.ui.exchange.my_card import MyCardPart
from fieldapp.ui.exchange.people import PeoplePart
from fieldapp.ui.exchange.take_in import TakeInPart
from fieldapp.ui.parts import Part
from fieldapp.ui.plain import ButtonIcon, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID

_ICONS = {"hand_over": "take_out", "take_in": "take_in", "people": "people", "card": "card"}


class ExchangePage(QWidget):
    """The page of the workspace."""

    record_chosen = Signal(bytes)
    """A record, by its id, that came in and shall be shown."""
    light_asked = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.hand_over, self.take_in = HandOverPart(session), TakeInPart(session)
        self.people, self.card = PeoplePart(session), MyCardPart(session)
        self.parts: dict[str, Part] = {
            "hand_over": self.hand_over,
            "take_in": self.take_in,
            "people": self.people,
            "card": self.card,
        }
        self._places = QStackedWidget()
        self.buttons = {name: push_button(words, "part") for name, words in _part_words().items()}
        self._build()
        self.setAcceptDrops(True)
        self.hand_over.add_asked.connect(lambda: self.show_part("people"))
        self.people.changed.connect(self.hand_over.refresh)
        self.take_in.trusted.connect(self._on_trusted)
        self.take_in.record_chosen.connect(self.record_chosen)
        session.changed.connect(self._on_changed)
        self.show_part("hand_over")

    @property
    def part(self) -> str:
        """Which of `parts` is shown."""
        return next(name for name, part in self.parts.items() if part is self._places.currentWidget())

    def refresh(self) -> None:
        """Read again what is shown."""
        part = self._places.currentWidget()
        if isinstance(part, Part):
            part.refresh()

    def show_part(self, name: str) -> None:
        """Show one of `parts`."""
        self.buttons[name].setChecked(True)
        self._places.setCurrentWidget(self.parts[name])
        self.parts[name].refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if files_in(event.mimeData()):
            event.acceptProposedAction()
            self.show_part("take_in")
            self.take_in.show_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        self.take_in.show_over(False)
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        self.take_in.show_over(False)
        files = files_in(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.show_part("take_in")
            self.take_in.add_files(files)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        pane = QFrame()
        set_look(pane, "pane")
        pane.setFixedWidth(28 * GRID)
        column = QVBoxLayout(pane)
        column.setContentsMargins(12, 2 * GRID, 12, 2 * GRID)
        column.setSpacing(4)
        group = QButtonGroup(self)
        for name, button in self.buttons.items():
            button.setCheckable(True)
            ButtonIcon(button, _ICONS[name], "quiet", chosen="on_accent_soft")
            group.addButton(button)
            button.clicked.connect(lambda _checked=False, name=name: self.show_part(name))
            column.addWidget(button)
        column.addStretch(1)
        self.light_button = push_button(_("Travel light…"), "link", icon_name="shield")
        self.light_button.clicked.connect(self.light_asked)
        column.addWidget(self.light_button)
        row.addWidget(pane)
        for part in self.parts.values():
            self._places.addWidget(part)
        row.addWidget(self._places, 1)

    def _on_trusted(self) -> None:
        self.hand_over.refresh()
        self.people.refresh()

    def _on_changed(self, _changed: Changed) -> None:
        if self.isVisible() and self._places.currentWidget() is self.hand_over:
            self.hand_over.refresh()


def files_in(mime: QMimeData) -> list[Path]:
    """The files of this computer in what is dragged; nothing that lies elsewhere."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def _part_words() -> dict[str, str]:
    return {
        "hand_over": _("Hand over"),
        "take_in": _("Take in"),
        "people": _("People I trust"),
        "card": _("My card"),
    }
