"""One task: first how the person is reached safely; then what is asked, and the answer, saved as it is typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.records.fields_task import TASK
from fieldapp.services import records, tasks
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.records import NewLink
from fieldapp.services.tasks import ANSWERED, CLOSED, OPEN, Task
from fieldapp.ui.drafting import Drafting, SaveState
from fieldapp.ui.form.words import GrowingText
from fieldapp.ui.parts import Part, card, clear
from fieldapp.ui.plain import IconLabel, Notice, PlainLabel, push_button
from fieldapp.ui.records.safety import Level
from fieldapp.ui.session import Session
from fieldapp.ui.tasks.reading import OnSheet, Reach, last_day_words, read_task, title_of
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of
from fieldapp.values import RecordId

_LINKED_AS = "mentioned"
"""How a new testimony speaks of the person until somebody says more: it says the least."""


class TaskView(Part):
    """Made for each task that is opened; `finish` before it goes."""

    person_asked = Signal(bytes)
    testimony_made = Signal(bytes)
    hand_over_asked = Signal(OnSheet)
    loaded = Signal()
    gone = Signal()
    """The task is not here any more."""

    def __init__(self, session: Session, record: RecordId) -> None:
        super().__init__("", width=92 * GRID)
        self.record = record
        self._session = session
        self._shown: OnSheet | None = None
        self._drafting = Drafting(session, record, TASK.name)
        self._drafting.state_changed.connect(self._on_state)
        self._drafting.keep_failed.connect(self._on_failed)
        self._top = QVBoxLayout()
        self._top.setSpacing(2 * GRID)
        self.column.addLayout(self._top)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self.answer = GrowingText()
        self.answer.setAccessibleName(_("Answer"))
        self.answer.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        self.answer.textChanged.connect(self._on_typed)
        self._filled = ""
        self._person_button: QPushButton | None = None
        self.state = PlainLabel("", "caption")
        self.column.addWidget(self._answer_box())
        self.testimony_button = push_button(_("New testimony about this person"), icon_name="plus")
        self.answered_button = push_button(_("That is my answer"), "main", icon_name="check")
        self.hand_over_button = push_button(_("Hand it over…"), icon_name="take_out")
        self.settled_button = push_button(_("It is settled"), icon_name="check")
        self.testimony_button.clicked.connect(self._on_testimony)
        self.answered_button.clicked.connect(self._on_answered)
        self.hand_over_button.clicked.connect(self._on_hand_over)
        self.settled_button.clicked.connect(self._on_settled)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.testimony_button)
        row.addStretch(1)
        for button in (self.hand_over_button, self.settled_button, self.answered_button):
            row.addWidget(button)
        self.column.addLayout(row)
        self.stays = PlainLabel("", "caption", wrap=True)
        self.column.addWidget(self.stays)
        self.column.addStretch(1)
        session.changed.connect(self._on_changed)
        self._read()

    def finish(self) -> None:
        """Make entries of what is typed."""
        self._drafting.finish()

    def leave(self) -> None:
        """Go, once what is typed is safe."""
        self._session.changed.disconnect(self._on_changed)
        self._drafting.state_changed.disconnect(self._on_state)
        self._drafting.keep_failed.disconnect(self._on_failed)
        self._drafting.finish()
        self._drafting.retire()
        self.deleteLater()

    def _answer_box(self) -> QWidget:
        self.answer_box, column = card()
        head = QHBoxLayout()
        head.addWidget(PlainLabel(_("Answer"), "section"))
        head.addStretch(1)
        head.addWidget(self.state)
        column.addLayout(head)
        column.addWidget(self.answer)
        self.reply = PlainLabel("", wrap=True).selectable()
        column.addWidget(self.reply)
        return self.answer_box

    def _read(self) -> None:
        record = self.record
        self._session.ask(self, lambda archive: read_task(archive, record), self._show, lambda _error: self.gone.emit())

    def _on_changed(self, changed: Changed) -> None:
        about = self._shown.task.about if self._shown else None
        if self.record in changed.records or about in changed.records:
            self._read()

    def _show(self, shown: OnSheet) -> None:
        first, self._shown = self._shown is None, shown
        task = shown.task
        self.heading.setText(title_of(task))
        self.text.setText(_facts(shown))
        self.text.show()
        clear(self._top)
        self._person_button = None
        self._top.addWidget(self._person(shown))
        self._top.addWidget(_questions(task))
        if self._person_button is not None:
            QWidget.setTabOrder(self, self._person_button)  # it stands on top, though it is made anew at each reading
        if (first or not self.answer.hasFocus()) and "reply" not in self._drafting.unfinished:
            self._fill(task.answer)
        self.answer.setVisible(task.mine and task.state != CLOSED)
        self.reply.setVisible(not self.answer.isVisibleTo(self))
        self.reply.setText(visible(task.answer) if task.answer else _("No answer has come yet."))
        self._show_buttons(shown)
        self.loaded.emit()

    def _fill(self, text: str) -> None:
        self._filled = text
        if self.answer.toPlainText() != text:
            self.answer.setPlainText(text)

    def _show_buttons(self, shown: OnSheet) -> None:
        task = shown.task
        can_send = not task.mine and task.state != CLOSED
        self.testimony_button.setVisible(task.about_is_here)
        self.answered_button.setVisible(task.mine and task.state == OPEN)
        self.answered_button.setEnabled(bool(self.answer.toPlainText().strip()))
        self.hand_over_button.setVisible(can_send and shown.peer is not None)
        self.settled_button.setVisible(can_send)
        self.stays.setText(_stays_words(shown))
        self.stays.setVisible(bool(self.stays.text()))

    def _person(self, shown: OnSheet) -> QWidget:
        box, column = card()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(IconLabel("person", 24, "accent"))
        name = visible(shown.task.about_title) or _("This person is not on this device")
        row.addWidget(PlainLabel(name, "heading", wrap=True), 1)
        if shown.task.about is not None and shown.reach is not None:
            about = shown.task.about
            button = push_button(_("Open the person"), "link", icon_name="forward")
            button.clicked.connect(lambda: self.person_asked.emit(about))
            row.addWidget(button)
            self._person_button = button
        column.addLayout(row)
        if shown.reach is not None:
            column.addWidget(reach_notice(shown.reach))
            if shown.reach.phones:
                phones = ", ".join(visible(phone) for phone in shown.reach.phones)
                column.addWidget(PlainLabel(phones, "strong", wrap=True).selectable())
        return box

    def _on_typed(self) -> None:
        text = self.answer.toPlainText()
        self.answered_button.setEnabled(bool(text.strip()))
        if text != self._filled:
            self._filled = text
            self._drafting.put("reply", text or None)

    def _on_state(self, state: SaveState) -> None:
        words = {SaveState.TYPING: _("Saving…"), SaveState.SAVED: _("Saved"), SaveState.FAILED: _("Not saved")}
        self.state.setText(words.get(state, ""))
        self.state.look("danger" if state is SaveState.FAILED else "caption")
        if state is not SaveState.FAILED:
            self.notice.say("")

    def _on_failed(self, error: FieldAppError) -> None:
        self.notice.say(words_of(error).text)

    def _on_answered(self) -> None:
        record, words = self.record, self.answer.toPlainText()
        self._drafting.finish()
        self._session.write(self, lambda archive: tasks.answer(archive, record, words), None, self._on_failed)

    def _on_settled(self) -> None:
        record = self.record
        self._session.write(self, lambda archive: tasks.close(archive, record), None, self._on_failed)

    def _on_hand_over(self) -> None:
        if self._shown is not None:
            self.hand_over_asked.emit(self._shown)

    def _on_testimony(self) -> None:
        person = self._shown.task.about if self._shown else None
        if person is None:
            return
        self._drafting.finish()

        def make(archive: Archive) -> Changed:
            return records.save(archive, "testimony", {}, links=[NewLink(person, _LINKED_AS)])

        def made(changed: Changed) -> None:
            if changed.created is not None:
                self.testimony_made.emit(changed.created)

        self._session.write(self, make, made, self._on_failed)


def reach_notice(reach: Reach) -> Notice:
    """The safe-contact line; where nothing is known it says so."""
    known = reach.safety.level is Level.KNOWN
    return Notice(reach.safety.text, "notice" if known else "alarm", icon="phone" if known else "warning")


def _questions(task: Task) -> QWidget:
    box, column = card()
    column.addWidget(PlainLabel(_("Questions"), "section"))
    column.addWidget(PlainLabel(visible_lines(task.questions), wrap=True).selectable())
    return box


def visible_lines(text: str) -> str:
    """Text of others on several lines, with nothing in it that cannot be seen."""
    return "\n".join(visible(each) for each in text.splitlines())


def _facts(shown: OnSheet) -> str:
    task = shown.task
    author, name = visible(shown.author), visible(shown.name)
    told = [_("from %s") % author] if task.mine and author else []
    if not task.mine:
        told = [_("for %s") % (name or _("somebody whom you do not know"))]
    if task.due is not None:
        told.append((_("was due on %s") if task.overdue else _("due on %s")) % last_day_words(task.due))
    states = {OPEN: _("open"), ANSWERED: _("answered"), CLOSED: _("settled")}
    told.append(states.get(task.state, visible(task.state)))
    return "  ·  ".join(told)


def _stays_words(shown: OnSheet) -> str:
    """When it leaves the device, told kindly."""
    task = shown.task
    if task.expires is None:
        return ""
    day = last_day_words(task.expires)
    if not task.mine:
        return _("After %s it leaves their device by itself. What they wrote stays until it has arrived.") % day
    return (
        _(
            "After %s this slip and what came with it leave this device by themselves. What you wrote stays until it "
            "has surely arrived with your coordinator."
        )
        % day
    )
