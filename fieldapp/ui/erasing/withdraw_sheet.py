"""A person takes back what was told: who confirmed the wish, how, when and why; and what happens then, said plainly."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.services import withdrawals
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.withdrawals import How
from fieldapp.ui.erasing.day_line import DayLine
from fieldapp.ui.erasing.said_words import how_words, title_words
from fieldapp.ui.locking.half_sheet import HalfSheet, TypedIn
from fieldapp.ui.plain import ElidedLabel, Notice, PlainLabel, Sheet
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId

WITHDRAW = "withdraw"
"""What a half-finished sheet of this kind is called."""

_MOST = 200
_UNLIMITED = 16777215


class WithdrawSheet(Sheet):
    """For one record, or for several that the same person takes back. `withdrawn`, or nothing is changed."""

    withdrawn = Signal(tuple)
    """The ids of the records, in a tuple."""

    def __init__(
        self, session: Session, records: Sequence[RecordId], title: str, parent: QWidget | None, *, reason: str = ""
    ) -> None:
        super().__init__(_("They want it back"), parent, width=84 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._records = session, tuple(records)
        count = len(self._records)
        several = ngettext("%d record", "%d records", count) % count
        self.body.addWidget(ElidedLabel(title_words(title) if count == 1 else several, "strong"))
        note = _("Who told us something may take it back at any time, without saying why.")
        self.add_words(note, "quiet").setMaximumWidth(_UNLIMITED)
        self.by, self.reason = _line(_("for example: Zarina, who spoke with her")), _line(_("may stay empty"))
        self.reason.setText(reason)
        self.how = QComboBox()
        self.how.addItem(_("Please choose"), "")
        for each in (How.SPOKEN, How.WRITTEN, How.AUDIO, How.WITNESSED, How.RELATIVE, How.OTHER):
            self.how.addItem(how_words(each), each.value)
        self.date = DayLine(_("When was that?"))
        self._build()
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.add_button(_("Cancel")).clicked.connect(self.reject)
        self.withdraw_button = self.add_button(_("Take it back"), main=True)
        self.withdraw_button.clicked.connect(self._on_withdraw)
        self.by.textChanged.connect(self._on_edited)
        self.how.currentIndexChanged.connect(self._on_edited)
        self.date.edited.connect(self._on_edited)
        self._on_edited()
        self.by.setFocus()
        fields: dict[str, TypedIn] = {"by": self.by, "how": self.how, "date": self.date.line, "reason": self.reason}
        HalfSheet(session, self, WITHDRAW, b"".join(self._records), fields)

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        for place, (name, widget) in enumerate(
            (
                (_("Who confirmed this wish?"), self.by),
                (_("How was it confirmed?"), self.how),
                (_("When was that?"), self.date),
                (_("Why, if it may be told"), self.reason),
            )
        ):
            grid.addLayout(_named(name, widget), place // 2, place % 2)
            grid.setColumnStretch(place % 2, 1)
        self.body.addLayout(grid)
        readers = _("Coordinators read this, and everybody who has had something of this record.")
        self.add_words(readers, "caption").setMaximumWidth(_UNLIMITED)
        self.body.addWidget(
            Notice(
                _(
                    "What happens now: it leaves all lists, searches and bundles here, at once. With your next bundles "
                    "the word travels, and the same happens wherever it arrives. Nothing is erased by this: each "
                    "person decides about erasing what they have, you too, under “What came in”."
                ),
                icon="hide",
            )
        )
        caption = _(
            "If somebody else wrote it down and you are no coordinator for the others, they see it as a request."
        )
        self.add_words(caption, "caption").setMaximumWidth(_UNLIMITED)

    def _on_edited(self, _what: object = None) -> None:
        named, chosen = bool(self.by.text().strip()), bool(self.how.currentData())
        self.withdraw_button.setEnabled(named and chosen and self.date.is_fine)

    def _on_withdraw(self) -> None:
        records, by, how = self._records, self.by.text(), How(self.how.currentData())
        date, reason = self.date.text, self.reason.text()
        self.withdraw_button.setEnabled(False)

        def work(archive: Archive) -> Changed:
            changed = Changed()
            for record in records:
                changed |= withdrawals.withdraw(archive, record, by=by, how=how, date=date, reason=reason)
            return changed

        self._session.write(self, work, self._on_done, self._on_failed)

    def _on_done(self, _changed: Changed) -> None:
        self.withdrawn.emit(self._records)
        self.accept()

    def _on_failed(self, error: FieldAppError) -> None:
        self._on_edited()
        self.notice.say(words_of(error).text)


def _line(placeholder: str) -> QLineEdit:
    line = QLineEdit()
    line.setMaxLength(_MOST)
    line.setPlaceholderText(placeholder)
    line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
    return line


def _named(name: str, widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(PlainLabel(name, "strong", wrap=True))
    column.addWidget(widget)
    column.addStretch(1)
    widget.setAccessibleName(name)
    return column
