"""A device was lost, or somebody left: what of theirs still stands is chosen, and nothing they wrote is removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QButtonGroup, QDateEdit, QHBoxLayout, QLineEdit, QRadioButton, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services import half_finished, revoking
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.revoking import NOTHING, Cut
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.fold import Fold
from fieldapp.ui.locking.half_sheet import HalfSheet, TypedIn
from fieldapp.ui.plain import Notice, PlainLabel, Sheet, push_button
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.tick import Tick
from fieldapp.ui.words import words_of

LOST_DEVICE = "lost device"
"""The kind of this sheet, where what is typed in it is kept until it is done."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of somebody's is here, and how much of it would still stand, as a choice says."""

    cut: Cut
    here: int
    stands: int


class LostDeviceSheet(Sheet):
    """Asks what still stands; `revoked`, or nothing is changed."""

    revoked = Signal(Peer)

    def __init__(self, session: Session, peer: Peer, parent: QWidget) -> None:
        super().__init__(_("%s: the device was lost, or they left") % visible(peer.name), parent, width=84 * GRID)
        self._session, self._peer = session, peer
        self._standing: Standing | None = None
        self.add_words(
            _(
                "From now on nothing is sealed for this device, and what it writes later waits aside until you have "
                "looked at it. Everybody for whom you are a coordinator learns of it with your next bundle."
            )
        ).setMaximumWidth(16777215)
        self.body.addWidget(PlainLabel(_("What of theirs still stands?"), "strong"))
        self.all_button = QRadioButton(_("Everything that has come here until now"))
        self.before_button = QRadioButton(_("Only what had come here before this day:"))
        self.none_button = QRadioButton(_("Nothing: somebody else may have written all of it"))
        self.all_button.setChecked(True)
        self.day = QDateEdit(QDate.currentDate())
        self._build()
        fields: dict[str, TypedIn] = {
            "day": self.day,
            "all": self.all_button,
            "before": self.before_button,
            "none": self.none_button,
            "reason": self.reason,
            "strangers": self.strangers,
        }
        HalfSheet(session, self, LOST_DEVICE, half_finished.about_card(peer.fingerprint), fields)
        self.say = PlainLabel("", "quiet", wrap=True)
        self.body.addWidget(self.say)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.add_button(_("Cancel")).clicked.connect(self.reject)
        self.revoke_button = push_button(_("No longer believe this device"), "danger")
        self.revoke_button.clicked.connect(self._on_revoke)
        self.buttons.addWidget(self.revoke_button)
        self._reckon()

    def _build(self) -> None:
        self._group = QButtonGroup(self)
        self.day.setDisplayFormat("dd.MM.yyyy")
        self.day.setButtonSymbols(QDateEdit.ButtonSymbols.NoButtons)
        self.day.setMaximumDate(QDate.currentDate())
        self.day.setAccessibleName(_("The day on which it was lost"))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.before_button)
        row.addWidget(self.day)
        row.addStretch(1)
        self.body.addWidget(self.all_button)
        self.body.addLayout(row)
        self.body.addWidget(self.none_button)
        for button in (self.all_button, self.before_button, self.none_button):
            self._group.addButton(button)
            button.toggled.connect(self._on_toggled)
        self.day.dateChanged.connect(self._on_day)
        self.body.addWidget(PlainLabel(_("Why, in a few words that others will read too"), "strong"))
        self.reason = QLineEdit()
        self.reason.setMaxLength(200)
        self.reason.setPlaceholderText(_("For example: the laptop was taken at a search"))
        self.reason.setAccessibleName(_("Why, in a few words that others will read too"))
        self.body.addWidget(self.reason)
        more = Fold(_("More choices"))
        self.strangers = Tick(_("What came through it from people whom nobody here knows waits aside too"))
        more.column.addWidget(self.strangers)
        note = _("Who holds the device can make such people up; its owner's colleagues may be among them.")
        more.column.addWidget(PlainLabel(note, "caption", wrap=True))
        self.body.addWidget(more)

    def _on_toggled(self, on: bool) -> None:
        if on:
            self._reckon()

    def _on_day(self, _day: QDate) -> None:
        if self.before_button.isChecked():
            self._reckon()
        else:
            self.before_button.setChecked(True)

    def _reckon(self) -> None:
        self.revoke_button.setEnabled(False)
        asked = self._choice()
        self._session.ask(
            self, lambda archive: standing(archive, self._peer, asked), self._on_reckoned, self._on_failed
        )

    def _choice(self) -> int | None:
        """The moment until which it stands; None: now; 0: never."""
        if self.all_button.isChecked():
            return None
        if self.none_button.isChecked():
            return 0
        day = self.day.date()
        morning = datetime.combine(datetime(day.year(), day.month(), day.day()), time())  # noqa: DTZ001 - made aware next
        return int(morning.astimezone().timestamp() * 1000)

    def _on_reckoned(self, found: Standing) -> None:
        self._standing = found
        self.revoke_button.setEnabled(True)
        waits = found.here - found.stands
        if not found.here:
            self.say.setText(_("Nothing of theirs is here."))
        elif not waits:
            self.say.setText(_("Nothing that is here changes."))
        else:
            words = ngettext(
                "%(waits)d of their %(here)d changes will wait aside. None is removed.",
                "%(waits)d of their %(here)d changes will wait aside. None is removed.",
                waits,
            )
            self.say.setText(words % {"waits": waits, "here": found.here})

    def _on_revoke(self) -> None:
        found, reason, strangers = self._standing, self.reason.text(), self.strangers.isChecked()
        if found is None:
            return
        self.revoke_button.setEnabled(False)

        def work(archive: Archive) -> Changed:
            return revoking.revoke(archive, self._peer, reason=reason, upto=found.cut, strangers=strangers)

        self._session.write(self, work, lambda _: self._on_revoked(), self._on_failed)

    def _on_revoked(self) -> None:
        self.revoked.emit(self._peer)
        self.accept()

    def _on_failed(self, error: FieldAppError) -> None:
        self.revoke_button.setEnabled(self._standing is not None)
        self.notice.say(words_of(error).text)


def standing(archive: Archive, peer: Peer, until_ms: int | None) -> Standing:
    """What of somebody's log still stands: all that is here, what had come until a moment, or (0) nothing."""
    log = peer.card.log
    known = revoking.everything_known(archive, log)
    cuts = {None: known, 0: NOTHING}
    cut = cuts.get(until_ms) or revoking.known_until(archive, log, until_ms or 0)
    return Standing(cut, known.seq + 1, cut.seq + 1)
