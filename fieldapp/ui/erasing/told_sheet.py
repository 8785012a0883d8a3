"""Who must be told by another way: a list to go through with a phone in hand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from fieldapp.i18n import _
from fieldapp.services import withdrawals
from fieldapp.services.archive import Archive
from fieldapp.ui.erasing.telling import ToTell, name_words, read_to_tell, text_of, who_lines
from fieldapp.ui.parts import Room, card, clear
from fieldapp.ui.plain import Notice, PlainLabel, Sheet, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.short_copy import ShortCopy
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId

_MOST = 38 * GRID


class ToldSheet(Sheet):
    """Of some records; without them, of all that were erased here and of which somebody is still to be told."""

    listed = Signal(int)
    """How many records stand on it."""
    emptied = Signal()
    """Somebody said that everybody was told."""

    def __init__(self, session: Session, parent: QWidget | None, records: Sequence[RecordId] | None = None) -> None:
        super().__init__(_("Tell them by another way"), parent, width=80 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._records = session, records
        self._shown: list[ToTell] = []
        self.copied: ShortCopy | None = None
        self.words = self.add_words(
            _(
                "They got something of it before. No bundle surely reaches what left this device: "
                "call them, or tell them in person."
            )
        )
        self.words.setMaximumWidth(16777215)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = Room()
        set_look(inside, "clear")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, GRID, 0)
        self._column.setSpacing(GRID)
        self._area.setWidget(inside)
        self.body.addWidget(self._area, 1)
        self.care = Notice(look="warning", icon="warning")
        self.care.hide()
        self.copy_really = push_button(_("Copy it"))
        self.copy_really.clicked.connect(self._on_copy)
        self.care.add_button(self.copy_really)
        self.body.addWidget(self.care)
        self.copy_button = push_button(_("Copy as text…"), "link")
        self.copy_button.clicked.connect(self._on_copy_asked)
        self.buttons.insertWidget(0, self.copy_button)
        self.done_button = self.add_button(_("All were told: forget the list"))
        self.done_button.clicked.connect(self._on_all_told)
        self.add_button(_("Close"), main=True).clicked.connect(self.reject)
        self._read()

    def _read(self) -> None:
        self._session.ask(self, lambda archive: read_to_tell(archive, self._records), self._show)

    def _show(self, shown: list[ToTell]) -> None:
        self._shown = shown
        clear(self._column)
        for each in shown:
            box, column = card(spacing=4)
            column.addWidget(PlainLabel(name_words(each), "strong", wrap=True))
            for line in who_lines(each):
                column.addWidget(PlainLabel(line, wrap=True).selectable())
            self._column.addWidget(box)
        self._column.addStretch(1)
        inside = sum(5 * GRID + 3 * GRID * (1 + len(who_lines(each))) for each in shown)
        self._area.setFixedHeight(min(_MOST, inside))
        self._area.setVisible(bool(shown))
        self.copy_button.setVisible(bool(shown))
        self.done_button.setVisible(any(each.erased for each in shown))
        if not shown:
            self.words.setText(_("Nobody is left to be told."))
        self.listed.emit(len(shown))

    def _on_copy_asked(self) -> None:
        self.care.say(
            _(
                "Other programs on this computer can read what is copied. The text has names, days and numbers of "
                "bundles; no title, and no word of what was told. "
                "After ten seconds, or when you lock, it is taken back."
            )
        )
        self.copy_really.setFocus()

    def _on_copy(self) -> None:
        self.copied = ShortCopy(text_of(self._shown))
        self.care.say("")
        self.copy_button.setText(_("Copied, for ten seconds"))

    def _on_all_told(self) -> None:
        erased = [each.record for each in self._shown if each.erased]

        def forget(archive: Archive) -> None:
            for record in erased:
                withdrawals.told(archive, record)

        self._session.ask(self, forget, lambda _nothing: self._on_forgotten())

    def _on_forgotten(self) -> None:
        self.emptied.emit()
        self._read()
