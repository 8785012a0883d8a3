"""The walk to a new key. Until its last step nothing is changed; after it the vault is closed, and the window locks.

Rule: once the vault is closed nothing here touches it. Whether it is, the session says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.errors import (
    FieldAppError,
    PassphraseTakenError,
    PassphraseTextError,
    PassphraseTooShortError,
    WriterPassphraseError,
    WrongPassphraseError,
)
from fieldapp.i18n import _
from fieldapp.jobs import Job
from fieldapp.media.probe import visible
from fieldapp.services.archive import Archive
from fieldapp.services.safety import rekeying
from fieldapp.services.safety.rekeying import Plan, Rekeyed
from fieldapp.services.trust import Peer
from fieldapp.ui.opening.steps import AskBackStep, PhraseStep, Step
from fieldapp.ui.plain import PlainLabel, Sheet, push_button, set_look, tell
from fieldapp.ui.safety.rekey_steps import Chosen, HelpersStep, MeaningStep, OthersStep, ReadyStep, SecretsStep
from fieldapp.ui.safety.ways_parts import WIDE, WorkSheet
from fieldapp.ui.session import Session
from fieldapp.ui.words import words_of
from fieldapp.values import Progress

_PER_MILLE = 1000


@dataclass(frozen=True)
class Wanted:
    """All that was said on the way."""

    now: str
    new: str
    others: Mapping[int, str]
    phrase: str | None
    holders: Sequence[Peer]
    new_card: bool

    def make(self, archive: Archive, progress: Progress) -> Rekeyed:
        """In the vault lane."""
        return rekeying.rekey(
            archive,
            self.now,
            self.new,
            phrase=self.phrase,
            others=self.others,
            holders=self.holders,
            new_card=self.new_card,
            progress=progress,
        )


class RekeySheet(WorkSheet):
    """Walks through the steps, forth and back."""

    planned = Signal()
    """What there is to be decided is known, and the first step is shown."""
    refused = Signal()
    """Nothing was changed; the step that can mend it is shown."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(_("Somebody saw my passphrase, or has the paper"), parent, width=WIDE)
        self._session = session
        self._plan: Plan | None = None
        self._phrase = rekeying.new_phrase()
        self._job: Job[Rekeyed] | None = None
        self._paper_shown = False
        self.heading = PlainLabel("", "section", wrap=True)
        self.text = self.add_wide("", "quiet")
        self.body.insertWidget(0, self.heading)
        self._steps = QWidget()  # no stack: that would be as high as its highest page
        set_look(self._steps, "clear")
        self._pages: list[Step] = []
        column = QVBoxLayout(self._steps)
        column.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(self._steps)
        self.add_end()
        self.cancel_button = self.add_button(_("Cancel"))
        self.cancel_button.clicked.connect(self.reject)
        self.back_button = self.add_button(_("Back"))
        self.back_button.clicked.connect(self._on_back)
        self.next_button = push_button(_("Next"), "main")
        self.next_button.clicked.connect(self._on_next)
        self.buttons.addWidget(self.next_button)
        session.ask(self, rekeying.plan, self._on_planned)

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return next(page for page in self._pages if not page.isHidden())

    def done(self, result: int) -> None:
        """Close; nothing that was typed stays. While the key is being made, it is stopped first."""
        if self._job is not None and self._session.is_open:
            self._job.cancel()
            return
        if self._plan is not None:
            self.secrets.forget()
            self.ask_back.forget()
            if self.others is not None:
                self.others.forget()
        super().done(result)
        if self._paper_shown and self._session.is_open:
            tell(
                self.parentWidget(),
                _("No new key was made"),
                _("Everything opens as before. The words that you saw just now open nothing: destroy that paper."),
            )

    def _on_planned(self, plan: Plan) -> None:
        self._plan = plan
        self.meaning, self.secrets = MeaningStep(plan), SecretsStep()
        self.others = OthersStep(plan) if plan.others else None
        self.helpers = HelpersStep(self._session, plan)
        self.paper, self.ask_back = PhraseStep(self._phrase), AskBackStep(self._phrase)
        self.ready = ReadyStep()
        steps: list[Step | None] = [
            self.meaning,
            self.secrets,
            self.others,
            self.helpers,
            self.paper,
            self.ask_back,
            self.ready,
        ]
        for step in steps:
            if step is not None:
                step.changed.connect(self._on_changed)
                step.submitted.connect(self._on_next)
                step.column.addStretch(1)
                self._pages.append(step)
                step.hide()
                self._steps.layout().addWidget(step)  # type: ignore[union-attr]  # its column
        self._show_step(self.meaning)
        self.planned.emit()

    def _walk(self) -> list[Step]:
        """The steps that there are, as things are chosen now."""
        without_paper = not self.helpers.paper.isChecked()
        return [step for step in self._pages if not (without_paper and step in (self.paper, self.ask_back))]

    def _show_step(self, step: Step, notice: str = "") -> None:
        if step is self.ready:
            self._show_tasks()
        self._paper_shown = self._paper_shown or step is self.paper
        for page in self._pages:
            page.setVisible(page is step)
        self.heading.setText(step.heading)
        self.text.setText(step.text)
        self.back_button.setVisible(step is not self.meaning)
        self.next_button.setText(self._next_words(step))
        self.notice.say(notice)
        self._on_changed()
        (self.next_button if step in (self.meaning, self.paper, self.ready) else step).setFocus()

    def _next_words(self, step: Step) -> str:
        if step is self.ready:
            return _("Make the new key, and lock")
        return _("I have written them down") if step is self.paper else _("Next")

    def _show_tasks(self) -> None:
        assert self._plan is not None
        chosen = Chosen(
            paper=self.helpers.paper.isChecked(),
            new_card=self.meaning.new_card.isChecked(),
            holders=tuple(visible(peer.name) for peer in self._holders()),
            left_out=self.others.left_out if self.others is not None else (),
        )
        self.ready.show_tasks(self._plan, chosen)

    def _holders(self) -> tuple[Peer, ...]:
        return self.helpers.choice.chosen if self.helpers.people.isChecked() else ()

    def _on_changed(self) -> None:
        self.next_button.setEnabled(self._plan is not None and self.step.is_complete() and self._job is None)

    def _on_back(self) -> None:
        walk = self._walk()
        self._show_step(walk[walk.index(self.step) - 1])

    def _on_next(self) -> None:
        if not self.next_button.isEnabled():
            return
        refusal = self.step.refusal()
        if refusal:
            self.notice.say(refusal)
        elif self.step is self.ready:
            self._make()
        else:
            walk = self._walk()
            self._show_step(walk[walk.index(self.step) + 1])

    def _make(self) -> None:
        wanted = Wanted(
            now=self.secrets.now.box.peek(),
            new=self.secrets.new.first.box.peek(),
            others=self.others.given if self.others is not None else {},
            phrase=self._phrase if self.helpers.paper.isChecked() else None,
            holders=self._holders(),
            new_card=self.meaning.new_card.isChecked(),
        )
        self._set_busy(True)
        self._job = self._session.at_length(
            self,
            wanted.make,
            lambda _made: self._on_made(),
            self._on_failed,
            progress=self._on_progress,
            cancelled=self._on_cancelled,
        )
        self._on_changed()

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, _PER_MILLE)
        self.bar.setValue(_PER_MILLE * done // max(total, 1))

    def _on_made(self) -> None:
        self._session.end()

    def _on_failed(self, error: FieldAppError) -> None:
        self._job = None
        self._set_busy(False)
        if not self._session.is_open:
            self._tell_closed(error)
            return
        self._show_step(self._step_for(error), words_of(error).text)
        self.refused.emit()

    def _tell_closed(self, error: FieldAppError) -> None:
        """The disk failed at the worst moment: one of the two passphrases opens it, and nothing is lost."""
        words = words_of(error)
        sheet = Sheet(words.what, self)
        sheet.add_words(
            _(
                "The vault is closed now, and nothing in it is lost. Open it with the new passphrase; if that does not "
                "open it, the old one does, and no new key was made."
            )
        )
        sheet.add_button(_("Lock"), main=True).clicked.connect(sheet.accept)
        sheet.finished.connect(self._session.end)
        sheet.open()

    def _step_for(self, error: FieldAppError) -> Step:
        if isinstance(error, WriterPassphraseError) and self.others is not None:
            return self.others
        about = (WrongPassphraseError, PassphraseTakenError, PassphraseTextError, PassphraseTooShortError)
        return self.secrets if isinstance(error, about) else self.ready

    def _on_cancelled(self) -> None:
        self._job = None
        self._set_busy(False)
        if self._session.is_open:
            self._show_step(self.ready, _("Stopped, as you asked. Nothing was changed."))
            self.refused.emit()

    def _set_busy(self, busy: bool) -> None:
        self.set_busy(busy, self._steps, self.back_button)
        self.bar.setRange(0, 0)
        self.cancel_button.setText(_("Stop") if busy else _("Cancel"))
