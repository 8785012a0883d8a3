"""Making a backup: where to, how far it is, and what was written and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from fieldapp.errors import BackupAlteredError, BackupDamagedError, FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.jobs import Job
from fieldapp.messages import backed_up
from fieldapp.services.safety import backups, looking_after
from fieldapp.services.safety.backups import Look, Prepared, State, Written
from fieldapp.services.safety.looking_after import LookedAfter
from fieldapp.ui.file_dialogs import choose_new_file
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import ElidedLabel, IconLabel, Notice, PlainLabel, Sheet, push_button, set_look
from fieldapp.ui.session import Session
from fieldapp.ui.sizes import size_words
from fieldapp.ui.theme import GRID
from fieldapp.ui.tick import Tick
from fieldapp.ui.words import words_of

_SUFFIX = "backup"
_PER_MILLE = 1000


class BackupSheet(Sheet):
    """Three steps: ready, going, done. A file that is there is added to; nothing of it is lost when it is stopped."""

    ended = Signal()
    """It was written, or stopped, or refused; and the sheet says so."""
    looked = Signal()
    """The sheet says what is in the file that was chosen."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Back up this vault"), parent, width=76 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._place: Path | None = None
        self._job: Job[Any] | None = None
        self._going = False
        self._words = self.add_words(
            _(
                "Everything in the vault goes into one sealed file, and is read back from the disk. "
                "Your passphrase of today opens it, and so does whatever else opens this vault."
            )
        )
        self._asking = self._build_asking()
        self.body.addWidget(self._asking)
        self._told = QVBoxLayout()
        self._told.setSpacing(GRID)
        self.body.addLayout(self._told)
        self.busy_words = self.add_words("", "quiet")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.body.addWidget(self.bar)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.close_button = self.add_button(_("Cancel"))
        self.close_button.clicked.connect(self.reject)
        self.go_button = self.add_button(_("Back up"), main=True)
        self.go_button.clicked.connect(self.go)
        self._set_going(going=False)
        session.ask(self, looking_after.looked_after, self._on_remembered)

    def choose(self) -> QFileDialog:
        """Ask for a file, new or of before."""
        proposed = self._place or Path.home() / f"{self._session.folder.name}.{_SUFFIX}"
        dialog = choose_new_file(self, _("Where shall the backup be?"), proposed, self.take_place, suffix=_SUFFIX)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # it is added to, and never overwritten
        return dialog

    def take_place(self, place: Path) -> None:
        """The backup goes there; say what is there already."""
        self._place = place
        self.place.setText(str(place))
        self.notice.say("")
        self.inside.look("caption")
        self.inside.setText(" ")
        self.go_button.setEnabled(True)
        self.go_button.setFocus()
        self._session.on_files(
            self, lambda _archive, _decoder, _progress: _look(place), self._on_looked, self._on_not_looked
        )

    def go(self) -> None:
        """Prepare in the vault lane, then write and read back in the files lane."""
        place = self._place
        if self._going or place is None:
            return
        self._set_going(going=True)
        self._session.hold_files(self)
        self._say_busy(_("Preparing… This step cannot be stopped."))
        self.close_button.setEnabled(False)
        self._session.ask(self, backups.prepare, lambda made: self._write(made, place), self._on_failed)

    def reject(self) -> None:
        """Stop, while it is written; else close."""
        if self._job is not None:
            self._job.cancel()
        elif not self._going:
            super().reject()

    def _build_asking(self) -> QWidget:
        box = QWidget()
        set_look(box, "clear")
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addSpacing(4)
        column.addWidget(PlainLabel(_("The file"), "strong"))
        self.place = ElidedLabel(_("Not chosen yet"))
        self.choose_button = push_button(_("Choose…"), icon_name="folder")
        self.choose_button.clicked.connect(self.choose)
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        row.addWidget(self.choose_button)
        column.addLayout(row)
        self.inside = PlainLabel(_("Choose a new file, or the one of last time: then only what is new is added."),
                                 "caption", wrap=True)  # fmt: skip
        column.addWidget(self.inside)
        self.full = Tick(_("Write the whole file anew: the earlier states in it go"))
        self.full.hide()
        column.addWidget(self.full)
        column.addSpacing(GRID)
        for text in (
            _(
                "Earlier states in a file keep what you erase later, until the next backup into it, which is then "
                "written anew. In other files and copies it stays: write those anew too, or destroy them."
            ),
            _(
                "Without this program: in the file lie README.txt and a small reader. Ordinary tools and the "
                "passphrase are enough."
            ),
        ):
            column.addWidget(PlainLabel(text, "quiet", wrap=True))
        return box

    def _on_remembered(self, remembered: LookedAfter) -> None:
        if self._place is not None:
            return  # somebody chose one meanwhile
        if remembered.backup_place is not None:
            self.take_place(remembered.backup_place)
        else:
            self.choose_button.setFocus()

    def _on_looked(self, found: Look | None) -> None:
        self.full.setVisible(found is not None)
        if found is None:
            self.inside.setText(_("A new file."))
        else:
            words = ngettext(
                "There is a backup with %(count)d state, %(size)s. What is new is added.",
                "There is a backup with %(count)d states, %(size)s. What is new is added.",
                found.generations,
            )
            self.inside.setText(words % {"count": found.generations, "size": size_words(found.size_bytes)})
        self.looked.emit()

    def _on_not_looked(self, error: FieldAppError) -> None:
        damaged = isinstance(error, BackupDamagedError)
        self.full.setVisible(damaged)
        self.go_button.setEnabled(damaged)
        self.inside.look("danger")
        self.inside.setText(words_of(error).what)
        self.looked.emit()

    def _write(self, made: Prepared, place: Path) -> None:
        self.close_button.setEnabled(True)
        self._say_busy(_("Writing, and reading back… Please leave the stick where it is."))
        full = self.full.isChecked()
        self._job = self._session.on_files(
            self,
            lambda _archive, _decoder, progress: backups.write(made, place, full=full, progress=progress),
            self._on_written,
            self._on_failed,
            progress=self._on_progress,
            cancelled=lambda: self._on_stopped(made),
        )

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, _PER_MILLE)
        self.bar.setValue(_PER_MILLE * done // max(total, 1))

    def _on_written(self, written: Written) -> None:
        self._job = None
        place = self._place
        assert place is not None

        def note(archive: Any) -> State:
            looking_after.note_backup_place(archive, place)
            return backups.record(archive, written)

        self._session.ask(self, note, lambda _state: self._show_done(written), self._on_failed)

    def _show_done(self, written: Written) -> None:
        self._set_going(going=False)
        self._asking.hide()
        self._words.hide()
        clear(self._told)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(IconLabel("check", 28, "good"))
        head.addWidget(PlainLabel(_("The backup is written and read back"), "heading", wrap=True), 1)
        self._told.addLayout(head)
        facts = {"new": size_words(written.written_bytes), "size": size_words(written.size_bytes)}
        for line in (_("%(new)s are new, %(size)s in all.") % facts, *backed_up.told(written)):
            self._told.addWidget(PlainLabel(line, wrap=True))
        for line in backed_up.warnings(written):
            self._told.addWidget(Notice(line, "warning", icon="warning"))
        self.go_button.hide()
        self.close_button.setText(_("Close"))
        self.close_button.setFocus()
        self.ended.emit()

    def _on_stopped(self, made: Prepared) -> None:
        self._session.ask(self, lambda _archive: backups.discard(made))
        self._refuse(_("Stopped, as you asked. What was in the file before is still in it."))

    def _on_failed(self, error: FieldAppError) -> None:
        self.full.setVisible(self.full.isVisible() or isinstance(error, BackupDamagedError | BackupAlteredError))
        self._refuse(words_of(error).text)

    def _refuse(self, words: str) -> None:
        self._job = None
        self._set_going(going=False)
        self.notice.say(words)
        self.ended.emit()

    def _say_busy(self, words: str) -> None:
        self.busy_words.setText(words)
        self.bar.setAccessibleName(words)
        self.bar.setRange(0, 0)

    def _set_going(self, *, going: bool) -> None:
        self._going = going
        if not going:
            self._session.let_files_go(self)
        self._asking.setEnabled(not going)
        self.busy_words.setVisible(going)
        self.bar.setVisible(going)
        self.close_button.setEnabled(True)
        self.close_button.setText(_("Stop") if going else _("Cancel"))
        self.go_button.setEnabled(not going and self._place is not None)
        if going:
            self.notice.say("")


def _look(place: Path) -> Look | None:
    """What is in the file; None where there is none."""
    return backups.look(place) if place.exists() else None
