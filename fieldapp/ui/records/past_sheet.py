"""A record as it was at an earlier moment: to be read, compared with today, and brought back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.services import records, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.views import HistoryEntry
from fieldapp.ui.plain import Notice, PlainLabel, Sheet, set_look
from fieldapp.ui.records.past import PastLine, lines_of
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.times import moment_words
from fieldapp.values import RecordId

_LONGEST = 4_000


class PastSheet(Sheet):
    """Read only, and marked as such. Where it differs from today, today stands below it."""

    brought_back = Signal()

    def __init__(self, session: Session, record: RecordId, entry: HistoryEntry, parent: QWidget) -> None:
        super().__init__(_("How it was then"), parent, width=80 * GRID)
        self._session, self._record, self._entry = session, record, entry
        self.lines: list[PastLine] = []
        self.setMinimumHeight(56 * GRID)
        moment = _("This is how it was %s. Nothing can be changed here.") % moment_words(entry.time_ms)
        self.body.addWidget(Notice(moment, "warning", icon="history"))
        self.summary = self.add_words("", "quiet")
        room = QWidget()
        set_look(room, "clear")
        self._column = QVBoxLayout(room)
        self._column.setContentsMargins(0, 0, GRID, 0)
        self._column.setSpacing(GRID)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(room)
        self.body.addWidget(area, 1)
        self.bring_button = self.add_button(_("Bring this state back"))
        self.bring_button.clicked.connect(self._on_bring)
        self.bring_button.setEnabled(False)
        close = self.add_button(_("Close"), main=True)
        close.clicked.connect(self.reject)

        def read(archive: Archive) -> list[PastLine]:
            return lines_of(views.view_at(archive, record, entry.entry), views.view(archive, record))

        session.ask(self, read, self._on_read)

    def _on_read(self, lines: list[PastLine]) -> None:
        self.lines = lines
        others = sum(line.differs for line in lines)
        words = ngettext("%d field says something else today.", "%d fields say something else today.", others) % others
        self.summary.setText(words if others else _("It says the same today."))
        self.bring_button.setEnabled(bool(others))
        for line in sorted(lines, key=lambda line: not line.differs):  # what is different first
            self._column.addWidget(_line(line))
        self._column.addStretch(1)

    def _on_bring(self) -> None:
        self.bring_button.setEnabled(False)
        record, entry = self._record, self._entry.entry
        self._session.write(self, lambda archive: records.restore_state(archive, record, entry), self._on_brought)

    def _on_brought(self, _changed: Changed) -> None:
        self.accept()
        self.brought_back.emit()


def _line(line: PastLine) -> QFrame:
    box = QFrame()
    set_look(box, "notice" if line.differs else "clear")
    column = QVBoxLayout(box)
    column.setContentsMargins(12, 6, 12, 6)
    column.setSpacing(2)
    column.addWidget(PlainLabel(line.label, "caption"))
    column.addWidget(PlainLabel(_cut(line.then) or _("Nothing stood here yet."), wrap=True).selectable())
    if line.differs:
        now = _("Today: %s") % (_cut(line.now) or _("(cleared)"))
        column.addWidget(PlainLabel(now, "caption", wrap=True).selectable())
    return box


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
