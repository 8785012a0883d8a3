"""Travelling light before a visit: what is surely elsewhere leaves this device, in one step, and comes back later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import Job
from fieldapp.media.probe import visible
from fieldapp.services import removal, trust
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.removal import Light, Removed
from fieldapp.ui.parts import Part, card, clear
from fieldapp.ui.plain import IconLabel, Notice, PlainLabel, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.settings.light_words import doubt_sentences, going_words, kept_sentences, removed_words
from fieldapp.ui.settings.taken_off import TakenOffSheet
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of
from fieldapp.values import Progress


@dataclass(frozen=True, slots=True)
class Outlook:
    """What may go now, and who the coordinators are."""

    light: Light
    coordinators: tuple[str, ...]


def read_outlook(archive: Archive, progress: Progress) -> tuple[Outlook, Changed]:
    """In the vault lane; what was being typed is finished first, and is the second value."""
    light = removal.qualifying(archive, progress)
    names = tuple(peer.name for peer in trust.coordinators(archive))
    return Outlook(light, names), light.finished


class LightPage(Part):
    """A page of the workspace, reached from the settings and from the exchange."""

    back_asked = Signal()
    reckoned = Signal()
    """What may go is on the screen."""
    ended = Signal()
    """What could go is gone, or it was stopped, or it failed; and the screen says so."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            _("Travel light"),
            _(
                "Before somebody may look into this device: what your coordinators surely have leaves it now, and "
                "comes back with a later bundle. What nobody else has stays."
            ),
        )
        self._session = session
        self._job: Job[Any] | None = None
        self._outlook: Outlook | None = None
        self._step = ""
        back = push_button(_("Back to the settings"), "link", icon_name="back")
        back.clicked.connect(self.back_asked)
        row = QHBoxLayout()
        row.addWidget(back)
        row.addStretch(1)
        self.column.insertLayout(0, row)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self._above, self._below = QVBoxLayout(), QVBoxLayout()
        for cards in (self._above, self._below):
            cards.setSpacing(2 * GRID)
        self.column.addLayout(self._above)
        self._build_middle()
        self.column.addLayout(self._below)
        self.copies = QComboBox()
        for number in range(1, removal.MOST_COPIES + 1):
            self.copies.addItem(str(number), number)
        self.copies.setAccessibleName(_("How many coordinators must have it"))
        self.copies.activated.connect(self._on_copies)
        self.copies_box = self._build_copies()
        self.column.addWidget(self.copies_box)
        self.column.addStretch(1)
        self._show_step("ready")

    def refresh(self) -> None:
        """Reckon what may go; while records are leaving, nothing else is asked."""
        if self._step != "going":
            self.reckon()

    def reckon(self) -> None:
        """Look at every record: with many it takes a while, and can be stopped."""
        self.stop()
        self.notice.say("")
        self._show_cards()
        self._say_busy(_("Looking at each record…"))
        self._show_step("reckoning")
        self._job = self._session.at_length(
            self,
            read_outlook,
            self._on_reckoned,
            self._on_failed,
            progress=self._on_progress,
            cancelled=self._on_stopped,
        )

    def go(self) -> None:
        """Take off all that was shown, as far as it may still go."""
        found = self._outlook
        if found is None or self._step != "ready":
            return
        records = found.light.records
        self._say_busy(_("Leaving this device…"))
        self._show_step("going")

        def work(archive: Archive, progress: Progress) -> tuple[Removed, Changed]:
            gone = removal.remove(archive, records, progress)
            return gone, gone.changed

        self._job = self._session.at_length(
            self, work, self._on_gone, self._on_failed, progress=self._on_progress, cancelled=self._on_stopped
        )

    def stop(self) -> None:
        """Stop at the next record; what went is gone."""
        if self._job is not None:
            self._job.cancel()

    def show_taken_off(self) -> TakenOffSheet:
        """The list of what left."""
        sheet = TakenOffSheet(self._session, self)
        sheet.open()
        return sheet

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Nobody looks any more: what only reckons makes nobody wait. What leaves goes on."""
        if self._step == "reckoning":
            self.stop()
        super().hideEvent(event)

    def _build_copies(self) -> QWidget:
        box, column = card()
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(PlainLabel(_("How many coordinators must have it"), "strong", wrap=True))
        self._copies_words = PlainLabel("", "quiet", wrap=True)
        words.addWidget(self._copies_words)
        row.addLayout(words, 1)
        row.addWidget(self.copies)
        column.addLayout(row)
        return box

    def _build_middle(self) -> None:
        self._busy = QWidget()
        set_look(self._busy, "clear")
        busy = QVBoxLayout(self._busy)
        busy.setContentsMargins(0, 0, 0, 0)
        self._busy_words = PlainLabel("", "quiet")
        self.bar = QProgressBar()
        busy.addWidget(self._busy_words)
        busy.addWidget(self.bar)
        self.column.addWidget(self._busy)
        self._before = PlainLabel(
            _("There is no undo for this. Whoever looks into the device still finds how many records left, and when."),
            "caption",
            wrap=True,
        )
        self.column.addWidget(self._before)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        self.list_button = push_button(_("What was taken off…"), "link")
        self.list_button.clicked.connect(self.show_taken_off)
        row.addWidget(self.list_button)
        row.addStretch(1)
        self.again_button = push_button(_("Look again"))
        self.again_button.clicked.connect(self.reckon)
        self.stop_button = push_button(_("Stop"))
        self.stop_button.clicked.connect(self.stop)
        self.go_button = push_button("", "main")
        self.go_button.clicked.connect(self.go)
        for button in (self.again_button, self.stop_button, self.go_button):
            row.addWidget(button)
        self.column.addLayout(row)

    def _show_step(self, step: str) -> None:
        """One of: reckoning, ready, going, stopped, done."""
        self._step = step
        busy = step in ("reckoning", "going")
        count = len(self._outlook.light.records) if self._outlook else 0
        self._busy.setVisible(busy)
        self.stop_button.setVisible(busy)
        self.copies_box.setVisible(step == "ready")
        self.go_button.setVisible(step == "ready" and count > 0)
        self._before.setVisible(step == "ready" and count > 0)
        words = ngettext("Take %d record off this device", "Take %d records off this device", count)
        self.go_button.setText(words % count)
        self.again_button.setVisible(step in ("stopped", "done"))

    def _show_cards(self, above: QWidget | None = None, below: QWidget | None = None) -> None:
        for layout, widget in ((self._above, above), (self._below, below)):
            clear(layout)
            if widget is not None:
                layout.addWidget(widget)

    def _say_busy(self, words: str) -> None:
        self._busy_words.setText(words)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(words)

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)

    def _on_reckoned(self, told: tuple[Outlook, Changed]) -> None:
        self._outlook = found = told[0]
        self._job = None
        self.copies.setCurrentIndex(self.copies.findData(found.light.copies_needed))
        self._say_copies(found)
        kept = kept_sentences(found.light.kept, found.light.copies_needed)
        self._show_cards(_going_card(found), _stays_card(kept) if kept else None)
        self._show_step("ready")
        self.reckoned.emit()

    def _say_copies(self, found: Outlook) -> None:
        count = len(found.coordinators)
        if not count:
            words = _("You trust no coordinator on this device yet, so nothing can leave it.")
        else:
            words = ngettext(
                "You trust %(count)d coordinator here (%(names)s).",
                "You trust %(count)d coordinators here (%(names)s).",
                count,
            )
            words = words % {"count": count, "names": ", ".join(visible(name) for name in found.coordinators)}
        words = " ".join([words, *doubt_sentences(found.light)])
        if found.light.copies_needed == 1:
            words += " " + _("If it is only one, what that one office loses is lost for good.")
        self._copies_words.setText(words)

    def _on_copies(self) -> None:
        number = int(self.copies.currentData())
        self._session.ask(
            self, lambda archive: removal.set_copies_needed(archive, number), self._on_copies_kept, self._on_failed
        )

    def _on_copies_kept(self, number: int) -> None:
        if number == self.copies.currentData():  # else a later choice is on its way
            self.reckon()

    def _on_gone(self, told: tuple[Removed, Changed]) -> None:
        gone, found = told[0], self._outlook
        self._outlook, self._job = None, None
        kept = (*found.light.kept, *gone.refused) if found is not None else ()
        words = kept_sentences(kept, found.light.copies_needed) if found is not None else []
        self._show_cards(_done_card(gone), _stays_card(words) if words and not gone.cancelled else None)
        self._show_step("done")
        self.ended.emit()

    def _on_stopped(self) -> None:
        if self._job is not None and not self._job.ended:
            return  # it was stopped to begin anew
        self._job = None
        self._show_step("stopped")
        self.ended.emit()

    def _on_failed(self, error: FieldAppError) -> None:
        self._job, self._outlook = None, None
        self.notice.say(words_of(error).text)
        self._show_step("stopped")
        self.ended.emit()


def _going_card(found: Outlook) -> QWidget:
    light = found.light
    box, column = card(spacing=GRID)
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(IconLabel("check" if light.records else "shield", 28, "good" if light.records else "quiet"))
    count = len(light.records)
    words = ngettext("%d record is safe elsewhere and can go", "%d records are safe elsewhere and can go", count)
    row.addWidget(PlainLabel(words % count if count else _("Nothing can go now"), "heading", wrap=True), 1)
    column.addLayout(row)
    if count:
        column.addWidget(PlainLabel(going_words(light), wrap=True))
        told = ngettext(
            "%d coordinator has confirmed to hold every word and every file of them.",
            "Of each of them %d coordinators have confirmed to hold every word and every file.",
            light.copies_needed,
        )
        column.addWidget(PlainLabel(told % light.copies_needed, "quiet", wrap=True))
    elif not light.kept:
        column.addWidget(PlainLabel(_("There is no record on this device."), "quiet", wrap=True))
    return box


def _stays_card(sentences: list[str]) -> QWidget:
    box, column = card(spacing=GRID)
    column.addWidget(PlainLabel(_("What stays, and why"), "section"))
    for sentence in sentences:
        column.addWidget(PlainLabel(sentence, wrap=True))
    hint = _("Hand over what is new, and take in their next bundles: with them their confirmations come.")
    column.addWidget(PlainLabel(hint, "quiet", wrap=True))
    return box


def _done_card(gone: Removed) -> QWidget:
    box, column = card(spacing=GRID)
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(IconLabel("check", 28, "good"))
    heading = _("Stopped, as you asked") if gone.cancelled else _("Done")
    row.addWidget(PlainLabel(heading, "heading", wrap=True), 1)
    column.addLayout(row)
    column.addWidget(PlainLabel(removed_words(gone), wrap=True))
    column.addWidget(PlainLabel(_back_words(), "quiet", wrap=True))
    return box


def _back_words() -> str:
    return _(
        "They come back when a coordinator hands everything over to you once more, or just those records. "
        "You can go on writing meanwhile; all of it fits together again."
    )
