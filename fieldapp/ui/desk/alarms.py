"""The alarms of the desk: what happened, what to do, and "I have seen this"."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from fieldapp.i18n import _
from fieldapp.services.alarms import Alarm
from fieldapp.ui.desk.alarm_words import alarm_words
from fieldapp.ui.plain import IconLabel, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID


class AlarmBox(QFrame):
    """One alarm."""

    seen = Signal(Alarm)
    people_asked = Signal()
    anew_asked = Signal()

    def __init__(self, alarm: Alarm) -> None:
        super().__init__()
        set_look(self, "alarm")
        words = alarm_words(alarm)
        self.setAccessibleName(f"{words.heading} {words.text}")
        told = QVBoxLayout()
        told.setSpacing(4)
        told.addWidget(PlainLabel(words.heading, "strong", wrap=True))
        told.addWidget(PlainLabel(words.text, wrap=True))
        buttons = QVBoxLayout()
        buttons.setSpacing(GRID)
        if words.anew:
            self.anew_button = push_button(_("Go on anew…"))
            self.anew_button.clicked.connect(self.anew_asked)
            buttons.addWidget(self.anew_button)
        else:
            self.people_button = push_button(_("Show the people"))
            self.people_button.clicked.connect(self.people_asked)
            buttons.addWidget(self.people_button)
        self.seen_button = push_button(_("I have seen this"))
        self.seen_button.setObjectName(f"seen {alarm.key.hex()}")
        self.seen_button.setAccessibleDescription(words.heading)
        self.seen_button.clicked.connect(lambda: self.seen.emit(alarm))
        buttons.addWidget(self.seen_button)
        buttons.addStretch(1)
        told.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, 12, 2 * GRID, 12)
        row.setSpacing(12)
        row.addWidget(IconLabel("warning", 20, "on_danger_soft"), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(told, 1)
        row.addLayout(buttons)
