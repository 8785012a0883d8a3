"""Looking into what waits aside, before it is decided: nothing of it is believed by looking."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QScrollArea, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.services import quarantine
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.quarantine import Accepted, Look, Sender
from fieldapp.ui.exchange.came_in import CameIn
from fieldapp.ui.exchange.gathering import record_sentences
from fieldapp.ui.exchange.waiting import what_words, who_words
from fieldapp.ui.plain import Notice, PlainLabel, Sheet, push_button
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of

_LIST_HEIGHT = 30 * GRID


class LookInsideSheet(Sheet):
    """Shows what would come in. Who was never trusted is not accepted here: their words are compared first."""

    decided = Signal()
    compare_asked = Signal(Sender)

    def __init__(self, session: Session, sender: Sender, parent: QWidget) -> None:
        super().__init__(who_words(sender), parent, width=84 * GRID)
        self._session, self._sender = session, sender
        self.look: Look | None = None
        self.add_words(what_words(sender), "quiet")
        self.told = self.add_words(_("Looking into it…"))
        self.told.setMaximumWidth(16777215)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(_("Looking into it…"))
        self.body.addWidget(self._bar)
        self.came_in = CameIn(openable=False)
        self._room = QScrollArea()
        self._room.setWidgetResizable(True)
        self._room.setFrameShape(QScrollArea.Shape.NoFrame)
        self._room.viewport().setAutoFillBackground(False)
        self._room.setMaximumHeight(_LIST_HEIGHT)
        self._room.setWidget(self.came_in)
        self._room.hide()
        self.body.addWidget(self._room)
        self.body.addWidget(PlainLabel(_meaning(sender), "caption", wrap=True))
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self._add_buttons()
        session.ask(self, lambda archive: quarantine.look_inside(archive, sender), self._on_looked, self._on_failed)

    def _add_buttons(self) -> None:
        self.close_button = self.add_button(_("Not now"))
        self.close_button.clicked.connect(self.reject)
        self.refuse_button = push_button(_("Refuse it"), "danger")
        self.refuse_button.clicked.connect(self._on_refuse)
        self.buttons.addWidget(self.refuse_button)
        known = bool(self._sender.name)
        self.accept_button = push_button(_("Let it stand") if known else _("Compare words…"), "main")
        self.accept_button.clicked.connect(self._on_accept if known else self._on_compare)
        self.buttons.addWidget(self.accept_button)
        self._set_ready(False)

    def _set_ready(self, ready: bool) -> None:
        for button in (self.refuse_button, self.accept_button):
            button.setEnabled(ready)

    def _on_looked(self, look: Look) -> None:
        self.look = look
        self._bar.hide()
        self.told.setText(" ".join(_look_sentences(look)))
        self.came_in.show_records(look.records)
        self.came_in.show()
        self._room.setMinimumHeight(min(self.came_in.sizeHint().height(), _LIST_HEIGHT))
        self._room.setVisible(bool(look.records))
        self._set_ready(True)

    def _on_accept(self) -> None:
        self._set_ready(False)

        def work(archive: Archive) -> tuple[Accepted, Changed]:
            done = quarantine.accept(archive, self._sender)
            changed = done.changed
            for outcome in done.outcomes:
                changed |= outcome.changed
            return done, changed

        self._session.write(self, work, lambda _: self._on_decided(), self._on_failed)

    def _on_refuse(self) -> None:
        self._set_ready(False)
        self._session.write(
            self,
            lambda archive: quarantine.refuse(archive, self._sender),
            lambda _: self._on_decided(),
            self._on_failed,
        )

    def _on_compare(self) -> None:
        self.accept()
        self.compare_asked.emit(self._sender)

    def _on_decided(self) -> None:
        self.decided.emit()
        self.accept()

    def _on_failed(self, error: FieldAppError) -> None:
        self._bar.hide()
        self.notice.say(words_of(error).text)
        self._set_ready(self.look is not None)


def _look_sentences(look: Look) -> list[str]:
    told = record_sentences(look.records)
    if look.new_objects:
        told.append(ngettext("With %d new file.", "With %d new files.", look.new_objects) % look.new_objects)
    if look.withdrawals:
        told.append(ngettext("%d withdrawal.", "%d withdrawals.", look.withdrawals) % look.withdrawals)
    if look.revocations:
        words = ngettext("%d device is said to be lost.", "%d devices are said to be lost.", look.revocations)
        told.append(words % look.revocations)
    if look.unreadable:
        words = ngettext(
            "%(count)d bundle cannot be read: %(why)s",
            "%(count)d bundles cannot be read: %(why)s",
            len(look.unreadable),
        )
        told.append(words % {"count": len(look.unreadable), "why": words_of(look.unreadable[0][1]).what})
    return told or [_("Nothing that would be shown here.")]


def _meaning(sender: Sender) -> str:
    if not sender.name:
        return _("Nothing of it is taken in before you have compared words. Refused bundles are removed for good.")
    return _(
        "What stands is shown like everything else; what they write later waits again. What is refused is not shown; "
        "sealed bundles are removed, other changes can be looked at again."
    )
