"""The quiet line at the foot: that nothing can leave, what has not arrived elsewhere, and how long until the lock."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from fieldapp.i18n import _, ngettext
from fieldapp.ui.plain import IconLabel, PlainLabel, set_look
from fieldapp.ui.shortcuts import PHONE
from fieldapp.ui.theme import GRID

_MINUTE_S = 60
_SOON_S = 60


class StatusLine(QFrame):
    """Never asks for anything."""

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "foot")
        self.setFixedHeight(28)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        row.setSpacing(6)
        row.addWidget(IconLabel("offline", 16, "quiet"))
        row.addWidget(PlainLabel(_("Offline: nothing can leave"), "caption"))
        row.addSpacing(3 * GRID)
        self.waiting = PlainLabel("", "caption")
        row.addWidget(self.waiting)
        row.addStretch(1)
        self._icon = IconLabel("clock", 16, "quiet")
        row.addWidget(self._icon)
        self.lock = PlainLabel("", "caption")
        row.addWidget(self.lock)

    def say_waiting(self, waiting: int, sent: int = 0) -> None:
        """So many records with something that is in no bundle yet; and that was sent, and nobody has confirmed it."""
        told = []
        if waiting:
            told.append(ngettext("%d not yet handed over", "%d not yet handed over", waiting) % waiting)
        if sent:
            told.append(ngettext("%d sent, not yet confirmed", "%d sent, not yet confirmed", sent) % sent)
        self.waiting.setText("  ·  ".join(told))

    def say_left(self, left_s: int, stays_s: int = 0) -> None:
        """So many seconds until the lock; and, while somebody is on the phone, until it locks as usual again."""
        if stays_s > _SOON_S:
            minutes = -(-stays_s // _MINUTE_S)
            words = ngettext(
                "On the phone: stays open for %(count)d minute (%(key)s ends it)",
                "On the phone: stays open for %(count)d minutes (%(key)s ends it)",
                minutes,
            )
            self.lock.setText(words % {"count": minutes, "key": PHONE})
        elif left_s > _SOON_S:
            minutes = -(-left_s // _MINUTE_S)
            self.lock.setText(ngettext("Locks in %d minute", "Locks in %d minutes", minutes) % minutes)
        else:
            words = ngettext(
                "Locks in %d second; any key puts it off", "Locks in %d seconds; any key puts it off", left_s
            )
            self.lock.setText(words % left_s)
        self._icon.draw("phone" if stays_s > _SOON_S else "clock", "quiet")
        self.lock.look("danger" if left_s <= _SOON_S // 2 else "caption")
