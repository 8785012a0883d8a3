"""A check of everything: how far it is, then what was found, in groups, each with what to do. Nothing of it is mended
here but lists, which are made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from fieldapp.errors import ExpectedError, FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import Job
from fieldapp.messages.found import words_of as words_of_finding
from fieldapp.services import vaults
from fieldapp.services.archive import Archive
from fieldapp.services.safety import checking, looking_after
from fieldapp.services.safety.findings import Finding, Kind, Report
from fieldapp.ui.parts import Room, clear
from fieldapp.ui.plain import IconLabel, Notice, PlainLabel, Sheet, harmless, line, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.sizes import size_words
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of
from fieldapp.values import Progress

REPAIRED = frozenset(
    {Kind.PAGES, Kind.DATABASE, Kind.ROLLED_BACK, Kind.CHAIN, Kind.ENTRY, Kind.SIGNATURE, Kind.BODY, Kind.MARKS}
)
"""Damage for which a repair in a copy is what helps."""

_TITLES_SHOWN = 4
_PER_MILLE = 1000
_LIST_HEIGHT = 34 * GRID
_MARGIN = 3 * GRID
"""Of a sheet, at both sides."""


@dataclass(frozen=True, slots=True)
class Told:
    """A report, and what the records are called that it concerns."""

    report: Report
    titles: Mapping[Finding, Sequence[str]]


class CheckSheet(Sheet):
    """Begins at once. Whatever is typed elsewhere waits behind it, so nothing else is to be reached meanwhile."""

    ended = Signal()
    """The result is on the sheet, or that it was stopped or failed."""
    repair_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None) -> None:
        super().__init__(_("Check everything"), parent, width=80 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._job: Job[Told] | None = None
        self.busy_words = self.add_words(
            _(
                "Every entry, every file and every list is read, and nothing is changed. With many files this takes "
                "minutes. Some steps cannot be stopped: they are ended first."
            ),
            "quiet",
        )
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("Checking…"))
        self.body.addWidget(self.bar)
        self.head = QHBoxLayout()
        self.head.setSpacing(12)
        self.body.addLayout(self.head)
        self.area, self._found = _list_of_findings()
        self.body.addWidget(self.area, 1)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.close_button = self.add_button(_("Stop"))
        self.close_button.clicked.connect(self.reject)
        self.rebuild_button = self.add_button(_("Make the lists anew"))
        self.rebuild_button.clicked.connect(self._on_rebuild)
        self.again_button = self.add_button(_("Check again"))
        self.again_button.clicked.connect(self.begin)
        self.repair_button = push_button(_("Lock, and repair in a copy…"), "main")
        self.repair_button.clicked.connect(self._on_repair)
        self.buttons.addWidget(self.repair_button)
        self.begin()

    def begin(self) -> None:
        """Check, from the beginning."""
        self._set_busy(busy=True)
        self.bar.setRange(0, 0)
        self._job = self._session.at_length(
            self, _check, self._on_told, self._on_failed, progress=self._on_progress, cancelled=self._on_stopped
        )

    def reject(self) -> None:
        """Stop, while it goes on; else close."""
        if self._job is not None:
            self._job.cancel()
            self.close_button.setEnabled(False)
        else:
            super().reject()

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, _PER_MILLE)
        self.bar.setValue(_PER_MILLE * done // max(total, 1))

    def _on_told(self, told: Told) -> None:
        report = told.report
        self._set_busy(busy=False)
        self._show_head(report)
        for heading, look, findings in (
            (_("Damaged"), "danger", report.damage),
            (_("Worth knowing"), "quiet", report.notes),
        ):
            if findings:
                self._found.addSpacing(GRID if self._found.count() else 0)
                self._found.addWidget(PlainLabel(heading, "section"))
            for place, finding in enumerate(findings):
                if place:
                    self._found.addWidget(line())
                self._found.addLayout(_row(finding, look, told.titles.get(finding, ())))
        self._found.addStretch(1)
        if report.findings:
            self.area.show()
            self._fit()
        kinds = {finding.kind for finding in report.damage}
        self.rebuild_button.setVisible(kinds == {Kind.INDEX})
        self.repair_button.setVisible(bool(kinds & REPAIRED) or not (kinds or report.is_complete))
        self.close_button.setFocus()
        self.ended.emit()

    def _fit(self) -> None:
        """The list as high as what was found, and as the sheet may be."""
        needed = self._found.totalHeightForWidth(self.width() - 2 * _MARGIN)
        self.area.setMinimumHeight(min(needed, _LIST_HEIGHT))
        self.area.setMaximumHeight(needed)

    def _show_head(self, report: Report) -> None:
        whole = report.is_whole
        self.head.addWidget(IconLabel("check" if whole else "warning", 28, "good" if whole else "danger"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(PlainLabel(head_words(report), "heading"))
        words.addWidget(PlainLabel(looked_at_words(report), "quiet", wrap=True))
        if not (whole or report.damage):
            words.addWidget(PlainLabel(not_all_words(), wrap=True))
        self.head.addLayout(words, 1)

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(busy=False)
        self.notice.say(words_of(error).text)
        self.again_button.show()
        self.ended.emit()

    def _on_stopped(self) -> None:
        self._set_busy(busy=False)
        self.notice.wear("notice")
        self.notice.say(_("Stopped, as you asked. Nothing was changed, and nothing is known of the rest."))
        self.again_button.show()
        self.ended.emit()

    def _on_rebuild(self) -> None:
        self._set_busy(busy=True)
        self.close_button.setEnabled(False)
        self.bar.setRange(0, 0)
        self._session.ask(self, vaults.rebuild, lambda _count: self.begin(), self._on_failed)

    def _on_repair(self) -> None:
        self.repair_asked.emit()
        self.accept()

    def _set_busy(self, *, busy: bool) -> None:
        self._job = None
        clear(self.head)
        clear(self._found)
        self.notice.say("")
        self.busy_words.setVisible(busy)
        self.bar.setVisible(busy)
        self.close_button.setEnabled(True)
        self.close_button.setText(_("Stop") if busy else _("Close"))
        for widget in (self.area, self.rebuild_button, self.again_button, self.repair_button):
            widget.hide()


def head_words(report: Report) -> str:
    """What a check came to."""
    if report.is_whole:
        return _("Everything is whole")
    return _("Something is damaged") if report.damage else _("Not all could be checked")


def not_all_words() -> str:
    """What to do where nothing damaged was found, and not all was looked at."""
    return _(
        "Nobody knows whether the rest is whole. Lock the vault, open it, and check again; else repair it in a copy."
    )


def looked_at_words(report: Report) -> str:
    """How much was looked at."""
    entries = ngettext("%d entry", "%d entries", report.entries) % report.entries
    files = ngettext("%d attached file", "%d attached files", report.objects) % report.objects
    facts = {"entries": entries, "files": files, "size": size_words(report.object_bytes)}
    return _("Looked at: %(entries)s; %(files)s, %(size)s.") % facts


def _check(archive: Archive, progress: Progress) -> Told:
    """In the vault lane: check, and remember the day; where that cannot be written, the result is told all the same."""
    report = checking.check(archive, progress)
    titles = {
        finding: [title for _record, title in checking.titles(archive, finding.records)]
        for finding in report.findings
        if finding.records
    }
    with suppress(ExpectedError):
        looking_after.note_check(archive, report)
    return Told(report, titles)


def _list_of_findings() -> tuple[QScrollArea, QVBoxLayout]:
    inside = Room()
    set_look(inside, "clear")
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, GRID, 0)
    column.setSpacing(6)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    return area, column


def _row(finding: Finding, look: str, titles: Sequence[str]) -> QVBoxLayout:
    told = words_of_finding(finding)
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(PlainLabel(told.what, "strong" if look == "danger" else "", wrap=True))
    if titles:
        column.addWidget(PlainLabel(_("It concerns: %s") % titles_words(titles), wrap=True))
    if told.do:
        column.addWidget(PlainLabel(told.do, "quiet", wrap=True))
    return column


def titles_words(titles: Sequence[str]) -> str:
    """The first few, and how many more."""
    shown = [
        _("“%s”") % harmless(title) if title else _("a record without a title") for title in titles[:_TITLES_SHOWN]
    ]
    more = len(titles) - len(shown)
    if more > 0:
        shown.append(ngettext("and %d more", "and %d more", more) % more)
    return ", ".join(shown)
